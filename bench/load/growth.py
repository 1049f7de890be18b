"""What a message costs as the store, a conversation's history and the knowledge base grow tenfold, twice."""

import asyncio
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench.load import searching
from bench.load.crowd import crowd
from bench.load.fill import fill, tokens
from bench.load.machine import cpu_s, written_bytes
from bench.load.plan import Scale
from bench.load.stage import REDIS, SQLITE, Stage, Topology, staged
from bridge.types import new_id

METHOD = """\
One process does everything. {askers} people have {asked} questions answered, one after the other in each conversation,
with answers of {words} words by Claude's stand-in; processor time of the server and of Redis, less what both take at
rest, divided by the questions. Before the server starts the store is filled: with so many answered conversations, or
with so many answered turns in each of the conversations that are asked in. Calls and packets are those that reach Redis
(evalsha, and reads of its sockets), commits and writes those of SQLite's writer. Chunks: processor time of one search
without embedding the question, in a process that opens an index of so many chunks of about 300 tokens."""
WORDS = 24
SETTLE_S = 1.0
REST_S = 3.0
"""How long the cost of rest is measured."""


@dataclass(frozen=True, slots=True)
class Used:
    """Counters that only rise."""

    cpu_s: float
    """Of the server and of Redis."""
    redis_cpu_s: float
    written_bytes: int
    counts: dict[str, float]

    def since(self, before: "Used") -> "Used":
        counts = {name: self.counts[name] - before.counts[name] for name in self.counts}
        return Used(
            self.cpu_s - before.cpu_s,
            self.redis_cpu_s - before.redis_cpu_s,
            self.written_bytes - before.written_bytes,
            counts,
        )


async def measure(scale: Scale, folder: Path) -> dict[str, Any]:
    """Series of costs; each with its ratio to the first."""
    series = []
    for topology in (SQLITE, REDIS):
        if scale.topologies and topology.name not in scale.topologies:
            continue
        for what, sizes in (("conversations", scale.grown_conversations), ("history", scale.grown_history)):
            points = [await _point(topology, what, size, scale, folder) for size in sizes]
            series.append(_series(topology.name, topology.label, what, points))
    chunks = [await asyncio.to_thread(searching.cost, folder / "chunks", size) for size in scale.grown_chunks]
    series.append(_series("search", "a search", "chunks", chunks))
    method = METHOD.format(askers=scale.askers, asked=scale.asked, words=WORDS)
    return {"method": method, "series": series}


def _series(name: str, label: str, what: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    first = points[0]["cpu_ms"]
    ratios = [round(point["cpu_ms"] / first, 2) for point in points]
    return {"name": name, "label": label, "what": what, "points": points, "ratios": ratios}


async def _point(topology: Topology, what: str, size: int, scale: Scale, folder: Path) -> dict[str, Any]:
    keys = [new_id() for _ in range(scale.askers)]
    signing_key = secrets.token_urlsafe(48)
    allowed: list[str] = []

    async def before(stage: Stage) -> None:
        async with stage.store() as store:
            if what == "history":
                await fill(store, keys, size)
            else:
                await fill(store, [new_id() for _ in range(size)], 1)
            allowed.extend(await tokens(store, signing_key, keys))

    async with (
        staged(
            topology,
            folder / f"{topology.name}-{what}-{size}",
            words=WORDS,
            settings={"WIDGET_SIGNING_KEY": signing_key},
            index=folder / "index",
            before=before,
        ) as stage,
        crowd(stage) as people,
    ):
        await people.do("talk", people=2, warm_s=0.0, seconds=0.5, spread_s=0.1)
        await people.do("ask", tokens=allowed, each=1)
        loop = asyncio.get_running_loop()
        start, began = await asyncio.to_thread(_used, stage), loop.time()
        told = await people.do("ask", tokens=allowed, each=scale.asked // scale.askers)
        seconds, spent = loop.time() - began, (await asyncio.to_thread(_used, stage)).since(start)
        await people.do("rest", seconds=SETTLE_S)
        start = await asyncio.to_thread(_used, stage)
        await people.do("rest", seconds=REST_S)
        rest = (await asyncio.to_thread(_used, stage)).since(start)
    point = _per_message(spent, rest, seconds / REST_S, told["answers"])
    print(f"  {topology.label}, {size:,} {what}: {point['cpu_ms']} ms a message", flush=True)
    return {"size": size} | point | {"first_ms": told["first_ms"], "outcomes": told["outcomes"]}


def _per_message(spent: Used, rest: Used, times: float, messages: int) -> dict[str, Any]:
    """What each took, less `times` what rest takes."""
    counts = {
        f"{name}_each": round((value - times * rest.counts[name]) / messages, 2) for name, value in spent.counts.items()
    }
    return {
        "messages": messages,
        "cpu_ms": round(max(0.01, 1000 * (spent.cpu_s - times * rest.cpu_s) / messages), 2),
        "redis_cpu_ms": round(1000 * (spent.redis_cpu_s - times * rest.redis_cpu_s) / messages, 3),
        "written_kb": round((spent.written_bytes - times * rest.written_bytes) / messages / 1024, 2),
    } | counts


def _used(stage: Stage) -> Used:
    (server,) = stage.servers
    redis_s = cpu_s(stage.redis.process.pid) if stage.redis else 0.0
    counts = _redis_counts(stage.redis.port) if stage.redis else _sqlite_counts(server.url)
    return Used(cpu_s(server.pid) + redis_s, redis_s, written_bytes(server.pid), counts)


def redis_info(port: int) -> dict[str, float]:
    """What Redis tells of itself in numbers: scripts that were called, packets that were read, memory, keys."""
    with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
        connection.sendall(b"*2\r\n$4\r\nINFO\r\n$10\r\neverything\r\n")
        read = connection.makefile("rb")
        told = read.read(int(read.readline()[1:])).decode()
    scripts = sum(int(n) for n in re.findall(r"^cmdstat_(?:evalsha|eval|fcall):calls=(\d+)", told, re.MULTILINE))
    (packets,) = re.findall(r"^total_reads_processed:(\d+)", told, re.MULTILINE)
    (memory,) = re.findall(r"^used_memory:(\d+)", told, re.MULTILINE)
    keys = re.search(r"^db0:keys=(\d+)", told, re.MULTILINE)
    return {
        "scripts": float(scripts),
        "packets": float(packets),
        "used_memory": float(memory),
        "keys": float(keys[1]) if keys else 0.0,
    }


def _redis_counts(port: int) -> dict[str, float]:
    told = redis_info(port)
    return {name: told[name] for name in ("scripts", "packets")}


def _sqlite_counts(url: str) -> dict[str, float]:
    """Commits, and writes that shared them."""
    with urlopen(f"{url}/metrics", timeout=5.0) as answer:
        told = answer.read().decode()

    def value(name: str) -> float:
        found = re.search(rf"^{name} (\S+)", told, re.MULTILINE)
        return float(found[1]) if found else 0.0

    return {"commits": value("bridge_store_batch_count"), "writes": value("bridge_store_batch_sum")}
