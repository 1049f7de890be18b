"""One connection for all calls of a kind in a process, however many are under way.

Calls go out in the order in which they are made, which is the order that messages of a conversation have; and calls
made at the same moment share a packet, which a pool of connections would send one by one. No queue makes an outage
longer: when an answer is late the line is dead, and whatever waits for it hears so at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from bridge.cancelling import cancelled
from bridge.errors import StoreUnavailable

CONNECT_S = 0.8
"""The longest wait for a connection to be made."""
CALL_S = 1.8
"""The longest wait for an answer, from the call on: below the two seconds within which a sender hears that its message
cannot be kept."""
ANSWER_MIN_S = 0.1
"""However late we come to look for an answer, it gets so long: we may have been busy, not the server."""
CALLS_MAX = 10_000
"""Calls under way at once."""
PACKET_MAX = 200
"""Calls that share a packet."""
CANCEL_S = 0.1
"""After so long a cancellation is taken for one that was swallowed."""
FAILURES = (RedisError, OSError, TimeoutError)
"""What a connection may raise."""


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    packed: list[bytes]
    until: float
    answer: asyncio.Future[Any]
    script: str = ""
    """The name under which a server knows the script after it has seen it."""
    unseen: tuple[str | int | float, ...] = ()
    """The same call to a server that has not."""


class Line:
    """Mutable. `connect` gives a new connection, not made yet and without time-outs of its own."""

    def __init__(self, connect: Callable[[], AbstractConnection]) -> None:
        self._new = connect
        self._pack = connect().pack_command
        self._queue: deque[_Call] = deque()
        self._sent: deque[_Call] = deque()
        self._wake = asyncio.Event()
        self._expected = asyncio.Event()
        self._talking: asyncio.Task[None] | None = None
        self._sending: asyncio.Timeout | None = None
        self._scripts: set[str] = set()
        """What was sent whole on this connection."""
        self._over = False
        self._closed = False

    async def call(self, *command: str | int | float) -> Any:
        """The answer to one command; whoever goes away meanwhile leaves it under way. May raise ResponseError, which is
        an answer too, and StoreUnavailable."""
        return await self._answer(self._pack(*command))

    async def run(self, sha: str, text: str, *args: str | int | float) -> Any:
        """The same for a script. The first call on each connection brings its text along: one that was refused, and
        came again with it, would have been overtaken by those that were made after it. May raise as `call`, and
        NoScriptError when a server forgets what it was told."""
        return await self._answer(self._pack("EVALSHA", sha, *args), sha, ("EVAL", text, *args))

    async def _answer(self, packed: list[bytes], script: str = "", unseen: tuple[str | int | float, ...] = ()) -> Any:
        """May raise as `call`."""
        if len(self._queue) + len(self._sent) >= CALLS_MAX:
            raise StoreUnavailable(f"redis: {CALLS_MAX} calls are under way")
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        if self._talking is None or self._talking.done():
            self._talking = loop.create_task(self._talk())
        call = _Call(packed, loop.time() + CALL_S, loop.create_future(), script, unseen)
        self._queue.append(call)
        self._wake.set()
        return await call.answer

    def hang_up(self) -> None:
        """The next call gets a new connection."""
        self._over = True
        self._wake.set()

    async def close(self) -> None:
        """Calls under way fail."""
        self._closed = True
        if self._talking:
            await ended(self._talking)
        self._fail(self._queue, "the store is closed")

    async def _talk(self) -> None:
        """A connection while there is something to say, and another when it is lost."""
        while True:
            if not self._queue:
                self._wake.clear()
            await self._wake.wait()
            self._over = False
            connection = self._new()
            self._scripts.clear()
            try:
                async with asyncio.timeout(CONNECT_S):
                    await connection.connect()  # type: ignore[no-untyped-call]
                transport = _transport(connection)
            except FAILURES as error:
                await connection.disconnect(nowait=True)
                self._wake.clear()
                self._fail(self._queue, f"redis cannot be reached: {_words(error)}")
                continue
            try:
                await self._exchange(connection)
            except FAILURES as error:
                self._fail(self._sent, f"redis does not answer: {_words(error)}")
                if isinstance(error, TimeoutError):
                    self._fail(self._queue, "redis does not answer")
            finally:
                self._fail(self._sent, "the store is closed")
                # Closed alone it would stay as long as the server does not take what was written to it.
                transport.abort()
                await connection.disconnect(nowait=True)

    async def _exchange(self, connection: AbstractConnection) -> None:
        """Until the server closes the connection while nothing is under way. May raise FAILURES."""
        reading = asyncio.ensure_future(self._read(connection))
        reading.add_done_callback(self._read_over)
        try:
            while True:
                await self._wake.wait()
                if reading.done():
                    reading.result()
                if not self._sent:
                    await asyncio.sleep(0)  # for the loop to see that the server has hung up, if it has
                    if self._over or await connection.can_read():
                        return  # what is queued was not begun: it goes out on the next connection
                if self._over:
                    self._wake.clear()
                    continue
                if packet := self._next_packet():
                    self._expected.set()
                    await self._send(connection, packet, reading)
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    def _next_packet(self) -> list[bytes]:
        """Calls that somebody still waits for count as sent from here on."""
        packet: list[bytes] = []
        while self._queue and len(packet) < PACKET_MAX:
            call = self._queue.popleft()
            if not call.answer.done():
                self._sent.append(call)
                new = call.script not in self._scripts and call.unseen
                self._scripts.add(call.script)
                packet += self._pack(*call.unseen) if new else call.packed
        if not self._queue:
            self._wake.clear()
        return packet

    async def _send(self, connection: AbstractConnection, packet: list[bytes], reading: asyncio.Future[Never]) -> None:
        """No longer than answers are waited for. May raise FAILURES."""
        try:
            async with asyncio.timeout(None) as self._sending:
                await connection.send_packed_command(packet, check_health=False)
        except TimeoutError:
            reading.result()
            raise
        finally:
            self._sending = None

    def _read_over(self, _: object) -> None:
        """Nobody reads any more. A packet that a server does not take would wait as long as the connection lasts."""
        self._wake.set()
        if self._sending:
            self._sending.reschedule(0.0)

    async def _read(self, connection: AbstractConnection) -> Never:
        """The answers, in the order of the calls. May raise FAILURES."""
        loop = asyncio.get_running_loop()
        while True:
            await self._expected.wait()
            while self._sent:
                call = self._sent[0]
                try:
                    async with asyncio.timeout_at(max(call.until, loop.time() + ANSWER_MIN_S)):
                        answer = await connection.read_response()
                except ResponseError as error:
                    if not call.answer.done():
                        call.answer.set_exception(error)
                else:
                    if not call.answer.done():
                        call.answer.set_result(answer)
                self._sent.popleft()
            self._expected.clear()
            if self._over:
                self._wake.set()

    def _fail(self, calls: deque[_Call], why: str) -> None:
        while calls:
            answer = calls.popleft().answer
            if not answer.done():
                answer.set_exception(StoreUnavailable(why))


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel what serves a connection until it has ended; its transports are closed then, too."""
    await cancelled(task, again_s=CANCEL_S)
    for _ in range(2):
        await asyncio.sleep(0)


def _transport(connection: AbstractConnection) -> asyncio.WriteTransport:
    """Of a connection that is made."""
    writer = connection._writer
    assert writer is not None
    return writer.transport


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
