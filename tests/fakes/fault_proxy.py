"""A TCP proxy that behaves as badly as it is told, also while it runs: late, silent, cut off, a drop at a time.

    async with FaultProxy.start("127.0.0.1", redis.port) as proxy:
        proxy.down.latency_s = 0.5          # answers come late
        proxy.up.silent = proxy.down.silent = True    # nothing gets through any more, and no connection breaks
        proxy.reset()                       # every open connection breaks
        proxy.heal()

`up` is the way from the client to the server, `down` the way back. What is held back in silence arrives when the
silence ends, as TCP sends again what was lost.
"""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 65_536
WAITING_MAX = 64
"""Pieces under way in one direction; a sender waits for room, as with a full window."""
LOOK_S = 0.01
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Way:
    """Mutable. One direction of every connection, from now on."""

    latency_s: float = 0.0
    """Each piece comes so much later; pieces follow each other as they were sent."""
    silent: bool = False
    """Nothing comes through; what is sent is kept."""
    cut_after: int | None = None
    """A connection breaks when so many bytes of it have come through in this direction."""
    bytes_per_s: float = 0.0
    """A trickle; 0 for no limit."""


@dataclass(slots=True, eq=False)
class _Connection:
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None

    def reset(self) -> None:
        """Break it on both sides so that both see a reset."""
        for writer in (self.near, self.far):
            if writer is None:
                continue
            with suppress(OSError):
                taken: socket.socket | None = writer.get_extra_info("socket")
                if taken is not None:
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


@dataclass(slots=True)
class FaultProxy:
    """Mutable."""

    host: str
    port: int
    """Of the server behind it."""
    seed: int = 0
    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)
    refuses: bool = False
    """New connections are reset at once."""
    dropped_share: float = 0.0
    """So many of the pieces sent by clients break their connection instead of going through."""
    connections: int = 0
    """Made so far."""
    resets: int = 0
    """Connections that were broken here."""
    listens_at: int = 0
    _open: dict[_Connection, asyncio.Task[None]] = field(default_factory=dict)
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    @classmethod
    @asynccontextmanager
    async def start(cls, host: str, port: int, *, seed: int = 0) -> AsyncIterator["FaultProxy"]:
        """A proxy before that address, on a free port of its own."""
        proxy = cls(host, port, seed)
        server = await asyncio.start_server(proxy._accept, "127.0.0.1", 0)
        proxy.listens_at = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            proxy.reset()
            await asyncio.gather(*proxy._open.values(), return_exceptions=True)

    def reset(self) -> None:
        """Break every open connection."""
        for connection in list(self._open):
            self._break(connection)

    def silence(self) -> None:
        """Nothing gets through in either direction, and no connection breaks."""
        self.up.silent = self.down.silent = True

    def heal(self) -> None:
        """Be a good proxy from now on."""
        self.up, self.down = Way(), Way()
        self.refuses, self.dropped_share = False, 0.0

    # ------------------------------------------------------------ one connection

    def _break(self, connection: _Connection) -> None:
        self.resets += 1
        connection.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = _Connection(writer)
        if self.refuses:
            self._break(connection)
            return
        task = asyncio.current_task()
        assert task is not None
        self._open[connection] = task
        try:
            try:
                far_reader, connection.far = await asyncio.open_connection(self.host, self.port)
            except OSError:
                self._break(connection)
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(connection, reader, connection.far, upwards=True))
                group.create_task(self._carry(connection, far_reader, writer, upwards=False))
        except* (OSError, asyncio.IncompleteReadError):
            connection.reset()
        finally:
            self._open.pop(connection, None)
            for end in (connection.near, connection.far):
                if end is not None:
                    end.close()

    def _way(self, upwards: bool) -> Way:
        return self.up if upwards else self.down

    async def _carry(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        """Everything one side sends, until it ends."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING_MAX)
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            sent = 0
            while True:
                due, piece = await waiting.get()
                await asyncio.sleep(due - loop.time())
                # The way can change under a piece that waits.
                while self._way(upwards).silent:  # noqa: ASYNC110 - a setting, not an event
                    await asyncio.sleep(LOOK_S)
                if not piece:
                    if writer.can_write_eof():
                        writer.write_eof()
                    return
                sent = await self._deliver(connection, writer, piece, sent, self._way(upwards))

        delivery = asyncio.create_task(deliver())
        try:
            while True:
                piece = await reader.read(PIECE_BYTES)
                if piece and upwards and self.dropped_share and self._dice.random() < self.dropped_share:
                    self._break(connection)
                    raise ConnectionResetError
                await self._put(waiting, (loop.time() + self._way(upwards).latency_s, piece), delivery)
                if not piece:
                    await delivery
                    return
        finally:
            delivery.cancel()

    async def _put(
        self,
        waiting: asyncio.Queue[tuple[float, bytes]],
        piece: tuple[float, bytes],
        delivery: asyncio.Task[None],
    ) -> None:
        """Hand a piece on, or raise what ended its delivery."""
        putting = asyncio.create_task(waiting.put(piece))
        await asyncio.wait([putting, delivery], return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            await delivery

    async def _deliver(
        self, connection: _Connection, writer: asyncio.StreamWriter, piece: bytes, sent: int, way: Way
    ) -> int:
        """Pass a piece on as badly as the way is; bytes sent so far. Raises ConnectionError when it was cut."""
        if way.cut_after is not None and sent + len(piece) > way.cut_after:
            writer.write(piece[: max(0, way.cut_after - sent)])
            with suppress(OSError):
                await writer.drain()
            await asyncio.sleep(LOOK_S)  # what was written before gets out
            self._break(connection)
            raise ConnectionResetError
        if way.bytes_per_s:
            for place in range(len(piece)):
                writer.write(piece[place : place + 1])
                await asyncio.sleep(1 / way.bytes_per_s)
        else:
            writer.write(piece)
        await writer.drain()
        return sent + len(piece)
