"""People and the bot on Telegram: private chats, groups, topics, commands, buttons, files."""

import asyncio
import json

import pytest

from bridge.feedback import LOG
from bridge.ports import Emit
from bridge.types import Conversation, Inbound, Outcome, Progress, Remark, Reply, Sender, TextDelta, Turn
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.server import Answer, echo
from tests.fakes.telegram_bridge import telegram_bridge
from tests.fakes.telegram_chats import Media


def says(text: str, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    """A brain that always says the same, at once."""

    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text=text, outcome=outcome, rung="fixed")

    return answer


class Listening:
    """An echo that keeps what it was asked."""

    def __init__(self) -> None:
        self.heard: list[Inbound] = []

    async def __call__(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        self.heard += turn.inbounds
        return await echo(turn, conversation, emit)


async def test_a_question_is_answered_with_formatting_and_buttons() -> None:
    async with telegram_bridge(says("**Yes**, see `manual` 🚲\n\n- one\n- two")) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Can I?")
        await bridge.texts(chat, "Yes, see manual 🚲\n\n• one\n• two")

        (answer,) = bridge.telegram.answers(chat)
        assert [(e["type"], e["offset"], e["length"]) for e in answer.entities] == [("bold", 0, 3), ("code", 9, 6)]
        labels = [[label for label, _ in row] for row in answer.buttons]
        assert labels == [["👍 Helpful", "👎 Not helpful"], ["🔄 Try again"]]
        assert answer.reply_to is None
        assert not bridge.telegram.refusals


async def test_an_answer_grows_in_one_message_with_a_stop_button() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await gate.reached(1)
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        (answer,) = bridge.telegram.answers(chat)
        assert [[label for label, _ in row] for row in answer.buttons] == [["⏹ Stop"]]
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")

        assert len(bridge.telegram.answers(chat)) == 1
        assert not bridge.telegram.refusals


async def test_while_there_is_no_text_people_see_that_the_bot_writes() -> None:
    thought = asyncio.Event()

    async def think(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(Progress("Looking it up"))
        await thought.wait()
        return Reply(text="Here.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(think) as bridge:
        forum = bridge.telegram.supergroup(forum=True)
        bridge.telegram.say(forum, "/help@bridge_test_bot")
        bridge.telegram.say(forum, "@bridge_test_bot where?")
        await until(lambda: bridge.telegram.typing(forum), 5)
        thought.set()
        await until(lambda: len(bridge.telegram.texts(forum)) == 2, 5)
        assert not bridge.telegram.typing(forum)


async def test_where_text_grows_nobody_is_told_that_the_bot_writes() -> None:
    """Telegram would show it beyond the last word."""

    async def look_again(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("Let me see."))
        await asyncio.sleep(0.2)
        emit(Progress("Looking it up"))
        await asyncio.sleep(0.2)
        return Reply(text="Let me see. Yes.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(look_again) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Really?")
        await bridge.texts(chat, "Let me see. Yes.")
        assert not bridge.telegram.typing(chat)
        calls = [call.method for call in bridge.telegram.calls]
        assert "sendChatAction" not in calls[calls.index("sendMessage") :]


async def test_a_stop_button_ends_an_answer_which_says_so() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        press = bridge.telegram.press(bridge.telegram.answers(chat)[0], "⏹ Stop")
        await bridge.texts(chat, "So:\n\nStopped.")

        assert bridge.telegram.presses[press].answer == "I'm stopping."
        assert [[label for label, _ in row] for row in bridge.telegram.answers(chat)[0].buttons] == [["🔄 Try again"]]


@pytest.mark.parametrize("words", ["/stop", "Stop!", "stopp"])
async def test_the_word_stop_ends_an_answer_and_is_no_question(words: str) -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.say(chat, words)
        await bridge.texts(chat, "So:\n\nStopped.")

        assert len(gate.asked) == 1


async def test_stop_with_nothing_to_stop_says_so() -> None:
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "/stop")
        await bridge.texts(chat, "There is nothing to stop right now.")


async def test_a_stop_that_comes_again_when_all_is_over_says_nothing() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await gate.reached(1)
        stop = bridge.telegram.told(bridge.telegram.write(chat, "/stop"))
        bridge.telegram.updates.push(stop)
        await bridge.texts(chat, "So:\n\nStopped.")
        bridge.telegram.updates.push(stop)
        await bridge.nothing_to_do(chat)


@pytest.mark.parametrize(
    ("command", "beginning"),
    [
        ("/start", "Hello!"),
        ("/start demo", "Hello!"),
        ("/help", "Just ask"),
        ("help", "Just ask"),
        ("Ayuda!", "Hágame una pregunta"),
        ("/human", "You can reach"),
        ("/new", "Let's"),
    ],
)
async def test_commands_are_answered_without_the_brain(command: str, beginning: str) -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, command)
        await until(lambda: bool(bridge.telegram.texts(chat)), 5)

        (answer,) = bridge.telegram.answers(chat)
        assert answer.text.startswith(beginning)
        assert answer.buttons == ()
        assert gate.asked == []


async def test_a_new_conversation_begins_with_the_words_behind_the_command() -> None:
    seen = []

    async def count(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        seen.append((turn.question, len(conversation.turns)))
        return Reply(text="So.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(count) as bridge:
        chat = bridge.telegram.private()
        for number, text in enumerate(["One?", "Two?", "/new Three?", "Four?"], start=1):
            bridge.telegram.say(chat, text)
            await bridge.texts(chat, *["So."] * number)

    assert seen == [("One?", 0), ("Two?", 1), ("Three?", 0), ("Four?", 1)]


async def test_a_thumb_is_kept_and_a_retry_answers_again() -> None:
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Really?")
        await bridge.texts(chat, "You said: Really?")
        (answer,) = bridge.telegram.answers(chat)
        thumbs = [bridge.telegram.press(answer, "👎 Not helpful") for _ in range(2)]
        await bridge.telegram.updates.settled()
        (entry,) = await bridge.server.store.read(LOG, after=0, limit=10)
        assert json.loads(entry.body)["rating"] == "down"
        again = [bridge.telegram.press(answer, "🔄 Try again") for _ in range(3)]
        await bridge.texts(chat, "You said: Really?", "You said: Really?")
        again.append(bridge.telegram.press(answer, "🔄 Try again"))
        await bridge.nothing_to_do(chat)
        await until(lambda: all(bridge.telegram.presses[press].answer for press in thumbs + again), 5)


async def test_a_press_that_names_an_answer_of_another_chat_does_nothing() -> None:
    async with telegram_bridge() as bridge:
        telegram = bridge.telegram
        mine, theirs = telegram.private(), telegram.private()
        telegram.say(mine, "Mine?")
        telegram.say(theirs, "Theirs?")
        await bridge.texts(mine, "You said: Mine?")
        await bridge.texts(theirs, "You said: Theirs?")
        (data,) = [data for row in telegram.answers(theirs)[0].buttons for _, data in row if data[0] == "r"]
        own = telegram.answers(mine)[0]
        for forged in (data, data.replace("r", "u"), "r:" + "0" * 32, "r:" + "ä" * 20, "", "x"):
            telegram.updates.push(telegram.pressed(own, forged))
        await telegram.updates.settled()
        await until(lambda: all(press.answer == "" for press in telegram.presses.values()), 5)
        await bridge.nothing_to_do(theirs)
        assert await bridge.server.store.read(LOG, after=0, limit=10) == []


# ---------------------------------------------------------------- groups and topics


async def test_in_a_group_only_what_is_meant_for_the_bot_is_answered() -> None:
    brain = Listening()
    async with telegram_bridge(brain) as bridge:
        telegram = bridge.telegram
        group = telegram.supergroup()
        alice = telegram.person("Alice")
        for chatter in (
            "See you on Sunday",
            "mail me@bridge_test_bot.example",
            "@bridge_test_bot_2 hi",
            "/help@other_bot",
            "/price",
            "stop",
        ):
            telegram.say(group, chatter, by=alice)
        asked = telegram.say(group, "🚲 @Bridge_Test_Bot how long?", by=alice)
        await bridge.texts(group, "You said: 🚲 how long?")
        (answer,) = telegram.answers(group)
        assert answer.reply_to is asked
        telegram.say(group, "And then?", by=alice, reply_to=answer)
        await bridge.texts(group, "You said: 🚲 how long?", "You said: And then?")

    assert [inbound.text for inbound in brain.heard] == ["🚲 how long?", "And then?"]
    assert {inbound.address.key for inbound in brain.heard} == {str(group.id)}


@pytest.mark.parametrize(
    ("said", "question"),
    [("@bridge_test_bot do they?", "do they?"), ("@bridge_test_bot", ""), ("@bridge_test_bot /help", "/help")],
)
async def test_in_a_group_a_reply_brings_along_what_it_replies_to(said: str, question: str) -> None:
    brain = Listening()
    async with telegram_bridge(brain) as bridge:
        telegram = bridge.telegram
        group = telegram.supergroup()
        bob = telegram.person("Bob")
        earlier = telegram.say(group, "Do they ship?\nTo Spain?", by=bob)
        telegram.say(group, said, reply_to=earlier)
        await until(lambda: bool(brain.heard), 5)
        assert [inbound.text for inbound in brain.heard] == [question]
        # As others' words, not as the question.
        assert brain.heard[0].overheard == (Remark(Sender(str(bob.id), "Bob"), "Do they ship?\nTo Spain?"),)
        telegram.say(group, "And then?", reply_to=telegram.answers(group)[0])
        await until(lambda: len(brain.heard) == 2, 5)
        assert brain.heard[1].text == "And then?"


async def test_topics_are_conversations_of_their_own() -> None:
    brain = Listening()
    async with telegram_bridge(brain) as bridge:
        telegram = bridge.telegram
        forum = telegram.supergroup(forum=True)
        first, second = telegram.topic(forum, "Orders"), telegram.topic(forum, "Repairs", by=telegram.bot)
        telegram.say(forum, "@bridge_test_bot one?", thread=first)
        telegram.say(forum, "@bridge_test_bot general?")
        # Whatever is said in a topic points to its first message, here one of the bot's.
        telegram.say(forum, "Nobody asked the bot", thread=second)
        await bridge.texts(forum, "You said: one?", thread=first)
        await bridge.texts(forum, "You said: general?", thread=None)
        assert telegram.texts(forum, second) == []

    assert {inbound.address.key for inbound in brain.heard} == {f"{forum.id}:{first}", str(forum.id)}


async def test_a_private_chat_with_topics() -> None:
    async with telegram_bridge(telegram={"private_topics": True}) as bridge:
        chat = bridge.telegram.private()
        topic = bridge.telegram.topic(chat, "Order 12")
        bridge.telegram.say(chat, "Where is it?", thread=topic)
        await bridge.texts(chat, "You said: Where is it?", thread=topic)


async def test_a_private_topic_that_is_gone_does_not_take_the_answer_with_it() -> None:
    gate = Gate()
    async with telegram_bridge(gate, telegram={"private_topics": True}) as bridge:
        chat = bridge.telegram.private()
        topic = bridge.telegram.topic(chat, "Order 12")
        bridge.telegram.say(chat, "Where is it?", thread=topic)
        del chat.topics[topic]
        gate.open.set()
        await bridge.texts(chat, "So: Where is it?", thread=None)


async def test_the_bots_name_alone_is_greeted() -> None:
    async with telegram_bridge() as bridge:
        group = bridge.telegram.supergroup()
        bridge.telegram.say(group, "@bridge_test_bot")
        await until(lambda: bool(bridge.telegram.texts(group)), 5)
        assert bridge.telegram.texts(group)[0].startswith("Hello!")


async def test_a_group_that_becomes_a_supergroup_is_followed() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        group = bridge.telegram.group()
        bridge.telegram.say(group, "@bridge_test_bot well?")
        await gate.reached(1)
        larger = bridge.telegram.upgrade(group)
        gate.open.set()
        await bridge.texts(larger, "So: well?")


# ---------------------------------------------------------------- what people send


async def test_an_edit_before_the_answer_is_complete_makes_it_anew() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        message = bridge.telegram.say(chat, "How mutch?")
        await gate.reached(1)
        bridge.telegram.revise(message, "How much?")
        await gate.reached(2)
        gate.open.set()
        await bridge.texts(chat, "So: How much?")


async def test_an_edit_of_an_answered_question_changes_nothing() -> None:
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        message = bridge.telegram.say(chat, "How mutch?")
        await bridge.texts(chat, "You said: How mutch?")
        bridge.telegram.revise(message, "How much?")
        await bridge.nothing_to_do(chat)


async def test_an_edited_command_is_read_like_a_new_one() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        message = bridge.telegram.say(chat, "/new do you ship?")
        await gate.reached(1)
        bridge.telegram.revise(message, "/new do you ship to Spain?")
        await gate.reached(2)
        gate.open.set()
        await bridge.texts(chat, "So: do you ship to Spain?")
        assert [turn.question for turn in gate.asked] == ["do you ship?", "do you ship to Spain?"]


async def test_a_question_that_becomes_a_command_is_answered_as_one() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        message = bridge.telegram.say(chat, "help me")
        await gate.reached(1)
        bridge.telegram.revise(message, "/help")
        await until(lambda: bridge.telegram.texts(chat)[-1:] != ["So:"] and bool(bridge.telegram.texts(chat)), 5)
        assert bridge.telegram.texts(chat)[0].startswith("Just ask")
        assert len(gate.asked) == 1


async def test_a_question_that_becomes_the_word_stop_is_stopped() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        message = bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.revise(message, "Stop")
        await bridge.texts(chat, "So:\n\nStopped.")
        assert len(gate.asked) == 1


async def test_an_edit_that_is_not_for_the_bot_is_kept_nowhere() -> None:
    async with telegram_bridge() as bridge:
        telegram, store = bridge.telegram, bridge.server.store
        group = telegram.supergroup()
        message = telegram.say(group, "Between you and me")
        telegram.revise(message, "A secret, between you and me")
        await bridge.nothing_to_do(group)
        assert await store.get(f"amend:telegram:{telegram.bot.id}:{group.id}:{message.id}") is None


async def test_an_edit_that_takes_the_bots_name_out_counts_while_the_answer_is_made() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        group = bridge.telegram.supergroup()
        message = bridge.telegram.say(group, "@bridge_test_bot how mutch?")
        await gate.reached(1)
        bridge.telegram.revise(message, "how much?")
        await gate.reached(2)
        gate.open.set()
        await bridge.texts(group, "So: how much?")


async def test_an_album_is_one_question() -> None:
    brain = Listening()
    async with telegram_bridge(brain) as bridge:
        group = bridge.telegram.supergroup()
        for text in ("@bridge_test_bot which one?", "", ""):
            bridge.telegram.say(group, text, media=Media("photo", b"\x89PNG"), album="a1")
            await asyncio.sleep(0.1)
        await bridge.texts(group, "You said: which one?")

    assert [len(inbound.attachments) for inbound in brain.heard] == [1, 1, 1]


@pytest.mark.parametrize(
    ("media", "media_type", "name"),
    [
        (Media("voice", b"OggS", "audio/ogg"), "audio/ogg", "voice.ogg"),
        (Media("photo", b"\xff\xd8"), "image/jpeg", "photo.jpg"),
        (Media("document", b"%PDF", "application/pdf", "offer.pdf"), "application/pdf", "offer.pdf"),
    ],
)
async def test_files_are_handed_on(media: Media, media_type: str, name: str) -> None:
    brain = Listening()
    async with telegram_bridge(brain) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "See", media=media)
        await bridge.texts(chat, "You said: See")

    (attachment,) = brain.heard[0].attachments
    assert (attachment.media_type, attachment.name, attachment.size_bytes) == (media_type, name, len(media.content))


async def test_a_place_is_told_in_words() -> None:
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, media=Media("location", latitude=52.5, longitude=13.4))
        await bridge.texts(chat, "You said: Location: 52.5, 13.4")


async def test_what_nobody_can_read_is_said_politely() -> None:
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, media=Media("sticker", b"x"))
        await bridge.texts(chat, "I can only read text. Could you put your question in words?")


