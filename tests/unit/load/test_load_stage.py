"""What the load suite starts: nothing is left behind, and a worker gets no more than its share."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.load import held
from bench.load.machine import ROOT, cpu_s

BUSY = "print('ready', flush=True)\nwhile True: pass"
PATIENCE_S = 60.0


@pytest.mark.skipif(not held.possible(), reason="control groups cannot be made here")
def test_a_process_is_held_to_its_share() -> None:
    with held.held(0.2) as group, subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            held.join(group, process.pid)
            began, before = time.monotonic(), cpu_s(process.pid)
            time.sleep(1.0)
            share = (cpu_s(process.pid) - before) / (time.monotonic() - began)
        finally:
            process.kill()
            process.wait()
    assert share < 0.35
    assert not group.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_no_process_is_left(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.load", "--scale", "tiny", "--only", "accepting", "--data", "figures.json"]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE) as suite:
        try:
            until = time.monotonic() + PATIENCE_S
            while not (started := _in(tmp_path)) and time.monotonic() < until:
                time.sleep(0.05)
            assert started, "no server was started"
            suite.send_signal(number)
            suite.wait(PATIENCE_S)
            while _in(tmp_path) and time.monotonic() < until:
                time.sleep(0.05)
            assert not _in(tmp_path)
        finally:
            suite.kill()


def _in(folder: Path) -> list[int]:
    """Processes that run in a folder below: servers have theirs there."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                place = os.readlink(process / "cwd")
            except OSError:
                continue
            if place.startswith(f"{folder}/"):
                found.append(int(process.name))
    return found
