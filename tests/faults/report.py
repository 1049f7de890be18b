"""docs/reliability.md from docs/data/reliability.json, and from what people wrote down in reliability_notes.json."""

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts import charts
from tests.faults.catalogue import FAULTS, Fault
from tests.faults.running import Run

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs/data/reliability.json"
NOTES = ROOT / "docs/data/reliability_notes.json"
PAGE = ROOT / "docs/reliability.md"
CHART = ROOT / "docs/images/recoveries.svg"
RECOVERY_MAX_S = 20.0
COUNTED_BESIDE = (
    "read_again",
    "places",
    "repeated",
    "starts_refused",
    "connections_broken",
    "telegram_orphans",
    "sent_again_by_slack",
)
"""What a run counts and is no strike."""
STORES = {"sqlite": "SQLite", "redis": "Redis", "tests": "tests"}

HEAD = Path(__file__).with_name("reliability.head.md")
"""What is promised, and how it is tried."""


def load() -> dict[str, Any]:
    data: dict[str, Any] = (
        json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {"runs": {}, "planted": {}}
    )
    return data


def keep(name: str, run: Run) -> None:
    """Put one result in the place of the one before it; others may be writing theirs."""
    DATA.parent.mkdir(parents=True, exist_ok=True)
    with DATA.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        data = load()
        if name.startswith("planted "):
            data["planted"][name.removeprefix("planted ")] = run
        else:
            data["runs"][name] = run
        data["runs"] = dict(sorted(data["runs"].items(), key=lambda item: _place(item[0])))
        DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    DATA.with_suffix(".lock").unlink(missing_ok=True)


def _place(name: str) -> tuple[int, str]:
    fault, _, store = name.partition(" ")
    return int(fault.removeprefix("F")), store


def line(name: str, run: Run, seconds: float) -> str:
    """One result for the terminal."""
    counts = ", ".join(
        f"{word} {count}" for word, count in {**run.get("counts", {}), **run.get("injected", {})}.items()
    )
    recoveries = run.get("recoveries_s", [])
    slowest = f", slowest recovery {max(recoveries):.1f} s" if recoveries else ""
    notes = "".join(f"\n    {note}" for note in run.get("notes", []))
    return f"{name:<12} {run['verdict']:<7} {seconds:6.1f} s  {counts}{slowest}{notes}"


