"""The stores on this machine: how many messages a second they make safe, and how fast their logs are."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bridge.ports import Step, Store
from bridge.stores import redis, sqlite
from bridge.types import Address, Inbound, Outcome, Reply, Sender
from tests.fakes.redis_server import RedisServer

CALLERS = 32
SECONDS = 4.0
LOG_ENTRIES = 3_000
METHOD = f"""\
Method: one process, {CALLERS} concurrent callers for {SECONDS:.0f} s each; an operation counts when its call has
returned, so after its commit. SQLite: one file in a temporary folder (WAL, synchronous=FULL). Redis: a server of its
own on this machine, its files in a temporary folder (appendonly yes, appendfsync always). `accept`: a new message of
200 characters each, spread over 1,000 conversations. `append`: entries of 200 characters to 100 logs. `whole turn`:
accept, claim, two journal steps, one log entry, finish. `read of a tail`: the newest 10 of {LOG_ENTRIES} entries, which
SQLite's process has in memory. `read from the start`: 10 entries at the beginning of the same log."""


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-", dir=".") as folder:
        path = Path(folder).absolute()
        print(f"store (SQLite {sqlite3.sqlite_version})")
        asyncio.run(_measure(lambda name: sqlite.build(sqlite.Settings(url=f"sqlite:///{path / name}.db"))))
        server = RedisServer(path / "redis")
        server.start()
        try:
            print("store (Redis, appendfsync always)")
            asyncio.run(_measure(lambda name: redis.build(redis.Settings(url=server.url, prefix=name))))
        finally:
            server.close()
    print(METHOD)


async def _measure(opened: Callable[[str], AbstractAsyncContextManager[Store]]) -> None:
    async with opened("bridge") as store:

        async def accept(n: int) -> None:
            await store.accept(_message(f"a{n}", f"key{n % 1_000}"))

        async def append(n: int) -> None:
            await store.append(f"log{n % 100}", "x" * 200)

        await _load("accept", accept)
        await _load("append", append)
        for start in range(0, LOG_ENTRIES, 100):
            await store.append("tail", *(f"{n} {'x' * 200}" for n in range(start, start + 100)))
        await _load("read of a tail", lambda _: store.read("tail", after=LOG_ENTRIES - 10, limit=10), seconds=2.0)
        await _load("read from the start", lambda _: store.read("tail", after=0, limit=10), seconds=2.0)
    async with opened("turns") as store:
        await _load("whole turn", lambda n: _turn(store, n))


async def _turn(store: Store, n: int) -> None:
    await store.accept(_message(f"t{n}", f"key{n}"))
    claim = await store.claim(lease_s=15.0, wait_s=5.0)
    assert claim is not None
    await store.record(claim, Step(key="reply", kind="reply", state="done", result="x" * 500))
    await store.record(claim, Step(key="post:0", kind="post", state="done", result="m1"))
    await store.append(claim.turn.conversation_id, "x" * 500, claim=claim)
    await store.finish(claim, replace(claim.turn, reply=Reply(text="x" * 500, outcome=Outcome.ANSWERED)))


def _message(event_id: str, key: str) -> Inbound:
    address, sender = Address("widget", key), Sender("ada")
    return Inbound(event_id=event_id, address=address, sender=sender, text="x" * 200, received_at=datetime.now(UTC))


async def _load(name: str, work: Callable[[int], Awaitable[object]], *, seconds: float = SECONDS) -> None:
    took: list[float] = []
    began = time.perf_counter()
    numbers = iter(range(10_000_000))

    async def call() -> None:
        while (start := time.perf_counter()) < began + seconds:
            await work(next(numbers))
            took.append(time.perf_counter() - start)

    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(call())
    rate = len(took) / (time.perf_counter() - began)
    took.sort()
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.50, 0.99))
    print(f"  {name:<20}{rate:>9,.0f}/s   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms")
