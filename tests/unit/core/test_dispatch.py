"""When turns begin: at once on a quick event loop, and later on one that has more to do than it manages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.dispatch import GIVE_WAY_MAX_S
from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import running
from tests.fakes.recording_channel import Platform, RecordingChannel

BLOCKED_S = 0.01
"""How long other work keeps the event loop each time."""


class Begun:
    """Plays the brain, slowly: notes when it was asked what."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    async def __call__(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        self.at[turn.question] = asyncio.get_running_loop().time()
        await asyncio.sleep(5)
        return Reply(text="Yes.", outcome=Outcome.ANSWERED)


@asynccontextmanager
async def busy() -> AsyncIterator[None]:
    """An event loop that other work keeps blocking."""
    loop = asyncio.get_running_loop()

    async def work() -> None:
        while True:
            loop.advance(BLOCKED_S)  # type: ignore[attr-defined] # it is virtual
            await asyncio.sleep(0.001)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()


async def test_turns_begin_at_once_on_a_quick_event_loop(platform: Platform) -> None:
    begun = Begun()
    async with running(RecordingChannel(platform), begun) as core:
        asked_at = asyncio.get_running_loop().time()
        for room in "abcde":
            await core.say(room, room)
        await asyncio.sleep(1)

    assert set(begun.at) == set("abcde")
    assert max(begun.at.values()) - asked_at < GIVE_WAY_MAX_S


async def test_the_next_turn_waits_for_a_busy_event_loop_but_not_for_ever(platform: Platform) -> None:
    begun = Begun()
    async with running(RecordingChannel(platform), begun) as core, busy():
        for room in "abc":
            await core.say(room, room)
        await asyncio.sleep(1)

    first, second, third = (begun.at[room] for room in "abc")
    assert GIVE_WAY_MAX_S <= second - first < 2 * GIVE_WAY_MAX_S
    assert GIVE_WAY_MAX_S <= third - second < 2 * GIVE_WAY_MAX_S


async def test_a_turn_that_would_be_the_only_one_does_not_wait(platform: Platform) -> None:
    begun = Begun()
    async with running(RecordingChannel(platform), begun) as core, busy():
        await asyncio.sleep(1)
        asked_at = asyncio.get_running_loop().time()
        await core.say("a", "a")
        await asyncio.sleep(1)

    assert begun.at["a"] - asked_at < GIVE_WAY_MAX_S
