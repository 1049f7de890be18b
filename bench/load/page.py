"""docs/performance.md and its plots, written from docs/data/performance.json and from nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.load import plots, results
from bench.load.machine import ROOT
from bench.load.verdicts import Measurements, scaling, verdicts

PAGE = ROOT / "docs/performance.md"
IMAGES = ROOT / "docs/images"
TITLES = {
    "accepting": "Acknowledged messages",
    "streaming": "Streaming conversations",
    "memory": "Memory",
    "growth": "The cost of a message as things grow",
    "soak": "Soak",
}
BUSY_LOAD = 1.0
"""The load of a machine that does something else, too, or did until a moment ago."""
ROLES = ("all", "ingress", "worker", "scheduler", "redis", "model", "people", "machine")


def documents(data: Mapping[str, Any]) -> dict[Path, str]:
    """Every file that is written, with what it should hold."""
    measurements = data["measurements"]
    images = plots.plots(measurements)
    found = {IMAGES / f"performance-{name}.svg": plot.svg for name, plot in images.items()}
    return found | {PAGE: "\n".join(_page(measurements, images)).rstrip() + "\n"}


def write(path: Path = results.PATH) -> None:
    """Write them all."""
    for file, text in documents(results.read(path)).items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _page(measurements: Measurements, images: Mapping[str, plots.Plot]) -> Iterator[str]:
    yield _INTRODUCTION
    yield "## The figures that were wanted\n"
    rows = [(verdict.what, verdict.wanted, verdict.measured, verdict.word) for verdict in verdicts(measurements)]
    yield from _table(("", "wanted", "measured", ""), rows)
    yield from _reservations(measurements)
    yield _HOW
    yield from _table(("measurement", "form", "took", "commit", "measured", "load before"), _made(measurements))
    yield from _machines(measurements)
    sections = {"accepting": _accepting, "streaming": _streaming, "memory": _memory, "growth": _growth, "soak": _soak}
    for name, section in sections.items():
        yield f"## {TITLES[name]}\n"
        if name not in measurements:
            yield f"Not measured yet: `make load only={name}`.\n"
            continue
        result = measurements[name]["result"]
        yield result["method"] + "\n"
        for plot in (plot for key, plot in images.items() if key.partition("-")[0] == name):
            yield f"![{plot.told}](images/performance-{plot.name}.svg)\n"
        yield from section(result)
    yield _LIMITS


_INTRODUCTION = """# Performance

What the product carries, measured from the outside on real processes: `bridge serve` in its roles, a real Redis with
its append-only file, people and a stand-in for Claude as processes of their own, all on loopback and on one machine.

`make load` measures everything anew, keeps the figures in `docs/data/performance.json` and writes this page and its
plots from them (`make load only=accepting` for one measurement, `make load scale=short` to see that it all works). The
long form takes about 20 minutes, and the soak 20 more. A test fails when this page or a plot disagrees with the
figures.
"""
_HOW = """
## How it was measured

Everything shares the cores of one machine: servers, Redis, Claude's stand-in and the people who measure. Where a
table has a column for it, the processor time of each is given in cores kept busy, from `/proc`; `machine` is all that
was busy, so what is above the sum of the others was not ours. Times are taken by the people, with a clock that cannot
be set. The stand-in for Claude speaks the wire form of the API and is held to little processor time, but its work and
the people's would not be on the server's machine in earnest: the figures are therefore lower than on a machine of the
same kind that serves alone.
"""
_LIMITS = """## What limits it

- **An answer's processor time.** A process of Python runs on one core. What an answer of a model costs there (its
  stream read event by event, each sentence checked before it is shown, the question embedded, routed and looked up)
  decides how many conversations stream at once in one process; waiting for a model costs nothing. More workers carry
  more: none of their work is shared, and what the store adds to it is in the tables above.
- **One ingress process.** It parses, checks and stores; Redis is far from its own limit then. Several ingress
  processes behind a balancer share nothing but Redis.
- **SQLite** makes each batch of messages safe with one `fsync`, in the same process that answers. Acknowledgements
  beside many streaming answers wait for the same core: the first thing that Redis and roles change.
- **Redis** runs one script at a time. Each step of a turn is one script whose work does not depend on how many
  conversations there are.

## What is not covered

