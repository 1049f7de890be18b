"""The step journal of writing calls: what was begun and how it ended, so that nothing is ever done twice. A call whose
end nobody wrote down is not repeated: nobody knows whether it was done."""

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bridge import leases
from bridge.failpoints import reach
from bridge.ports import Claim, Inbox, Step, ToolSession
from bridge.tools import doubts, results
from bridge.tools.execution import UNCLEAR, Ran, insist
from bridge.tools.tool import AnyTool
from bridge.types import Action, Turn, TurnId

State = Literal["intent", "done", "unknown"]


TURNS_MAX = 10_000
"""Turns of this process whose writes are remembered; those that run at the same time are fewer."""


@dataclass(slots=True)
class _Memory:
    """The writes of a turn, those of earlier attempts first. Mutable."""

    steps: dict[str, Step]
    left: list[str]
    """Keys of what was done before the present session, and has not been told in it."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A writing call that nobody knows the end of."""

    tool: str
    digest: str
    whom: str
    """As `doubts.whom` says; "" when the doubt has been remembered."""


class Journal:
    """Writes in the journals of claims. Mutable: remembers what it wrote, since a claim only knows what stood there
    before it, and a turn may be answered more than once within it."""

    def __init__(self, store: Inbox) -> None:
        self._store = store
        self._memories: OrderedDict[tuple[TurnId, int], _Memory] = OrderedDict()

    def begin(self, session: ToolSession) -> None:
        """Give a session the writes of its turn."""
        memory = self._memory(session.claim)
        if session.steps is not memory.steps:
            session.steps = memory.steps
            for step in _wanted_anew(session):
                memory.steps.setdefault(step.key, step)
            memory.left = [key for key, step in memory.steps.items() if step.state == "done" and _did(step)]

    def unclear(self, claim: Claim) -> Sequence[Unclear]:
        """Calls for the turn of which nobody knows how they ended."""
        memory = self._memories.get((claim.turn.id, claim.fence))
        steps = memory.steps if memory else _writes(claim)
        calls = [(key.split(":"), step) for key, step in steps.items() if step.state != "done"]
        return [Unclear(tool, digest, _whom(step)) for (_, tool, digest), step in calls]

    def ended(self, session: ToolSession, tool: AnyTool, digest: str) -> Ran | None:
        """How the call ended before, in this attempt or an earlier one; None when it may be made. A model that is asked
        anew may word the same wish in other arguments: what the tool did then is told first, and not done again."""
        memory = self._memory(session.claim)
        key = step_key(tool, digest)
        step = memory.steps.get(key)
        if step is None:
            key = next((left for left in memory.left if left.startswith(step_key(tool, ""))), "")
            step = memory.steps.get(key)
        if step is None:
            return None
        if key in memory.left:
            memory.left.remove(key)
        if step.state == "intent":
            return UNCLEAR
        ran = _ended(step)
        return None if ran.again else ran

    async def once(self, session: ToolSession, tool: AnyTool, digest: str, run: Callable[[], Awaitable[Ran]]) -> Ran:
        """Make a call that has not ended before, and write down how it ends. May raise LeaseLost, StoreUnavailable."""
        key = step_key(tool, digest)
        if not tool.again:
            await self._write(session, Step(key=key, kind="tool", state="intent", result=doubts.whom(session)))
        reach("tool.before")
        leases.check()
        ran = await run()
        reach("tool.called")
        state: State = "unknown" if ran.outcome == "unknown" else "done"
        step = Step(key=key, kind="tool", state=state, result=_written(ran))
        await insist(lambda: self._write(session, step))
        reach("tool.done")
        return ran

    async def _write(self, session: ToolSession, step: Step) -> None:
        await self._store.record(session.claim, step)
        self._memory(session.claim).steps[step.key] = step

    def _memory(self, claim: Claim) -> _Memory:
        key = claim.turn.id, claim.fence
        if key not in self._memories:
            self._memories[key] = _Memory(_writes(claim), [])
            if len(self._memories) > TURNS_MAX:
                self._memories.popitem(last=False)
        return self._memories[key]


def _writes(claim: Claim) -> dict[str, Step]:
    return {key: step for key, step in claim.steps.items() if step.kind == "tool"}


def deeds(claim: Claim) -> Sequence[Action]:
    """What earlier attempts at a turn did, as its journal holds it."""
    done = [(key.split(":")[1], _ended(step)) for key, step in _writes(claim).items() if step.state == "done"]
    return [
        Action(tool=tool, outcome="done", digest=ran.digest, does=ran.does)
        for tool, ran in done
        if ran.outcome == "done"
    ]


def _wanted_anew(session: ToolSession) -> Sequence[Step]:
    """What was done for the answers that this turn makes anew, as if an attempt of it had done it."""
    turns = session.conversation.turns
    anew = retried(session.claim.turn, turns)
    # What was done once and told for several answers is one thing.
    done = {
        (action.tool, action.digest): action
        for turn in turns
        if turn.id in anew and turn.reply
        for action in turn.reply.trace.actions
        if action.outcome == "done"
    }
    return [
        Step(key=f"tool:{action.tool}:{number} before", kind="tool", state="done", result=_written(_told(action)))
        for number, action in enumerate(done.values())
    ]


def retried(turn: Turn, turns: Sequence[Turn]) -> frozenset[TurnId]:
    """The turns of a conversation whose question this one asks again."""
    again = {inbound.retry_of for inbound in turn.inbounds if inbound.retry_of}
    for earlier in reversed(turns):
        if earlier.id in again:
            again |= {inbound.retry_of for inbound in earlier.inbounds if inbound.retry_of}
    return frozenset(again)


def _told(action: Action) -> Ran:
    told = {**results.DONE_BEFORE, "what": action.digest}
    return Ran(outcome="done", told=told, digest=action.digest, does=action.does)


def step_key(tool: AnyTool, digest: str) -> str:
    """Names a writing call within its turn."""
    return f"tool:{tool.name}:{digest}"


def _whom(step: Step) -> str:
    return step.result if step.state == "intent" else ""


def _written(ran: Ran) -> str:
    kept = {"outcome": ran.outcome, "told": results.fitted(ran.told), "digest": ran.digest, "does": ran.does}
    return json.dumps({**kept, "ends": ran.ends, "again": ran.again})


def _did(step: Step) -> bool:
    return _ended(step).outcome == "done"


def _ended(step: Step) -> Ran:
    kept = json.loads(step.result)
    return Ran(**{**kept, "does": tuple(kept["does"])})
