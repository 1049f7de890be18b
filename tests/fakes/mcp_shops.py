"""The MCP shop as a program of its own: how it is started, and settings that reach it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bridge.mcp.settings import McpServerSettings

READY_S = 20.0
MODULE = "tests.fakes.mcp_shop"


def stdio(**settings: Any) -> McpServerSettings:
    """The shop as a command."""
    return McpServerSettings(command=sys.executable, args=("-m", MODULE, "stdio"), start_s=READY_S, **settings)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def over_http(folder: Path | None = None, port: int = 0, **env: str) -> AsyncIterator[str]:
    """The URL of a running shop. Its process id stands in `folder`/pid."""
    port = port or free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, "http", str(port), env={**os.environ, **env}
    )
    if folder:
        (folder / "pid").write_text(str(process.pid))
    try:
        async with asyncio.timeout(READY_S):
            await until(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0.05)