async def test_other_bots_and_notes_of_telegrams_own_are_no_questions() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        telegram = bridge.telegram
        group = telegram.supergroup(forum=True)
        telegram.say(group, "@bridge_test_bot hi", by=telegram.bot)
        telegram.updates.push(telegram.told(group.messages[telegram.topic(group, "New")]))
        telegram.shut(telegram.private(), "blocked")
        await telegram.updates.settled()
        assert gate.asked == []


# ---------------------------------------------------------------- long answers


async def test_a_long_answer_has_several_messages_and_loses_nothing() -> None:
    words = [f"🚲🚲🚲{number}" for number in range(1_000)]
    paragraphs = [" ".join(words[start : start + 50]) for start in range(0, len(words), 50)]

    async def long(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        text = "\n\n".join(paragraphs)
        for start in range(0, len(text), 2_000):
            emit(TextDelta(text[start : start + 2_000]))
            await asyncio.sleep(0.3)
        return Reply(text=text, outcome=Outcome.ANSWERED)

    async with telegram_bridge(long) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "All of it?")
        await until(lambda: " ".join(bridge.telegram.texts(chat)).split() == words, 20)
        await until(lambda: bool(bridge.telegram.answers(chat)[-1].buttons), 20)

        *before, _ = bridge.telegram.answers(chat)
        assert len(before) >= 2
        assert not any(message.buttons for message in before)
        assert not bridge.telegram.refusals


