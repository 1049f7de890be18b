"""How claimers that wait hear of work: one connection of the process, however many wait.

Scripts put a ring into a short list for each conversation that becomes free; whoever waits longest, in whatever
process, takes it. A ring may be lost with its connection: claimers look by themselves every `POLL_S`, so nothing else
is.
"""

import asyncio

from bridge.stores.redis.line import ended
from bridge.stores.redis.server import ANSWER_S, CONNECT_S, FAILURES, Server

POLL_S = 0.5
"""How often a claimer that waits looks for work without a ring."""
LISTEN_S = 5.0
"""How long the connection listens before it asks again: a process that is gone takes no ring from others for longer."""


class Doorbell:
    """Mutable. Listens only while somebody waits: a process that is full takes no ring from the others."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting: set[asyncio.Future[None]] = set()
        self._wanted = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def wait(self, timeout_s: float) -> None:
        """Until there may be something to claim, at most for a time."""
        if self._listening is None:
            self._listening = asyncio.ensure_future(self._listen())
        rung = asyncio.get_running_loop().create_future()
        self._waiting.add(rung)
        self._wanted.set()
        try:
            await asyncio.wait([rung], timeout=timeout_s)
        finally:
            self._waiting.discard(rung)

    async def _listen(self) -> None:
        connection = self._server.connection(socket_timeout=None)
        bell = self._server.keys("bell")
        while True:
            try:
                await self._wanted.wait()
                async with asyncio.timeout(CONNECT_S):
                    await connection.connect()  # type: ignore[no-untyped-call]
                async with asyncio.timeout(LISTEN_S + ANSWER_S):
                    await connection.send_command("BLPOP", bell, LISTEN_S)
                    rung = await connection.read_response()
                if rung and not self._ring():
                    # Its claimer has gone in between: somebody else's may want it.
                    async with asyncio.timeout(ANSWER_S):
                        await connection.send_command("RPUSH", bell, "1")
                        await connection.read_response()
            except FAILURES:
                await connection.disconnect(nowait=True)
                await asyncio.sleep(POLL_S)
            except asyncio.CancelledError:
                await connection.disconnect(nowait=True)
                raise
            if not self._waiting:
                self._wanted.clear()

    def _ring(self) -> bool:
        """Wake those who wait; False when there is nobody."""
        heard = [rung for rung in self._waiting if not rung.done()]
        for rung in heard:
            rung.set_result(None)
        self._waiting.clear()
        return bool(heard)

    async def close(self) -> None:
        """Hang up."""
        if self._listening:
            await ended(self._listening)
