"""The server as a process of its own, so that the client's work does not count as the server's."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY = re.compile(r"bridge is ready: (http://\S+)/")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """`bridge serve` in a folder; yields its address. `settings` are environment variables."""
    with started(folder, "bridge", "serve", "--port", "0", **settings) as (_, url):
        yield url


@contextmanager
def started(folder: Path, *module: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A module that serves, with its arguments; yields the process and the address that it says it is ready at."""
    (folder / "config.toml").touch()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    environ.pop("ANTHROPIC_API_KEY", None)
    root = str(Path(__file__).parents[1])
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=folder,
            # What stands above a first answer is there at once: it is none of the words whose way is measured.
            env=environ | {"PYTHONPATH": root, "BRIDGE_BUSINESS__DISCLOSURE": ""} | settings,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            ready = _READY.match(process.stdout.readline())
            if ready is None:
                raise RuntimeError((folder / "server.log").read_text())
            yield process, ready[1]
        finally:
            process.terminate()


@contextmanager
def stand_in(*module: str) -> Iterator[str]:
    """A stand-in for a service in a process of its own: a module, with its arguments, that prints its address first;
    yields the address."""
    with subprocess.Popen([sys.executable, "-m", *module], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.match(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            process.terminate()


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Seconds of CPU that `bench._serve` has used so far."""
    process.send_signal(signal.SIGUSR1)
    assert process.stdout is not None
    return float(process.stdout.readline())


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
