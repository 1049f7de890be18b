"""What a figure was measured on, and what processes take of a machine, as /proc tells it."""

import os
import platform
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.fakes.redis_server import DURABLE

ROOT = Path(__file__).parents[2]
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
VERSIONED = ("aiohttp", "uvloop", "redis", "hiredis", "anthropic", "numpy")
"""Packages whose version changes figures."""


def machine() -> dict[str, Any]:
    """What it is."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.+)", told)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    return {
        "processor": model[1].strip() if model else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory[1]) / 2**20, 1) if memory else 0,
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Of everything that figures depend on."""
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in VERSIONED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    told = _output("redis-server", "--version")
    if told and (version := re.search(r"v=(\S+)", told)):
        found["redis-server"] = version[1]
    return found


def measured() -> dict[str, Any]:
    """When, on which commit, on what, and how busy it was with other things."""
    changed = _output("git", "status", "--porcelain", "--untracked-files=no", "--", "bridge")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _output("git", "rev-parse", "--short=12", "HEAD") or "unknown",
        "changed": bool(changed),
        "machine": machine(),
        "versions": versions(),
        "redis": {name: value for name, value in DURABLE.items() if value},
        "load_before": round(os.getloadavg()[0], 1),
    }


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


# ---------------------------------------------------------------- processes


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process and the children it has waited for have used."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * TICK_S


def rss_mb(pid: int) -> float:
    """Memory that is in place: shared pages count in full."""
    return _kilobytes(f"/proc/{pid}/status", "VmRSS") / 1024


def pss_mb(pid: int) -> float:
    """Memory with each shared page divided among those that share it."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") / 1024


def written_bytes(pid: int) -> int:
    """Bytes that it gave to `write` calls."""
    return _field(f"/proc/{pid}/io", "wchar")


def _kilobytes(path: str, name: str) -> int:
    return _field(path, name)


def _field(path: str, name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+)", Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{path} has no {name}"
    return int(found[1])


def busy_share() -> tuple[float, float]:
    """Seconds that the machine's processors have been busy, and that there were."""
    fields = [int(field) for field in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) * TICK_S, sum(fields) * TICK_S


class Meter:
    """What named processes use from its making on. Mutable."""

    def __init__(self, pids: Iterable[tuple[str, int]]) -> None:
        self._pids = list(pids)
        self._began = time.monotonic()
        self._before = {(name, pid): cpu_s(pid) for name, pid in self._pids}
        self._machine = busy_share()

    def shares(self) -> dict[str, float]:
        """Processors that each has kept busy on average; those of one name together. `machine` is all there is, with
        what is not ours."""
        seconds = time.monotonic() - self._began
        found: dict[str, float] = {}
        for name, pid in self._pids:
            used = (cpu_s(pid) - self._before[name, pid]) / seconds
            found[name] = found.get(name, 0.0) + used
        busy, _ = busy_share()
        found["machine"] = (busy - self._machine[0]) / seconds
        return {name: round(share, 3) for name, share in found.items()}
