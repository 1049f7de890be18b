"""What one process at a time does, where several share a store: a platform's socket, a sweep, building the index.

A lease is a record that names its holder. Its holder writes it anew from time to time; whoever wants it takes it when
nobody has written it for `LEASE_S` of its own clock. So no two clocks are ever compared: a machine whose clock is
wrong, is set, or slept, holds and takes as every other. Who cannot write it any more stops before anybody else may
begin.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bridge import leases
from bridge.cancelling import cancelled
from bridge.errors import StoreUnavailable
from bridge.logs import event
from bridge.ports import KeyValue, Record, Records
from bridge.types import new_id

log = logging.getLogger(__name__)

LEASE_S = 12.0
"""How long nobody may have written a lease before another process takes it."""
HOLD_S = 9.0
"""Whoever could not write it for so long stops: what it does has the rest of LEASE_S to end."""
RENEW_S = 3.0
LOOK_S = 1.0
"""How often those who wait for it look."""
CANCEL_S = 5.0
"""After so long a cancellation is taken for one that was swallowed: what does not end would keep its lease for ever."""
KIND = "lease"
ONCE_SHARE = 0.9
"""Of an interval: for so long what is done once in it is not done again. Timers are not exact."""


class Lease(Protocol):
    """The right to do something that one process at a time does."""

    @property
    def held(self) -> bool:
        """It is ours, now."""

    async def keep(self) -> None:
        """Take it when it is free and hold it, until cancelled; then it is given up at once."""

    async def doing(self, work: Callable[[], Awaitable[None]]) -> None:
        """While it is held, do this; until cancelled. What has ended is done again when the lease comes back. May raise
        what the work raises."""


class Cluster(Protocol):
    """The processes that share a store."""

    def lease(self, name: str) -> Lease: ...

    async def once(self, name: str, every_s: float) -> bool:
        """Whether this process is the one that does something in an interval of `every_s`. May raise
        StoreUnavailable."""


class Alone:
    """A process whose store is nobody else's. Implements Cluster and Lease."""

    held = True

    def lease(self, name: str) -> Lease:
        return self

    async def once(self, name: str, every_s: float) -> bool:
        return True

    async def keep(self) -> None:
        await asyncio.Event().wait()

    async def doing(self, work: Callable[[], Awaitable[None]]) -> None:
        await work()
        await asyncio.Event().wait()


class LeaderStore(Records, KeyValue, Protocol):
    """What leases need of a store."""


class Shared:
    """Implements Cluster over the store that the processes share. `clock` gives seconds that only rise."""

    def __init__(self, store: LeaderStore, clock: Callable[[], float] = leases.now) -> None:
        self._store = store
        self._clock = clock
        self.owner = new_id()
        """This life of this process."""

    def lease(self, name: str) -> "StoredLease":
        return StoredLease(self._store, name, self.owner, self._clock)

    async def once(self, name: str, every_s: float) -> bool:
        # When the answer is lost nobody does it this time: the next interval comes.
        return await self._store.put(f"once:{name}", self.owner, ttl_s=every_s * ONCE_SHARE, if_absent=True)


class StoredLease:
    """Implements Lease. Mutable: knows how the record was last seen. Each is kept by one task."""

    def __init__(self, store: Records, name: str, owner: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._name = name
        self._owner = owner
        self._clock = clock
        self._held_until = -1.0
        self._news = asyncio.Event()
        self._seen: int | None = None
        """The version of the record as it was last seen, and since when it has been so."""
        self._seen_at = 0.0

    @property
    def held(self) -> bool:
        return self._clock() < self._held_until

    async def keep(self) -> None:
        was = False
        try:
            while True:
                try:
                    await self._look(self._clock())
                    rest_s = RENEW_S if self.held else LOOK_S
                except StoreUnavailable as error:
                    event(log, "a lease cannot be looked at", level=logging.WARNING, lease=self._name, error=error)
                    rest_s = LOOK_S
                if self.held != was:
                    was = not was
                    event(log, "lease", lease=self._name, held=was)
                self._news.set()
                await asyncio.sleep(rest_s)
        finally:
            await self._give_up()

    async def doing(self, work: Callable[[], Awaitable[None]]) -> None:
        keeping = asyncio.ensure_future(self.keep())
        working: asyncio.Future[None] | None = None
        try:
            while True:
                self._news.clear()
                if self.held and working is None:
                    working = asyncio.ensure_future(work())
                elif not self.held and working is not None:
                    await _ended(working)
                    working = None
                news = asyncio.ensure_future(self._news.wait())
                waited = {news, keeping} | ({working} if working and not working.done() else set())
                # Nobody rings when the hold ends because the store does not answer.
                left_s = self._held_until - self._clock() if self.held else LOOK_S
                await asyncio.wait(waited, timeout=max(0.0, left_s), return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                if working and working.done():
                    working.result()
                if keeping.done():
                    keeping.result()
        finally:
            # First what is done ends, then somebody else may begin.
            if working is not None:
                await _ended(working)
            await _ended(keeping)

    async def _look(self, now: float) -> None:
        """Take it when it is free, renew it when it is ours. May raise StoreUnavailable."""
        kept = await self._store.load_record(KIND, self._name)
        version = kept.version if kept else 0
        holder = kept.body if kept else ""
        if version != self._seen:
            self._seen, self._seen_at = version, self._clock()
        abandoned = self._clock() - self._seen_at >= LEASE_S
        if holder and holder != self._owner and not abandoned:
            self._held_until = -1.0
            return
        ours = Record(kind=KIND, id=self._name, body=self._owner, version=version, open=False)
        # Held from before the write: whoever sees it sees it later than that.
        taken = await self._store.save_records(ours)
        self._held_until = now + HOLD_S if taken else -1.0

    async def _give_up(self) -> None:
        """Whoever waits need not wait for its end."""
        held, self._held_until = self.held, -1.0
        if not held:
            return
        try:
            kept = await self._store.load_record(KIND, self._name)
            if kept and kept.body == self._owner:
                await self._store.save_records(
                    Record(kind=KIND, id=self._name, body="", version=kept.version, open=False)
                )
        except StoreUnavailable:
            pass  # it ends by itself


async def _ended(task: asyncio.Future[None]) -> None:
    """Cancel it and wait until it has ended; what it raises is for nobody."""
    await cancelled(task, again_s=CANCEL_S)
    if not task.cancelled():
        task.exception()
