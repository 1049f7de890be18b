from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.markdown.entities import entities
from bridge.markdown.heal import heal, settled
from bridge.markdown.marks import marks
from bridge.markdown.mrkdwn import fallback
from bridge.markdown.safe import safe
from bridge.markdown.split import split
from tests.fakes.cpu import cheap

HOSTS = ("shop.example",)
TOOLS: list[Callable[[str], object]] = [
    heal,
    settled,
    lambda text: split(text, 1_000, len),
    lambda text: safe(text, HOSTS),
    fallback,
    lambda text: entities(text, HOSTS),
    lambda text: marks(text, HOSTS),
]
"""Of the tools that share all their parts, one: `plain` is a part of `entities`, `mrkdwn` of `fallback`."""
LONG = [
    *("[", "*", "_", "~", "`", ">", "<", "!", "|", "#", "-", "\\", "&", "(", " ", "\n", "\t", "\u0301", "👍", "\ud800"),
    *("a", "*a ", "**a", "_a*", "~~a ", "***a", "[a](", "[a]", "![", "[[]", "](", "[a](b 'c ", "[a](<b ", "]:"),
    *("[a]: b\n", "<a ", "https://", "www.", "a@", "a.", "a@a.a.", "- ", "1. ", "> ", "> - ", "a\n\n", "a\n  - "),
    *("```\n", "``` ", "- ```\n a\n", "> ```\n", "|a\n|-\n", "| a "),
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_ten_thousand_of_anything_take_no_time(piece: str) -> None:
    """A second is far more than any of them needs, and far less than what grows with the square of the length."""
    text = (piece * 10_000)[:10_000]
    for tool in TOOLS:
        assert cheap(partial(tool, text), within_s=1.5), (piece, TOOLS.index(tool))


@given(st.text(st.characters(), max_size=200))
@settings(max_examples=60)
def test_any_text_will_do(text: str) -> None:
    for tool in TOOLS:
        tool(text)
