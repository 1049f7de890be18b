import re
from collections.abc import Callable

import pytest
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
    """What is seen, without what may differ at a cut: space, the kind of bullet, and tables' lines and headers. No link
    is live: of a row that is wider than a page the rest is text, and a table's links show their hosts, a text's not."""
    tables = re.sub(r"(?m)^.*\n[-|]{3,}$", "", plain(text))
    return re.sub(r"[\s•◦▪|]", "", tables)


sizes = st.sampled_from([len, rendered, lambda page: len(page.encode("utf-16-le", "replace")) // 2])


@given(answers, st.integers(250, 600), sizes)
@settings(max_examples=80)
def test_nothing_is_lost_and_nothing_comes_twice(text: str, size_max: int, size: Callable[[str], int]) -> None:
    pages = split(text, size_max, size)
    assert all(size(page) <= size_max and page.strip() for page in pages)
    assert "".join(map(seen, pages)) == seen(text)


@given(noise, st.integers(10, 60))
@settings(max_examples=100)
def test_any_text_is_split(text: str, size_max: int) -> None:
    pages = split(text, size_max, len)
    assert all(len(page) <= size_max for page in pages)
    assert len(pages) == 1 or all(page.strip() for page in pages)


@given(clean_answers, st.integers(250, 500), st.data())
@settings(max_examples=80)
def test_what_is_added_at_the_end_changes_the_last_two_pages_only(
    text: str, size_max: int, data: st.DataObject
) -> None:
    draft = text[: data.draw(st.integers(0, len(text)))]
    before = split(heal(draft), size_max, len)[:-2]
    assert split(heal(text), size_max, len)[: len(before)] == before


@pytest.mark.parametrize(
    ("size_max", "text", "pages"),
    [
        (20, "one two\n\nthree four\n\nfive", ["one two\n\nthree four", "five"]),
        (20, "# one\n\ntwo three four", ["# one\n\ntwo three", "four"]),
        (30, "one two\n\n## three\n\nfour five six seven", ["one two", "## three\n\nfour five six seven"]),
        (15, "- one\n- two\n- three\n- four", ["- one\n- two", "- three\n- four"]),
        (20, "8. one\n9. two\n10. three\n11. four", ["8. one\n9. two", "10. three\n11. four"]),
        (20, "1. one\n1. two\n1. three\n1. four", ["1. one\n2. two", "3. three\n4. four"]),
        (24, "- one\n  - two\n  - three\n  - four", ["- one\n  - two\n  - three", "- four"]),
        (
            30,
            "```py\na = 1\nb = 2\nc = 3\nd = 4\ne = 5\n```",
            ["```py\na = 1\nb = 2\nc = 3\n```", "```py\nd = 4\ne = 5\n```"],
        ),
        (30, "- one\n  ```py\n  a = 1\n  b = 2\n  ```", ["- one\n  ```py\n  a = 1\n  ```", "```py\nb = 2\n```"]),
        (24, "> ```py\n> a = 1\n> b = 2\n> ```", ["> ```py\n> a = 1\n> ```", "> ```py\n> b = 2\n> ```"]),
        (25, "|a|b|\n|-|-|\n|1|2|\n|3|4|\n|5|6|", ["|a|b|\n|-|-|\n|1|2|\n|3|4|", "|a|b|\n|-|-|\n|5|6|"]),
        (30, "one\n\n|a|b|\n|-|-|\n|one two|three|", ["one", "|a|b|\n|-|-|\n|one two|three|"]),
        (20, "One two three. Four five six.", ["One two three.", "Four five six."]),
        (20, "one two three\nfour five six", ["one two three", "four five six"]),
        (20, "> one two three\n> four five six", ["> one two three", "> four five six"]),
        (19, "> one two three four five", ["> one two three", "> four five"]),
        (20, "**one two three four five**", ["**one two three**", "**four five**"]),
        (19, "one two three **four five** six", ["one two three", "**four five** six"]),
        (20, "one two three `four five` six", ["one two three", "`four five` six"]),
        (
            30,
            "one two three four [five](https://a.example/b) six",
            ["one two three four", "[five](https://a.example/b)", "six"],
        ),
        (19, "one two three four - five", ["one two three", "four - five"]),
        (15, "one two three 4. five", ["one two", "three 4. five"]),
        (10, "漢字漢字。漢字漢字漢字漢字", ["漢字漢字。", "漢字漢字漢字漢字"]),
        (10, "aaaaaaaaaaaaaa", ["aaaaaaaaaa", "aaaa"]),
        (12, "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", ["👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧"]),
        (5, "🇩🇪🇫🇷🇪🇸🇮🇹", ["🇩🇪🇫🇷", "🇪🇸🇮🇹"]),
        (5, "e\u0301e\u0301e\u0301e\u0301", ["e\u0301e\u0301", "e\u0301e\u0301"]),
        (10, "", [""]),
        (10, "one\r\ntwo\r\n\r\nthree", ["one\ntwo", "three"]),
    ],
)
def test_where_pages_end(size_max: int, text: str, pages: list[str]) -> None:
    assert split(text, size_max, len) == pages


@pytest.mark.parametrize(
    "text", ["one\r\ntwo\rthree\n\n", " \u2028 one \x85\x0b\t", "1. one\n1. two", "\n\none\n \n", " \n"]
)
def test_a_text_that_fits_stays_as_it_is(text: str) -> None:
    assert split(text, len(text), len) == [text]


def test_a_page_is_not_measured_often() -> None:
    measured = 0

    def size(page: str) -> int:
        nonlocal measured
        measured += 1
        return rendered(page)

    paragraph = "You can **return** it. See [here](https://shop.example/returns/and/more) and `there`.\n\n"
    pages = split(paragraph * 400, 4_096, size)
    assert measured <= 8 * len(pages)


def test_what_is_too_long_to_be_repeated_is_not() -> None:
    rows = [f"| {number} | {'x' * 200} |" for number in range(20)]
    header = f"| a | {'b ' * 300}|\n|---|---|"
    assert sum(page.count("b b b") > 0 for page in split("\n".join([header, *rows]), 1_500, len)) == 1
    code = "\n".join(f"line {number}" for number in range(300))
    pages = split(f"```{'info ' * 100}\n{code}\n```", 1_000, len)
    assert [page.partition("\n")[0] for page in pages[1:]] == ["```"] * (len(pages) - 1)
