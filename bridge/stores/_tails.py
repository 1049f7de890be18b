"""The newest entries of logs in the memory of one process, and the readers that wait for more."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from bridge.ports import Entry

ENTRIES_MAX = 256
"""Entries kept per log; a reader further behind reads from the store."""
CHARS_MAX = 32_000_000
"""Characters kept in all logs together; the log unused for longest is forgotten first."""

_ENTRY_CHARS = 200
"""What an entry costs besides its body."""


class Tails:
    """Mutable. Belongs to one event loop."""

    def __init__(self, chars_max: int = CHARS_MAX) -> None:
        self._chars_max = chars_max
        self._chars = 0
        self._tails: OrderedDict[str, deque[Entry]] = OrderedDict()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def add(self, log: str, entries: Sequence[Entry]) -> None:
        """New entries are durable: keep them and wake the readers. Entries that do not follow those that are kept begin
        a new tail."""
        tail = self._tails.setdefault(log, deque())
        if tail and entries and entries[0].id != tail[-1].id + 1:
            self._chars -= _chars(tail)
            tail.clear()
        tail.extend(entries)
        self._chars += _chars(entries)
        while len(tail) > ENTRIES_MAX:
            self._chars -= _chars([tail.popleft()])
        self._tails.move_to_end(log)
        while self._chars > self._chars_max:
            self._chars -= _chars(self._tails.popitem(last=False)[1])
        self.wake(log)

    def forget(self, log: str) -> None:
        """What is kept of a log may not be its end any more: only the store can tell. Wakes the readers."""
        self._chars -= _chars(self._tails.pop(log, ()))
        self.wake(log)

    def wake(self, log: str) -> None:
        """Tell those who watch a log that it has grown."""
        for waiter in self._waiting.pop(log, ()):
            if not waiter.done():
                waiter.set_result(None)

    def after(self, log: str, after: int, limit: int) -> list[Entry] | None:
        """The entries above a cursor, None when only the store can tell."""
        tail = self._tails.get(log)
        if not tail or tail[0].id > after + 1:
            return None
        # The ids in a tail have no gaps.
        start = after + 1 - tail[0].id
        return list(islice(tail, start, start + limit)) if start < len(tail) else []

    @contextmanager
    def watch(self, log: str) -> Iterator[asyncio.Future[None]]:
        """A future that is done once an entry is added from now on. Look for entries after beginning to watch, not
        before: what is added in between would be missed."""
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(log, set()).add(news)
        try:
            yield news
        finally:
            if waiters := self._waiting.get(log):
                waiters.discard(news)
                if not waiters:
                    del self._waiting[log]


def _chars(entries: Iterable[Entry]) -> int:
    return sum(len(entry.body) + _ENTRY_CHARS for entry in entries)
