"""A server is killed while colleagues write to a customer: every word arrives once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.core import until
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import SLACK_SECRETS
from tests.fakes.widget_client import Event, Visitor
from tests.faults.server import Server, quick_start, with_knowledge

PERSON = "Can I speak to a person, please?"
WORDS = 200
KILLS = 3
EVERY_S = 0.03
REST_S = 180.0
"""For a busy machine, where each start of the server takes long."""
QUIET_S = 4.0
"""When nothing has come for so long, nothing comes any more."""


@asynccontextmanager
async def killable(folder: Path, slack: SlackServer) -> AsyncIterator[Server]:
    """The real server as a process, which reaches the stand-in and its desk."""
    async with quick_start() as settings:
        settings |= {
            "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
            "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
            "BRIDGE_DESK__SLACK_CHANNEL": DESK,
            **SLACK_SECRETS,
        }
        server = Server(with_knowledge(folder), **settings)
        try:
            yield server
        finally:
            server.close()


async def begin(server: Server, slack: SlackServer) -> None:
    await server.start()
    slack.target = f"{server.url}/slack/events"


async def card_of(slack: SlackServer) -> Message:
    await until(lambda: any(m.bot_id for m in slack.visible(DESK)), within_s=30)
    (card,) = [m for m in slack.visible(DESK) if m.bot_id]
    return card


async def everything(visitor: Visitor) -> list[Event]:
    """The whole log of a conversation, once it has come to rest."""
    seen: list[Event] = []
    events = visitor.events()
    try:
        while True:
            async with asyncio.timeout(QUIET_S):
                seen.append(await anext(events))
    except TimeoutError:
        return seen
    finally:
        await events.aclose()  # type: ignore[attr-defined] # it is a generator


@pytest.mark.timeout(300)
async def test_every_word_arrives_once_though_the_server_is_killed(tmp_path: Path) -> None:
    dice = random.Random(7)
    retries = tuple(0.3 for _ in range(300))
    async with (
        SlackServer.start(retry_delays_s=retries) as slack,
        killable(tmp_path, slack) as server,
        aiohttp.ClientSession() as http,
    ):
        open_desk(slack)
        await begin(server, slack)
        visitor = await Visitor(http, server.url).begin()
        await visitor.ask(PERSON)
        card = await card_of(slack)
        await slack.people.click("U1", card, "Claim")

        telling: list[asyncio.Task[str]] = []

        async def colleagues() -> None:
            for number in range(WORDS):
                say = slack.people.say(f"U{1 + number % 2}", DESK, f"Word {number}.", thread=card.ts)
                telling.append(asyncio.create_task(say))
                await asyncio.sleep(EVERY_S)

        writing = asyncio.create_task(colleagues())
        for _ in range(KILLS):
            await asyncio.sleep(WORDS * EVERY_S / (KILLS + 1) * dice.uniform(0.7, 1.0))
            server.kill()
            await begin(server, slack)
        await writing
        await asyncio.gather(*telling)
        visitor.url = server.url
        async with asyncio.timeout(REST_S):
            seen: set[str] = set()
            while len(seen) < WORDS:
                events = await everything(visitor)
                said = [event for event in events if event.type == "message" and event.data["author"] == "person"]
                seen = {event.data["text"] for event in said}
        counted = Counter(event.data["text"] for event in {event.data["id"]: event for event in said}.values())
        assert counted == {f"Word {number}.": 1 for number in range(WORDS)}
        assert len([m for m in slack.visible(DESK) if m.bot_id and not m.ephemeral_for]) == 1
