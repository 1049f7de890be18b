"""The store for several processes: one Redis server with an append-only file.

Who owns what is decided in scripts, each of them one step for the server, by the server's clock. The parts stand side
by side: `inbox` and `conversations`, `outbox`, `quotas`, `values`, `ledger`, `logs`, `records`.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bridge.ports import Gauges
from bridge.stores.redis.conversations import Conversations
from bridge.stores.redis.inbox import Inbox
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.ledger import Ledger
from bridge.stores.redis.logs import Logs
from bridge.stores.redis.outbox import Outbox
from bridge.stores.redis.part import Settings
from bridge.stores.redis.quotas import Quotas
from bridge.stores.redis.records import Records
from bridge.stores.redis.server import Script, connected
from bridge.stores.redis.starting import check_server
from bridge.stores.redis.values import Values

__all__ = ["PASSWORD", "SECRETS", "RedisStore", "Settings", "build"]

PASSWORD = "REDIS_PASSWORD"
SECRETS = (PASSWORD,)

_GAUGES = Script("gauges")


class RedisStore(Inbox, Conversations, Outbox, Quotas, Values, Ledger, Logs, Records):
    """Implements ports.Store."""

    async def gauges(self) -> Gauges:
        """May raise StoreUnavailable."""
        waiting, running, oldest_ms, parcels = await self._server.run(_GAUGES)
        return Gauges(turns_waiting=waiting, turns_running=running, oldest_waiting_s=oldest_ms / 1000, parcels=parcels)

    async def check(self) -> None:
        """May raise StoreUnavailable."""
        await self._server.check()


@asynccontextmanager
async def build(
    settings: Settings, clock: Callable[[], float] = time.time, *, secrets: Mapping[str, SecretStr] = {}
) -> AsyncIterator[RedisStore]:
    """Open the store, if the server is what it must be. `clock` is asked by nobody: all times are the server's.
    May raise ConfigError, StoreUnavailable."""
    password = secrets[PASSWORD].get_secret_value() if PASSWORD in secrets else None
    async with connected(settings.url, Keys(settings.prefix), password=password) as server:
        await check_server(server)
        store = RedisStore(server, settings)
        try:
            yield store
        finally:
            await store.close()
