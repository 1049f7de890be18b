"""Forged, malformed, cross-customer, escalated and replayed calls and clicks, by a model that obeys every attack."""

import tempfile
from pathlib import Path

from tests.fakes.attacks import figure


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(figure(Path(folder)))
    print("Method: every row of tests/data/attacks.jsonl through the real gateway, with the demo shop behind it.")
