"""How soon people see the first text and the whole answer, as ever more conversations stream at once."""

from pathlib import Path
from typing import Any

from bench.load import held
from bench.load.crowd import Crowd, crowd
from bench.load.model import PER_S, TOGETHER
from bench.load.plan import Scale
from bench.load.stage import HALF, TOPOLOGIES, Stage, Topology, staged

METHOD = """\
So many people each have a conversation at the widget, its event stream open, and ask anew as soon as their answer is
complete, so that so many answers stream all the time. Claude's stand-in begins at once and then writes {per_s:.0f}
words a second, {together} in each event, {words} in all, quoted from the passages it was sent and cited sentence by
sentence, so every check of an answer has its usual work; retrieval, routing, budgets and the journal are as shipped,
only the cache of answers is off. Each step lasts {talk_s:.0f} s after {warm_s:.0f} s that do not count. First text:
from sending the question to the first text in the event stream; it appears when the first sentence is complete and has
passed its checks, so the first step, one conversation alone, tells how much of it is the writing. Complete: to the end
of the answer; {least:.1f} s of it is the model's writing. A curve ends when p95 to the first text passes
{enough:,.0f} ms, or when an answer fails. Workers of half a core are held to that by the operating system (a control
group): two of them and everything else fit on two cores, so the workers alone decide what is carried."""
LEVEL_MS = 1_000.0
"""Conversations are counted up to where p95 to the first text passes this."""
ENOUGH = 3.0
"""A curve goes on to so many times that."""


async def measure(scale: Scale, folder: Path) -> dict[str, Any]:
    """A curve for each topology."""
    all_there_are = (*TOPOLOGIES, *(HALF if held.possible() else ()))
    chosen = [topology for topology in all_there_are if not scale.topologies or topology.name in scale.topologies]
    curves = [await _curve(topology, scale, folder) for topology in chosen]
    method = METHOD.format(
        per_s=PER_S,
        together=TOGETHER,
        words=scale.words,
        talk_s=scale.talk_s,
        warm_s=scale.warm_s,
        least=scale.words / PER_S,
        enough=ENOUGH * LEVEL_MS,
    )
    return {"method": method, "level_ms": LEVEL_MS, "least_ms": 1000 * scale.words / PER_S, "curves": curves}


async def _curve(topology: Topology, scale: Scale, folder: Path) -> dict[str, Any]:
    index = folder / "index"
    async with (
        staged(topology, folder / topology.name, words=scale.words, index=index) as stage,
        crowd(stage) as people,
    ):
        await people.do("talk", people=4, warm_s=0.0, seconds=0.5, spread_s=0.2)
        steps = []
        for conversations in scale.conversations:
            step = await _step(stage, people, conversations, scale)
            steps.append(step)
            print(f"  {topology.label}: {_told(step)}", flush=True)
            if step["failed"] or step["first_ms"].get("p95", 1e9) > ENOUGH * LEVEL_MS:
                break
    return {
        "name": topology.name,
        "label": topology.label,
        "steps": steps,
        "at_level": at_level([(step["people"], step["first_ms"].get("p95")) for step in steps]),
    }


async def _step(stage: Stage, people: Crowd, conversations: int, scale: Scale) -> dict[str, Any]:
    # They begin one after the other over the time of an answer, and the answers that run at the end are waited for.
    spread_s = scale.words / PER_S
    meter = stage.meter()
    step = await people.do(
        "talk", people=conversations, warm_s=spread_s + scale.warm_s, seconds=scale.talk_s, spread_s=spread_s
    )
    return step | {"cpu": meter.shares()}


def at_level(points: list[tuple[int, float | None]], level: float = LEVEL_MS) -> float | None:
    """How many conversations there were where p95 passed the level, drawn straight between two steps; the most that
    were tried when it never did; None when it was passed from the beginning."""
    before: tuple[int, float] | None = None
    for people, p95 in points:
        if p95 is None:
            break
        if p95 > level:
            if before is None:
                return None
            share = (level - before[1]) / (p95 - before[1])
            return round(before[0] + share * (people - before[0]), 1)
        before = (people, p95)
    return float(before[0]) if before else None


def _told(step: dict[str, Any]) -> str:
    first, complete = step["first_ms"], step["complete_ms"]
    return (
        f"{step['people']} conversations, {step['answers']} answers, first text p50 {first.get('p50')} p95"
        f" {first.get('p95')} ms, complete p50 {complete.get('p50')} ms, {step['outcomes']} {step['failed'] or ''}"
    )