def write() -> None:
    """Write the page and its chart."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


def documents() -> dict[Path, str]:
    """What the data give."""
    data, notes = load(), json.loads(NOTES.read_text(encoding="utf-8"))
    return {PAGE: page(data, notes), CHART: chart(data["runs"])}


def page(data: Mapping[str, Any], notes: Mapping[str, Any]) -> str:
    runs: Mapping[str, Run] = data["runs"]
    parts = [
        "# Reliability",
        "What is promised, how it is tried, what was survived, and what is not covered.\n"
        "This page is made by `make faults` from `docs/data/reliability.json`; a test fails when the two disagree.",
        HEAD.read_text(encoding="utf-8"),
        f"## Sums\n\n{_sums(runs)}",
        f"## Faults\n\n{_table(runs)}",
        f"## Recoveries\n\n![How long recoveries took](images/{CHART.name})",
        f"## What the runs say themselves\n\n{_told(runs)}",
        f"## Planted bugs\n\n{_planted(data['planted'])}",
        f"## What broke and was mended\n\n{_list(notes['broke'])}",
        f"## What is not covered\n\n{_list([*notes['not_covered'], *_missing(runs)])}",
        f"## Under which conditions\n\n{_conditions(runs)}",
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _sums(runs: Mapping[str, Run]) -> str:
    played = [run for run in runs.values() if "broken" in run]
    by_store = {store: [run for run in played if run["store"] == store] for store in ("sqlite", "redis")}
    rows = ["| | SQLite | Redis |", "|---|---|---|"]

    def row(words: str, value: Any) -> None:
        rows.append(f"| {words} | {value(by_store['sqlite'])} | {value(by_store['redis'])} |")

    row("runs", len)
    row("messages accepted", lambda runs: _count(runs, "counts", "accepted"))
    row("turns answered", lambda runs: _count(runs, "counts", "answered"))
    row("turns apologised for", lambda runs: _count(runs, "counts", "apologised"))
    row("faults injected", lambda runs: sum(sum(_strikes(run).values()) for run in runs))
    for kind in ("lost", "doubled", "disordered", "partial", "foreign", "late"):
        row(kind, lambda runs, kind=kind: _count(runs, "broken", kind))
    row("slowest recovery", lambda runs: _seconds([s for run in runs for s in run["recoveries_s"]]))
    row("slowest answer", lambda runs: _seconds([run["slowest_answer_s"] for run in runs]))
    return "\n".join(rows)


def _count(runs: list[Run], group: str, name: str) -> int:
    return sum(run[group].get(name, 0) for run in runs)


def _seconds(values: list[float]) -> str:
    return f"{max(values):.1f} s" if values else "-"


def _strikes(run: Run) -> dict[str, int]:
    return {what: count for what, count in run["injected"].items() if what not in COUNTED_BESIDE}


def _table(runs: Mapping[str, Run]) -> str:
    rows = [
        "| # | fault | passes when | on | runs | accepted | injected | broken promises | slowest recovery | verdict |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for fault in FAULTS:
        stores = [*fault.stores, *(("tests",) if fault.tests else ())]
        for number, store in enumerate(stores or [""]):
            head = f"| {fault.name} | {fault.what} | {fault.passes_when} |" if not number else "| | | |"
            rows.append(f"{head} {_row(fault, store, runs.get(f'{fault.name} {store}'))}")
    return "\n".join(rows)


def _row(fault: Fault, store: str, run: Run | None) -> str:
    if not store:
        return f"- | - | - | - | - | - | not covered: {fault.missing} |"
    if run is None:
        return f"{STORES[store]} | - | - | - | - | - | not run |"
    if store == "tests":
        cases = ", ".join(f"{count} {what}" for what, count in run["counts"].items())
        return f"tests | {cases} | - | - | - | - | {run['verdict']} |"
    strikes = ", ".join(f"{count} × {what.removesuffix('s')}" for what, count in _strikes(run).items())
    broken = ", ".join(f"{count} {kind}" for kind, count in run["broken"].items() if count)
    slowest = _seconds(run["recoveries_s"])
    accepted = run["counts"].get("accepted", 0)
    cells = (STORES[store], run["scale"], accepted, strikes or "-", broken or "0", slowest, run["verdict"])
    return " | ".join(map(str, cells)) + " |"


def _told(runs: Mapping[str, Run]) -> str:
    """Notes, and what was wrong."""
    told = [f"{name}: {note}" for name, run in runs.items() for note in run.get("notes", [])]
    told += [
        f"**{name} failed**: `{_reason(problem)}`"
        for name, run in runs.items()
        for problem in run["problems"][:3]
        if problem.strip()
    ]
    return _list(told)


def _reason(problem: str) -> str:
    """What was wrong, in a line: of a traceback that is its end."""
    lines = problem.strip().splitlines()
    if lines[0].startswith("Traceback"):
        lines = [line for line in lines[1:] if not line.startswith((" ", "Traceback"))] or lines
    return lines[0][:200]


def _planted(planted: Mapping[str, Any]) -> str:
    rows = ["| store | bug | seen | what the checker said |", "|---|---|---|---|"]
    for store, run in sorted(planted.items()):
        for bug, result in run["bugs"].items():
            expected = (
                "no bug: nothing to say" if bug in ("none", "short_leases") else (result["says"] or ["nothing"])[0]
            )
            seen = "yes" if result["seen"] else "**no**"
            rows.append(f"| {STORES[store]} | {bug} | {seen} | {_short(expected)} |")
    return "The checker is tried on servers that break a promise on purpose; it must see each.\n\n" + "\n".join(rows)


def _short(words: str) -> str:
    """Without the names of conversations and turns, which differ each time."""
    kept = " ".join(word for word in words.split() if len(word) < 28 or not any(c.isdigit() for c in word))
    return (kept if len(kept) < 100 else f"{kept[:97]}...").replace("|", "\\|")


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "Nothing."


def _missing(runs: Mapping[str, Run]) -> list[str]:
    of_faults = [f"{fault.name}: {fault.missing}" for fault in FAULTS if fault.missing]
    wanted = [f"{fault.name} {store}" for fault in FAULTS for store in fault.stores]
    not_run = [name for name in wanted if name not in runs]
    short = [name for name in wanted if name in runs and runs[name]["scale"] == "short"]
    if not_run:
        of_faults.append(f"not run yet: {', '.join(not_run)}")
    if short:
        of_faults.append(f"played in their short form only: {', '.join(short)}")
    return of_faults


def _conditions(runs: Mapping[str, Run]) -> str:
    rows = ["| run | scale | commit | seed | took | when | machine | versions |", "|---|---|---|---|---|---|---|---|"]
    for name, run in runs.items():
        versions = ", ".join(f"{what} {number}" for what, number in run["versions"].items())
        about = (
            run["scale"],
            run["commit"],
            run.get("seed", "-"),
            f"{run['seconds']:.0f} s",
            run["date"],
            run["machine"],
        )
        rows.append(f"| {name} | {' | '.join(map(str, about))} | {versions} |")
    return "\n".join(rows)


def chart(runs: Mapping[str, Run]) -> str:
    """How long recoveries took after a worker had died, on both stores."""
    values = [
        seconds
        for name, run in runs.items()
        if name.split()[0] in ("F1", "F2")
        for seconds in run.get("recoveries_s", [])
    ]
    return charts.histogram(
        "From a kill until every open answer went on",
        values,
        charts.Axis("time", "s"),
        subtitle=f"{len(values)} kills of F1 and F2",
        marks=[charts.Mark(RECOVERY_MAX_S, "promised", across=False)],
    )


if __name__ == "__main__":
    write()
