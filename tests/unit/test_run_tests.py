"""How the whole suite is run: what fails beside others once is run again alone, and nothing else is forgiven."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.run_tests import failed

RUN = Path(__file__).parents[2] / "scripts/run_tests.py"
ONCE = "def test_once(tmp=__import__('pathlib').Path(__file__).with_suffix('.seen')):\n    first = not tmp.exists()\n"
ONCE += "    tmp.touch()\n    assert not first\n"
ALWAYS = "def test_always():\n    assert False\n"
MANY = "import pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_many(n):\n    assert False\n"


@pytest.mark.parametrize(
    ("text", "code", "again"), [(ONCE, 0, True), (ALWAYS, 1, True), (MANY, 1, False), ("import nowhere", 1, False)]
)
def test_what_fails_once_is_run_again(tmp_path: Path, text: str, code: int, again: bool) -> None:
    (tmp_path / "test_made.py").write_text(text)
    command = [sys.executable, str(RUN), "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "once more, alone" in done.stdout) == (code, again), done.stdout
    assert ("to be looked into" in done.stdout) == (text is ONCE)


def test_the_names_in_a_summary_are_read_whole() -> None:
    told = "FAILED tests/a.py::test_b[held out] - assert 1 == 2\nERROR tests/c.py - import file mismatch:\nE  FAILED\n"
    assert failed(told) == ["tests/a.py::test_b[held out]", "tests/c.py"]
