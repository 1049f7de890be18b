"""What is put below a text is not read as part of it, and nothing of it is lost."""

import pytest

from bridge.markdown.closed import closed


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Run:\n\n```\npip install x", "Run:\n\n```\npip install x\n```"),
        ("- a\n  ~~~~\n  x\n  ~~", "- a\n  ~~~~\n  x\n  ~~~~"),
        ("Run `pip install", "Run `pip install`"),
        ("It is **bold and *more", "It is **bold and *more***"),
    ],
)
def test_what_is_open_is_closed(text: str, whole: str) -> None:
    assert closed(text) == whole
    assert closed(whole) == whole


@pytest.mark.parametrize("text", ["2 * 3 *", "| a | b |", "See [there](http", "It costs <5", "Whole.", "Fine [1]", ""])
def test_nothing_else_is_changed(text: str) -> None:
    assert closed(text) == text
