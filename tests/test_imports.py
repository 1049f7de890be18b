"""Imports point down: the contracts in pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_takes_long_to_import_is_imported_only_where_it_is_needed() -> None:
    """Every start, and every command, would take a second or two longer."""
    heavy = {"anthropic", "mcp", "slack_bolt", "telegram", "twilio", "uvicorn"}
    look = f"import sys, bridge.app, bridge.commands.check; print(sorted({heavy!r} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
