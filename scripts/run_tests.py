"""Run the whole suite, four processes side by side; what failed there is run once more, alone. Arguments go to pytest.

Many tests start real processes and talk to each other in real time: on a machine that others use, too, one of thousands
may be cut short by nothing but the load. What fails alone as well fails the run. What passes alone is named at the end,
so that somebody mends it: it depends on a quiet machine, or it found something rare. More than a few are no accident.
"""

import subprocess
import sys

SIDE_BY_SIDE = ("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder")
AGAIN_MAX = 3
"""Failures that may come from the load."""
FAILED = 1
"""What pytest ends with when tests have failed, and nothing else went wrong."""


def failed(output: str) -> list[str]:
    """What pytest's summary names as failed, or broken in its set-up; a file that cannot be read has no "::"."""
    named = (line.partition(" ") for line in output.splitlines())
    return [rest.partition(" - ")[0] for word, _, rest in named if word in ("FAILED", "ERROR")]


def pytest(*args: str) -> tuple[int, str]:
    """Its exit code, and what it printed, which is also shown as it comes."""
    command = [sys.executable, "-m", "pytest", *args]
    shown = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace", bufsize=1) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            shown.append(line)
    return process.returncode, "".join(shown)


def main(args: list[str]) -> int:
    code, output = pytest(*SIDE_BY_SIDE, *args)
    names = failed(output)
    if code != FAILED or not 0 < len(names) <= AGAIN_MAX or not all("::" in name for name in names):
        return code
    sys.stdout.write(f"\nonce more, alone: {' '.join(names)}\n")
    sys.stdout.flush()
    code, _ = pytest("-n", "0", *names)
    if code == 0:
        sys.stdout.write(f"failed beside others, passed alone, to be looked into: {' '.join(names)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