- Platforms: the figures are the widget's. Slack, Telegram and WhatsApp limit what may be sent to them far below what is
  measured here; that those limits are kept is tested elsewhere.
- The real model: its own time to the first text comes on top, and is a second or more.
- More than one machine, a network between the processes, a managed Redis, and disks other than this machine's.
- Redis Cluster under load, and failover.
- Processor frequency and neighbours of a virtual machine: a figure that decides something should be measured again
  where it matters, with `make load`.
"""


def _reservations(measurements: Measurements) -> Iterator[str]:
    """What makes figures less than they should be."""
    if missing := [name for name in TITLES if name not in measurements]:
        yield f"\nNot measured yet: {', '.join(missing)}."
    if short := [name for name, made in measurements.items() if made["scale"] != "long"]:
        yield f"\nOnly a short form was run, whose figures are rough: {', '.join(short)}."
    if busy := [name for name, made in measurements.items() if made["load_before"] > BUSY_LOAD]:
        yield f"\nThe machine was busy with other things, so these are worse than they should be: {', '.join(busy)}."


def _made(measurements: Measurements) -> Iterator[Sequence[str]]:
    for name in TITLES:
        if name in measurements:
            made = measurements[name]
            commit = f"`{made['commit']}`" + (" and changes" if made["changed"] else "")
            yield name, made["scale"], _minutes(made["seconds"]), commit, made["date"], f"{made['load_before']}"


def _machines(measurements: Measurements) -> Iterator[str]:
    """Once for each machine and set of versions; seeds with them."""
    seen = set()
    for made in measurements.values():
        about = made["machine"]
        machine = f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, {about['system']}"
        versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
        redis = ", ".join(f"`{name} {value}`" for name, value in made["redis"].items())
        seen.add(f"Machine: {machine}. Versions: {versions}. Redis: {redis}. Seed: {made['seed']}.\n")
    yield from sorted(seen)


# ---------------------------------------------------------------- one section each


def _accepting(result: Mapping[str, Any]) -> Iterator[str]:
    for curve in result["curves"]:
        roles = _roles(curve["steps"])
        rows = [
            (
                f"{step['offered']:,}",
                f"{step['per_s']:,.0f}",
                *(_ms(step["ms"].get(name)) for name in ("p50", "p95", "p99")),
                _refused(step),
                _per_own_core(step),
                *_cores(step, roles),
            )
            for step in curve["steps"]
        ]
        yield f"**{curve['label']}**: {curve['looked_up']:,} acknowledged turns looked up, {curve['lost']} missing.\n"
        head = ("offered/s", "acknowledged/s in time", "p50 ms", "p95 ms", "p99 ms", "refused", "a core's", *roles)
        yield from _table(head, rows, left=0)


def _per_own_core(step: Mapping[str, Any]) -> str:
    """What a whole core of the process that accepts would acknowledge at this cost."""
    cores = step["cpu"].get("ingress") or step["cpu"].get("all")
    return f"{step['per_s'] / cores:,.0f}" if cores else ""


def _refused(step: Mapping[str, Any]) -> str:
    return f"{sum(step['refused'].values()) + step['unanswered']:,}"


def _streaming(result: Mapping[str, Any]) -> Iterator[str]:
    level = result["level_ms"]
    rows = [
        (curve["label"], _or_none(curve["at_level"]), _ms(_alone(curve)), _per_core(curve))
        for curve in result["curves"]
    ]
    head = ("", f"conversations at p95 {level:.0f} ms", "first text alone, p50 ms", "answers per core and second")
    yield from _table(head, rows)
    if found := scaling(result):
        yield (
            f"Two workers against one: {found.raw or 'no'} times the conversations on the two cores that everything"
            f" shares. At {found.at} conversations, which both carried, the workers took {1000 * found.one_cores:.2f}"
            f" and {1000 * found.two_cores:.2f} thousandths of a core for each answer of the step: with a core of its"
            f" own for each, two workers carry {found.per_core or 'no'} times what one does. The first ratio holds back"
            " what this machine has not got: one worker alone can fill a core, two workers, the ingress, Redis, the"
            f" stand-in and the people want more than two. Held to half a core each, two workers carry"
            f" {found.half or 'no'} times what one does.\n"
        )
    for curve in result["curves"]:
        roles = _roles(curve["steps"])
        steps = [
            (
                f"{step['people']:,}",
                f"{step['answers']:,}",
                *(_ms(step["first_ms"].get(name)) for name in ("p50", "p95", "p99")),
                *(_ms(step["complete_ms"].get(name)) for name in ("p50", "p95", "p99")),
                f"{sum(step['failed'].values())}",
                *_cores(step, roles),
            )
            for step in curve["steps"]
        ]
        times = (
            *(f"first {name}" for name in ("p50", "p95", "p99")),
            *(f"complete {n}" for n in ("p50", "p95", "p99")),
        )
        yield f"**{curve['label']}**, times in ms\n"
        yield from _table(("conversations", "answers", *times, "failed", *roles), steps, left=0)


def _alone(curve: Mapping[str, Any]) -> float | None:
    alone = next((step for step in curve["steps"] if step["people"] == 1), None)
    return alone["first_ms"].get("p50") if alone else None


def _per_core(curve: Mapping[str, Any]) -> str:
    """Of the servers' processes, at the step with most answers."""
    best = max(curve["steps"], key=lambda step: step["answers"])
    cores = sum(best["cpu"].get(role, 0.0) for role in ("all", "ingress", "worker", "scheduler"))
    return f"{best['answers'] / best['measured_s'] / cores:.1f}" if cores else ""


