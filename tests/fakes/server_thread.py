"""The real server in a thread with a loop of its own, for tests that are not asynchronous themselves."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from tests.fakes.server import Answer, Server, echo, start_server

GENEROUS = {
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": 10_000_000,
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": 10_000_000,
}
"""Limits that no storm of requests reaches."""


@contextmanager
def server_thread(answer: Answer = echo, settings: Mapping[str, Any] = GENEROUS) -> Iterator[Server]:
    """A server that anybody may call with blocking code. Touch its store only when it rests."""
    listening: Future[Server] = Future()

    async def serve() -> None:
        async with start_server(answer, settings=settings) as server:
            over = asyncio.Event()
            loop = asyncio.get_running_loop()

            def stop() -> None:
                loop.call_soon_threadsafe(over.set)

            listening.set_result(Server(server.url, server.store, stop))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="server")
    thread.start()
    server = listening.result(timeout=10)
    try:
        yield server
    finally:
        server.stop()
        thread.join()
