"""Hours of work in minutes: a steady load with kills, a bad network and a model that fails, and memory that must not
grow."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bench.load.growth import redis_info
from bench.load.guests import ANSWER_S, QUESTIONS_EACH, Guests
from bench.load.machine import rss_mb
from bench.load.people import quantiles, questions
from bench.load.plan import SEED, Scale
from bench.load.stage import Process, Stage, Topology, staged
from tests.fakes.fault_proxy import FaultProxy

METHOD = """\
{label}, for {minutes:.0f} minutes: on average {per_s:.0f} questions a second, twice what is expected at the busiest
time, {each} in each conversation. One worker is killed (SIGKILL) every {kill_s:.0f} s or so and started again; the way
of people to the server breaks all its connections every {cut_s:.0f} s; the way of that worker to Redis is late, silent,
or cut; Claude's stand-in refuses everything (529, 500, 429) for {outage_s:.0f} s in every
{cycle_s:.0f} s. An accepted message is lost when its answer is not complete for the person who sent it within
{answer_s:.0f} s. What is forgotten after days is forgotten after {forget_s:.0f} s here, so that growth shows; accounts
of a turn, a conversation and a person, which live for an hour or two days, are not kept (no such budgets). Memory of
the processes that live throughout is read every {sample_s:.0f} s; growth is the median of the last fifth against the
median of the first fifth after {warm_s:.0f} s."""
ANSWER_WORDS = 60
CYCLE_S = 60.0
OUTAGE_S = 6.0
CUT_S = 15.0
SAMPLE_S = 2.0
FORGET_S = 100.0
DAY_S = 86_400.0
SETTINGS = {
    "BRIDGE_STORE__QUIET_DAYS": f"{FORGET_S / DAY_S:.6f}",
    "BRIDGE_STORE__SEEN_DAYS": f"{FORGET_S / DAY_S:.6f}",
    # Their accounts live for an hour, or for two days: longer than we look.
    "BRIDGE_BUDGET__TURN": "unlimited",
    "BRIDGE_BUDGET__CONVERSATION": "unlimited",
    "BRIDGE_BUDGET__USER_DAY": "unlimited",
}
TOPOLOGY = Topology("soak", "Redis, ingress + 2 workers", redis=True, ingress=1, workers=2)
TINY_TOPOLOGY = Topology("soak", "SQLite, one process", redis=False, together=1)


async def measure(scale: Scale, folder: Path) -> dict[str, Any]:
    """Counts of what was promised and kept, and memory over time."""
    on_redis = not scale.topologies or TOPOLOGY.name in scale.topologies
    topology = TOPOLOGY if on_redis else TINY_TOPOLOGY
    settings = SETTINGS if on_redis else {}
    chance = random.Random(SEED)
    index = folder / "index"
    async with (
        staged(topology, folder / "soak", words=ANSWER_WORDS, settings=settings, index=index) as stage,
        FaultProxy.start(*_place(stage.urls[0]), seed=SEED) as door,
        _worker_of_ill_luck(stage, scale, chance) as luck,
    ):
        guests = Guests(f"http://127.0.0.1:{door.listens_at}", questions(), chance)
        samples: list[dict[str, float]] = []
        began = time.monotonic()
        beside = [
            asyncio.create_task(_every(CUT_S, door.reset)),
            asyncio.create_task(_outages(stage)),
            asyncio.create_task(_samples(stage, samples, began)),
        ]
        await guests.come(scale.soak_per_s, scale.soak_s)
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
    grown = {name: growth(samples, name, scale.soak_warm_s) for name in samples[-1] if name != "at_s"}
    method = METHOD.format(
        label=topology.label,
        minutes=scale.soak_s / 60,
        per_s=scale.soak_per_s,
        each=QUESTIONS_EACH,
        kill_s=scale.kill_every_s,
        cut_s=CUT_S,
        outage_s=OUTAGE_S,
        cycle_s=CYCLE_S,
        answer_s=ANSWER_S,
        forget_s=FORGET_S,
        sample_s=SAMPLE_S,
        warm_s=scale.soak_warm_s,
    )
    print(f"  {guests.accepted} accepted, {guests.answered} answered, {guests.lost} lost; growth {grown}", flush=True)
    return {
        "method": method,
        "label": topology.label,
        "seconds": round(time.monotonic() - began, 1),
        "accepted": guests.accepted,
        "answered": guests.answered,
        "lost": guests.lost,
        "doubled": guests.doubled,
        "resent": guests.resent,
        "outcomes": dict(guests.outcomes),
        "wait_s": quantiles(guests.waits_s),
        "kills": luck["kills"],
        "connections_broken": door.resets,
        "growth_percent": grown,
        "samples": samples,
    }


@asynccontextmanager
async def _worker_of_ill_luck(stage: Stage, scale: Scale, chance: random.Random) -> AsyncIterator[dict[str, int]]:
    """The last worker goes to Redis by a way that breaks, and is killed again and again."""
    count = {"kills": 0}
    if stage.redis is None:
        yield count
        return
    worker = stage.role("worker")[-1]
    async with FaultProxy.start("127.0.0.1", stage.redis.port, seed=SEED) as way:
        await asyncio.to_thread(worker.close)
        worker.environ["BRIDGE_STORE__URL"] = f"redis://127.0.0.1:{way.listens_at}/0"
        worker.start()
        await worker.ready()
        tasks = [
            asyncio.create_task(_kills(worker, scale.kill_every_s, chance, count)),
            asyncio.create_task(_bad_way(way, chance)),
        ]
        try:
            yield count
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            way.heal()


async def _kills(worker: Process, every_s: float, chance: random.Random, count: dict[str, int]) -> None:
    while True:
        await asyncio.sleep(chance.uniform(0.5, 1.5) * every_s)
        worker.kill()
        count["kills"] += 1
        worker.start()


async def _bad_way(way: FaultProxy, chance: random.Random) -> None:
    """Bad for a few seconds, good for longer."""

    def late() -> None:
        way.up.latency_s = way.down.latency_s = 0.2

    while True:
        await asyncio.sleep(chance.uniform(4.0, 12.0))
        chance.choice([late, way.silence, way.reset])()
        await asyncio.sleep(chance.uniform(1.0, 4.0))
        way.heal()


async def _outages(stage: Stage) -> None:
    assert stage.model is not None
    async with aiohttp.ClientSession() as http:
        while True:
            await asyncio.sleep(CYCLE_S - OUTAGE_S)
            body = {"statuses": [529, 500, 429], "seconds": OUTAGE_S}
            async with http.post(f"{stage.model.url}/outage", json=body):
                await asyncio.sleep(OUTAGE_S)


async def _every(seconds: float, do: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        do()


async def _samples(stage: Stage, samples: list[dict[str, float]], began: float) -> None:
    """Memory of what lives throughout, and what Redis holds."""
    doomed = stage.role("worker")[-1:] if stage.redis else []
    steady = [server for server in stage.servers if server not in doomed]
    while True:
        sample = {"at_s": round(time.monotonic() - began, 1)}
        sample |= {server.name.rstrip("0123456789"): round(rss_mb(server.pid), 1) for server in steady}
        if stage.redis:
            told = await asyncio.to_thread(redis_info, stage.redis.port)
            sample["redis"] = round(told["used_memory"] / 2**20, 2)
            sample["keys"] = told["keys"]
        samples.append(sample)
        await asyncio.sleep(SAMPLE_S)


def growth(samples: list[dict[str, float]], name: str, warm_s: float) -> float:
    """Percent by which it grew after the warm-up, from its first fifth to its last."""
    values = [sample[name] for sample in samples if sample["at_s"] >= warm_s and name in sample]
    fifth = max(1, len(values) // 5)
    first, last = statistics.median(values[:fifth]), statistics.median(values[-fifth:])
    return round(100 * (last / first - 1), 1) if first else 0.0


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port
