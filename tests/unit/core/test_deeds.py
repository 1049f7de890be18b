"""A turn that is given up still tells what was done for it, and leaves no doubt without a person."""

import json

import pytest

from bridge.ports import Claim, Step
from bridge.stores.memory import MemoryStore
from bridge.tools.journal import deeds
from bridge.turn import ATTEMPTS_MAX
from bridge.types import Action, Conversation, Outcome, Reply, Turn
from tests.fakes.core import empty_store, message, running
from tests.fakes.recording_channel import Platform, RecordingChannel

KEY = "tool:apply_discount:abc"
RAN = {
    "outcome": "done",
    "told": {},
    "digest": "discount of 5.00 given",
    "does": ["discount"],
    "ends": "",
    "again": False,
}
DONE = Step(key=KEY, kind="tool", state="done", result=json.dumps(RAN))
FAILED = Step(key=KEY, kind="tool", state="done", result=json.dumps(RAN | {"outcome": "failed"}))
BEGUN = Step(key=KEY, kind="tool", state="intent", result="whom")
ASKED = Reply(text="A person looks into it.", outcome=Outcome.ESCALATED, rung="tools")


class Asking:
    """A gate that has people look into what is in doubt."""

    async def admits(self, claim: Claim, turn: Turn, conversation: Conversation) -> Turn | Reply:
        return ASKED if any(step.state != "done" for step in claim.steps.values()) else turn


async def died(store: MemoryStore, times: int, step: Step) -> None:
    """So many attempts ended without a word, after this stood in the journal."""
    await store.accept(message("A discount, please"))
    for _ in range(times):
        claim = await store.claim(lease_s=30, wait_s=1)
        assert claim is not None
        await store.record(claim, step)
        await store.park(claim, delay_s=0)


@pytest.mark.parametrize(
    ("step", "text", "actions"),
    [
        (DONE, "Sorry", [Action(tool="apply_discount", outcome="done", digest=RAN["digest"], does=("discount",))]),  # type: ignore[arg-type]
        (FAILED, "Sorry", []),
        (BEGUN, "A person looks into it.", []),
    ],
    ids=["done", "failed", "in doubt"],
)
async def test_a_turn_that_is_given_up_knows_what_was_done(step: Step, text: str, actions: list[Action]) -> None:
    store = empty_store()
    await died(store, ATTEMPTS_MAX, step)
    async with running(RecordingChannel(Platform()), store=store, gates=[Asking()], deeds=deeds) as core:
        (turn_id,) = await store.unfinished(message("").address.conversation_id)
        turn = await core.finished(turn_id)
    assert turn.reply is not None
    assert text in turn.reply.text
    assert list(turn.reply.trace.actions) == actions
