"""Bugs planted into the store on Redis: in the scripts that it runs, or around its verbs. See `planted.py`."""

import asyncio
import copy
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from bridge.ports import Claim, Step
from bridge.stores.redis import RedisStore
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.part import Settings
from bridge.stores.redis.server import Script, Server
from bridge.stores.redis.starting import check_server

EARLY_S = 1.0
"""How long before its commit a message is acknowledged."""
LEASE_S = 0.5
OWNED = "return redis.call('HGET', root .. 'box:' .. conversation, 'fence') == fence"
RECLAIM = "ipairs({'later', 'leases'}) do\n  local due"
SEES_LEASES = """local now = now_ms()
for _, ended in ipairs(redis.call('ZRANGEBYSCORE', root .. 'leases', '-inf', string.format('%.0f', now))) do
  redis.call('ZREM', root .. 'leases', ended)
  make_ready(ended)
end"""


class OtherScripts(Server):
    """Runs scripts that were changed: by their names, what stands there and what shall stand there."""

    changes: ClassVar[Mapping[str, tuple[str, str]]] = {}

    async def run(self, script: Script, *args: str | int | float) -> Any:
        return await super().run(self._changed(script), *args)

    def _changed(self, script: Script) -> Script:
        change = self.changes.get(script.name, self.changes.get("*"))
        if change is None or change[0] not in script.text:
            return script
        other = copy.copy(script)
        other.text = script.text.replace(*change)
        other.sha = hashlib.sha1(other.text.encode(), usedforsecurity=False).hexdigest()
        return other


class AcksEarly(Server):
    """Says that a message is kept before it is."""

    _late: ClassVar[set["asyncio.Task[Any]"]] = set()

    async def run(self, script: Script, *args: str | int | float) -> Any:
        if script.name != "accept":
            return await super().run(script, *args)

        async def later() -> None:
            await asyncio.sleep(EARLY_S)
            await Server.run(self, script, *args)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return [args[2], 1]


class AsksNoFence(OtherScripts):
    """Nobody asks whose turn it is."""

    changes: ClassVar = {"*": (OWNED, "return true")}


class ReclaimsOnTraffic(OtherScripts):
    """What a dead worker held is seen only when a message comes."""

    changes: ClassVar = {
        "claim": (RECLAIM, "ipairs({'later'}) do\n  local due"),
        "accept": ("local now = now_ms()", SEES_LEASES),
    }


class ShortLeases(RedisStore):
    """No bug: leases of a test's length."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        return await super().claim(lease_s=LEASE_S, wait_s=wait_s)

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        await super().renew(claim, lease_s=LEASE_S)


class NeverRenews(RedisStore):
    """Leases end under those who work."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        return await super().claim(lease_s=LEASE_S / 3, wait_s=wait_s)

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        return None


class StaleEdits(ShortLeases):
    """A worker whose lease is over shows what it has all the same."""

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        return None

    async def record(self, claim: Claim, step: Step) -> None:
        return None

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        return await super().append(log, *bodies, key=key)


BUGS: dict[str, tuple[type[RedisStore], type[Server]]] = {
    "none": (RedisStore, Server),
    "short_leases": (ShortLeases, Server),
    "ack_before_commit": (RedisStore, AcksEarly),
    "no_fence": (NeverRenews, AsksNoFence),
    "reclaim_only_on_traffic": (ShortLeases, ReclaimsOnTraffic),
    "stale_worker_edits": (StaleEdits, Server),
}


@asynccontextmanager
async def opened(bug: str, settings: Settings) -> AsyncIterator[RedisStore]:
    """The store as it is built, with that bug."""
    make_store, make_server = BUGS[bug]
    server = make_server(settings.url, Keys(settings.prefix))
    await check_server(server)
    store = make_store(server, settings)
    try:
        yield store
    finally:
        await store.close()
        await server.close()
