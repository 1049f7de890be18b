import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.markdown.heal import heal, settled
from bridge.markdown.links import JOINER
from bridge.markdown.plain import plain
from tests.unit.markdown.made import answers, clean_answers, noise


@pytest.mark.parametrize(
    ("draft", "shown", "for_good"),
    [
        ("a **b", "a **b**", "a"),
        ("a **b*", "a **b**", "a"),
        ("a **b** ", "a **b** ", "a **b**"),
        ("a *", "a", "a"),
        ("***a", "***a***", ""),
        ("**a *b", "**a *b***", ""),
        ("~~a~", "~~a~~", ""),
        ("60*40", "60*40", "60*"),
        ("5 * 4 ", "5 * 4 ", "5 * 4"),
        ("a `b", "a `b`", "a"),
        ("a ``b`", "a ``b``", "a"),
        ("a `", "a", "a"),
        ("**a `b", "**a `b`**", ""),
        ("a [b", "a", "a"),
        ("a [b](https://c", "a", "a"),
        ("**a [b](https://c", "**a**", ""),
        ("a ![b", "a", "a"),
        ("a [b] [c", "a [b] ", "a [b]"),
        ("a [b] **", "a [b] ", "a [b]"),
        ("[a](https://b.c/d(e))", "[a](https://b.c/d(e))", "[a](https://b.c/d(e))"),
        ("a [b](c (d", "a", "a"),
        ("a [1", "a", "a"),
        ("a [1]", "a [1]", "a [1]"),
        ("a <https://b", "a", "a"),
        ("a https://b", "a https://b", "a"),
        ("a\\", "a", ""),
        ("a\n- ", "a\n", "a"),
        ("- a\n- **", "- a\n", "- a"),
        ("1. a\n2.", "1. a\n", "1. a"),
        ("# ", "", ""),
        ("> **a", "> **a**", ""),
        ("a\n--", "a\n", "a"),
        ("a\n\n---", "a\n\n---", "a"),
        ("| a | b |", "", ""),
        ("| a | b |\n|--", "", ""),
        ("| a | b |\n|---|---|\n| c", "| a | b |\n|---|---|\n", "| a | b |\n|---|---|"),
        ("```p", "", ""),
        ("```py\n", "", "```py"),
        ("```py\na", "```py\na\n```", "```py\na"),
        ("```py\na\n``", "```py\na\n```", "```py\na"),
        ("- ```py\n  a", "- ```py\n  a\n  ```", "- ```py\n  a"),
        ("- ```py\n  a\nb **c", "- ```py\n  a\nb **c**", "- ```py\n  a\nb"),
        ("> ```py\n> a", "> ```py\n> a\n> ```", "> ```py\n> a"),
        ("**a\n\nb", "**a\n\nb", "**a"),
        ("", "", ""),
    ],
)
def test_drafts(draft: str, shown: str, for_good: str) -> None:
    assert heal(draft) == shown
    assert settled(draft) == for_good


@given(clean_answers)
@settings(max_examples=100)
def test_complete_text_stays_as_it_is(text: str) -> None:
    assert heal(text) == text


@given(st.one_of(answers, clean_answers, noise), st.data())
@settings(max_examples=100)
def test_healing_twice_heals_once(text: str, data: st.DataObject) -> None:
    draft = text[: data.draw(st.integers(0, len(text)))]
    assert heal(heal(draft)) == heal(draft)


@given(clean_answers, st.data())
@settings(max_examples=100)
def test_a_draft_shows_no_syntax_of_something_half(text: str, data: st.DataObject) -> None:
    """Everything that is seen of a healed draft is how the whole answer begins."""
    draft = text[: data.draw(st.integers(0, len(text)))]
    assert _words(text).startswith(_words(heal(draft)))


@given(st.one_of(answers, clean_answers, noise))
@settings(max_examples=40)
def test_what_is_settled_only_grows(text: str) -> None:
    before = ""
    for end in range(0, len(text) + 1, 1 + len(text) // 200):
        now = settled(text[:end])
        assert text.startswith(now)
        assert now.startswith(before), (text[:end],)
        before = now


@given(clean_answers, st.data())
@settings(max_examples=100)
def test_what_is_settled_is_seen_at_the_end_too(text: str, data: st.DataObject) -> None:
    draft = settled(text[: data.draw(st.integers(0, len(text)))])
    assert _words(text).startswith(_words(draft))


def _words(text: str) -> str:
    """What is seen, without space, without the lines of tables, without numbers, which count on across lists, and
    without the joiners that an address gets once it is one: `[30](https:/` is a citation with text behind it."""
    return re.sub(rf"[\s|\d{JOINER}-]", "", plain(text))
