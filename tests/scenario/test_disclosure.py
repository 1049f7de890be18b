"""Whoever is answered knows that no person answers: once, on every channel."""

import asyncio

import pytest

from bridge.ports import Emit
from bridge.types import Conversation, Reply, Turn
from tests.fakes.core import until
from tests.fakes.server import echo
from tests.fakes.slack_world import answered, on_slack
from tests.fakes.telegram_bridge import telegram_bridge
from tests.fakes.whatsapp_world import on_whatsapp

SAID = "I am an AI."
TOLD = {"BRIDGE_BUSINESS__DISCLOSURE": SAID, "BRIDGE_BUSINESS__GREETING": "Welcome!"}


async def test_on_slack_above_the_first_answer_of_a_person_in_whatever_thread() -> None:
    async with on_slack(settings=TOLD) as (slack, _):
        channel = slack.team.direct("U1").id
        root = await slack.people.say("U1", channel, "One?")
        (first,) = await answered(slack, channel)
        assert first.shown == f"{SAID}\n\nYou said: One? "
        await slack.people.say("U1", channel, "Two?", thread=root)
        assert [m.shown for m in await answered(slack, channel, root, count=2)][1:] == ["You said: Two? "]
        other = await slack.people.say("U1", channel, "Three?")
        assert [m.shown for m in await answered(slack, channel, other)] == ["You said: Three? "]
        general = slack.team.channel("C1").id
        root = await slack.people.say("U2", general, f"<@{slack.team.bot_user}> Four?")
        assert [m.shown for m in await answered(slack, general, root)] == [f"{SAID}\n\nYou said: Four? "]


async def test_on_whatsapp_above_the_first_answer_also_after_help() -> None:
    async with on_whatsapp(settings=TOLD) as (twilio, _):
        for number, text in enumerate(("/help", "One?", "Two?"), start=1):
            await twilio.says(text)
            await until(lambda number=number: len(twilio.texts()) == number, within_s=30)  # type: ignore[misc]
        assert twilio.texts()[1:] == [f"{SAID}\n\nYou said: One?", "You said: Two?"]


@pytest.mark.parametrize("first", ["/start", "/start and a question in one turn"])
async def test_not_again_after_the_answer_to_start(first: str) -> None:
    gate = asyncio.Event()

    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        await gate.wait()
        return await echo(turn, conversation, emit)

    async with on_whatsapp(answer, settings=TOLD) as (twilio, _):
        await twilio.says("/start")
        if first == "/start":
            await until(lambda: twilio.texts() == [f"Welcome!\n\n{SAID}"], within_s=30)
        await twilio.says("One?")
        gate.set()
        await until(lambda: "You said: One?" in "".join(twilio.texts()), within_s=30)
        assert "".join(twilio.texts()).count(SAID) == 1


async def test_on_telegram_above_the_first_answer() -> None:
    async with telegram_bridge(business=TOLD) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "One?")
        await bridge.texts(chat, f"{SAID}\n\nYou said: One?")
        bridge.telegram.say(chat, "Two?")
        await bridge.texts(chat, f"{SAID}\n\nYou said: One?", "You said: Two?")
