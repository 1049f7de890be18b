"""Runs commands of the product in forks of a process that has imported it: a command a hundred times costs its imports
once."""

import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.nursery import nursery


def bridge(folder: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`bridge ARGUMENTS` in `folder`, with what it printed."""
    with tempfile.TemporaryDirectory() as printed:
        out, err = Path(printed) / "out", Path(printed) / "err"
        command = ["-m", __name__, str(err), *arguments]
        child = nursery().spawn(command, folder, environ, out)
        code = child.wait()
        return subprocess.CompletedProcess(["bridge", *arguments], code, out.read_text(), err.read_text())


if __name__ == "__main__":
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
    sys.argv = ["bridge", *sys.argv[2:]]
    runpy.run_module("bridge", run_name="__main__", alter_sys=True)
