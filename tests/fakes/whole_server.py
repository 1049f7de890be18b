"""The whole product as `bridge serve` runs it, in a process of its own: a small knowledge base and the demo shop."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    "faq.md",
    "orders/order-status-meanings.md",
    "returns/return-windows.md",
    "shipping/tracking-your-order.md",
)
START_S = 40.0
STOP_S = 15.0


@dataclass(slots=True)
class Whole:
    """A server that runs. Mutable: it may be killed and begun again."""

    folder: Path
    environ: Mapping[str, str]
    url: str = ""
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text()

    async def start(self) -> None:
        with (self.folder / "serve.log").open("a") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bridge", "serve"),
                cwd=self.folder,
                env=dict(self.environ),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout
        async with asyncio.timeout(START_S):
            line = (await self.process.stdout.readline()).decode()
        ready = re.match(r"bridge is ready: (http://\S+)/", line)
        assert ready, self.log
        self.url = ready[1]

    async def kill(self) -> None:
        """As the kernel does it: nothing is put away."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(STOP_S):
                await self.process.wait()


@asynccontextmanager
async def whole_server(folder: Path, **environ: str) -> AsyncIterator[Whole]:
    """In `folder`, with more of the environment."""
    kb = folder / "kb"
    for page in PAGES:
        (kb / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "kb" / page, kb / page)
    (folder / "config.toml").write_text((ROOT / "config.toml").read_text())
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    told = {"PYTHONPATH": str(ROOT), "BRIDGE_SERVER__PORT": "0", "BRIDGE_SERVER__DRAIN_S": "0.5"}
    whole = Whole(folder, kept | told | environ)
    try:
        await whole.start()
        yield whole
    finally:
        await whole.stop()
