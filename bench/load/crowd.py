"""The people's process, as a measurement sees it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bench.load.machine import ROOT
from bench.load.plan import SEED
from bench.load.stage import Stage

LINE_BYTES_MAX = 2**20


class Crowd:
    """Mutable: its process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, kind: str, **wish: Any) -> dict[str, Any]:
        """Have one wish fulfilled, and hear how it went. May raise RuntimeError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": kind, **wish}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the people's process ended")
        told: dict[str, Any] = json.loads(line)
        return told


@asynccontextmanager
async def crowd(stage: Stage, urls: Sequence[str] = ()) -> AsyncIterator[Crowd]:
    """People who go to the stage's servers, or where `urls` say."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load.people", str(SEED), *(urls or stage.urls)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=LINE_BYTES_MAX,
    )
    stage.others.append(("people", process.pid))
    try:
        yield Crowd(process)
    finally:
        stage.others.clear()
        if process.returncode is None:
            process.kill()
        await process.wait()
