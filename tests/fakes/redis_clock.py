"""A Redis server whose scripts are told the time by the test: a minute costs nothing.

Only what scripts decide follows that clock; what the server forgets by itself, it forgets by its own.
"""

import asyncio
import hashlib
from collections.abc import Coroutine
from copy import copy
from typing import Any, TypeVar

from bridge.stores.redis.server import Script, Server

T = TypeVar("T")

CLOCK = "test:clock"
_TOLD = (
    f"(function() local t = redis.call('GET', KEYS[1] .. '{CLOCK}')"
    " return { string.sub(t, 1, -7), string.sub(t, -6) } end)()"
)


class ClockedServer(Server):
    """A server with the clock of a ServerTime."""

    async def run(self, script: Script, *args: str | int | float) -> Any:
        told = copy(script)
        told.text = script.text.replace("redis.call('TIME')", _TOLD)
        told.sha = hashlib.sha1(told.text.encode(), usedforsecurity=False).hexdigest()
        return await super().run(told, *args)


class ServerTime:
    """To a test what VirtualTimeLoop is, with real waiting for a server, which is told the time before each call.
    Mutable. Starts at 1,000 seconds."""

    def __init__(self) -> None:
        self.server: ClockedServer | None = None
        self._loop = asyncio.new_event_loop()
        self._now_us = 1_000_000_000

    def time(self) -> float:
        return self._now_us / 1e6

    def advance(self, seconds: float) -> None:
        self._now_us += round(seconds * 1e6)

    def run_until_complete(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(self._told(work))

    def close(self) -> None:
        self._loop.close()

    async def tell(self) -> None:
        """Tell the server the time."""
        if self.server:
            await self.server.call("SET", self.server.keys(CLOCK), self._now_us)

    async def _told(self, work: Coroutine[Any, Any, T]) -> T:
        await self.tell()
        return await work
