"""How many messages a second are made safe and acknowledged, and how soon, as the offered load grows."""

from pathlib import Path
from typing import Any

from bench.load.crowd import Crowd, crowd
from bench.load.lookup import missing
from bench.load.plan import Scale
from bench.load.stage import INGRESS, TOPOLOGIES, Stage, Topology, closed, staged

METHOD = """\
Messages leave the people's process at a fixed rate, whether or not earlier ones were acknowledged, spread over
{sessions:,} conversations; each step lasts {rate_s:.0f} s. A time runs from the moment when the message was due, so
waiting for a connection counts too. Workers answer meanwhile as fast as they can, with nothing in the knowledge base,
which takes what they can get of the two processors; "ingress alone" has nobody who answers. A curve ends at the first
step at which less than {kept:.0%} of what was offered was acknowledged in time. Up to 2,000 acknowledged turns of each
step are looked up in the store after the servers have stopped. "A core's" is what the process that accepts would
acknowledge with a whole core at the cost it had."""
KEPT_SHARE = 0.9
TURNS_MAX = {"BRIDGE_SERVER__TURNS_MAX": "64"}
"""As in `bench/ack.py`, whose figures these can be held against."""


async def measure(scale: Scale, folder: Path) -> dict[str, Any]:
    """A curve for each topology."""
    curves = []
    for topology in (*TOPOLOGIES, INGRESS):
        if scale.topologies and topology.name not in scale.topologies:
            continue
        curves.append(await _curve(topology, scale, folder / topology.name))
    method = METHOD.format(sessions=scale.sessions, rate_s=scale.rate_s, kept=KEPT_SHARE)
    return {"method": method, "curves": curves}


async def _curve(topology: Topology, scale: Scale, folder: Path) -> dict[str, Any]:
    turns: list[str] = []
    index = folder.parent / "index-of-nothing"
    async with staged(topology, folder, settings=TURNS_MAX, kb=None, index=index) as stage, crowd(stage) as people:
        await people.do("send", rate=50, seconds=1.0, sessions=scale.sessions)
        steps = []
        for rate in scale.rates:
            step = await _step(stage, people, rate, scale)
            turns += step.pop("turns")
            steps.append(step)
            print(f"  {topology.label}: {_told(step)}", flush=True)
            if step["per_s"] < KEPT_SHARE * rate:
                break
        await closed(stage.servers)
        lost = await missing(stage, turns)
    return {"name": topology.name, "label": topology.label, "steps": steps, "looked_up": len(turns), "lost": lost}


async def _step(stage: Stage, people: Crowd, rate: int, scale: Scale) -> dict[str, Any]:
    await people.do("rest", seconds=scale.settle_s)
    meter = stage.meter()
    step = await people.do("send", rate=rate, seconds=scale.rate_s, sessions=scale.sessions)
    return step | {"cpu": meter.shares()}


def _told(step: dict[str, Any]) -> str:
    ms = step["ms"]
    return (
        f"{step['offered']}/s offered, {step['per_s']:,.0f}/s in time, p50 {ms.get('p50')} ms, p99 {ms.get('p99')} ms"
    )
