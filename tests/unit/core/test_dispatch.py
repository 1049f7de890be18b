"""How turns begin: together when they come together, and never more than there is room for."""

import asyncio

import pytest

from bridge.dispatch import LOOKS_MAX, Dispatch
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings
from bridge.ports import Claim, Emit
from bridge.stores.memory import MemoryStore, Settings
from bridge.turn import TurnRunner
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import message
from tests.fakes.recording_channel import PlainChannel, Platform
from tests.fakes.server import FunctionBrain

COMMIT_S = 0.1


class SlowStore(MemoryStore):
    """Each claim waits for its commit, as on a disk."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        claim = await super().claim(lease_s=lease_s, wait_s=wait_s)
        if claim:
            await asyncio.sleep(COMMIT_S)
        return claim


class Brain:
    """Takes ten seconds for each answer; notes when it was asked, and how many it thought about at once."""

    def __init__(self) -> None:
        self.asked_at: list[float] = []
        self.running = self.running_max = 0

    async def __call__(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        self.asked_at.append(asyncio.get_running_loop().time())
        self.running += 1
        self.running_max = max(self.running_max, self.running)
        await asyncio.sleep(10)
        self.running -= 1
        return Reply(text="Yes.", outcome=Outcome.ANSWERED)


async def _ask(brain: Brain, platform: Platform, *, questions: int, turns_max: int, seconds: float) -> None:
    """A server that is asked so many questions at once, in rooms of their own, and runs for so long."""
    store = SlowStore(Settings(), clock=asyncio.get_running_loop().time)
    channel = PlainChannel(platform)
    dispatch = Dispatch(store, turns_max=turns_max, drain_s=0.0)
    runner = TurnRunner(
        store=store,
        channels={channel.name: channel},
        brain=FunctionBrain(brain),
        apology=lambda turn: "Sorry.",
        anew=lambda text: "Once more:",
        reader=FileReader(settings=FilesSettings()),
        turns_max=5,
    )
    for number in range(questions):
        await dispatch.receive(message("Hello?", room=str(number)))
    running = asyncio.create_task(dispatch.run(runner))
    await asyncio.sleep(seconds)
    dispatch.close()
    await running


async def test_turns_that_come_together_do_not_wait_for_each_others_commits(platform: Platform) -> None:
    brain = Brain()
    await _ask(brain, platform, questions=LOOKS_MAX, turns_max=64, seconds=5)
    assert len(brain.asked_at) == LOOKS_MAX
    assert max(brain.asked_at) - min(brain.asked_at) < COMMIT_S / 2


@pytest.mark.parametrize("turns_max", [1, 2, LOOKS_MAX, LOOKS_MAX + 3])
async def test_no_more_turns_run_than_there_is_room_for_and_all_have_their_time(
    platform: Platform, turns_max: int
) -> None:
    brain = Brain()
    questions = 3 * turns_max
    await _ask(brain, platform, questions=questions, turns_max=turns_max, seconds=35)
    assert brain.running_max == turns_max
    assert len(brain.asked_at) == questions
