"""How soon what people write at the desk is seen, by a clock that jumps: what waits for a look takes its whole time."""

import asyncio
from functools import partial

import aiohttp

from tests.fakes.core import until
from tests.fakes.slack_room import DESK
from tests.fakes.slack_world import on_slack
from tests.fakes.widget_client import Event, Visitor
from tests.scenario.test_slack_desk import PERSON, SETTINGS, brain, workspace


def _says(words: str, event: Event) -> bool:
    return words in event.data.get("text", "")


async def test_words_from_the_desk_are_seen_in_the_widget_at_once() -> None:
    async with (
        workspace() as slack,
        on_slack(brain, slack=slack, settings=SETTINGS) as (_, server),
        aiohttp.ClientSession() as http,
    ):
        visitor = await Visitor(http, server.url).begin()
        await visitor.ask(PERSON)
        await until(lambda: any(m.bot_id for m in slack.visible(DESK)), within_s=30)
        (card,) = [m for m in slack.visible(DESK) if m.bot_id]
        times = []
        for number in range(10):
            words = f"Word {number}."
            began = asyncio.get_running_loop().time()
            await slack.people.say("U1", DESK, words, thread=card.ts)
            await visitor.read_until(partial(_says, words))
            times.append(asyncio.get_running_loop().time() - began)
        assert max(times) < 0.4, times
