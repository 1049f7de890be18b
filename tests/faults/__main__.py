"""The fault suite: `make faults`, or `python -m tests.faults [--only F2,F7] [--scale short] [--store redis]`.

Each result goes to docs/data/reliability.json as its fault ends, and docs/reliability.md is made from that.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults import planted_runs, report, running
from tests.faults.catalogue import BY_NAME, FAULTS
from tests.faults.cluster import StoreName
from tests.faults.running import Run
from tests.faults.stage import Scale


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to run."""

    name: str
    run: Callable[[], Awaitable[Run]]


def parts(only: set[str], stores: set[StoreName], scale: Scale, seed: int, planted: bool) -> list[Part]:
    """What is asked for, in the order of the catalogue."""
    found = []
    for fault in FAULTS:
        if only and fault.name not in only:
            continue
        found += [
            Part(f"{fault.name} {store}", partial(running.play, fault, store, scale, seed))
            for store in fault.stores
            if store in stores
        ]
        if fault.tests:
            found.append(Part(f"{fault.name} tests", partial(running.run_tests, fault, scale)))
    if planted:
        found += [Part(f"planted {store}", partial(planted_runs.all_bugs, store)) for store in sorted(stores)]
    return found


async def main() -> int:
    """Exit code 0 when all was survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Play the faults and write the report.")
    parser.add_argument("--only", default="", help="names such as F2,F7; `planted` for the planted bugs")
    parser.add_argument("--scale", choices=("short", "long"), default="long")
    parser.add_argument("--store", choices=("sqlite", "redis", "both"), default="both")
    parser.add_argument("--seed", type=int, default=None, help="the same dice again; else it is drawn, and printed")
    parser.add_argument("--dry", action="store_true", help="write no data and no report")
    args = parser.parse_args()
    only = {name.strip() for name in args.only.split(",") if name.strip()}
    if unknown := only - BY_NAME.keys() - {"planted"}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    stores: set[StoreName] = {"sqlite", "redis"} if args.store == "both" else {args.store}
    seed = random.SystemRandom().randrange(10**6) if args.seed is None else args.seed
    todo = parts(only, stores, args.scale, seed, planted=not only or "planted" in only)
    console = Console()
    console.print(f"seed {seed}, {args.scale}, {running.machine()}, commit {running.commit()}")
    failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(todo))
        for part in todo:
            progress.update(task, description=part.name)
            started = time.monotonic()
            run = await part.run()
            failed += run["verdict"] != "passed"
            if not args.dry:
                report.keep(part.name, run)
            progress.console.print(report.line(part.name, run, time.monotonic() - started), highlight=False)
            for problem in run["problems"]:
                progress.console.print(f"    {problem}", style="red", markup=False, highlight=False)
            progress.advance(task)
    if not args.dry:
        report.write()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
