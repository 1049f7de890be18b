"""The server as a process of its own, in a folder of its own: start, kill, freeze, stop, start again."""

import asyncio
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fakes.embedding_server import KEY, embedding_server
from tests.faults.nursery import Child, nursery

ROOT = Path(__file__).parents[2]
SERVE = ("-m", "bridge", "serve")
QUESTION = "What happens when I miss a delivery?"
START_S = 40.0
_READY = re.compile(r"bridge is ready: (http://\S+)/")


@asynccontextmanager
async def quick_start() -> AsyncIterator[dict[str, str]]:
    """Settings with which a server starts quickly: its embedder runs here and not in each life anew."""
    async with embedding_server() as embedder:
        yield {
            "BRIDGE_KNOWLEDGE__EMBEDDER": "openai",
            "BRIDGE_EMBEDDERS__OPENAI__BASE_URL": f"{embedder.url}/openai",
            "OPENAI_API_KEY": KEY,
        }


def with_knowledge(folder: Path) -> Path:
    """The folder, with an article to answer from."""
    (folder / "kb").mkdir(parents=True)
    shutil.copy(ROOT / "kb/shipping/missed-delivery.md", folder / "kb")
    return folder


class Server:
    """Mutable. Its port changes with every start; `url` is empty while it does not run. It is forked from a process
    that has imported it already."""

    def __init__(self, folder: Path, command: Sequence[str] = SERVE, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").touch()
        self.folder = folder
        self.url = ""
        self.lives = 0
        self._command = command
        self.forked = True
        """False: begun from nothing."""
        self.settings = {
            "BRIDGE_STORE__URL": "sqlite:///var/bridge.db",
            "BRIDGE_SERVER__PORT": "0",
            "BRIDGE_KNOWLEDGE__PATH": str(folder / "kb"),
            "BRIDGE_EXTRACTIVE__PIECE_S": "0.01",
            "BRIDGE_CHANNELS__WIDGET__EDIT_INTERVAL_S": "0.01",
            "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": "100000",
        } | settings
        self._process: subprocess.Popen[bytes] | Child | None = None

    @property
    def process(self) -> subprocess.Popen[bytes] | Child:
        assert self._process is not None, "the server was never started"
        return self._process

    @property
    def said(self) -> str:
        """What this life of the server printed."""
        return (self.folder / f"life{self.lives}.log").read_text(errors="replace")

    async def start(self, failpoint: str = "") -> None:
        """Start it and wait until it listens, or until it has died at the failpoint."""
        assert not self.url
        self.lives += 1
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        environ |= self.settings | {"PYTHONPATH": str(ROOT), "FAILPOINT": failpoint}
        self._spawn(environ)
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if ready := _READY.search(self.said):
                self.url = ready[1]
                return
            if self.process.poll() is not None:
                assert failpoint, f"the server ended at once: {self.said}"
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"the server does not start: {self.said}")

    def _spawn(self, environ: Mapping[str, str]) -> None:
        log = self.folder / f"life{self.lives}.log"
        if self.forked:
            log.touch()
            self._process = nursery().spawn(self._command, self.folder, environ, log)
            return
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._command], cwd=self.folder, env=environ, stdout=output, stderr=output
            )

    def kill(self) -> None:
        """What no process can defend itself against."""
        self.url = ""
        self.process.kill()
        self.process.wait()

    async def death(self, within_s: float) -> int | None:
        """How it ended by itself; None when it did not."""
        until = time.monotonic() + within_s
        while (code := self.process.poll()) is None:
            if time.monotonic() > until:
                return None
            await asyncio.sleep(0.01)
        self.url = ""
        return code

    async def stop(self, within_s: float = 10.0) -> int | None:
        """Ask it to end; its exit code, None when it did not in time."""
        self.process.send_signal(signal.SIGTERM)
        return await self.death(within_s)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def fill_disk(self) -> None:
        """Its files can hardly grow any more."""
        largest = max(path.stat().st_size for path in (self.folder / "var").glob("bridge.db*"))
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (largest + 4096, resource.RLIM_INFINITY))

    def free_disk(self) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
