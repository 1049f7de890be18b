"""A customer needs a person, and people answer from Slack: the whole way, with Slack's stand-in and the real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bridge.ports import Emit
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import until
from tests.fakes.server import Server
from tests.fakes.slack_people import button_of
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer, broken
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import on_slack, unspoiled
from tests.fakes.widget_client import Visitor

PERSON = "I want a person"
SETTINGS = {"BRIDGE_DESK__SLACK_CHANNEL": DESK, "BRIDGE_CHANNELS__SLACK__CATCH_UP_S": "3600"}
WAIT_S = 30.0


async def brain(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Calls people when it is asked to, and says what it knows of the conversation."""
    if PERSON in turn.question:
        return Reply(
            text="A colleague will be with you.",
            outcome=Outcome.ESCALATED,
            rung="person",
            escalation_reason="asked_for_person",
            ticket=f"T-{turn.id[:6]}",
        )
    known = [past.reply.text for past in conversation.turns if past.reply and past.reply.text]
    return Reply(text=f"You said: {turn.question}. I know: {known}", outcome=Outcome.ANSWERED, rung="echo")


@dataclass(slots=True)
class Case:
    """A customer in a direct message with the app, and the desk."""

    slack: SlackServer
    server: Server
    direct: str
    root: str

    @property
    def card(self) -> Message:
        """The newest card of a conversation."""
        cards = [message for message in self.slack.visible(DESK) if message.bot_id and not message.ephemeral_for]
        assert cards, "no card"
        return cards[-1]

    def thread(self) -> list[str]:
        """What stands below it."""
        return [message.shown for message in self.slack.visible(DESK, self.card.ts)[1:]]

    def seen(self) -> list[str]:
        """What the customer sees in their thread, without what they wrote."""
        return [message.shown for message in self.slack.answers(self.direct, self.root)]

    async def write(self, text: str, **more: Any) -> str:
        """The customer writes."""
        return await self.slack.people.say("U1", self.direct, text, thread=self.root, **more)

    async def answer(self, text: str, user: str = "U7", **more: Any) -> Message:
        """A colleague writes below the card."""
        ts = await self.slack.people.say(user, DESK, text, thread=self.card.ts, **more)
        return self.slack.team.messages[DESK, ts]

    async def press(self, label: str, user: str = "U7") -> None:
        await self.slack.people.click(user, self.card, label)


async def shows(case: Case, *words: str) -> None:
    """The customer sees all of this, as soon as they do."""
    await until(lambda: all(any(word in text for text in case.seen()) for word in words), within_s=WAIT_S)


@asynccontextmanager
async def workspace() -> AsyncIterator[SlackServer]:
    """With a channel for the desk."""
    async with SlackServer.start() as slack:
        open_desk(slack, {"U7": "Cleo", "U8": "Dana"})
        yield slack


@asynccontextmanager
async def asked(slack: SlackServer, **options: Any) -> AsyncIterator[Case]:
    """Somebody has asked for a person, and the card is there."""
    async with on_slack(brain, slack=slack, settings=SETTINGS, **options) as (_, server):
        direct = slack.team.direct("U1").id
        root = await slack.people.say("U1", direct, PERSON)
        case = Case(slack, server, direct, root)
        await until(lambda: any(m.bot_id for m in slack.visible(DESK)), within_s=WAIT_S)
        await shows(case, "A colleague will be with you.")
        yield case


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Case]:
    """The same in a workspace of its own."""
    async with workspace() as slack, asked(slack, **options) as case:
        yield case


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    async with opened() as on:
        yield on


@pytest.mark.parametrize("socket", [False, True], ids=["webhooks", "socket mode"])
async def test_a_person_takes_over_answers_and_hands_back(socket: bool) -> None:
    async with opened(socket=socket) as case:
        await taken_over_and_handed_back(case)


