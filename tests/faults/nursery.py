"""Starts servers quickly: one process that has imported the product forks them, each into a life of its own.

Three quarters of a start are imports, and a fault suite starts servers hundreds of times. What runs after the fork is
the command itself (`python -m bridge serve`), with an environment, a folder and an output of its own. A test that wants
a start from nothing asks for one (`Server.forked`).

The nursery speaks lines of JSON on its standard input and output; when its input ends, all that it started ends.
"""

import atexit
import fcntl
import functools
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOT_LOADED = ("__main__", "bridge.mcp.client", "bridge.channels.widget.static")
"""What a server imports only where it is configured, or never."""
LOOK_S = 0.02
START_S = 60.0


class Child:
    """A process of the nursery's, as `subprocess.Popen` shows its own. Mutable: knows when it has ended."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self._nursery.ended(self.pid)

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(0.002)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The test's end of it. Mutable: holds the process."""

    def __init__(self) -> None:
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            # The pool of threads that a library begins at its import would not survive the fork.
            env=environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )
        self._codes: dict[int, int] = {}
        self._born: list[int] = []
        self._rest = b""
        assert self._process.stdout is not None
        fcntl.fcntl(self._process.stdout, fcntl.F_SETFL, os.O_NONBLOCK)

    def spawn(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], output: Path) -> Child:
        """Run `python COMMAND` in a fork."""
        asked = {"command": list(command), "folder": str(folder), "environ": dict(environ), "output": str(output)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        assert self._process.stdout is not None
        until = time.monotonic() + START_S
        while not self._born:
            assert self._process.poll() is None, "the nursery has died"
            assert time.monotonic() < until, "the nursery does not answer"
            select.select([self._process.stdout], [], [], 1.0)
            self._hear()
        return Child(self, self._born.pop(0))

    def ended(self, pid: int) -> int | None:
        self._hear()
        return self._codes.get(pid)

    def _hear(self) -> None:
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(65_536):
            self._rest += piece
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            told: dict[str, Any] = json.loads(line)
            if "code" in told:
                self._codes[told["pid"]] = told["code"]
            else:
                self._born.append(told["pid"])

    def close(self) -> None:
        """End it with all that it started."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@functools.cache
def nursery() -> Nursery:
    """The nursery of this process."""
    opened = Nursery()
    atexit.register(opened.close)
    return opened


# ---------------------------------------------------------------- inside


def _load() -> Mapping[str, str]:
    """Import what a server imports; what that added to the environment."""
    before = dict(os.environ)
    import bridge

    for module in pkgutil.walk_packages(bridge.__path__, "bridge."):
        if not module.name.endswith(NOT_LOADED):
            with suppress(Exception):  # whoever needs it will say so
                importlib.import_module(module.name)
    return {name: value for name, value in os.environ.items() if name not in before}


def _live(asked: dict[str, Any]) -> None:
    """Be the command; never returns."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environ"])
        output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        # It read the environment when it was imported.
        importlib.reload(importlib.import_module("bridge.failpoints"))
        dash_m, module, *arguments = asked["command"]
        assert dash_m == "-m", asked["command"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(**told: Any) -> None:
    os.write(1, json.dumps(told).encode() + b"\n")


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    added = _load()
    alive: set[int] = set()
    rest = b""
    while True:
        readable, _, _ = select.select([0], [], [], LOOK_S)
        if readable:
            piece = os.read(0, 65_536)
            if not piece:
                break
            rest += piece
            *lines, rest = rest.split(b"\n")
            for line in lines:
                asked = json.loads(line)
                asked["environ"] |= added
                if (pid := os.fork()) == 0:
                    _live(asked)
                alive.add(pid)
                _tell(pid=pid)
        while alive:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            alive.discard(pid)
            _tell(pid=pid, code=os.waitstatus_to_exitcode(status))
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _main()
