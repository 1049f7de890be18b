"""The newest entries of logs in the memory of one process, and the readers that wait for more."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence

from bridge.ports import Entry

ENTRIES_MAX = 256
"""Entries kept per log; a reader further behind reads from the store."""
LOGS_MAX = 2_000
"""Logs kept; the one unused for longest is forgotten first."""


class Tails:
    """Mutable. Belongs to one event loop."""

    def __init__(self) -> None:
        self._tails: OrderedDict[str, deque[Entry]] = OrderedDict()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def add(self, log: str, entries: Sequence[Entry]) -> None:
        """New entries are durable: keep them and wake the readers."""
        tail = self._tails.setdefault(log, deque(maxlen=ENTRIES_MAX))
        tail.extend(entries)
        self._tails.move_to_end(log)
        if len(self._tails) > LOGS_MAX:
            self._tails.popitem(last=False)
        for waiter in self._waiting.pop(log, ()):
            if not waiter.done():
                waiter.set_result(None)

    def after(self, log: str, after: int, limit: int) -> list[Entry] | None:
        """The entries above a cursor, None when only the store can tell."""
        tail = self._tails.get(log)
        if not tail or tail[0].id > after + 1:
            return None
        return [entry for entry in tail if entry.id > after][:limit]

    async def news(self, log: str, timeout_s: float) -> None:
        """Wait for an entry, at most `timeout_s`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(log, set()).add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            pass
        finally:
            if waiters := self._waiting.get(log):
                waiters.discard(waiter)
                if not waiters:
                    del self._waiting[log]