async def test_how_it_was_is_pressed_once_and_comes_as_a_message() -> None:
    async with telegram_bridge() as bridge:
        telegram = bridge.telegram
        chat = telegram.private()
        telegram.say(chat, "Really?")
        await bridge.texts(chat, "You said: Really?")
        (answer,) = telegram.answers(chat)
        turn_id = answer.buttons[0][0][1].partition(":")[2]
        for _ in range(2):
            telegram.updates.push(telegram.pressed(answer, f"4:{turn_id}"))
        await bridge.texts(chat, "You said: Really?", "You said: 4")
        telegram.updates.push(telegram.pressed(answer, f"6:{turn_id}"))
        await bridge.nothing_to_do(chat)
        assert len(telegram.answers(chat)) == 2


async def test_what_a_tool_does_is_shown_in_words_while_there_is_no_answer() -> None:
    done = asyncio.Event()

    async def look_up(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(Progress("Looking it up"))
        await asyncio.sleep(0.1)
        emit(Progress("Looking up order 1042"))
        await done.wait()
        emit(TextDelta("It is on its way."))
        return Reply(text="It is on its way.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(look_up) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Where is it?")
        await until(lambda: bool(chat.drafts), 10)
        (draft,) = chat.drafts.values()
        assert draft.text == "Looking up order 1042 …"
        assert [version.text for version in chat.draft_versions] == ["Looking up order 1042 …"]
        done.set()
        await bridge.texts(chat, "It is on its way.")
        assert not chat.drafts
