"""The text of an answer: our marks where they belong, nobody else's, and code as it was written."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.brain.code import UNDECIDED_CHARS_MAX
from bridge.brain.marked import HELD_CHARS_MAX, MarkedText
from bridge.types import CITATION_MARK
from tests.unit.brain.made import marks_in_prose, passage

SOURCES = [passage("x", number=number) for number in range(3)]

Piece = str | int
"""Text, or the number of the passage that the text before it cites."""


def marked(*pieces: Piece) -> MarkedText:
    shown: list[str] = []
    text = MarkedText(shown.append)
    for piece in pieces:
        if isinstance(piece, int):
            text.cite([SOURCES[piece]])
        else:
            text.write(piece)
    text.finish()
    assert "".join(shown) == text.text
    return text


def by_letters(*pieces: Piece) -> list[Piece]:
    return [letter for piece in pieces for letter in (piece if isinstance(piece, str) else [piece])]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["So it is.", 0, " Yes"], "So it is. [1] Yes"),
        (["So it is. \n\n", 0, "Yes"], "So it is. [1] \n\nYes"),
        (["Run:\n\n```\na = b[0]\n```", 0], "Run:\n\n```\na = b[0]\n```\n\n[1]"),
        (["```\na\n```\n", 0, "Then [2]."], "```\na\n```\n\n[1]\n\nThen (2)."),
        (["```\na", 0, "\nb\n```\nThen."], "```\na\nb\n```\n\n[1]\n\nThen."),
        (["```\na", 0], "```\na\n```\n\n[1]"),
        (["1. Do:\n   ```\n   a[0]\n   ```\n", 0, "2. Go"], "1. Do:\n   ```\n   a[0]\n   ```\n\n   [1]\n\n2. Go"),
        (
            ["| a | b |\n| - | - |\n| c | d |", 0, "\n| e | f |", 1],
            "| a | b |\n| - | - |\n| c | d |\n| e | f |\n\n[1] [2]",
        ),
        (["| a |\n| - |\n| b |\n", 0, "\nMore.", 1], "| a |\n| - |\n| b |\n\n[1]\n\nMore. [2]"),
        (["Take `arr[0]`, not [0].", 0], "Take `arr[0]`, not (0). [1]"),
        (["Take ``arr[0]``", 0, "(so)"], "Take ``arr[0]`` [1] (so)"),
        (["`open [0]\n` [1]\n\n`[2]`"], "`open (0)\n` (1)\n\n`[2]`"),
        (["\\`[1]` and <a`> [2]`"], "\\`(1)` and <a`> (2)`"),
        (["- ```\n  [1]\n  ```\n[2]"], "- ```\n  (1)\n  ```\n(2)"),
        (["- ```\n  a\n  ```\n  [2]"], "- ```\n  a\n  ```\n  (2)"),
        (["a < b, `c[1]`"], "a < b, `c[1]`"),
        (["~~old~~ ~~~[1]"], "~~old~~ ~~~(1)"),
    ],
)
def test_marks_break_no_markdown_and_code_stays(pieces: Sequence[Piece], text: str) -> None:
    assert marked(*pieces).text == text
    assert marked(*by_letters(*pieces)).text == text


def test_text_is_not_held_back_for_what_may_come() -> None:
    shown: list[str] = []
    text = MarkedText(shown.append)
    text.write("It costs ")
    assert shown == ["It costs"]
    text.write("`a" + "b" * UNDECIDED_CHARS_MAX)
    assert "".join(shown).endswith("bbb")
    text.write(" " * (HELD_CHARS_MAX + 1))
    assert "".join(shown).endswith(" " * HELD_CHARS_MAX)


@pytest.mark.parametrize("run", [" ", "\n", "\t \n", "`", "[1", "```\n", "`a ", "~", "<", "|\n", "[", "   "])
def test_a_long_run_of_anything_takes_no_longer_than_it_is(run: str) -> None:
    """What is read again and again for each place in it takes hours at this length."""
    endless = run * 300_000
    assert marked("a", endless, "b").text[0] == "a"
    assert marked("a", *[endless[at : at + 7] for at in range(0, 100_000, 7)], "b").text[0] == "a"


PIECES = (
    *("```", "``", "`", "~~~", "~", "\n", "\n\n", " ", "   ", "- ", "1. ", "> ", "|", "| a | b |\n", "| - | - |\n"),
    *("[1]", "[2", "3]", "[", "(a)", "\\", "<a", "py", "Text.", "```\n", "\n```\n", "`a[1]`"),
)
MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.integers(0, 2),
    ),
    max_size=25,
)


@settings(max_examples=400)
@example(["```py", 0, "`\n[1]"])
@example(["```\n", "a\n ", 0, "```\n[1]"])
@given(MARKDOWN)
def test_however_it_is_cut_every_mark_in_prose_is_ours(pieces: list[Piece]) -> None:
    for cut in (pieces, by_letters(*pieces)):
        text = marked(*cut)
        ours = set(range(1, len(text.citations) + 1))
        assert set(marks_in_prose(text.text)) <= ours
        assert ours <= {int(mark[1]) for mark in CITATION_MARK.finditer(text.text)}
        # Nothing is lost, and nothing but the marks and the end of open code is added.
        said = "".join(piece for piece in pieces if isinstance(piece, str))
        assert [c for c in text.text if c.isalpha()] == [c for c in said if c.isalpha()]
