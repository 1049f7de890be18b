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

    async def once(self, session: ToolSession, tool: AnyTool, digest: str, run: Callable[[], Awaitable[Ran]]) -> Ran:
        """How the call ended: now, or before. May raise LeaseLost, StoreUnavailable."""
        key = step_key(tool, digest)
        if before := self._before(session, key):
            ran = _ended(before)
            if ran and not ran.again:
                return ran
            if ran is None and not tool.again:
                unclear = Ran(outcome="unknown", told=results.UNKNOWN, ends="person")
                await self._write(session, key, "unknown", unclear)
                return unclear
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
    kept = {"outcome": ran.outcome, "told": results.fitted(ran.told), "digest": ran.digest, "again": ran.again}
    return json.dumps({**kept, "ends": ran.ends})


def _ended(step: Step) -> Ran | None:
    """None when nobody wrote down how."""
    if step.state == "intent":
        return None
    return Ran(**json.loads(step.result))
