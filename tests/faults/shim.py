"""Sets the wall clock of one process, and slows its disk down, while it runs: see `shim.c`. Needs a C compiler."""

import functools
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

COMPILER = "cc"


def is_possible() -> bool:
    return shutil.which(COMPILER) is not None


@functools.cache
def _library() -> Path:
    path = Path(tempfile.mkdtemp(prefix="bridge-shim-")) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(path), str(source), "-ldl"], check=True)
    return path


class Shim:
    """What processes with these settings are told. Mutable: it counts from the moment that it is set."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.set()

    def set(self, *, ahead_s: float = 0.0, fsync_s: float = 0.0) -> None:
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.write(struct.pack("dd", ahead_s, fsync_s))

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(_library()), "FAULT_SHIM": str(self._path)}