def _memory(result: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (
            process["label"],
            *(f"{process[name]:.0f}" for name in ("rest_mb", "idle_mb", "streaming_mb", "after_mb")),
            f"{process['idle_kb_each']:.1f}",
            f"{process['streaming_kb_each']:.0f}",
            f"{process['answers']} ({sum(process['failed'].values())} failed)",
        )
        for process in result["processes"]
    ]
    idle, streaming = f"{result['idle']} idle", f"+ {result['streaming']} streaming"
    head = (
        "MB resident",
        "at rest",
        idle,
        streaming,
        "afterwards",
        "kB an idle stream",
        "kB a conversation",
        "answers",
    )
    yield from _table(head, rows)


def _growth(result: Mapping[str, Any]) -> Iterator[str]:
    rows = []
    for series in result["series"]:
        for point, ratio in zip(series["points"], series["ratios"], strict=True):
            others = [f"{point[key]:g} {told}" for key, told in _COUNTS.items() if point.get(key) is not None]
            size = f"{point['size']:,} {series['what']}"
            rows.append((series["label"], size, f"{point['cpu_ms']:.2f}", f"{ratio:.2f}", ", ".join(others)))
    yield from _table(("", "with", "CPU ms a message", "times the first", "besides"), rows)


_COUNTS = {
    "redis_cpu_ms": "ms of it in Redis",
    "scripts_each": "calls",
    "packets_each": "packets",
    "commits_each": "commits",
    "writes_each": "writes",
    "written_kb": "kB written",
    "resident_mb": "MB resident",
}


def _soak(result: Mapping[str, Any]) -> Iterator[str]:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in sorted(result["outcomes"].items()))
    growths = ", ".join(f"{name} {percent:+.1f}%" for name, percent in result["growth_percent"].items())
    rows = [
        ("accepted", f"{result['accepted']:,}"),
        ("answered", f"{result['answered']:,}"),
        ("lost", f"{result['lost']:,}"),
        ("ended twice", f"{result['doubled']:,}"),
        ("sent again by people", f"{result['resent']:,}"),
        ("outcomes", outcomes),
        ("to the end of the answer", ", ".join(f"{name} {seconds} s" for name, seconds in result["wait_s"].items())),
        ("workers killed", f"{result['kills']:,}"),
        ("connections of people broken", f"{result['connections_broken']:,}"),
        ("growth", growths),
    ]
    yield from _table((result["label"], ""), rows)


# ---------------------------------------------------------------- words


def _table(
    head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], left: int = 1
) -> Iterator[str]:
    """Columns after the first `left` are figures, at the right."""
    numeric = [number >= left and name != "" for number, name in enumerate(head)]
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join("---:" if right else "---" for right in numeric) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _roles(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    return [role for role in ROLES if any(role in step["cpu"] for step in steps)]


def _cores(step: Mapping[str, Any], roles: Sequence[str]) -> list[str]:
    return [f"{step['cpu'].get(role, 0.0):.2f}" for role in roles]


def _ms(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _or_none(value: float | None) -> str:
    return "none" if value is None else f"{value:.0f}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
