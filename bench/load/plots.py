"""The plots of docs/performance.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.load.verdicts import ACCEPTED_P99_MS, ACCEPTED_PER_S, MEMORY_MB, Measurements
from scripts.charts import Axis, Bar, Line, Mark, bars, lines


@dataclass(frozen=True, slots=True)
class Plot:
    """`told` is for those who do not see it."""

    name: str
    told: str
    svg: str


def plots(measurements: Measurements) -> dict[str, Plot]:
    """By their names, which begin with that of their measurement."""
    kinds = {"accepting": _accepting, "streaming": _streaming, "memory": _memory, "growth": _growth, "soak": _soak}
    made = [plot for name, kind in kinds.items() if name in measurements for plot in kind(measurements[name]["result"])]
    return {plot.name: plot for plot in made}


def _accepting(result: Mapping[str, Any]) -> Iterator[Plot]:
    drawn = [
        Line(curve["label"], [(step["offered"], step["ms"]["p99"]) for step in curve["steps"] if step["ms"]])
        for curve in result["curves"]
    ]
    yield Plot(
        "accepting-p99",
        "Time to the acknowledgement at the 99th percentile over offered messages a second, for each way of serving.",
        lines(
            "How soon a message is acknowledged",
            drawn,
            Axis("offered", "messages/s"),
            Axis("99th percentile to 2xx", "ms", log=True),
            subtitle="Each curve ends where less than nine in ten are acknowledged in time",
            marks=[
                Mark(ACCEPTED_P99_MS, f"wanted: below {ACCEPTED_P99_MS:.0f} ms"),
                Mark(ACCEPTED_PER_S, f"at {ACCEPTED_PER_S:,.0f}/s", across=False),
            ],
        ),
    )
    drawn = [
        Line(curve["label"], [(step["offered"], step["per_s"]) for step in curve["steps"]])
        for curve in result["curves"]
    ]
    yield Plot(
        "accepting-rate",
        "Messages acknowledged in time over messages offered, a second.",
        lines(
            "How many messages are acknowledged",
            drawn,
            Axis("offered", "messages/s"),
            Axis("acknowledged in time", "messages/s"),
            marks=[Mark(ACCEPTED_PER_S, f"wanted: {ACCEPTED_PER_S:,.0f}/s")],
        ),
    )


def _streaming(result: Mapping[str, Any]) -> Iterator[Plot]:
    marks = [Mark(result["level_ms"], "the level at which conversations are counted")]
    for key, title, more in (
        ("first_ms", "How soon the first text shows", marks),
        ("complete_ms", "How soon an answer is complete", [Mark(result["least_ms"], "the model's own writing")]),
    ):
        drawn = [
            Line(curve["label"], [(s["people"], s[key]["p95"]) for s in curve["steps"] if s[key]])
            for curve in result["curves"]
        ]
        yield Plot(
            f"streaming-{key.partition('_')[0]}",
            f"{title}: 95th percentile over conversations that stream at the same time.",
            lines(
                title,
                drawn,
                Axis("conversations that stream at once"),
                Axis("95th percentile", "ms", log=True),
                subtitle="Servers, Redis, the model's stand-in and the people share the cores of one machine",
                marks=more,
            ),
        )


def _memory(result: Mapping[str, Any]) -> Iterator[Plot]:
    states = (
        ("rest_mb", "at rest"),
        ("idle_mb", f"{result['idle']} idle streams"),
        ("streaming_mb", f"and {result['streaming']} streaming"),
    )
    rows = [
        Bar(f"{process['label']}, {told}", process[key], f"{process[key]:.0f} MB")
        for process in result["processes"]
        for key, told in states
    ]
    yield Plot(
        "memory",
        "Resident memory of one process at rest, with idle streams, and with streaming conversations besides.",
        bars(
            "Memory of one process",
            rows,
            Axis("resident", "MB"),
            marks=[Mark(MEMORY_MB, f"wanted: below {MEMORY_MB:.0f} MB")],
        ),
    )


def _growth(result: Mapping[str, Any]) -> Iterator[Plot]:
    drawn = [
        Line(
            f"{series['what']}, {series['label']}",
            [(point["size"], point["cpu_ms"]) for point in series["points"]],
        )
        for series in result["series"]
    ]
    yield Plot(
        "growth",
        "Processor time of a message, or of a search, as conversations, history and chunks grow tenfold twice.",
        lines(
            "What a message costs as things grow",
            drawn,
            Axis("how many there are", log=True),
            Axis("processor time", "ms"),
            subtitle="A flat line: the cost does not depend on it",
        ),
    )


def _soak(result: Mapping[str, Any]) -> Iterator[Plot]:
    names = [name for name in result["growth_percent"] if name != "keys"]
    drawn = [
        Line(name, [(sample["at_s"] / 60, sample[name]) for sample in result["samples"] if name in sample])
        for name in names
    ]
    yield Plot(
        "soak-memory",
        "Memory over time of the processes that live throughout.",
        lines("Memory during the soak", drawn, Axis("time", "min"), Axis("memory", "MB", log=True)),
    )
    keys = [(sample["at_s"] / 60, sample["keys"]) for sample in result["samples"] if "keys" in sample]
    if keys:
        yield Plot(
            "soak-keys",
            "How many keys Redis holds over time.",
            lines("Keys in Redis during the soak", [Line("keys", keys)], Axis("time", "min"), Axis("keys")),
        )
