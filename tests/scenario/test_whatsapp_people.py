"""What people send besides questions: commands, thumbs, buttons, STOP, places; and what they hear then."""

import asyncio
from typing import Any

import pytest

from bridge.errors import StoreUnavailable
from bridge.ports import Emit
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Attachment, Conversation, ConversationId, Inbound, Outcome, Reply, TextDelta, Turn
from tests.contract.stores import eventually
from tests.fakes import samples
from tests.fakes.brains import Gate
from tests.fakes.context import VOICE
from tests.fakes.core import until
from tests.fakes.server import echo
from tests.fakes.twilio_rules import Template
from tests.fakes.twilio_server import PERSON, SENDER, TEMPLATE
from tests.fakes.twilio_values import File
from tests.fakes.whatsapp_world import NUMBER, channel_alone, on_whatsapp

CONVERSATION = ConversationId(f"whatsapp:{NUMBER}")


async def first_turn(store: MemoryStore) -> Turn:
    async def look() -> tuple[Turn, ...]:
        return (await store.conversation(CONVERSATION, turns_max=9)).turns

    return (await eventually(look))[0]


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        ("/help", "Just ask me a question."),
        ("Hilfe", "Stellen Sie mir"),
        ("/HUMAN", "You can reach a person here"),
        ("/start", "Hello!"),
        ("/new", "Let's begin anew"),
        ("/stop", "There is nothing to stop"),
        ("stopp", "There is nothing to stop"),
    ],
)
async def test_commands_are_answered_without_a_model(command: str, begins: str) -> None:
    gate = Gate()
    async with on_whatsapp(gate) as (twilio, _):
        await twilio.says(command)
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        assert twilio.texts()[0].startswith(begins)
        assert gate.asked == []


async def test_start_is_answered_as_the_business_greets_and_says_that_nobody_human_does() -> None:
    business = {"BRIDGE_BUSINESS__GREETING": "Welcome to Larkwell!", "BRIDGE_BUSINESS__DISCLOSURE": "I am an AI."}
    async with on_whatsapp(Gate(), settings=business) as (twilio, _):
        await twilio.says("/start")
        await until(lambda: twilio.texts() == ["Welcome to Larkwell!\n\nI am an AI."], within_s=30)


async def test_slash_new_may_bring_its_question() -> None:
    heard: list[Inbound] = []

    async def receive(inbound: Inbound) -> Any:
        heard.append(inbound)

    async with channel_alone(receive=receive) as (twilio, _, _):
        await twilio.says("/New  Do you ship?")
        (inbound,) = heard
        assert (inbound.text, inbound.begins, inbound.answer) == ("Do you ship?", True, "")


@pytest.mark.parametrize("text", ["/reset please", "/anew", "/ANEW", "/up", "/retry", "/helpful", "anew", "/"])
async def test_an_unknown_command_is_a_question(text: str) -> None:
    """Also one that is called like something of ours."""
    heard: list[Inbound] = []

    async def receive(inbound: Inbound) -> Any:
        heard.append(inbound)

    async with channel_alone(receive=receive) as (twilio, _, _):
        await twilio.says(text)
        assert [attempt.status for attempt in twilio.attempts] == [200]
        assert [(inbound.text, inbound.answer, inbound.begins) for inbound in heard] == [(text, "", False)]


@pytest.mark.parametrize("payload", ["anew", "up", "/new", "👍"])
async def test_a_button_of_somebody_elses_making_is_its_words(payload: str) -> None:
    heard: list[Inbound] = []

    async def receive(inbound: Inbound) -> Any:
        heard.append(inbound)

    async with channel_alone(receive=receive) as (twilio, _, _):
        await twilio.says("Prices", ButtonText="Prices", ButtonPayload=payload)
        assert [attempt.status for attempt in twilio.attempts] == [200]
        assert [(inbound.text, inbound.answer) for inbound in heard] == [("Prices", "")]


async def test_slash_new_begins_a_new_conversation() -> None:
    seen: list[int] = []

    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        seen.append(len(conversation.turns))
        return await echo(turn, conversation, emit)

    async with on_whatsapp(answer) as (twilio, _):
        for number, text in enumerate(("One", "Two", "/new", "Three"), start=1):
            await twilio.says(text)
            await until(lambda number=number: len(twilio.texts()) == number, within_s=30)  # type: ignore[misc]
        assert seen[:2] == [0, 1]
        assert seen[2] <= 1, "what was said before /new is not told"


