"""The figures in docs/data/performance.json: each measurement by its name, with what it was made on and how."""

import json
import os
from pathlib import Path
from typing import Any

from bench.load.machine import ROOT

PATH = ROOT / "docs/data/performance.json"
FORM = 1


def read(path: Path = PATH) -> dict[str, Any]:
    """Every measurement by its name; none where there is no file yet."""
    if not path.exists():
        return {"form": FORM, "measurements": {}}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert found["form"] == FORM, f"{path} is of another form"
    return found


def keep(name: str, measurement: dict[str, Any], path: Path = PATH) -> None:
    """Put a measurement in the place of the earlier one; the others stay as they are."""
    kept = read(path)
    kept["measurements"][name] = measurement
    kept["measurements"] = dict(sorted(kept["measurements"].items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, path)
