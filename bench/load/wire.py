"""HTTP as the people of the load suite speak it: over plain sockets, so that they take little of the processors."""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

PATIENCE_S = 30.0
_LENGTH = b"content-length:"
_KEPT = 32
"""Bytes of the last piece that may be the beginning of an event's name, or of its id."""
_ID = re.compile(rb"^id: (\d+)\r?\n", re.MULTILINE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
RECONNECT_S = 0.5
"""Before a stream that broke is opened again."""


def request(method: str, path: str, token: str = "", body: dict[str, Any] | None = None) -> bytes:
    """A whole request."""
    raw = b"" if body is None else json.dumps(body).encode()
    allowed = f"Authorization: Bearer {token}\r\n" if token else ""
    kind = f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n" if body is not None else ""
    return f"{method} {path} HTTP/1.1\r\nHost: load\r\n{allowed}{kind}\r\n".encode() + raw


class Pool:
    """Connections to one server that are kept open, one request at a time on each. Mutable. A request that finds none
    free waits; one whose connection breaks is told status 0."""

    def __init__(self, url: str, connections: int) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self.host, self.port = parts.hostname, parts.port
        self.waiting: deque[tuple[bytes, Callable[[int, bytes], None]]] = deque()
        self._free: list[_Connection] = []
        self._connections = connections

    async def open(self) -> "Pool":
        loop = asyncio.get_running_loop()
        for _ in range(self._connections):
            _, connection = await loop.create_connection(lambda: _Connection(self), self.host, self.port)
            self._free.append(connection)
        return self

    def send(self, raw: bytes, then: Callable[[int, bytes], None]) -> None:
        """Send it now or when a connection is free; `then` gets status and body."""
        if self._free:
            self._free.pop().send(raw, then)
        else:
            self.waiting.append((raw, then))

    async def ask(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Send it and wait. May raise TimeoutError."""
        answered: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

        def then(status: int, body: bytes) -> None:
            if not answered.done():
                answered.set_result((status, body))

        self.send(raw, then)
        status, body = await asyncio.wait_for(answered, PATIENCE_S)
        return status, json.loads(body) if body else {}

    def freed(self, connection: "_Connection") -> None:
        if self.waiting:
            connection.send(*self.waiting.popleft())
        else:
            self._free.append(connection)

    async def broken(self) -> None:
        """Put another connection in the place of one that has ended."""
        while True:
            try:
                loop = asyncio.get_running_loop()
                _, connection = await loop.create_connection(lambda: _Connection(self), self.host, self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            self.freed(connection)
            return


class _Connection(asyncio.Protocol):
    """Mutable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._read = b""
        self._then: Callable[[int, bytes], None] | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._mending: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own class

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self in self._pool._free:
            self._pool._free.remove(self)
        then, self._then = self._then, None
        self._mending = asyncio.get_running_loop().create_task(self._pool.broken())
        if then:
            then(0, b"")

    def send(self, raw: bytes, then: Callable[[int, bytes], None]) -> None:
        self._then = then
        if self._transport is not None:
            self._transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._read[:end].lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._read) < end + 4 + length:
            return
        body = self._read[end + 4 : end + 4 + length]
        self._read = b""
        then, self._then = self._then, None
        self._pool.freed(self)
        if then:
            then(int(head[9:12]), body)


class Stream(asyncio.Protocol):
    """An event stream of the widget, of which only the times are kept; read on from where it broke, as pages do.
    Mutable."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self._host, self._port = parts.hostname, parts.port
        self._token = token
        self._cursor = b""
        self._tail = b""
        self._ending = b""
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._mending: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[tuple[float, str]] | None = None
        self.first_at: float | None = None
        """When the first text since `listen` came."""
        self.broken = 0
        """Times that the server or the way there ended it."""

    async def open(self) -> "Stream":
        """May raise OSError."""
        await asyncio.get_running_loop().create_connection(lambda: self, self._host, self._port)
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._tail = b""
        raw = request("GET", "/widget/events", self._token)
        if self._cursor:
            raw = raw.replace(b"\r\n\r\n", b"\r\nLast-Event-ID: %s\r\n\r\n" % self._cursor)
        self._transport.write(raw)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self._closed:
            self.broken += 1
            self._mending = asyncio.get_running_loop().create_task(self._mend())

    async def _mend(self) -> None:
        while not self._closed:
            await asyncio.sleep(RECONNECT_S)
            with suppress(OSError):
                await self.open()
                return

    def listen(self) -> None:
        """From here on wait for the first text and the end of the next answer."""
        self.first_at = None
        self._ending = b""
        self._ended = asyncio.get_running_loop().create_future()

    async def ended(self) -> tuple[float, str]:
        """When the answer was complete, and how it came out."""
        assert self._ended is not None
        return await self._ended

    def close(self) -> None:
        self._closed = True
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if data.endswith(_LAST_CHUNK) and self._transport:
            self._transport.abort()  # the answer is over, though the connection would be kept
        if self._ended is None or self._ended.done():
            return
        now = time.perf_counter()
        seen = self._tail + data
        if self.first_at is None and b"event: delta" in seen:
            self.first_at = now
        if ids := _ID.findall(seen):
            self._cursor = ids[-1]
        at = seen.find(b"event: done")
        if self._ending or at >= 0:
            self._ending += data if self._ending else seen[at:]
            if b'"outcome"' in self._ending and self._ending.rstrip(b"\r").endswith(b"\n\n\r\n"):
                outcome = self._ending.split(b'"outcome"', 1)[1].split(b'"', 2)[1].decode()
                self._ended.set_result((now, outcome))
        self._tail = seen[-_KEPT:]
