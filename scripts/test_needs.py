"""Make sure that the programs which the tests drive are here: a Chromium and redis-server.

Installs what is missing where that is possible (apt-get as root); else names it in one line with the command.
"""

import os
import shutil
import subprocess
import sys

NEEDS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "redis-server": ("redis-server",)}
"""Debian package -> the programs, any of which will do."""


def missing() -> list[str]:
    return [package for package, programs in NEEDS.items() if not any(map(shutil.which, programs))]


def main() -> int:
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write(f"installing {' '.join(wanted)}\n")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # redis-server must not start a server of its own on the default port.
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", *wanted],
            check=False,
            env={**env, "RUNLEVEL": "1"},
            **quiet,
        )
        wanted = missing()
    if wanted:
        sys.stderr.write(f"the tests need {' and '.join(wanted)}: sudo apt-get install -y {' '.join(wanted)}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
