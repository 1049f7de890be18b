"""Sources named by number in a text: what is written, and what each sentence rests on."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.numbered import Numbered
from bridge.types import Passage
from tests.unit.brain.made import drafted, marks_in_prose, passage

ONE, TWO, THREE = (passage(f"Passage {number}.", number=number) for number in (1, 2, 3))
SOURCES = (ONE, TWO, THREE)


class Blocks:
    """A writer that keeps each block with its sources."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, tuple[int, ...]]] = []
        self._text = ""

    def write(self, text: str) -> None:
        self._text += text

    def cite(self, passages: Sequence[Passage]) -> None:
        self.blocks.append((self._text, tuple(SOURCES.index(one) + 1 for one in passages)))
        self._text = ""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.blocks) + self._text


def read(*pieces: str) -> Blocks:
    blocks = Blocks()
    numbered = Numbered(SOURCES, blocks)
    for piece in pieces:
        numbered.write(piece)
    numbered.finish()
    return blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("30 days [2]. Then no.", [("30 days. ", (2,)), ("Then no.", ())]),
        ("30 days. [2] Then no.", [("30 days. ", (2,)), ("Then no.", ())]),
        ("30 days [2][1]. Then [3].", [("30 days. ", (2, 1)), ("Then.", (3,))]),
        ("Both [1, 3] hold.", [("Both hold.", (1, 3))]),
        ("Both 【1†returns】 hold.", [("Both hold.", (1,))]),
        ("Both [source 1] hold [^2].", [("Both hold.", (1, 2))]),
        ("Nothing [7] and [0].", [("Nothing and.", ())]),
        ("- One [1]\n- Two [2]", [("- One\n", (1,)), ("- Two", (2,))]),
        ("1. Do it. [1]\n2. Go on.", [("1. Do it.\n", (1,)), ("2. Go on.", ())]),
        ("We charge e.g. £3 [1]. Yes.", [("We charge e.g. £3. ", (1,)), ("Yes.", ())]),
        ("At 9.30 a.m. we open [1].", [("At 9.30 a.m. we open.", (1,))]),
        ("30日間です[1]。次に進みます[2]。", [("30日間です。", (1,)), ("次に進みます。", (2,))]),
        ("「30日間です。」[1]次です。", [("「30日間です。」", (1,)), ("次です。", ())]),
        ("Take `a[1]` and [2].", [("Take `a[1]` and.", (2,))]),
        (
            "Do:\n```\na[1] = 2. Yes\n```\nDone [2].",
            [("Do:\n", ()), ("```\na[1] = 2. Yes\n```\n", ()), ("Done.", (2,))],
        ),
        ("[1](https://acme.example) is it.", [("[1](https://acme.example) is it.", ())]),
        ("Open [", [("Open [", ())]),
        ("", []),
    ],
)
def test_every_sentence_has_its_sources_however_it_comes(text: str, blocks: list[tuple[str, tuple[int, ...]]]) -> None:
    assert read(text).blocks == blocks
    assert read(*text).blocks == blocks


PARTS = st.sampled_from(
    [
        "30 days",
        " [1]",
        "[2]",
        "[1, 3]",
        ". ",
        "\n",
        "[",
        "]",
        "`",
        "```\n",
        " ",
        "。",
        "e.g. ",
        "[9]",
        "(",
        "| a |",
        "x",
    ]
)


@given(st.lists(PARTS, max_size=25).map("".join), st.data())
def test_pieces_never_matter(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces).blocks == read(text).blocks


@given(st.lists(PARTS, max_size=25).map("".join))
def test_a_reader_sees_no_mark_that_is_not_ours(text: str) -> None:
    draft = drafted()
    numbered = Numbered(SOURCES, draft)
    numbered.write(text)
    numbered.finish()
    draft.finish()
    assert set(marks_in_prose(draft.text)) <= set(range(1, len(draft.citations) + 1))


def test_what_is_long_goes_out_and_costs_no_time() -> None:
    blocks = read("[" + "1," * 50_000, " " * 100_000, "." * 50_000)
    assert len(blocks.text) > 150_000
