"""The figures that were wanted, and whether they were reached."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ACCEPTED_PER_S = 1_500.0
ACCEPTED_P99_MS = 100.0
MEMORY_MB = 400.0
GROWTH_PERCENT = 5.0
WORKERS_RATIO = 1.7

Measurements = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`met` is None for what was not measured."""

    what: str
    wanted: str
    measured: str
    met: bool | None

    @property
    def word(self) -> str:
        return "not measured" if self.met is None else "met" if self.met else "**missed**"


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many conversations two workers carry for each that one carries."""

    level_ms: float
    one: float | None
    two: float | None
    """Conversations at the same p95 to the first text, on the two cores that everything shares."""
    half_one: float | None
    half_two: float | None
    """The same of workers that are held to half a core each."""
    at: int
    """The most conversations that both carried below that level: where processor time is compared."""
    one_cores: float
    two_cores: float
    """What the workers kept busy there."""

    @property
    def raw(self) -> float | None:
        return round(self.two / self.one, 2) if self.one and self.two else None

    @property
    def half(self) -> float | None:
        return round(self.half_two / self.half_one, 2) if self.half_one and self.half_two else None

    @property
    def per_core(self) -> float | None:
        """Twice the conversations that two workers carry per second of a processor, against one worker's: what two
        workers carry for each of one's where each has a core of its own."""
        return round(2 * self.one_cores / self.two_cores, 2) if self.two_cores else None


def verdicts(measurements: Measurements) -> Iterator[Verdict]:
    """Each figure that was wanted."""
    wanted = f"at least {ACCEPTED_PER_S:,.0f}/s, p99 below {ACCEPTED_P99_MS:.0f} ms"
    curves = {curve["name"]: curve for curve in _result(measurements, "accepting").get("curves", ())}
    for name, what in (
        ("ingress", "Ingress with Redis"),
        ("redis-1", "the same, while a worker answers on the same two cores"),
    ):
        if best := fastest(curves.get(name)):
            rate, p99 = best
            met = rate >= ACCEPTED_PER_S
            yield Verdict(what, wanted, f"{rate:,.0f}/s, p99 {p99:.0f} ms", met)
        else:
            yield Verdict(what, wanted, _nothing(curves.get(name), ACCEPTED_P99_MS), False if name in curves else None)
    yield from _of_memory(_result(measurements, "memory"))
    yield from _of_soak(_result(measurements, "soak"))
    yield from _of_scaling(scaling(_result(measurements, "streaming")))


def fastest(curve: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """The highest rate that was acknowledged in time with p99 in bounds, and that p99."""
    within = [
        (float(step["per_s"]), float(step["ms"]["p99"]))
        for step in (curve or {}).get("steps", ())
        if step["ms"] and step["ms"]["p99"] < ACCEPTED_P99_MS and not step["refused"] and not step["unanswered"]
    ]
    return max(within, default=None)


def scaling(streaming: Mapping[str, Any]) -> Scaling | None:
    """Of the workers on Redis; None when they were not measured."""
    curves = {curve["name"]: curve for curve in streaming.get("curves", ())}
    if not {"redis-1", "redis-2"} <= curves.keys():
        return None
    level = float(streaming["level_ms"])
    one, two = (
        {step["people"]: step for step in curves[name]["steps"] if step["first_ms"].get("p95", 1e9) <= level}
        for name in ("redis-1", "redis-2")
    )
    at = max(one.keys() & two.keys(), default=0)
    one_cores, two_cores = (
        float(steps[at]["cpu"]["worker"]) / steps[at]["answers"] if at else 0.0 for steps in (one, two)
    )

    def carried(name: str) -> float | None:
        found: float | None = curves.get(name, {}).get("at_level")
        return found

    return Scaling(
        level_ms=level,
        one=carried("redis-1"),
        two=carried("redis-2"),
        half_one=carried("half-1"),
        half_two=carried("half-2"),
        at=at,
        one_cores=one_cores,
        two_cores=two_cores,
    )


def _of_memory(memory: Mapping[str, Any]) -> Iterator[Verdict]:
    idle, streaming = memory.get("idle", 500), memory.get("streaming", 200)
    what = f"{idle} idle and {streaming} streaming connections on one process"
    wanted = f"below {MEMORY_MB:.0f} MB resident"
    if not memory:
        yield Verdict(what, wanted, "", None)
    for process in memory.get("processes", ()):
        most = float(process["streaming_mb"])
        lost = f", {sum(process['failed'].values())} answers failed" if process["failed"] else ""
        yield Verdict(f"{what}: {process['label']}", wanted, f"{most:.0f} MB{lost}", most < MEMORY_MB and not lost)


def _of_soak(soak: Mapping[str, Any]) -> Iterator[Verdict]:
    wanted = f"growth below {GROWTH_PERCENT:.0f}%, nothing lost"
    if not soak:
        yield Verdict("Soak with faults", wanted, "", None)
        return
    most = max(float(percent) for percent in soak["growth_percent"].values())
    told = f"{most:+.1f}% at most; {soak['accepted']:,} accepted, {soak['lost']} lost, {soak['doubled']} twice"
    met = most < GROWTH_PERCENT and not soak["lost"] and not soak["doubled"]
    yield Verdict(f"{soak['seconds'] / 60:.0f} minutes of soak with faults", wanted, told, met)


def _of_scaling(found: Scaling | None) -> Iterator[Verdict]:
    what = "Streaming conversations of two workers against one's, at the same p95 to the first text"
    wanted = f"at least {WORKERS_RATIO} times"
    if found is None:
        yield Verdict(what, wanted, "", None)
        return
    for name, ratio in (
        ("as measured, everything on the same two cores", found.raw),
        ("workers of half a core, with room for everything else", found.half),
        ("by processor time", found.per_core),
    ):
        told = f"{ratio} times" if ratio else "one of them was not within the level"
        yield Verdict(f"{what}, {name}", wanted, told, ratio >= WORKERS_RATIO if ratio else None)


def _nothing(curve: Mapping[str, Any] | None, p99_ms: float) -> str:
    return f"no step stayed below {p99_ms:.0f} ms" if curve else ""


def _result(measurements: Measurements, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = measurements.get(name, {}).get("result", {})
    return found