@pytest.mark.parametrize("word", ["/stop", "halt", "Para"])
async def test_an_answer_can_be_stopped(word: str) -> None:
    async def endless(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("It takes about"))
        await asyncio.sleep(60)
        return Reply(text="never", outcome=Outcome.ANSWERED)

    async with on_whatsapp(endless) as (twilio, _):
        await twilio.says("How long does it take?")
        await until(twilio.typing, within_s=30)
        await twilio.says(word)
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        assert twilio.texts()[0].startswith("It takes about\n\n")
        assert "topped" in twilio.texts()[0]
        await asyncio.sleep(0.2)
        assert len(twilio.texts()) == 1


@pytest.mark.parametrize("handled", [True, False])
async def test_stop_means_silence_until_the_person_writes_again(handled: bool) -> None:
    """Whether Twilio understands the word or we have to."""
    gate = Gate(stuck="wait")
    async with on_whatsapp(gate, opt_out_at_twilio=handled) as (twilio, _):
        await twilio.says("wait")
        await gate.reached(1)
        await twilio.says("STOP")
        gate.open.set()
        await asyncio.sleep(0.5)
        assert twilio.texts() == []
        assert not twilio.violations

        twilio.opted_out.clear()
        await twilio.says("START" if handled else "Hello again")
        if handled:
            await twilio.says("Hello again")
        await until(lambda: twilio.texts() == ["So: Hello again"], within_s=30)


async def test_somebody_who_opted_out_at_twilio_is_not_tried_for_ever() -> None:
    async with on_whatsapp() as (twilio, _):
        twilio.opted_out.add(PERSON)
        await twilio.says("Do you ship?")
        await until(lambda: twilio.refusals[21610] == 1, within_s=30)
        await asyncio.sleep(0.3)
        assert twilio.refusals[21610] == 1


@pytest.mark.parametrize("word", ["HELP", "INFO"])
async def test_what_twilio_has_answered_is_not_answered_again(word: str) -> None:
    gate = Gate()
    async with on_whatsapp(gate) as (twilio, _):
        await twilio.says(word)
        await asyncio.sleep(0.2)
        assert twilio.texts() == []
        assert gate.asked == []


@pytest.mark.parametrize(("thumb", "wanted"), [("👍", "up"), ("👍🏽", "up"), ("👎️", "down")])
async def test_a_thumb_under_an_answer_is_kept(thumb: str, wanted: str) -> None:
    store = MemoryStore(Settings())
    async with on_whatsapp(store=store) as (twilio, _):
        await twilio.says("Do you ship?")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        turn = await first_turn(store)
        sid = twilio.visible()[0].sid
        await twilio.says(thumb, OriginalRepliedMessageSid=sid, OriginalRepliedMessageSender=SENDER)
        await until(lambda: len(twilio.texts()) == 2, within_s=30)
        assert twilio.texts()[1] == "Thank you for telling us."
        (entry,) = await store.read("feedback", after=0, limit=9)
        assert turn.id in entry.body
        assert f'"{wanted}"' in entry.body


async def test_a_thumb_alone_is_a_message_like_any_other() -> None:
    async with on_whatsapp() as (twilio, _):
        await twilio.says("👍")
        await until(lambda: twilio.texts() == ["You said: 👍"], within_s=30)


async def test_buttons_of_a_template_do_what_they_say() -> None:
    buttons = (("Try again", "retry"), ("Prices", "prices"), ("No good", "not_helpful"))
    store = MemoryStore(Settings())
    settings = {"BRIDGE_CHANNELS__WHATSAPP__TEMPLATE_SID": TEMPLATE}
    async with on_whatsapp(store=store, settings=settings, templates={TEMPLATE: Template("{{1}}", buttons)}) as world:
        twilio, _ = world
        sid = await twilio.says("Do you ship?", reached=False)
        twilio.age(PERSON, 25)
        form = twilio.form(sid, text="Do you ship?")
        await twilio.post("/twilio/whatsapp", form, twilio.signed("/twilio/whatsapp", form))
        await until(lambda: twilio.texts() == ["You said: Do you ship?"], within_s=30)
        template = twilio.visible()[0].sid
        await first_turn(store)

        await twilio.taps(template, "Try again")
        await until(lambda: twilio.texts()[1:] == ["You said: Do you ship?"], within_s=30)
        await twilio.taps(template, "Prices")
        await until(lambda: twilio.texts()[2:] == ["You said: Prices"], within_s=30)
        await twilio.taps(template, "No good")
        await until(lambda: len(twilio.texts()) == 4, within_s=30)
        assert "down" in (await store.read("feedback", after=0, limit=9))[0].body


