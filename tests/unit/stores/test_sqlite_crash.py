"""What the files hold when the process or the machine stops in the middle: everything that was promised."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.ports import Claim
from bridge.stores.sqlite import Settings, build
from tests.unit.stores.opened import look

SNAPSHOTS = 25


class Loaded:
    """A process of `under_load`, and what it has been promised so far."""

    def __init__(self, folder: Path, life: int = 0) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "bridge.db"
        self.promised: set[str] = set()
        self._rest = b""
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "tests.unit.stores.under_load", str(self.path), str(life)]
        self.process = subprocess.Popen(command, stdout=writing)
        os.close(writing)
        os.set_blocking(reading, False)
        self._reading = reading

    def listen(self) -> None:
        while True:
            try:
                heard = os.read(self._reading, 1 << 16)
            except BlockingIOError:
                return
            if not heard:
                return
            *lines, self._rest = (self._rest + heard).split(b"\n")
            self.promised.update(line.decode() for line in lines)

    def listen_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.listen()
            time.sleep(0.001)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)
        self.listen()

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.listen()
        os.close(self._reading)

    def begin(self) -> None:
        """Wait until it works."""
        until = time.monotonic() + 20
        while not self.promised and time.monotonic() < until:
            self.listen_for(0.01)
        assert self.promised, "the process under load does not start"


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Loaded]:
    running = Loaded(tmp_path / "live")
    try:
        running.begin()
        yield running
    finally:
        running.kill()


def _missing(path: Path, promised: set[str]) -> set[str]:
    """Opens the file as a server would after a crash."""

    async def open_and_claim() -> Claim | None:
        async with build(Settings(url=f"sqlite:///{path}")) as store:
            return await store.claim(lease_s=9.0, wait_s=0.0)

    asyncio.run(open_and_claim())
    assert look(path, "PRAGMA integrity_check") == [("ok",)]
    assert look(path, "SELECT count(*) FROM turns WHERE state <> 'finished' AND body IS NOT NULL") == [(0,)]
    assert look(path, "SELECT count(*) FROM inbox WHERE turn NOT IN (SELECT id FROM turns)") == [(0,)]
    kept = {f"A {event_id}" for (event_id,) in look(path, "SELECT event_id FROM inbox")}
    kept |= {f"L {entry}" for (entry,) in look(path, "SELECT id FROM log")}
    finished = {f"F {turn}" for (turn,) in look(path, "SELECT id FROM turns WHERE state = 'finished'")}
    parcels = {str(parcel) for (parcel,) in look(path, "SELECT id FROM parcels")}
    assert parcels == {f"{parcel[:-1]}{n}" for parcel in parcels for n in "12"}
    kept |= {f"P {parcel}" for parcel in parcels}
    trimmed = {f"L {entry}" for entry in range(1, 1 + int(str(look(path, "SELECT min(id) FROM log")[0][0] or 1)))}
    return promised - kept - finished - trimmed


def test_copies_of_the_files_at_random_moments_hold_what_was_promised(tmp_path: Path, loaded: Loaded) -> None:
    dice = random.Random(11)
    for n in range(SNAPSHOTS):
        loaded.listen_for(dice.uniform(0.002, 0.06))
        loaded.freeze()
        promised = set(loaded.promised)
        copy = tmp_path / f"copy{n}"
        shutil.copytree(loaded.path.parent, copy)
        loaded.go_on()
        assert _missing(copy / "bridge.db", promised) == set()
    assert len(loaded.promised) > 200


def test_killed_again_and_again_it_holds_what_was_promised(tmp_path: Path) -> None:
    dice = random.Random(12)
    promised: set[str] = set()
    for life in range(3):
        running = Loaded(tmp_path / "live", life)
        try:
            running.begin()
            running.listen_for(dice.uniform(0.05, 0.3))
        finally:
            running.kill()
        promised |= running.promised
        assert _missing(running.path, promised) == set()
    assert len(promised) > 50
