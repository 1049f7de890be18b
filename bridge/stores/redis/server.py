"""The only file that speaks to Redis: connections with bounds, scripts, and what its errors mean."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.stores.redis.keys import Keys

CONNECT_S = 0.8
"""The longest wait for a connection to be made ..."""
ANSWER_S = 1.0
"""... and for an answer: together below the two seconds within which a sender hears that we cannot keep its message."""
POOL_WAIT_S = 0.8
"""The longest wait for a connection of the pool."""
LOST = "LEASELOST"
"""How scripts say that a claim is not the newest any more."""


class Script:
    """A script of this package, by the name of its file in `lua/`; `shared` are files whose functions it calls."""

    def __init__(self, name: str, *shared: str) -> None:
        folder = resources.files(__package__) / "lua"
        self.name = name
        self.text = "\n".join((folder / f"{file}.lua").read_text() for file in ("_prelude", *shared, name))
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Server:
    """A Redis server. A call is made once: of one whose answer is lost nobody knows whether it was done, so whoever
    calls must be able to make it again. Mutable: holds the connections."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self.redis = redis
        self.keys = keys

    def connection(self, **other: Any) -> AbstractConnection:
        """One beside the pool, not made yet, with `other` settings: for what waits long."""
        pool = self.redis.connection_pool
        made: AbstractConnection = pool.connection_class(**(pool.connection_kwargs | other))
        return made

    async def run(self, script: Script, *args: str | int | float) -> Any:
        """What a script returns. May raise LeaseLost, StoreUnavailable."""
        try:
            try:
                return await self.redis.evalsha(script.sha, 1, self.keys.root, *args)  # type: ignore[misc]
            except NoScriptError:  # a server that is new, or was restarted: it was not begun
                return await self.redis.eval(script.text, 1, self.keys.root, *args)  # type: ignore[misc]
        except ResponseError as error:
            if str(error).startswith(LOST):
                raise LeaseLost(f"{script.name}: not the newest claim of its conversation") from None
            raise StoreUnavailable(f"redis refuses {script.name}: {error}") from error
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"redis does not answer: {error or type(error).__name__}") from error

    async def call(self, *command: str | int | float) -> Any:
        """The answer to one plain command. May raise StoreUnavailable."""
        try:
            return await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"redis does not do {command[0]}: {error or type(error).__name__}") from error

    async def check(self) -> None:
        """Write and read something. May raise StoreUnavailable."""
        await self.call("SET", self.keys("check"), "1", "EX", 60)
        if await self.call("GET", self.keys("check")) != "1":
            raise StoreUnavailable("a value just written cannot be read")


@asynccontextmanager
async def connected(url: str, keys: Keys, *, connections_max: int, password: str | None) -> AsyncIterator[Server]:
    """A server whose connections are made when they are needed."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections_max,
        timeout=POOL_WAIT_S,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=ANSWER_S,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        **({"password": password} if password else {}),
    )
    redis = Redis(connection_pool=pool)
    try:
        yield Server(redis, keys)
    finally:
        await redis.aclose()
        await pool.disconnect()
