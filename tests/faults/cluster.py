"""bridge as it is run: one process on SQLite, or on Redis an ingress, workers and a scheduler behind one address."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.redis_server import RedisServer
from tests.faults.server import SERVE, Server, quick_start, with_knowledge

StoreName = Literal["sqlite", "redis"]
WORKERS = 3
GENEROUS = {
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": "100000",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "1000000",
    "BRIDGE_CHANNELS__WIDGET__STREAMS_MAX": "20000",
    "BRIDGE_CHANNELS__WIDGET__STREAMS_PER_ADDRESS_MAX": "20000",
}
"""Limits that no test of faults reaches."""


@dataclass(slots=True)
class Cluster:
    """Mutable: its processes come and go. On SQLite one process is everything."""

    store: StoreName
    ingress: Server
    workers: list[Server]
    scheduler: Server | None = None
    redis: RedisServer | None = None
    proxy: FaultProxy | None = None
    """Between the processes and Redis, when it was asked for."""

    @property
    def url(self) -> str:
        """Where people reach it; empty while nobody does."""
        return self.ingress.url

    @property
    def servers(self) -> list[Server]:
        """All processes of ours, each once."""
        return list(dict.fromkeys([self.ingress, *self.workers, *([self.scheduler] if self.scheduler else [])]))

    @property
    def said(self) -> str:
        """What all processes printed in their newest lives."""
        return "\n".join(f"--- {server.folder.name}\n{server.said}" for server in self.servers if server.lives)

    async def start(self) -> None:
        await asyncio.gather(*(server.start() for server in self.servers if not server.url))

    async def replace(self, server: Server, failpoint: str = "") -> None:
        """Kill a process and start it again."""
        server.kill()
        await server.start(failpoint)

    def close(self) -> None:
        """Leave nothing running."""
        for server in self.servers:
            server.close()
        if self.redis:
            self.redis.close()


@asynccontextmanager
async def cluster(
    store: StoreName,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *,
    workers: int = WORKERS,
    proxied: bool = False,
    started: bool = True,
    redis_options: Mapping[str, str] | None = None,
) -> AsyncIterator[Cluster]:
    """In that folder, running. `settings` are environment variables of every process; `proxied` puts the fault proxy
    before Redis."""
    with_knowledge(folder)
    async with AsyncExitStack() as stack:
        environ = await stack.enter_async_context(quick_start()) | GENEROUS | dict(settings or {})
        environ["BRIDGE_KNOWLEDGE__PATH"] = str(folder / "kb")
        if store == "sqlite":
            only = Server(folder, **environ)
            made = Cluster(store, only, [only])
        else:
            redis = RedisServer(folder / "redis", **dict(redis_options or {}))
            stack.callback(redis.close)
            redis.start()
            proxy = None
            if proxied:
                proxy = await stack.enter_async_context(FaultProxy.start("127.0.0.1", redis.port))
            environ["BRIDGE_STORE__URL"] = f"redis://127.0.0.1:{proxy.listens_at if proxy else redis.port}/0"
            environ["BRIDGE_KNOWLEDGE__INDEX_PATH"] = str(folder / "index")

            def process(role: str, name: str) -> Server:
                return Server(folder / name, (*SERVE, "--role", role), **environ)

            made = Cluster(
                store,
                process("ingress", "ingress"),
                [process("worker", f"worker{number}") for number in range(1, workers + 1)],
                process("scheduler", "scheduler"),
                redis,
                proxy,
            )
        stack.callback(made.close)
        if started:
            await made.start()
        yield made
