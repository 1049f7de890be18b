"""Holds a process to a share of a core, where the machine lets us: with control groups, as root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PERIOD_US = 10_000
"""Short, so that a process that has used its share waits for milliseconds only."""
FIRST, SECOND = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
"""Where the two versions of control groups keep those of the processor."""


def possible() -> bool:
    """Whether a group can be made here."""
    try:
        with held(0.5):
            return True
    except OSError:
        return False


@contextmanager
def held(share: float) -> Iterator[Path]:
    """A group whose processes get so much of a core each period; put one in with `join`. May raise OSError."""
    first = (FIRST / "cpu.cfs_quota_us").exists()
    group = (FIRST if first else SECOND) / f"bridge-load-{os.getpid()}-{os.urandom(3).hex()}"
    group.mkdir()
    quota_us = round(share * PERIOD_US)
    try:
        if first:
            (group / "cpu.cfs_period_us").write_text(f"{PERIOD_US}")
            (group / "cpu.cfs_quota_us").write_text(f"{quota_us}")
        else:
            (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
        yield group
    finally:
        with suppress(OSError):
            group.rmdir()


def join(group: Path, pid: int) -> None:
    """Put a process with all its threads into the group. May raise OSError."""
    (group / "cgroup.procs").write_text(f"{pid}")
