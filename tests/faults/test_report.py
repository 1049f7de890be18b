"""docs/reliability.md says what the data say, and the suite knows every fault of its list."""

import pytest

from tests.faults import report
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
