"""docs/reliability.md says what the data say, and the suite knows every fault of its list."""

import os
from types import SimpleNamespace

import pytest

from tests.faults import busy, report
from tests.faults.catalogue import FAULTS
from tests.faults.running import ROOT


def test_the_page_is_what_the_data_give() -> None:
    for path, text in report.documents().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `python -m tests.faults.report`"


def test_every_fault_is_listed_once_and_each_says_how_it_is_covered_or_why_not() -> None:
    assert [fault.name for fault in FAULTS] == [f"F{number}" for number in range(1, 34)]
    for fault in FAULTS:
        assert (fault.play is not None) == bool(fault.stores), fault.name
        assert fault.play or fault.tests or fault.missing, fault.name


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.tests], ids=lambda fault: fault.name)
def test_the_files_that_are_a_fault_exist(fault: "object") -> None:
    tests: tuple[str, ...] = fault.tests  # type: ignore[attr-defined]
    assert [name for name in tests if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("the others waited 9 s\nand more", "the others waited 9 s"),
        (
            "Traceback (most recent call last):\n  File 1\n    x()\nAssertionError: not allowed\n",
            "AssertionError: not allowed",
        ),
        ("Traceback (most recent call last):\n  File 1", "Traceback (most recent call last):"),
    ],
)
def test_what_was_wrong_is_told_in_a_line(problem: str, told: str) -> None:
    runs = {"F1 redis": {"problems": [problem]}}
    assert report._told(runs) == f"- **F1 redis failed**: `{told}`"


@pytest.mark.parametrize("lives", [1, 2])
def test_the_memory_of_a_process_is_measured_also_when_it_was_started_again(lives: int) -> None:
    server = SimpleNamespace(lives=lives, folder=SimpleNamespace(name="all"), process=SimpleNamespace(pid=os.getpid()))
    [(name, kb)] = busy._memory([server]).items()  # type: ignore[list-item]
    assert name == ("all" if lives == 1 else "all, life 2")
    assert kb > 0
