"""Make the virtual environment, install a lock file and the `bridge` command into it: setup.py VENV LOCKFILE.

Runs on the system's Python with nothing installed, so it uses the standard library only.
"""

import subprocess
import sys
import venv
from pathlib import Path

COMMAND = """\
#!{python}
import sys

sys.path.insert(0, {root!r})
from bridge.cli import main

sys.exit(main())
"""


def main(folder: str, lock: str) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - the check is for whoever has an older one
        sys.stderr.write(
            f"bridge needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 ...\n"
        )
        return 2
    python = Path(folder) / "bin" / "python"
    if not python.exists():
        sys.stderr.write(f"making {folder}\n")
        try:
            venv.create(folder, with_pip=True)
        except subprocess.CalledProcessError:
            sys.stderr.write("Python's venv module is incomplete; on Debian or Ubuntu: apt-get install python3-venv\n")
            return 2
    sys.stderr.write(f"installing {lock}\n")
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.stderr.write(f"\ncould not install {lock}: the lines above say why. Run the command again to retry.\n")
        return done.returncode
    command = python.with_name("bridge")
    command.write_text(COMMAND.format(python=python.absolute(), root=str(Path(__file__).absolute().parents[1])))
    command.chmod(0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
