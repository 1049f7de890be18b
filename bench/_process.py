"""The server as a process of its own, so that the client's work does not count as the server's."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY = re.compile(r"bridge is ready: (http://\S+)/")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """`bridge serve` in a folder; yields its address. `settings` are environment variables."""
    (folder / "config.toml").touch()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    environ.pop("ANTHROPIC_API_KEY", None)
    root = str(Path(__file__).parents[1])
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve", "--port", "0"],
            cwd=folder,
            env=environ | {"PYTHONPATH": root} | settings,
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
            yield ready[1]
        finally:
            process.terminate()


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
