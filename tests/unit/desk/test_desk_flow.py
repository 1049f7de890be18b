"""A conversation goes to people and comes back: nothing is lost, nothing is said twice, and the assistant is silent."""

import asyncio
from dataclasses import replace

import pytest

from bridge.desk.settings import DeskSettings
from bridge.ports import Emit
from bridge.types import Attachment, Conversation, Outcome, Reply, Sender, TextDelta, Turn
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, TOM, Room
from tests.fakes.desk_stage import HUMAN, Stage, assistant, stage
from tests.fakes.recording_channel import Platform


async def _called(it: Stage) -> None:
    """The customer asked for a person, and the card is there."""
    await it.asks(f"I want a {HUMAN}")
    await it.quiet()


async def test_a_call_for_people_opens_one_card_with_everything_on_it(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await it.asks("My bell rattles")
        turn = await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        handoff = await it.handoff()

    assert turn.reply is not None
    assert handoff is not None
    assert (handoff.state, handoff.reasons, handoff.ticket) == ("pending", ("asked_for_person",), turn.reply.ticket)
    [card] = [shown.card for shown in room.own]
    assert dict(card.fields)["Reason"] == "asked for a person"
    assert dict(card.fields)["Ticket"] == turn.reply.ticket
    assert "> Customer: My bell rattles" in card.text
    assert "> Assistant: Bot: My bell rattles" in card.text
    assert f"> Customer: I want a {HUMAN}" in card.text
    assert card.notify
    [transcript] = room.notes
    assert "My bell rattles" in transcript.files[0].data.decode()
    assert platform.room()[-1].text == turn.reply.text


async def test_while_people_have_it_the_assistant_is_silent_and_words_go_both_ways(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        asked = len(it.heard)
        relayed = await it.asks("Are you there?")
        assert await it.people.press(MAYA, "claim") is None
        await it.people.write(MAYA, "Hello, I am Maya.", message="m1")
        await it.quiet()
        await it.asks("Great, my bell rattles.")
        await it.people.write(MAYA, "// she sounds annoyed", message="m2")
        await it.people.write(TOM, "Tom here: which model?", message="m3")
        await it.quiet()

    assert len(it.heard) == asked, "the assistant was asked while people had the conversation"
    assert relayed.reply is not None
    assert relayed.reply.outcome is Outcome.RELAYED
    assert it.notes == ["Are you there?", "Great, my bell rattles."]
    assert it.seen[1:] == [
        "A colleague from our team is with you now.",
        "Hello, I am Maya.",
        "Tom here: which model?",
    ]
    assert [call.author for call in it.customer.pages[1:]] == ["", "Maya", "Tom"]
    assert room.marks == {"m1": ("delivered", ""), "m3": ("delivered", "")}


async def test_whoever_writes_first_takes_it_and_the_first_click_counts(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        answers = await asyncio.gather(it.people.press(MAYA, "claim"), it.people.press(TOM, "claim"))
        await it.quiet()
        handoff = await it.handoff()
        assert handoff is not None
        assert handoff.colleague in (MAYA, TOM)
        assert sorted(answers, key=str) == sorted([None, f"{handoff.colleague.name} has it already."], key=str)
        other = TOM if handoff.colleague == MAYA else MAYA
        assert await it.people.press(other, "take_over") is None
        handoff = await it.handoff()

    assert handoff is not None
    assert handoff.colleague == other
    assert it.seen.count("A colleague from our team is with you now.") == 1


async def test_handed_back_the_assistant_knows_what_was_said_and_noted(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.people.write(MAYA, "Which model is it?")
        await it.quiet()
        await it.asks("A Larkwell Three.")
        await it.people.write(MAYA, "I will send you a new bell.")
        await it.quiet()
        form = await it.people.press(MAYA, "return")
        assert await it.people.fill_in(MAYA, form, note="A new bell is on its way.") == {}
        await it.quiet()
        turn = await it.asks("Thanks, and the tyres?")

    assert turn.reply is not None
    assert turn.reply.text == "Bot: Thanks, and the tyres?"
    question, conversation = it.heard[-1]
    assert question == "Thanks, and the tyres?"
    told = conversation.turns[-1]
    assert told.question == ""
    assert told.reply is not None
    assert told.reply.text.split("\n\n") == [
        "**Maya** (of the team): Which model is it?",
        "> Customer: A Larkwell Three.",
        "**Maya** (of the team): I will send you a new bell.",
        "(Maya of the team to the assistant: A new bell is on its way.)",
    ]
    assert it.seen[-2] == "It is me again, the assistant. Is there anything else?"


async def test_what_a_colleague_writes_where_the_assistant_has_it_goes_nowhere_and_says_so(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.people.press(MAYA, "close")
        await it.quiet()
        seen = len(it.seen)
        await it.people.write(MAYA, "One more thing", message="late")
        await it.quiet()
        assert len(it.seen) == seen
        assert room.marks["late"][0] == "failed"
        assert await it.people.press(MAYA, "claim") is None
        await it.people.write(MAYA, "One more thing", message="again")
        await it.quiet()

    assert it.seen[-1] == "One more thing"
    assert room.marks["again"] == ("delivered", "")


async def test_asked_again_for_a_person_the_desk_is_called_again_in_the_same_thread(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await asyncio.sleep(150)
        turn = await it.asks("I want to talk to a person!")
        await it.quiet()
        assert turn.reply is not None
        assert turn.reply.text.startswith("This is already with our team.")
        await it.asks("Let me speak to a person")
        await it.quiet()

    assert len(room.own) == 1
    assert len(room.heading("asks again")) == 1, "it is not called again within two minutes"
    assert it.notes == ["I want to talk to a person!", "Let me speak to a person"]


async def test_the_same_reason_again_after_the_return_calls_in_the_same_thread_and_after_the_end_anew(
    platform: Platform,
) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.people.fill_in(MAYA, await it.people.press(MAYA, "return"))
        await it.quiet()
        await _called(it)
        assert len(room.own) == 1
        assert len(room.heading("Called again")) == 1
        await it.people.press(MAYA, "close")
        await it.quiet()
        await _called(it)
        handoff = await it.handoff()

    assert len(room.own) == 2
    assert handoff is not None
    assert (handoff.state, handoff.number) == ("pending", 2)


async def test_at_the_end_the_customer_says_once_how_it_was(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.people.press(MAYA, "close")
        await it.quiet()
        assert "1 (bad) to 5 (very good)" in it.seen[-1]
        assert it.customer.pages[-1].rating
        turn = await it.asks("4")
        assert turn.reply is not None
        assert turn.reply.text == "Thank you for telling us."
        await it.quiet()
        turn = await it.asks("3")
        assert turn.reply is not None
        assert turn.reply.text == "Bot: 3"
        entries = await it.store.read("ratings", after=0, limit=10)

    assert ['"rating": 4' in entry.body for entry in entries] == [True]
    assert any("rated this 4 of 5" in note.text for note in room.notes)


async def test_files_go_both_ways(platform: Platform) -> None:
    room = Room()
    room.files = {"bell.png": b"\x89PNG\r\n\x1a\n" + b"x" * 20, "plan.pdf": b"%PDF-1.7 ...", "odd.bin": b"???"}
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.ended(await it.say("Look", files=[Attachment("bell.png", "image/png", "bell.png")]))
        files = [Attachment("plan.pdf", "x", "plan.pdf"), Attachment("odd.bin", "text/html", "odd.bin")]
        await it.people.write(MAYA, "Here you are", files=files, message="m1")
        await it.people.write(MAYA, "", files=[Attachment("gone.pdf", "x", "gone.pdf")], message="m2")
        await it.quiet()

    assert [file.media_type for file in room.notes[-1].files] == ["image/png"]
    assert [(file.name, file.media_type) for file in it.customer.shown] == [
        ("plan.pdf", "application/pdf"),
        ("odd.bin", "application/octet-stream"),
    ]
    assert room.marks["m1"] == ("delivered", "")
    assert room.marks["m2"][0] == "failed"


@pytest.mark.parametrize("deleted", [False, True])
async def test_changes_go_both_ways(platform: Platform, deleted: bool) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.ended(await it.say("It is reed", event_id="e1"))
        await it.quiet()
        changed = it.words("It is red", event_id="e1")
        await it.dispatch.amend(changed, deleted)
        await it.desk.customer_changed(changed, deleted)
        await it.people.write(MAYA, "We have reed", message="m1")
        await it.quiet()
        await it.desk.ears.changed(it.people.message(MAYA, "We have red", message="m1"), deleted)
        await it.quiet()

    assert it.notes[1] == ("(taken back by the customer)" if deleted else "(changed) It is red")
    assert it.seen[1:] == ([] if deleted else ["We have red"])


async def test_a_message_that_is_changed_before_it_is_passed_on_goes_as_it_reads_then(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.desk.ears.changed(it.people.message(MAYA, "We have red", message="m1"), False)
        await it.people.write(MAYA, "We have reed", message="m1")
        await it.desk.ears.changed(it.people.message(MAYA, "", message="m2"), True)
        await it.people.write(MAYA, "Never mind", message="m2")
        await it.quiet()

    assert it.seen[1:] == ["We have red"]


async def test_a_draft_is_made_shown_and_sent_as_a_colleague_changed_it(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _called(it)
        await it.people.press(MAYA, "claim")
        await it.asks("Which oil for the chain?")
        await it.asks("Can I speak to a human?")
        await it.quiet()
        seen = len(it.seen)
        await it.people.press(MAYA, "suggest")
        await it.quiet()
        [draft] = room.heading("Suggested")
        assert "Bot: Which oil for the chain?" in draft.card.text
        assert len(it.seen) == seen, "a customer sees no draft"
        form = await it.people.press(TOM, "edit")
        assert await it.people.fill_in(TOM, form, text="A thin one.") == {}
        assert await it.people.fill_in(MAYA, form, text="A thick one.") != {}
        await it.quiet()

    assert it.seen[seen:] == ["A thin one."]
    assert it.customer.pages[-1].author == "Tom"
    assert dict(draft.card.fields)["State"] == "sent by Tom"


async def test_without_a_room_there_are_tickets_only(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room, settings=DeskSettings()) as it:
        turn = await it.asks(f"I want a {HUMAN}")
        assert turn.reply is not None
        assert await it.store.load_record("ticket", turn.reply.ticket) is not None
        again = await it.asks("And now?")
        await it.quiet()

    assert again.reply is not None
    assert again.reply.text == "Bot: And now?"
    assert room.cards == {}


async def test_without_the_room_that_there_was_the_assistant_answers_again(platform: Platform) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room) as it:
        await _called(it)
        await it.people.press(MAYA, "claim")
        await it.quiet()
    async with stage(store, platform, room, settings=DeskSettings()) as it:
        turn = await it.asks("Hello?")

    assert turn.reply is not None
    assert turn.reply.text == "Bot: Hello?"


async def test_the_room_is_away_the_ticket_is_kept_and_the_card_comes_later(platform: Platform) -> None:
    room = Room(down=True)
    async with stage(empty_store(), platform, room) as it:
        turn = await it.asks(f"I want a {HUMAN}")
        await it.asks("Hello?")
        await asyncio.sleep(3_000)
        assert turn.reply is not None
        assert it.seen[0] == turn.reply.text
        assert await it.store.load_record("ticket", turn.reply.ticket) is not None
        assert room.cards == {}
        room.down = False
        await it.quiet()

    assert len(room.own) == 1
    assert it.notes == ["Hello?"]


async def test_commands_say_who_waits_and_how_things_are(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        assert await it.desk.ears.command("queue", MAYA) == "Nobody waits."
        await _called(it)
        await asyncio.sleep(125)
        handoff = await it.handoff()
        assert handoff is not None
        queue = await it.desk.ears.command(" Queue ", MAYA)
        status = await it.desk.ears.command("status", MAYA)
        told = await it.desk.ears.command("what?", MAYA)

    assert queue == (
        f"- [{handoff.ticket}](https://desk.example/c1) on recording: waiting for somebody, 2 min (asked for a person)"
    )
    assert "1 wait, 0 with somebody" in status
    assert "`/bridge queue`" in told


async def test_who_takes_a_conversation_ends_what_the_assistant_is_writing(platform: Platform) -> None:
    room = Room()

    async def slow(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        if HUMAN in turn.question:
            return await assistant(turn, conversation, emit)
        for number in range(100):
            emit(TextDelta(f"{number} "))
            await asyncio.sleep(0.5)
        return Reply(text="all of it", outcome=Outcome.ANSWERED)

    async with stage(empty_store(), platform, room, answer=slow) as it:
        await _called(it)
        await it.people.fill_in(MAYA, await it.people.press(MAYA, "return"))
        await it.quiet()
        turn_id = await it.say("Tell me everything")
        await asyncio.sleep(3)
        assert await it.people.press(MAYA, "claim") is None
        turn = await it.ended(turn_id)
        await it.quiet()

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.STOPPED
    assert turn.reply.text.startswith("0 1 2")
    assert it.notes[-1] == "Tell me everything", "the desk hears what was not answered"


async def test_a_draft_that_cannot_be_made_is_not_tried_for_ever(platform: Platform) -> None:
    room = Room()

    async def broken(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        if HUMAN in turn.question:
            return await assistant(turn, conversation, emit)
        raise RuntimeError("a bug")

    async with stage(empty_store(), platform, room, answer=broken) as it:
        await _called(it)
        await it.asks("Which oil?")
        await it.people.press(MAYA, "suggest")
        await it.quiet()
        [draft] = room.heading("Suggested")

    assert "could not write one" in draft.card.text
    assert len([question for question, _ in it.heard if question == "Which oil?"]) == 2


LONG = "x" * 5_000


async def test_names_of_any_length_and_long_words_fit(platform: Platform) -> None:
    """The room refuses what its platform would."""
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        asked = it.words(f"{HUMAN} {LONG}")
        await it.ended((await it.dispatch.receive(replace(asked, sender=Sender("u", LONG)))).turn_id)
        await it.quiet()
        await it.people.write(MAYA, "word " * 2_000, message="long")
        await it.quiet()

    assert room.marks["long"] == ("delivered", "")
    assert "".join(it.seen[1:]).count("word") == 2_000
    assert len(room.own[0].card.heading) <= 150
