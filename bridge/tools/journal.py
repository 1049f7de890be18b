"""The step journal of writing calls: what was begun and how it ended, so that nothing is ever done twice. A call whose
end nobody wrote down is not repeated: nobody knows whether it was done."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bridge.failpoints import reach
from bridge.ports import Inbox, Step, ToolSession
from bridge.tools import results
from bridge.tools.execution import Ran, insist
from bridge.tools.tool import AnyTool

State = Literal["intent", "done", "unknown"]


@dataclass(frozen=True, slots=True)
class Journal:
    """Writes in the journal of a session's claim."""

    store: Inbox

    async def ended(self, session: ToolSession, tool: AnyTool, digest: str) -> Ran | None:
        """How the call ended before, in this attempt or an earlier one; None when it may be made.
        May raise LeaseLost, StoreUnavailable."""
        key = step_key(tool, digest)
        before = self._before(session, key)
        if before is None:
            return None
        ran = _ended(before)
        if ran is None and not tool.again:
            ran = Ran(outcome="unknown", told=results.UNKNOWN, ends="person")
            await self._write(session, key, "unknown", ran)
        return None if ran is None or ran.again else ran

    async def once(self, session: ToolSession, tool: AnyTool, digest: str, run: Callable[[], Awaitable[Ran]]) -> Ran:
        """Make a call that has not ended before, and write down how it ends. May raise LeaseLost, StoreUnavailable."""
        key = step_key(tool, digest)
        await self._write(session, key, "intent", None)
        reach("tool.before")
        ran = await run()
        reach("tool.called")
        state: State = "unknown" if ran.outcome == "unknown" else "done"
        await insist(lambda: self._write(session, key, state, ran))
        reach("tool.done")
        return ran

    def _before(self, session: ToolSession, key: str) -> Step | None:
        return session.steps.get(key) or session.claim.steps.get(key)

    async def _write(self, session: ToolSession, key: str, state: State, ran: Ran | None) -> None:
        step = Step(key=key, kind="tool", state=state, result=_written(ran) if ran else "")
        await self.store.record(session.claim, step)
        session.steps[key] = step


def step_key(tool: AnyTool, digest: str) -> str:
    """Names a writing call within its turn."""
    return f"tool:{tool.name}:{digest}"


def _written(ran: Ran) -> str:
    kept = {"outcome": ran.outcome, "told": results.fitted(ran.told), "digest": ran.digest, "does": ran.does}
    return json.dumps({**kept, "ends": ran.ends, "again": ran.again})


def _ended(step: Step) -> Ran | None:
    """None when nobody wrote down how."""
    if step.state == "intent":
        return None
    kept = json.loads(step.result)
    return Ran(**{**kept, "does": tuple(kept["does"])})
