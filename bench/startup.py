"""How soon a start is ready: from the command to the first 200 of /readyz, with and without an index.

The knowledge base is the shipped one. A first start embeds all of it; later starts find their index unchanged.
"""

import shutil
import tempfile
import time
import urllib.request
from pathlib import Path

from bench._process import serving

RUNS = 3
KB = Path(__file__).parents[1] / "kb"


def run() -> None:
    """Measure and print."""
    first, later = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(KB, folder / "kb")
            first.append(_ready_after_s(folder))
            later.append(_ready_after_s(folder))
    files = sum(1 for _ in KB.rglob("*.md"))
    print(f"{RUNS} runs each, {files} documents; process start to /readyz")
    print(f"  first start, everything embedded: {_seconds(first)} (target: under 30 s)")
    print(f"  start with an unchanged index: {_seconds(later)} (target: under 5 s)")


def _ready_after_s(folder: Path) -> float:
    started = time.perf_counter()
    with serving(folder) as url:
        with urllib.request.urlopen(f"{url}/readyz") as answer:
            assert answer.status == 200
        return time.perf_counter() - started


def _seconds(values: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values) + " s"


if __name__ == "__main__":
    run()