async def taken_over_and_handed_back(case: Case) -> None:
    assert "asked for a person" in case.card.shown
    assert "<!here>" in case.card.shown

    await case.press("Claim")
    await until(lambda: "with Cleo" in case.card.shown, within_s=WAIT_S)
    await case.write("My bike &lt;!here&gt; is *broken*")
    await until(lambda: any("My bike <!here> is *broken*" in text for text in case.thread()), within_s=WAIT_S)
    said = await case.answer("What is *wrong* with it?")
    await shows(case, "**Cleo**\n\nWhat is **wrong** with it?")
    await until(lambda: list(said.reactions) == ["white_check_mark"], within_s=WAIT_S)

    internal = await case.answer("// he is a regular")
    await case.press("Hand back")
    await until(lambda: bool(case.slack.team.views), within_s=WAIT_S)
    form = case.slack.team.views[-1]
    assert "note" in await case.slack.people.submit("U7", form | {"private_metadata": "9 nobody"}, {})
    assert await case.slack.people.submit("U7", form, {"note": "New wheel is on its way"}) == {}
    await until(lambda: "handed back" in case.card.shown, within_s=WAIT_S)
    await case.write("Thank you")
    await shows(case, "You said: Thank you.")

    assert not any("regular" in text for text in case.seen())
    assert internal.reactions == {}
    unspoiled(case.slack)


async def test_two_people_claim_and_the_first_has_it(case: Case) -> None:
    message, button = case.card, button_of(case.card, "Claim")
    await asyncio.gather(
        *(case.slack.people.press(user, message, button) for user in ("U7", "U8", "U7", "U8")),
    )
    await until(lambda: "with " in case.card.shown, within_s=WAIT_S)
    winner = "Cleo" if "with Cleo" in case.card.shown else "Dana"
    await until(lambda: any(m.ephemeral_for for m in case.slack.team.messages.values()), within_s=WAIT_S)
    told = {m.ephemeral_for: m.shown for m in case.slack.team.messages.values() if m.ephemeral_for}
    loser = "U8" if winner == "Cleo" else "U7"
    assert f"{winner} has it already." in told[loser]
    # Said to the customer once.
    await asyncio.sleep(0.3)
    assert len([text for text in case.seen() if winner in text or "joined" in text.lower()]) <= 1


