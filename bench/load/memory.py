"""Memory of one process that holds idle event streams and streaming conversations."""

import asyncio
from pathlib import Path
from typing import Any

from bench.load.crowd import Crowd, crowd
from bench.load.machine import pss_mb, rss_mb
from bench.load.model import PER_S
from bench.load.plan import Scale
from bench.load.stage import REDIS, SQLITE, Process, Topology, staged

METHOD = """\
One process does everything. It is measured after its first answers (libraries loaded, caches filled), with {idle} event
streams open in which nothing comes, and with {streaming} conversations besides whose answers stream all the time
({words} words, as in the measurement above): the most of a sample every {every:.1f} s. Resident: what is in place, as
the operating system counts it; a stream's or a conversation's share is the difference divided by their number."""
SAMPLE_S = 0.5
SETTLE_S = 2.0


async def measure(scale: Scale, folder: Path) -> dict[str, Any]:
    """For SQLite and for Redis."""
    found = [
        await _process(topology, scale, folder)
        for topology in (SQLITE, REDIS)
        if not scale.topologies or topology.name in scale.topologies
    ]
    method = METHOD.format(idle=scale.idle, streaming=scale.streaming, words=scale.words, every=SAMPLE_S)
    return {"method": method, "idle": scale.idle, "streaming": scale.streaming, "processes": found}


async def _process(topology: Topology, scale: Scale, folder: Path) -> dict[str, Any]:
    async with (
        staged(topology, folder / topology.name, words=scale.words, index=folder / "index") as stage,
        crowd(stage) as people,
    ):
        (server,) = stage.servers
        await people.do("talk", people=8, warm_s=0.0, seconds=2.0, spread_s=0.5)
        await asyncio.sleep(SETTLE_S)
        rest = _now(server)
        await people.do("watch", streams=scale.idle)
        await asyncio.sleep(SETTLE_S)
        idle = _now(server)
        talked, busy = await _while_talking(people, server, scale)
        await people.do("watch", streams=0)
        await asyncio.sleep(SETTLE_S)
        after = _now(server)
    print(
        f"  {topology.label}: at rest {rest[0]:.0f} MB, idle {idle[0]:.0f} MB, streaming {busy[0]:.0f} MB", flush=True
    )
    return {
        "name": topology.name,
        "label": topology.label,
        "rest_mb": rest[0],
        "idle_mb": idle[0],
        "streaming_mb": busy[0],
        "after_mb": after[0],
        "pss_mb": {"rest": rest[1], "idle": idle[1], "streaming": busy[1], "after": after[1]},
        "idle_kb_each": round(1024 * (idle[0] - rest[0]) / scale.idle, 1),
        "streaming_kb_each": round(1024 * (busy[0] - idle[0]) / scale.streaming, 1),
        "answers": talked["answers"],
        "outcomes": talked["outcomes"],
        "failed": talked["failed"],
        "first_ms": talked["first_ms"],
    }


async def _while_talking(people: Crowd, server: Process, scale: Scale) -> tuple[dict[str, Any], tuple[float, float]]:
    spread_s = scale.words / PER_S
    talking = asyncio.create_task(
        people.do("talk", people=scale.streaming, warm_s=spread_s, seconds=scale.talk_s, spread_s=spread_s)
    )
    samples = []
    while not talking.done():
        samples.append(_now(server))
        await asyncio.wait([talking], timeout=SAMPLE_S)
    most = max(resident for resident, _ in samples), max(share for _, share in samples)
    return await talking, most


def _now(server: Process) -> tuple[float, float]:
    """Resident and proportional memory in MB."""
    return round(rss_mb(server.pid), 1), round(pss_mb(server.pid), 1)
