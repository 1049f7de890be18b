import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.markdown.entities import entities, utf16
from bridge.markdown.heal import heal
from bridge.markdown.plain import plain
from bridge.markdown.split import split
from tests.unit.markdown.made import answers, clean_answers, noise

HOSTS = ("shop.example",)


def rendered(page: str) -> int:
    return utf16(entities(page, HOSTS)[0])


def seen(text: str) -> str:
    """What is seen, without what may differ at a cut: space, the kind of bullet, and tables' lines and headers."""
    tables = re.sub(r"(?m)^.*\n[-|]{3,}$", "", plain(text, HOSTS))
    return re.sub(r"[\s•◦▪|]", "", tables)


sizes = st.sampled_from([len, rendered, lambda page: len(page.encode("utf-16-le", "replace")) // 2])


@given(answers, st.integers(250, 600), sizes)
@settings(max_examples=150)
def test_nothing_is_lost_and_nothing_comes_twice(text: str, size_max: int, size: Callable[[str], int]) -> None:
    pages = split(text, size_max, size)
    assert all(size(page) <= size_max and page.strip() for page in pages)
    assert "".join(map(seen, pages)) == seen(text)


@given(noise, st.integers(10, 60))
@settings(max_examples=200)
def test_any_text_is_split(text: str, size_max: int) -> None:
    pages = split(text, size_max, len)
    assert all(len(page) <= size_max for page in pages)
    assert len(pages) == 1 or all(page.strip() for page in pages)


@given(clean_answers, st.integers(250, 500), st.data())
@settings(max_examples=150)
def test_what_is_added_at_the_end_changes_the_last_two_pages_only(
    text: str, size_max: int, data: st.DataObject
) -> None:
    draft = text[: data.draw(st.integers(0, len(text)))]
    before = split(heal(draft), size_max, len)[:-2]
    assert split(heal(text), size_max, len)[: len(before)] == before
