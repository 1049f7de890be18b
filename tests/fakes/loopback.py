"""Runs a stand-in's application on this machine only, and leaves none of its connections open at the end."""

import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web

from bridge.web import Site

SHUTDOWN_S = 0.2
BACKLOG = 512


def on_loopback(
    app: web.Application, *, host: str = "127.0.0.1", port: int = 0, cancels: bool = False
) -> AbstractAsyncContextManager[str]:
    """Its URL, without a slash at the end. `cancels`: who hangs up cancels what they asked for."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=cancels, shutdown_timeout=SHUTDOWN_S)
    return listening(runner, host, port)


@asynccontextmanager
async def listening(runner: web.AppRunner, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The URL of a runner that is not set up yet."""
    with socket.create_server((host, port), backlog=BACKLOG) as taken:
        await runner.setup()
        try:
            await Site(runner, taken, backlog=BACKLOG).start()
            yield f"http://{host}:{taken.getsockname()[1]}"
        finally:
            await runner.cleanup()