async def test_an_answer_wanted_again_looks_at_the_same_files() -> None:
    asked: list[tuple[Attachment, ...]] = []

    async def note(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(tuple(file for inbound in turn.inbounds for file in inbound.attachments))
        return Reply(text="A bell.", outcome=Outcome.ANSWERED)

    store = MemoryStore(Settings())
    async with on_whatsapp(note, store=store) as (twilio, _):
        await twilio.sends(File(samples.png(), "image/png"))
        await first_turn(store)
        await twilio.says("Try again", ButtonPayload="retry", OriginalRepliedMessageSid=twilio.visible()[0].sid)
        await until(lambda: len(asked) == 2, within_s=30)

    assert asked[0]
    assert asked[0] == asked[1]


async def test_nobody_rates_or_repeats_an_answer_of_somebody_else() -> None:
    other = "whatsapp:+4915187654321"
    store = MemoryStore(Settings())
    async with on_whatsapp(store=store) as (twilio, _):
        await twilio.says("My secret question")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        sid = twilio.visible()[0].sid
        await twilio.says("👎", other, OriginalRepliedMessageSid=sid)
        await twilio.says("Try again", other, ButtonPayload="retry", OriginalRepliedMessageSid=sid)
        await until(lambda: len(twilio.texts(other)) == 2, within_s=30)
        assert twilio.texts(other) == ["You said: 👎", "You said: Try again"]
        assert await store.read("feedback", after=0, limit=9) == []


async def test_what_has_neither_words_nor_files_is_not_asked_of_a_model() -> None:
    """A poll or a message that is shown once: Twilio has nothing of it but its kind."""
    gate = Gate()
    async with on_whatsapp(gate) as (twilio, _):
        await twilio.says("", MessageType="unsupported")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        assert twilio.texts() == [VOICE.say("en", "text_only")]
        assert gate.asked == []


async def test_a_place_is_told_in_words() -> None:
    async with on_whatsapp() as (twilio, _):
        await twilio.shares_place("52.5", "13.4", Label="Café", Address="Somewhere 1")
        await until(lambda: twilio.texts() == ["You said: Location: 52.5, 13.4 (Café, Somewhere 1)"], within_s=30)


async def test_pictures_that_come_one_by_one_share_a_turn() -> None:
    heard: list[Inbound] = []

    async def receive(inbound: Inbound) -> Any:
        heard.append(inbound)

    async with channel_alone(receive=receive) as (twilio, _, _):
        picture = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/png"}
        form = twilio.form() | picture
        await twilio.post("/twilio/whatsapp", form, twilio.signed("/twilio/whatsapp", form))
        await twilio.says("And?")
        assert [inbound.more_within_s > 0 for inbound in heard] == [True, False]


async def test_a_webhook_that_comes_again_does_not_stop_a_later_answer() -> None:
    stopped: list[ConversationId] = []

    async def stop_all(conversation_id: ConversationId) -> int:
        stopped.append(conversation_id)
        return 1

    async with channel_alone(stop_all=stop_all) as (twilio, _, _):
        form = twilio.form(text="/stop")
        for _ in range(3):
            await twilio.post("/twilio/whatsapp", form, twilio.signed("/twilio/whatsapp", form))
        assert len(stopped) == 1
        await twilio.says("STOP")
        assert stopped == [CONVERSATION, CONVERSATION], "nobody reads on who wants silence"


async def test_a_store_that_is_away_makes_twilio_try_again() -> None:
    async def receive(inbound: Inbound) -> Any:
        raise StoreUnavailable("no disk")

    async with channel_alone(receive=receive, webhook_path="/twilio/whatsapp#rc=2&rp=all") as (twilio, _, _):
        await twilio.says("Do you ship?")
        assert [attempt.status for attempt in twilio.attempts] == [503] * 3
