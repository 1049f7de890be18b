"""Append-only logs, as ports.Log says: a stream each, whose ids are `1-0`, `2-0`, ..., and a hash of the keys of its
entries. Both hold the newest `entries_max`; a log of a conversation is forgotten when that is quiet for `quiet_days`,
and nobody watches it."""

import asyncio
from collections.abc import Sequence

from bridge.errors import StoreUnavailable
from bridge.ports import Claim, Entry
from bridge.stores._tails import Tails
from bridge.stores.redis.listener import Listener, Watch
from bridge.stores.redis.part import Part, Settings
from bridge.stores.redis.server import Script, Server
from bridge.stores.redis.times import milliseconds

TOLD_MAX = 64 * 1024
"""Bytes that are told to every process that watches a log; what is longer is read by those who want it."""
GONE_MAX = 200
"""Old entries that leave a log at once."""
CURSOR_MAX = 2**63 - 2
"""Largest cursor that Redis takes; readers send what they like."""
AGAIN_S = 0.5
"""Rest of a reader that waits while the server is away."""

_APPEND = Script("append")
_WATCH = Script("watch")


class Logs(Part):
    """The part of a store that ports.Log describes. Readers that wait are told of what is appended anywhere; they also
    look themselves before they give up, so that what they were not told costs them their `wait_s` at most."""

    def __init__(self, server: Server, settings: Settings) -> None:
        super().__init__(server, settings)
        self._tails = Tails()
        self._listener = Listener(server, self._tails)

    async def close(self) -> None:
        await self._listener.close()
        await super().close()

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        owner = (claim.turn.conversation_id, claim.fence) if claim else ("", "")
        bounds = (self._settings.kept(log), self._life_ms(log), TOLD_MAX, GONE_MAX)
        return int(await self._server.run(_APPEND, log, key or "", *owner, *bounds, *bodies))

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> Sequence[Entry]:
        if wait_s <= 0:
            return await self._entries(log, after, limit)
        loop = asyncio.get_running_loop()
        until, began = loop.time() + wait_s, False
        with self._listener.watching(log) as watch:
            while True:
                try:
                    entries = await self._next_entries(log, watch, after, limit, until)
                    began = True
                except StoreUnavailable:
                    # Who waits anyway waits until the server is back; who begins hears that it is away.
                    if not began or loop.time() >= until:
                        raise
                    await asyncio.sleep(min(AGAIN_S, max(0.0, until - loop.time())))
                    continue
                if entries or loop.time() >= until:
                    return entries

    async def _next_entries(self, log: str, watch: Watch, after: int, limit: int, until: float) -> Sequence[Entry]:
        """What is there after the cursor; when there is nothing, wait until there may be something."""
        loop = asyncio.get_running_loop()
        await self._listener.heard(log)
        with self._tails.watch(log) as news:
            told = self._tails.after(log, after, limit)
            if told:
                return told
            if watch.end is None or after < watch.end:
                found = await self._entries(log, after, limit, watch)
                if found:
                    return found
            await asyncio.wait([news], timeout=max(0.0, until - loop.time()))
            return () if news.done() else await self._entries(log, after, limit, watch)

    async def _entries(self, log: str, after: int, limit: int, watch: Watch | None = None) -> Sequence[Entry]:
        """What is there in the store."""
        if limit < 1:
            return []
        heard = watch.heard if watch else None
        first = max(0, min(after, CURSOR_MAX)) + 1
        found = await self._server.read(_WATCH, log, first, limit, self._life_ms(log))
        entries = [Entry(int(id.partition("-")[0]), fields[1]) for id, fields in found]
        # Only if everything that came since was told.
        if watch and watch.heard is heard and len(entries) < limit:
            watch.seen(entries[-1].id if entries else first - 1)
        return entries

    def _life_ms(self, log: str) -> int:
        """A log whose name has a colon (`events:KEY`) is one of many, of a conversation; the others are kept."""
        return milliseconds(self._settings.quiet_days * 86_400) if ":" in log else 0
