"""A Redis server: scripts, plain commands, and what its errors mean."""

import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import MovedError, NoScriptError, ReadOnlyError, ResponseError

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.line import CONNECT_S, FAILURES, Line

ANSWER_S = 1.0
"""The longest wait for an answer on a connection beside the line, where nothing else is said."""
LOST = "LEASELOST"
"""How scripts say that a claim is not the newest any more."""

__all__ = ["ANSWER_S", "CONNECT_S", "FAILURES", "Script", "Server", "connected"]


class Script:
    """A script of this package, by the name of its file in `lua/`; `shared` are files whose functions it calls."""

    def __init__(self, name: str, *shared: str) -> None:
        folder = resources.files(__package__) / "lua"
        self.name = name
        self.text = "\n".join((folder / f"{file}.lua").read_text() for file in ("_prelude", *shared, name))
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Server:
    """A Redis server. A call is made once: of one whose answer is lost nobody knows whether it was done, so whoever
    calls must be able to make it again. Mutable: holds the connection, and knows where a cluster keeps our slot."""

    def __init__(self, url: str, keys: Keys, *, password: str | None = None) -> None:
        self.keys = keys
        self._where: dict[str, Any] = {}
        """Where the cluster has sent us; nowhere else than the address says at first."""
        self._address: dict[str, Any] = {
            "connection_class": Connection,
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": ANSWER_S,
            "decode_responses": True,
            "encoding_errors": "replace",
            # One round trip less for each connection: a server that takes half a second for an answer is reached.
            "driver_info": None,
            "retry": Retry(NoBackoff(), 0),
            **parse_url(url),
            **({"password": password} if password else {}),
        }
        self._line = Line(lambda: self.connection(socket_timeout=None))
        self._reading = Line(lambda: self.connection(socket_timeout=None))
        """For long answers, behind which nothing else is to wait."""

    def connection(self, **other: Any) -> AbstractConnection:
        """One beside the line, not made yet, with `other` settings: for what waits long."""
        settings = self._address | self._where | other
        made: AbstractConnection = settings.pop("connection_class")(**settings)
        return made

    async def run(self, script: Script, *args: str | int | float) -> Any:
        """What a script returns. May raise LeaseLost, StoreUnavailable."""
        return await self._run(self._line, script, *args)

    async def read(self, script: Script, *args: str | int | float) -> Any:
        """The same, for a script that changes nothing and may return much. May raise StoreUnavailable."""
        return await self._run(self._reading, script, *args)

    async def _run(self, line: Line, script: Script, *args: str | int | float) -> Any:
        try:
            try:
                return await self._said(line.run(script.sha, script.text, 1, self.keys.root, *args))
            except NoScriptError:  # somebody had the server forget it: it was not begun
                return await self._said(line.call("EVAL", script.text, 1, self.keys.root, *args))
        except ResponseError as error:
            if str(error).startswith(LOST):
                raise LeaseLost(f"{script.name}: not the newest claim of its conversation") from None
            raise self._refused(script.name, error) from error

    async def call(self, *command: str | int | float) -> Any:
        """The answer to one plain command. May raise StoreUnavailable."""
        try:
            return await self._said(self._line.call(*command))
        except ResponseError as error:
            raise self._refused(command[0], error) from error

    def _refused(self, what: object, error: ResponseError) -> StoreUnavailable:
        if isinstance(error, ReadOnlyError) or "READONLY" in str(error):
            # It was the primary. By now the address may lead to another; this connection never will.
            self._hang_up()
        return StoreUnavailable(f"redis refuses {what}: {error}")

    async def _said(self, answer: Awaitable[Any]) -> Any:
        """May raise ResponseError, StoreUnavailable."""
        try:
            return await answer
        except MovedError as error:
            # The next calls go to the node that has our slot; this one was not begun.
            self._where = {"host": error.host or self._address.get("host", "localhost"), "port": error.port}
            self._hang_up()
            raise StoreUnavailable(f"redis: our keys are on another node of the cluster now: {error}") from error
        except StoreUnavailable:
            self._where = {}  # who is asked first knows where that is
            raise

    def _hang_up(self) -> None:
        self._line.hang_up()
        self._reading.hang_up()

    @property
    def has_moved(self) -> bool:
        """A node of the cluster has sent us to another, which gets the next call."""
        return bool(self._where)

    async def check(self) -> None:
        """Write and read something. May raise StoreUnavailable."""
        await self.call("SET", self.keys("check"), "1", "EX", 60)
        if await self.call("GET", self.keys("check")) != "1":
            raise StoreUnavailable("a value just written cannot be read")

    async def close(self) -> None:
        """Calls under way fail."""
        await self._line.close()
        await self._reading.close()


@asynccontextmanager
async def connected(url: str, keys: Keys, *, password: str | None) -> AsyncIterator[Server]:
    """A server whose connection is made when it is needed."""
    server = Server(url, keys, password=password)
    try:
        yield server
    finally:
        await server.close()
