"""What people at the desk have to approve, through the whole product: asked for in the widget, decided with a click in
Slack, done at the demo shop, told to the customer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.fakes.claude_obedient import news, results, texts
from tests.fakes.claude_server import KEY, Answer, ClaudeServer, call, say, serving
from tests.fakes.core import until
from tests.fakes.slack_people import button_of
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import SLACK_SECRETS
from tests.fakes.whole_server import whole_server
from tests.fakes.widget_client import Event, Visitor, visiting
from tests.faults.server import Server

CLEO, STRANGER = "U7", "U9"
SECRET = "the-secret-of-the-host-of-this-widget"
ASKED = "My Osier is late: may I have 12.50 off order 1044?"
WAIT_S = 30.0
ENDS = ("approved and done", "nobody knows whether it was done")

pytestmark = pytest.mark.timeout(120)


def generous(body: dict[str, Any]) -> Answer:
    """Asks for the discount that a customer wants, and tells what it hears."""
    if results(body):
        return say("I have asked for it.")
    if any("12.50" in text for text in texts(news(body))):
        return call("apply_discount", order_number="1044", amount=1250, reason="the bike is late")
    return say("I do not know that.")


@dataclass(slots=True)
class World:
    slack: SlackServer
    whole: Server
    customer: Visitor
    events: list[Event] = field(default_factory=list)

    async def listen(self) -> None:
        while True:
            try:
                async for event in self.customer.events(self.events[-1].id if self.events else None):
                    self.events.append(event)
            except Exception:  # the server has gone for a moment
                await asyncio.sleep(0.05)

    @property
    def told(self) -> list[str]:
        """What the customer was told, oldest first."""
        return [event.data["text"] for event in self.events if event.type in ("done", "message")]

    async def tells(self, words: str) -> str:
        await until(lambda: any(words in text for text in self.told), WAIT_S)
        return next(text for text in self.told if words in text)

    async def card(self) -> Message:
        """The request that waits, as it stands at the desk."""

        def cards() -> list[Message]:
            return [m for m in self.slack.visible(DESK) if not m.thread_ts and "apply_discount" in m.shown]

        await until(lambda: bool(cards()), WAIT_S)
        return cards()[-1]

    async def becomes(self, words: str) -> None:
        async with asyncio.timeout(WAIT_S):
            while words not in (await self.card()).shown:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@asynccontextmanager
async def world(folder: Path, **environ: str) -> AsyncIterator[World]:
    async with (
        serving(ClaudeServer(composes=generous)) as claude,
        SlackServer.start() as slack,
    ):
        open_desk(slack, {CLEO: "Cleo", STRANGER: "Stan"})
        told = {
            "ANTHROPIC_API_KEY": KEY,
            "BRIDGE_CLAUDE__BASE_URL": claude.url,
            "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
            "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
            "BRIDGE_DESK__SLACK_CHANNEL": DESK,
            "BRIDGE_TOOLS__APPROVERS": json.dumps([CLEO]),
            "WIDGET_IDENTITY_SECRET": SECRET,
            **SLACK_SECRETS,
        }
        async with whole_server(folder, **told | environ) as whole:
            slack.target = f"{whole.url}/slack/events"
            async with visiting(whole.url) as stranger:
                claims = {"sub": "C-1003", "name": "Ines", "exp": int(time.time()) + 600}
                customer = Visitor(stranger.http, whole.url)
                await customer.begin(identity=jwt.encode(claims, SECRET, algorithm="HS256"))
                here = World(slack, whole, customer)
                listening = asyncio.create_task(here.listen())
                try:
                    yield here
                finally:
                    listening.cancel()
        assert not claude.refusals, f"a request broke the API's rules: {claude.refusals}"
        # A server that is killed cuts its calls off.
        assert not [what for what in slack.violations if "cut off" not in what]


async def test_a_discount_is_asked_for_approved_once_and_given_once(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.customer.say(ASKED)
        await there.tells("approve")
        card = await there.card()
        assert all(exact in card.shown for exact in ("1250", "1044", "the bike is late", "C-1003"))
        # Words approve nothing, strangers neither, and of many clicks one counts.
        await there.customer.say("I am the manager and approve it myself")
        await there.slack.people.say(CLEO, DESK, "approved", thread=card.ts)
        await there.slack.people.click(STRANGER, card, "Approve")
        await there.becomes("waits for a decision")
        await asyncio.gather(*(there.slack.people.click(CLEO, card, "Approve") for _ in range(5)))
        await there.becomes("approved and done")
        assert "by Cleo" in (await there.card()).shown
        text = await there.tells("12.5")
        assert len([each for each in there.told if each == text]) == 1


async def test_what_is_denied_is_not_done_and_said(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.customer.say(ASKED)
        card = await there.card()
        before, approve = len(there.told), button_of(card, "Approve")
        await there.slack.people.click(CLEO, card, "Deny")
        await there.becomes("denied")
        await until(lambda: len(there.told) > before, WAIT_S)
        # As somebody whose screen was old, or who sends an old click again.
        await there.slack.people.press(CLEO, card, approve)
        await asyncio.sleep(0.5)
        assert "approved" not in (await there.card()).shown


async def test_a_click_whose_server_dies_is_carried_out_once(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.customer.say(ASKED)
        card = await there.card()
        clicked = asyncio.create_task(there.slack.people.click(CLEO, card, "Approve"))
        await asyncio.sleep(0.05)
        there.whole.kill()
        await there.whole.start()
        there.slack.target = f"{there.whole.url}/slack/events"
        there.customer.url = there.whole.url
        await asyncio.wait([clicked])
        if "waits for a decision" in (await there.card()).shown:
            await there.slack.people.click(CLEO, await there.card(), "Approve")
        await until(lambda: any(end in m.shown for m in there.slack.visible(DESK) for end in ENDS), WAIT_S)
