"""What is measured: real `bridge serve` processes on SQLite or on a Redis of their own, and Claude's stand-in."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import held
from bench.load.machine import ROOT, Meter
from bridge import config, parts
from bridge.ports import Store
from tests.fakes.claude_server import KEY
from tests.fakes.redis_server import RedisServer

START_S = 60.0
STOP_S = 20.0
REST_S = 20.0
"""The longest wait for the end of what a start brings with it ..."""
REST_CORES = 0.1
"""... which is when all servers together take no more than this of a core, for ..."""
LOOK_S = 1.0
"""... so long."""
_READY = re.compile(r"bridge is ready: (http://\S+?)/?(\s|$)")
_ADDRESS = re.compile(r"(http://\S+)")
GENEROUS = {
    "BRIDGE_SERVER__PORT": "0",
    "BRIDGE_SERVER__LOG_LEVEL": "warning",
    "BRIDGE_SERVER__TURNS_MAX": "2000",
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": "10000000",
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_PER_MINUTE": "10000000",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "10000000",
    "BRIDGE_CHANNELS__WIDGET__STREAMS_MAX": "10000",
    "BRIDGE_CHANNELS__WIDGET__STREAMS_PER_ADDRESS_MAX": "10000",
    # Everybody comes from one address and asks what somebody else has asked: neither is to decide a figure.
    "BRIDGE_CACHE__ENABLED": "false",
    "BRIDGE_BUDGET__CONVERSATION": "1000000",
    "BRIDGE_BUDGET__USER_DAY": "1000000",
    "BRIDGE_BUDGET__DAY": "1000000",
    "BRIDGE_BUDGET__MONTH": "1000000",
    # What stands above a first answer is there at once: it is none of the text whose way is measured.
    "BRIDGE_BUSINESS__DISCLOSURE": "",
}
"""Limits that no measurement reaches."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Which processes serve. `together` does everything in one process; the others split it."""

    name: str
    label: str
    redis: bool
    together: int = 0
    ingress: int = 0
    workers: int = 0
    share: float = 0.0
    """Of a core, to which each worker is held; 0 for none."""

    @property
    def roles(self) -> list[str]:
        """Of each process. Who splits the work also runs a scheduler, as in production."""
        if self.together:
            return ["all"] * self.together
        return ["scheduler"] + ["ingress"] * self.ingress + ["worker"] * self.workers


SQLITE = Topology("sqlite", "SQLite, one process", redis=False, together=1)
REDIS = Topology("redis", "Redis, one process", redis=True, together=1)
WORKERS = tuple(
    Topology(f"redis-{n}", f"Redis, ingress + {n} worker{'s' * (n > 1)}", redis=True, ingress=1, workers=n)
    for n in (1, 2, 4)
)
INGRESS = Topology("ingress", "Redis, ingress alone", redis=True, ingress=1)
HALF = tuple(
    Topology(f"half-{n}", f"Redis, ingress + {n} worker{'s' * (n > 1)} of half a core", True, 0, 1, n, 0.5)
    for n in (1, 2)
)
"""Leave room on two cores for everything else, so that workers alone decide what is carried."""
TOPOLOGIES = (SQLITE, REDIS, *WORKERS)


