"""Plays a fault and says what came of it, as it stands in docs/data/reliability.json."""

import asyncio
import datetime
import os
import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.fakes import redis_server
from tests.faults import checker, platforms, tally
from tests.faults.catalogue import Fault
from tests.faults.cluster import StoreName
from tests.faults.stage import Scale, Stage

ROOT = Path(__file__).parents[2]
TOLD_MAX = 10
"""Complaints that are kept in words; all are counted."""
WORDS_MAX = 1_500
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SUMMARY = re.compile(r"(\d+) (passed|failed|errors?|skipped)")
_DOTS = re.compile(r"[.sxFE]+ +\[ *\d+%\]")

Run = dict[str, Any]


async def play(fault: Fault, store: StoreName, scale: Scale, seed: int) -> Run:
    """One black-box run."""
    assert fault.play is not None
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"bridge-{fault.name}-", ignore_cleanup_errors=True) as folder:
        stage = Stage(store, scale, seed, Path(folder) / "stage")
        try:
            await fault.play(stage)
        except Exception:
            stage.problems.append(traceback.format_exc())
    return judged(fault, stage, time.monotonic() - started)


def judged(fault: Fault, stage: Stage, seconds: float) -> Run:
    """What a stage shows when its fault is over."""
    complaints = [*checker.judge(stage.history), *platforms.judge(stage.history)]
    kinds = Counter(complaint.kind for complaint in complaints)
    told = [complaint.what for complaint in complaints[:TOLD_MAX]]
    recoveries = tally.recoveries(stage.history)
    waits = tally.waits(stage.history)
    return _about(fault, stage.store, stage.scale, seconds) | {
        "seed": stage.seed,
        "counts": tally.counts(stage.history),
        "injected": dict(sorted(stage.counts.items())),
        "broken": {kind: kinds[kind] for kind in ("lost", "doubled", "disordered", "partial", "foreign", "late")},
        "recoveries_s": [round(seconds, 2) for seconds in recoveries if seconds != float("inf")],
        "answers_s": {name: round(waits[int(share * (len(waits) - 1))], 1) for name, share in SHARES.items() if waits},
        "slowest_answer_s": round(max(waits, default=0.0), 1),
        "notes": stage.notes,
        "problems": [problem[:WORDS_MAX] for problem in stage.problems + told],
        "verdict": "failed" if stage.problems or complaints else "passed",
    }


async def run_tests(fault: Fault, scale: Scale) -> Run:
    """The tests that are this fault."""
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *fault.tests]
    environ = dict(os.environ) | ({"TEST_EXPLORE": "1"} if scale == "long" else {})
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await process.communicate()
    said = out.decode(errors="replace")
    counts = {kind: int(number) for number, kind in _SUMMARY.findall("\n".join(said.splitlines()[-3:]))}
    if not counts and process.returncode == 0:  # -q -q leaves no summary, only dots
        counts = {
            "passed": sum(line.count(".") for line in said.splitlines() if re.fullmatch(r"[.sx]+ +\[ *\d+%\]", line))
        }
    return _about(fault, "tests", scale, time.monotonic() - started) | {
        "counts": counts,
        "tests": list(fault.tests),
        "problems": [] if process.returncode == 0 else [said[-WORDS_MAX:]],
        "verdict": "passed" if process.returncode == 0 else "failed",
    }


def _about(fault: Fault, store: str, scale: Scale, seconds: float) -> Run:
    return {
        "fault": fault.name,
        "store": store,
        "scale": scale,
        "seconds": round(seconds, 1),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
    }


def commit() -> str:
    """The commit that was tried; marked when files were changed beside it."""
    short = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "bridge")
    return f"{short}{'+' if changed else ''}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release().partition('-')[0]}"


def versions() -> dict[str, str]:
    said = subprocess.run([redis_server.program(), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v=([\d.]+)", said)
    return {
        "python": platform.python_version(),
        "redis-server": found[1] if found else "?",
        "redis-py": version("redis"),
        "aiohttp": version("aiohttp"),
        "sqlite": sqlite3.sqlite_version,
    }