async def test_files_go_both_ways(case: Case) -> None:
    await case.press("Claim")
    photo = case.slack.people.file("wheel.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    await case.write("See", files=(photo,))
    await until(lambda: any(m.files for m in case.slack.visible(DESK, case.card.ts)), within_s=WAIT_S)
    label = case.slack.people.file("label.pdf", "application/pdf", b"%PDF-1.4 label")
    await case.answer("Print this", files=(label,))
    await until(
        lambda: any(m.files for m in case.slack.visible(case.direct, case.root) if m.user != "U1"), within_s=WAIT_S
    )
    shown = [m for m in case.slack.visible(case.direct, case.root) if m.files and m.user != "U1"]
    assert [file["name"] for message in shown for file in message.files] == ["label.pdf"]
    unspoiled(case.slack)


async def test_an_edit_and_a_deletion_reach_the_customer(case: Case) -> None:
    await case.press("Claim")
    said = await case.answer("It costs 10")
    await shows(case, "It costs 10")
    await case.slack.people.edit(said, "It costs 12")
    await shows(case, "It costs 12")
    assert not any("It costs 10" in text for text in case.seen())
    await case.slack.people.delete(said)
    await until(lambda: not any("It costs" in text for text in case.seen()), within_s=WAIT_S)


async def test_the_assistant_is_silent_while_people_have_the_conversation(case: Case) -> None:
    await case.press("Claim")
    await until(lambda: "with Cleo" in case.card.shown, within_s=WAIT_S)
    for number in range(3):
        await case.write(f"Question {number}?")
    await until(lambda: any("Question 2?" in text for text in case.thread()), within_s=WAIT_S)
    await asyncio.sleep(0.2)
    assert not any("You said" in text for text in case.seen())
    assert len([m for m in case.slack.visible(DESK) if m.bot_id]) == 1
    assert case.slack.session(case.direct, case.root) != "processing"
    unspoiled(case.slack)


async def test_close_asks_how_it_was(case: Case) -> None:
    await case.press("Claim")
    await case.answer("Done")
    await shows(case, "Done")
    await case.press("Close")
    await until(lambda: "closed" in case.card.shown, within_s=WAIT_S)
    await until(lambda: len(case.seen()) >= 3, within_s=WAIT_S)
    await case.write("5")
    await until(lambda: any("rated this 5 of 5" in text for text in case.thread()), within_s=WAIT_S)


async def test_words_of_two_conversations_never_meet(case: Case) -> None:
    other = await case.slack.people.say("U2", case.slack.team.direct("U2").id, PERSON)
    first = case.card
    await until(lambda: case.card.ts != first.ts, within_s=WAIT_S)
    second = case.card
    await case.slack.people.click("U7", first, "Claim")
    await case.slack.people.click("U8", second, "Claim")
    await case.slack.people.say("U7", DESK, "To Ada", thread=first.ts)
    await case.slack.people.say("U8", DESK, "To Béla", thread=second.ts)
    direct = case.slack.team.direct("U2").id
    await shows(case, "To Ada")
    await until(lambda: any("To Béla" in m.shown for m in case.slack.answers(direct, other)), within_s=WAIT_S)
    assert not any("To Béla" in text for text in case.seen())
    assert not any("To Ada" in m.shown for m in case.slack.answers(direct, other))


async def test_the_desks_own_questions_are_answered_and_are_no_customers(case: Case) -> None:
    root = await case.slack.people.say("U7", DESK, f"<@{case.slack.team.bot_user}> do we ship?")
    await until(lambda: any("do we ship?" in m.shown for m in case.slack.answers(DESK, root)), within_s=WAIT_S)
    await case.slack.people.say("U8", DESK, "And to Malta?", thread=root)
    await until(lambda: any("And to Malta?" in m.shown for m in case.slack.answers(DESK, root)), within_s=WAIT_S)
    await asyncio.sleep(0.2)
    assert not any("Malta" in text or "ship" in text for text in case.seen())


async def test_bridge_queue_lists_the_conversation_with_its_link(case: Case) -> None:
    await case.slack.people.command("U7", DESK, "/bridge", "queue")
    told = [m for m in case.slack.team.messages.values() if m.ephemeral_for == "U7"]
    await until(lambda: any("on slack: waiting for somebody" in m.shown for m in told), within_s=WAIT_S)
    assert f"/archives/{DESK}/p{case.card.ts.replace('.', '')}" in told[-1].shown


async def test_what_colleagues_wrote_while_the_server_was_down_reaches_the_customer() -> None:
    store = MemoryStore(Settings())
    async with workspace() as slack:
        async with asked(slack, store=store) as case:
            await case.press("Claim")
            await until(lambda: "with Cleo" in case.card.shown, within_s=WAIT_S)
            said = await case.answer("Before")
            await until(lambda: bool(said.reactions), within_s=WAIT_S)
        slack.target = ""
        missed = await case.answer("In between", tell=False)
        async with on_slack(brain, slack=slack, store=store, settings=SETTINGS):
            await shows(case, "In between")
            await until(lambda: list(missed.reactions) == ["white_check_mark"], within_s=WAIT_S)
            assert len([text for text in case.seen() if "Before" in text]) == 1


async def test_slack_is_down_when_the_customer_asks_and_the_card_comes_later() -> None:
    async with (
        workspace() as slack,
        on_slack(brain, slack=slack, settings=SETTINGS) as (_, server),
        aiohttp.ClientSession() as http,
    ):
        slack.will("chat.postMessage", broken())
        visitor = await Visitor(http, server.url).begin()
        done = await visitor.ask(PERSON)
        assert done["text"].startswith("A colleague will be with you.")
        await until(lambda: any(m.bot_id for m in slack.visible(DESK)), within_s=30)
        (card,) = [m for m in slack.visible(DESK) if m.bot_id]
        await slack.people.say("U1", DESK, "Hello from Slack", thread=card.ts)
        events = await visitor.read_until(lambda event: event.type == "message" and "Hello" in event.data["text"])
        assert (events[-1].data["author"], events[-1].data["name"]) == ("person", "Ada")