class Process:
    """A program of ours, its output in a file. Mutable: it may be killed and started again."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.url = ""
        self._command, self._folder, self._lives = command, folder, 0
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environ = kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it was never started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def said(self) -> str:
        """What this life of it printed."""
        return (self._folder / f"{self.name}-{self._lives}.log").read_text(errors="replace")

    def start(self) -> None:
        self.url = ""
        self._lives += 1
        with (self._folder / f"{self.name}-{self._lives}.log").open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._command], cwd=self._folder, env=self.environ, stdout=output, stderr=output
            )

    async def ready(self, pattern: re.Pattern[str] = _READY) -> None:
        """Wait for the address that it says. May raise RuntimeError."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if found := pattern.search(self.said):
                self.url = found[1]
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.02)
        raise RuntimeError(f"{self.name} does not start: {self.said[-2000:]}")

    def kill(self) -> None:
        """What no process can defend itself against."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it, gently first."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(slots=True)
class Stage:
    """Everything that runs. Mutable."""

    topology: Topology
    folder: Path
    servers: list[Process] = field(default_factory=list)
    model: Process | None = None
    redis: RedisServer | None = None
    others: list[tuple[str, int]] = field(default_factory=list)
    """Further processes whose processor time is told: people."""

    @property
    def urls(self) -> list[str]:
        """Where people go."""
        return [server.url for server in self.servers if server.name.startswith(("all", "ingress"))]

    @property
    def store_url(self) -> str:
        return self.redis.url if self.redis else f"sqlite:///{self.folder / 'bridge.db'}"

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The store, while no server of SQLite runs. May raise ConfigError."""
        read = config.read(self.folder / "config.toml", {"BRIDGE_STORE__URL": self.store_url})
        async with parts.store(read) as opened:
            yield opened

    def role(self, name: str) -> list[Process]:
        return [server for server in self.servers if server.name.startswith(name)]

    def pids(self) -> list[tuple[str, int]]:
        """By what each does."""
        found = [(server.name.rstrip("0123456789"), server.pid) for server in self.servers]
        if self.redis:
            found.append(("redis", self.redis.process.pid))
        if self.model:
            found.append(("model", self.model.pid))
        return [*found, *self.others]

    async def rest(self) -> None:
        """Wait until the servers have done what a start brings with it."""
        until = time.monotonic() + REST_S
        while time.monotonic() < until:
            meter = Meter((server.name, server.pid) for server in self.servers)
            await asyncio.sleep(LOOK_S)
            if sum(share for name, share in meter.shares().items() if name != "machine") < REST_CORES:
                return

    def meter(self) -> Meter:
        return Meter(self.pids())


@asynccontextmanager
async def staged(
    topology: Topology,
    folder: Path,
    *,
    words: int = 0,
    settings: Mapping[str, str] | None = None,
    kb: Path | None = ROOT / "kb",
    index: Path | None = None,
    before: Callable[["Stage"], Awaitable[None]] | None = None,
) -> AsyncIterator[Stage]:
    """Start everything, and leave nothing running. With `words` Claude's stand-in answers with so many, else answers
    are quoted; without a `kb` there is nothing to quote. An `index` that exists is not built again.
    `before` is called when there is a store and no server yet. May raise RuntimeError."""
    knowledge = _prepared(folder, kb)
    environ: dict[str, str] = GENEROUS | {
        "BRIDGE_KNOWLEDGE__PATH": str(knowledge),
        "BRIDGE_KNOWLEDGE__INDEX_PATH": str(index or folder / "index"),
    }
    stage = Stage(topology, folder)
    async with AsyncExitStack() as stack:
        if topology.redis:
            stage.redis = RedisServer(folder / "redis")
            stack.callback(stage.redis.close)
            stage.redis.start()
        environ["BRIDGE_STORE__URL"] = stage.store_url
        if words:
            stage.model = Process("model", ("-m", "bench.load.model", str(words)), folder / "model", {})
            stack.callback(stage.model.close)
            stage.model.start()
            await stage.model.ready(_ADDRESS)
            environ |= {"ANTHROPIC_API_KEY": KEY, "BRIDGE_CLAUDE__BASE_URL": stage.model.url}
        environ |= settings or {}
        if before:
            await before(stage)
        for number, role in enumerate(topology.roles):
            # Roles are another word for the command: one process needs none.
            command = ["-m", "bridge", "serve", *(() if role == "all" else ("--role", role))]
            stage.servers.append(Process(f"{role}{number}", command, folder, environ))
        groups = [stack.enter_context(held.held(topology.share)) for _ in stage.role("worker") if topology.share]
        stack.push_async_callback(closed, stage.servers)
        first, *others = stage.servers
        first.start()
        await first.ready()  # it builds the index that the others open
        for server in others:
            server.start()
        await asyncio.gather(*(server.ready() for server in others))
        for group, worker in zip(groups, stage.role("worker"), strict=False):
            held.join(group, worker.pid)
        await stage.rest()
        yield stage


def _prepared(folder: Path, kb: Path | None) -> Path:
    """The folder of the knowledge base; with our settings beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config.toml", folder)
    knowledge = kb or folder / "kb"
    knowledge.mkdir(exist_ok=True)
    return knowledge


async def closed(servers: Sequence[Process]) -> None:
    """All at once: each may take its time for what it is doing."""
    await asyncio.gather(*(asyncio.to_thread(server.close) for server in servers))


def settings_of(stage: Stage) -> dict[str, Any]:
    """What is told with a figure."""
    return {"processes": len(stage.servers), "roles": stage.topology.roles}
