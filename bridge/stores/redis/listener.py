"""What is appended to logs, as it is told to every process that watches them: one connection for all logs.

Whoever appends publishes what it appended in the same step. A process subscribes to the logs that somebody in it reads,
and keeps their newest entries in Tails: readers cost no read each. What cannot be trusted is forgotten (the connection
was lost, an entry came without its body), and its readers look into the store.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from redis.asyncio.connection import AbstractConnection

from bridge.errors import StoreUnavailable
from bridge.logs import event
from bridge.ports import Entry
from bridge.stores._tails import Tails
from bridge.stores.redis.line import ended
from bridge.stores.redis.server import ANSWER_S, CONNECT_S, FAILURES, Server

log = logging.getLogger(__name__)

LINGER_S = 5.0
"""A log that nobody watched for so long is not listened to any more ..."""
QUIET_S = 5.0
"""... and a connection on which nothing came for so long is asked whether it lives."""
AGAIN_MIN_S, AGAIN_MAX_S = 0.05, 1.0
"""Rest before the next connection is made; it doubles."""
AT_ONCE = 100
"""Logs in one command."""


@dataclass(slots=True)
class Watch:
    """A log that is listened to. Mutable."""

    heard: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Done once every entry from then on is told."""
    readers: int = 0
    left_at: float = 0.0
    """When the last reader went."""
    end: int | None = None
    """No entry above this id was there when somebody looked, or came since; None: nobody has looked."""

    def seen(self, id: int) -> None:
        """There is nothing above this id."""
        self.end = max(id, self.end or 0)


class Listener:
    """Mutable. Belongs to one event loop; the connection is made when the first log is watched."""

    def __init__(self, server: Server, tails: Tails, *, linger_s: float = LINGER_S, quiet_s: float = QUIET_S) -> None:
        self._server = server
        self._tails = tails
        self._linger_s = linger_s
        self._quiet_s = quiet_s
        self._watches: dict[str, Watch] = {}
        self._line: AbstractConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self._sweep_at = 0.0

    async def close(self) -> None:
        """Let go of the connection."""
        if self._task:
            await ended(self._task)
            self._task = None

    @contextmanager
    def watching(self, name: str) -> Iterator[Watch]:
        """Listen to a log as long as the body runs, and a little longer."""
        watch = self._watches.get(name)
        if watch is None:
            watch = self._watches[name] = Watch()
        watch.readers += 1
        try:
            yield watch
        finally:
            watch.readers -= 1
            watch.left_at = asyncio.get_running_loop().time()

    async def heard(self, name: str) -> None:
        """Wait until what is appended to a watched log from now on is told. May raise StoreUnavailable."""
        watch = self._watches[name]
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen(), name="redis-listener")
        elif not watch.heard.done() and (line := self._line):
            await self._subscribe(line, [name])
        if not watch.heard.done():
            await asyncio.wait([watch.heard], timeout=CONNECT_S + ANSWER_S)
        if not watch.heard.done():
            raise StoreUnavailable("redis does not tell what is appended")

    async def _subscribe(self, line: AbstractConnection, names: Sequence[str]) -> None:
        async with self._sending:
            with suppress(*FAILURES):  # whoever listens on it sees it too
                await self._send(line, "SUBSCRIBE", names)

    async def _send(self, line: AbstractConnection, command: str, names: Sequence[str] = ()) -> None:
        """May raise FAILURES."""
        if line is not self._line or not line.is_connected:
            raise ConnectionError("the connection is lost")  # sending would make another, which hears nothing
        await line.send_command(command, *(self._server.keys("log", name) for name in names))

    async def _listen(self) -> None:
        """Until cancelled."""
        rest_s, away = AGAIN_MIN_S, False
        while True:
            # Without time-outs of its own, which would send from another task: the line may be gone by then.
            line = self._server.connection(decode_responses=False, protocol=2, socket_timeout=None)
            began = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(CONNECT_S + ANSWER_S):
                    await line.connect()  # type: ignore[no-untyped-call]
                self._line = line
                names = list(self._watches)
                for start in range(0, len(names), AT_ONCE):
                    await self._subscribe(line, names[start : start + AT_ONCE])
                away = False
                await self._hear(line)
            except FAILURES as error:
                if not away:  # said once, however long it takes
                    event(log, "what is appended elsewhere is not heard", level=logging.WARNING, error=error)
                away = True
            finally:
                self._line = None
                self._doubt()
                with suppress(*FAILURES):
                    await line.disconnect(nowait=True)
            if asyncio.get_running_loop().time() - began > self._quiet_s:
                rest_s = AGAIN_MIN_S
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, AGAIN_MAX_S)

    async def _hear(self, line: AbstractConnection) -> None:
        """Until the connection fails."""
        asked = False
        while True:
            news = await line.read_response(timeout=self._quiet_s, disconnect_on_error=False, push_request=True)
            if news is not None:
                asked = False
                self._take(news)
            elif asked:
                raise TimeoutError("no answer on the connection that tells of logs")
            else:
                asked = True
                async with self._sending:
                    await self._send(line, "PING")
            await self._sweep(line)

    def _take(self, news: object) -> None:
        """One message of the server's: what was asked for is confirmed, or entries."""
        if not isinstance(news, list) or len(news) != 3:
            return
        kind, key, data = news
        name = key.decode().removeprefix(self._server.keys("log", ""))
        watch = self._watches.get(name)
        if watch is None:
            return
        if kind == b"subscribe" and not watch.heard.done():
            watch.heard.set_result(None)
        elif kind == b"message" and watch.heard.done():
            entries, end = _read(data)
            watch.seen(end)
            if entries:
                self._tails.add(name, entries)
            else:
                self._tails.forget(name)

    def _doubt(self) -> None:
        """Entries may have been missed: nothing is known any more, and every reader looks."""
        for name, watch in self._watches.items():
            watch.end = None
            if watch.heard.done():
                watch.heard = asyncio.get_running_loop().create_future()
            self._tails.forget(name)

    async def _sweep(self, line: AbstractConnection) -> None:
        """Listen no more to what nobody watches."""
        now = asyncio.get_running_loop().time()
        if now < self._sweep_at:
            return
        self._sweep_at = now + self._linger_s
        async with self._sending:  # who watches one of them again subscribes after this
            over = [
                name
                for name, watch in self._watches.items()
                if not watch.readers and watch.left_at + self._linger_s <= now and watch.heard.done()
            ]
            for name in over:
                del self._watches[name]
                self._tails.forget(name)
            for start in range(0, len(over), AT_ONCE):
                await self._send(line, "UNSUBSCRIBE", over[start : start + AT_ONCE])


def _read(data: bytes) -> tuple[list[Entry], int]:
    """The entries of a message, and the last id that is sure; no entries when they came without their bodies."""
    head, _, bodies = data.partition(b"\n")
    first, *lengths = map(int, head.split())
    entries, start = [], 0
    for place, length in enumerate(lengths):
        entries.append(Entry(first + place, bodies[start : start + length].decode()))
        start += length
    return entries, first + max(0, len(lengths) - 1)
