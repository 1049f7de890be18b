"""An event loop whose clock jumps: where others wait for a timer, it moves the clock to it. A minute costs nothing.

It jumps only while no job of `run_in_executor` is under way. Threads that report by other means are not seen; with
those, set no timers and move the clock by hand with `advance`.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

ROUND_S = 1e-9
"""How long a round of the loop takes. Timers go off as much too early; who then sees that his time has not come yet
would ask again for ever, if the clock stood still."""


class _JumpingSelector(selectors.DefaultSelector):
    """Asks `jump` before it waits: True when the clock was moved instead."""

    jump: Callable[[float], bool]
    round: Callable[[], None]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.round()
        events = super().select(0)
        if events or timeout == 0 or (timeout is not None and self.jump(timeout)):
            return events
        return super().select(timeout if timeout is None else max(timeout, 0.001))


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Mutable. Starts at 1,000 seconds, so that nothing works by accident because a time is 0."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._jobs = 0
        selector = _JumpingSelector()
        selector.jump = self._jump
        selector.round = lambda: self.advance(ROUND_S)
        super().__init__(selector)

    def time(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock; timers that are due run as soon as the loop does."""
        self._now += seconds

    def run_in_executor(  # type: ignore[override] # typeshed's signature differs between releases
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    def _jump(self, timeout: float) -> bool:
        if self._jobs:
            return False
        self._now += timeout
        return True


class SocketTimeLoop(VirtualTimeLoop):
    """The same where both ends of real connections live in this loop. What was written to one end of a loopback
    connection can be read at the other at once, and name look-ups are jobs; `SETTLE_S` of real time before each jump is
    for a kernel that is busy."""

    SETTLE_S = 0.001

    def _jump(self, timeout: float) -> bool:
        return not self._readable() and super()._jump(timeout)

    def _readable(self) -> bool:
        return bool(selectors.DefaultSelector.select(self._selector, self.SETTLE_S))  # type: ignore[attr-defined]
