"""Until when whoever works here may do what others see: the last look before a call leaves this process.

The store refuses a lost claim, and is asked before each effect. But a process may be stopped between that answer and
the call, for minutes; when it goes on, somebody else has the work. So whatever makes the call asks, right before it and
without waiting, the clock of this machine: a lease that was not prolonged in time is over, whatever became of it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bridge.errors import LeaseLost


def now() -> float:
    """Seconds that go on while a process is stopped, and where the system can tell, while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Lease:
    """Mutable: it is prolonged. Ends `lease_s` after it began, which is when it was asked for, not when the answer
    came."""

    def __init__(self, lease_s: float, clock: Callable[[], float] = now) -> None:
        self._clock = clock
        self._lease_s = lease_s
        self._ends = clock() + lease_s

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """It goes on from here when what stands inside ends well."""
        began = self._clock()
        yield
        self._ends = max(self._ends, began + self._lease_s)

    def check(self) -> None:
        """May raise LeaseLost."""
        if (late_s := self._clock() - self._ends) >= 0:
            raise LeaseLost(f"the lease ended {late_s:.1f} s ago by our own clock: somebody else may have the work")


_held: ContextVar[Lease | None] = ContextVar("lease", default=None)


@contextmanager
def held(lease: Lease) -> Iterator[None]:
    """What is done inside, by tasks that begin there too, is done under this lease."""
    token = _held.set(lease)
    try:
        yield
    finally:
        _held.reset(token)


def check() -> None:
    """Called right before a call leaves this process, with nothing awaited in between. Without a lease, everybody may.
    May raise LeaseLost."""
    if lease := _held.get():
        lease.check()
