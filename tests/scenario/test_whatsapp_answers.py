"""A person asks on WhatsApp and is answered: typing meanwhile, messages in order, each once."""

import asyncio
import re

import pytest

from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Passage, Reply, TextDelta, Turn
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.server import Answer
from tests.fakes.twilio_server import PERSON, SENDER
from tests.fakes.twilio_values import Broken, Callbacks, Fault, LoseAnswer, Reset, TooMany
from tests.fakes.whatsapp_world import on_whatsapp

OTHER = "whatsapp:+4915187654321"
LONG = "\n\n".join(f"Paragraph {number}. " + "All work and no play. " * 25 for number in range(6))


def saying(text: str, *, citations: tuple[Passage, ...] = ()) -> Answer:
    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta(text))
        return Reply(text=text, outcome=Outcome.ANSWERED, citations=citations)

    return answer


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


async def test_a_question_is_answered_once() -> None:
    async with on_whatsapp() as (twilio, _):
        await twilio.says("Do you ship?")
        await until(lambda: twilio.texts() == ["You said: Do you ship?"], within_s=30)

        assert [attempt.status for attempt in twilio.attempts][:1] == [200]
        (message,) = twilio.outbound()
        await until(lambda: message.status == "read", within_s=30)
        assert not twilio.violations
        assert not twilio.refusals


async def test_typing_shows_at_once_and_until_the_answer() -> None:
    gate = Gate()
    async with on_whatsapp(gate) as (twilio, _):
        sid = await twilio.says("Do you ship?")
        await until(twilio.typing, within_s=30)
        assert sid in twilio.read
        gate.open.set()
        await until(lambda: twilio.texts() == ["So: Do you ship?"], within_s=30)
        assert not twilio.typing()


async def test_a_long_answer_comes_whole_in_order_although_twilio_keeps_none() -> None:
    async with on_whatsapp(saying(LONG), sent_s=0.2) as (twilio, _):
        await twilio.says("Tell me everything")
        await until(lambda: len(twilio.texts()) == 3, within_s=30)

        assert words(" ".join(twilio.texts())) == words(LONG)
        assert all(len(text) <= 1_500 for text in twilio.texts())
        assert not twilio.violations


@pytest.mark.parametrize(
    "callbacks",
    [Callbacks(never=frozenset({"queued", "sent", "delivered", "read"})), Callbacks(twice=True), Callbacks(late_s=0.1)],
)
async def test_order_stays_whatever_becomes_of_the_callbacks(callbacks: Callbacks) -> None:
    settings = {"BRIDGE_CHANNELS__WHATSAPP__SENT_WAIT_S": 0.3}
    async with on_whatsapp(saying(LONG), settings=settings, callbacks=callbacks) as (twilio, _):
        await twilio.says("Tell me everything")
        await until(lambda: len(twilio.texts()) == 3, within_s=30)
        assert words(" ".join(twilio.texts())) == words(LONG)


async def test_markdown_becomes_whatsapps_marks_with_sources_below() -> None:
    passage = Passage(
        chunk_id="1", doc_id="a.md", title="Shipping", section="", url="https://a.example/s", updated="", language="en",
        text="",
    )  # fmt: skip
    async with on_whatsapp(saying("**Yes**, we do [1].\n\n- to Spain\n- to Chile", citations=(passage,))) as (
        twilio,
        _,
    ):
        await twilio.says("Do you ship?")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        (text,) = twilio.texts()
        assert text.startswith("*Yes*, we do")
        assert "• to Spain\n• to Chile" in text
        assert "Shipping" in text.splitlines()[-1]


async def test_people_do_not_wait_for_each_other() -> None:
    gate = Gate(stuck="wait")
    async with on_whatsapp(gate) as (twilio, _):
        await twilio.says("wait")
        await twilio.says("Hello", OTHER)
        await until(lambda: twilio.texts(OTHER) == ["So: Hello"], within_s=30)
        assert twilio.texts() == []
        gate.open.set()
        await until(lambda: twilio.texts() == ["So: wait"], within_s=30)


@pytest.mark.parametrize("fault", [Broken(503), LoseAnswer()])
async def test_a_call_that_fails_ends_in_one_answer(fault: Fault) -> None:
    """Also when it was done and only its answer was lost."""
    settings = {"BRIDGE_CHANNELS__WHATSAPP__SENT_WAIT_S": 0.3}
    async with on_whatsapp(settings=settings) as (twilio, _):
        twilio.fail("create", fault)
        await twilio.says("Do you ship?")
        await until(lambda: bool(twilio.texts()), within_s=30)
        await asyncio.sleep(0.3)
        assert twilio.texts() == ["You said: Do you ship?"]
        assert not twilio.violations


async def test_typing_that_fails_disturbs_nobody() -> None:
    async with on_whatsapp() as (twilio, _):
        twilio.fail("typing", Broken(500), TooMany(60), Reset())
        for number in range(3):
            await twilio.says(f"Number {number}")
            await until(lambda number=number: len(twilio.texts()) == number + 1, within_s=30)  # type: ignore[misc]


async def test_the_same_webhook_fifty_times_at_once_gives_one_answer() -> None:
    async with on_whatsapp() as (twilio, _):
        sid = await twilio.says("Do you ship?", reached=False)
        form = twilio.form(sid, text="Do you ship?")
        headers = twilio.signed("/twilio/whatsapp", form)
        attempts = await asyncio.gather(*(twilio.post("/twilio/whatsapp", form, headers) for _ in range(50)))
        assert {attempt.status for attempt in attempts} == {200}
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        await twilio.post("/twilio/whatsapp", form, headers)
        await asyncio.sleep(0.2)
        assert twilio.texts() == ["You said: Do you ship?"]


async def test_messages_carry_what_twilio_needs() -> None:
    async with on_whatsapp() as (twilio, _):
        await twilio.says("Do you ship?")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        (made,) = [call.form for call in twilio.calls if call.kind == "create"]
        assert made["To"] == PERSON
        assert made["From"] == SENDER
        assert made["ValidityPeriod"] == "300"
        assert made["StatusCallback"].startswith("https://chat.example.com/twilio/status?turn=")
