"""The image's health check: alive, not alive, or not to be told."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.unit.deployment.deployed import ROOT


async def _exit_code(port: int) -> int:
    environ = {"PATH": os.environ["PATH"], "BRIDGE_SERVER__PORT": str(port)}
    program = str(ROOT / "deploy/healthy.py")
    process = await asyncio.create_subprocess_exec(sys.executable, program, env=environ)
    return await process.wait()


@asynccontextmanager
async def _listening(status: int) -> AsyncIterator[int]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status if request.path == "/healthz" else 500)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1), (503, 1)])
async def test_it_passes_on_what_the_server_says(status: int, code: int) -> None:
    async with _listening(status) as port:
        assert await _exit_code(port) == code


async def test_nobody_there_is_not_alive() -> None:
    async with _listening(200) as port:
        pass
    assert await _exit_code(port) == 1


async def test_whoever_takes_connections_and_says_nothing_is_not_alive() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert await _exit_code(silent.getsockname()[1]) == 1
