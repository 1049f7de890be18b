"""Cutting documents: nothing is lost, nothing is too long, and what belongs together stays together."""

import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.blocks import FENCE_TOKENS_MAX, estimate_tokens
from bridge.brain.knowledge.chunk import Sizes, chunks, embedded_text
from tests.unit.knowledge.made import document

SMALL = Sizes(tokens_min=20, tokens_max=60)


def words(many: int) -> str:
    return " ".join(f"word{number}." if number % 9 == 8 else f"word{number}" for number in range(many))


def test_a_section_is_a_chunk_with_its_heading_path() -> None:
    body = f"# Returns\n\n## By post\n\n### In the UK\n\n{words(60)}\n\n## In the shop\n\n{words(60)}\n"
    found = chunks(document(body), Sizes(50, 500))
    assert [chunk.section for chunk in found] == ["By post > In the UK", "In the shop"]
    assert found[0].text == words(60)
    assert embedded_text(found[0]).startswith("Returns\nBy post > In the UK\nword0")


def test_small_neighbours_are_joined_and_keep_their_headings() -> None:
    body = "# Other\n\n## A\n\nFirst.\n\n## B\n\nSecond.\n\n### C\n\nThird.\n"
    (chunk,) = chunks(document(body), SMALL)
    assert chunk.section == "Other"
    assert chunk.text == "## A\n\nFirst.\n\n## B\n\nSecond.\n\n### C\n\nThird."


def test_joining_stops_at_the_minimum_and_a_rest_goes_to_the_one_before() -> None:
    body = "\n\n".join(f"## S{number}\n\n{words(6)}" for number in range(5))
    found = chunks(document(body), Sizes(30, 70))
    assert [chunk.text.count("word0") for chunk in found] == [2, 3]


def test_sections_without_a_common_parent_stay_apart() -> None:
    body = f"# A\n\n## A1\n\n{words(30)}\n\n### A11\n\nshort\n\n# B\n\n## B1\n\n### B11\n\nshort too\n"
    sections = [chunk.section for chunk in chunks(document(body), Sizes(20, 100))]
    assert sections == ["A > A1", "B > B1 > B11"]


def test_two_sections_of_the_same_name_keep_both_names() -> None:
    (chunk,) = chunks(document("## Note\n\none\n\n## Note\n\ntwo\n"), SMALL)
    assert chunk.text == "## Note\n\none\n\n## Note\n\ntwo"


def test_a_heading_with_nothing_below_is_kept() -> None:
    found = chunks(document("Text.\n\n## Ask us anything"), SMALL)
    assert "Ask us anything" in found[-1].text
    assert chunks(document("# Returns"), SMALL)[0].text == "# Returns"


def test_a_table_that_fits_is_whole_and_a_long_one_repeats_its_header() -> None:
    rows = [f"| row{number} | {number} EUR |" for number in range(40)]
    table = "\n".join(["| Item | Price |", "| --- | --- |", *rows])
    (whole,) = chunks(document(table), Sizes(200, 500))
    assert whole.text == table
    parts = chunks(document(table), SMALL)
    assert len(parts) > 3
    assert all(part.text.startswith("| Item | Price |\n| --- | --- |\n| row") for part in parts)
    assert [row for part in parts for row in part.text.split("\n")[2:]] == rows


def test_a_list_is_split_between_its_items() -> None:
    items = [f"- item {number} with some words\n  and a second line" for number in range(12)]
    parts = chunks(document("\n".join(items)), SMALL)
    assert len(parts) > 2
    assert "\n".join(part.text for part in parts).split("\n- ") == "\n".join(items).split("\n- ")


def test_a_code_fence_stays_whole_and_its_headings_are_not_headings() -> None:
    fence = "```sh\n# not a heading\n" + "echo hello\n\n" * 40 + "```"
    (chunk,) = chunks(document(fence), SMALL)
    assert chunk.text == fence
    huge = "```sh\n" + "echo hello world\n" * 500 + "```"
    parts = chunks(document(huge), SMALL)
    assert estimate_tokens(huge) > FENCE_TOKENS_MAX
    assert all(part.text.startswith("```sh\n") and part.text.endswith("\n```") for part in parts)


def test_a_table_with_a_huge_header_is_not_multiplied() -> None:
    table = f"| {'head ' * 200}|\n| --- |\n" + "| x |\n" * 200
    assert sum(len(part.text) for part in chunks(document(table), SMALL)) < 2 * len(table)


def test_a_long_paragraph_is_split_at_sentences() -> None:
    parts = chunks(document(words(120)), SMALL)
    assert len(parts) > 5
    assert all(part.text.endswith(".") for part in parts[:-1])


def test_chinese_counts_one_token_a_character() -> None:
    assert estimate_tokens("退货政策") == 4
    assert estimate_tokens("returns policy!") == 6
    parts = chunks(document("我们在三十天内接受退货。" * 20), SMALL)
    assert all(len(part.text) <= 60 and part.text.endswith("。") for part in parts)


def test_link_definitions_are_not_lost() -> None:
    body = "See [the form][f] and [us][u].\n\n[f]: https://shop.example/form\n\nMore.\n\n[u]: https://shop.example/us\n"
    (chunk,) = chunks(document(body), SMALL)
    assert chunk.text == body.strip()


@pytest.mark.parametrize("end", ["\u2028", "\x0c", "\x85", "\x1c"])
def test_only_line_feeds_end_lines(end: str) -> None:
    body = f"First{end}line.{end}\n\n## Head{end}ing\n\nSecond.\n\n- a{end}b\n- c\n"
    text = "\n".join(f"{chunk.section}\n{chunk.text}" for chunk in chunks(document(body), Sizes(1, 500)))
    assert re.findall(r"\w+", text) == ["First", "line", "Head", "ing", "Second", "a", "b", "c"]


def test_every_answer_of_a_faq_is_a_chunk() -> None:
    body = (
        "# FAQ\n\nWelcome.\n\n## How *long*?\n\n30 days.\n\n### Really?\n\nYes.\n\n## Can I?\n## May I?\n\nYou may.\n"
    )
    found = chunks(document(body, title="FAQ", kind="faq"), SMALL)
    assert [(chunk.kind, chunk.section, chunk.text) for chunk in found] == [
        ("article", "", "Welcome."),
        ("faq", "How long?", "30 days.\n\n### Really?\n\nYes."),
        ("faq", "Can I? May I?", "You may."),
    ]


def test_a_question_without_an_answer_is_not_an_answer() -> None:
    found = chunks(document("## Why?\n\nBecause.\n\n## And how?\n", kind="faq"), SMALL)
    assert [(chunk.kind, chunk.text) for chunk in found] == [("faq", "Because."), ("article", "And how?")]


def test_ids_follow_the_words_and_are_unique() -> None:
    body = f"## A\n\n{words(40)}\n\n## B\n\n{words(40)}\n\n## A\n\n{words(40)}\n"
    sizes = Sizes(1, 200)
    ids = [chunk.chunk_id for chunk in chunks(document(body), sizes)]
    assert len(set(ids)) == 3
    assert ids[2] == f"{ids[0]}-2"
    later = [chunk.chunk_id for chunk in chunks(document("## New\n\nNew.\n\n" + body), sizes)]
    assert later[1:] == ids


# ---------------------------------------------------------------- properties


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Documents in which no word comes twice, so that order and loss can be seen."""
    number = count()

    def phrase(least: int, most: int) -> str:
        return " ".join(f"w{next(number)}" for _ in range(draw(st.integers(least, most))))

    def sentences() -> str:
        return ". ".join(phrase(1, 12) for _ in range(draw(st.integers(1, 8)))) + "."

    def block(kind: str) -> str:
        match kind:
            case "heading":
                return f"{'#' * draw(st.integers(1, 4))} {phrase(1, 4)}"
            case "setext":
                return f"{phrase(1, 3)}\n==="
            case "list":
                return "\n".join(f"- {sentences()}" for _ in range(draw(st.integers(1, 6))))
            case "table":
                rows = [f"| {phrase(1, 3)} | {phrase(1, 9)} |" for _ in range(draw(st.integers(1, 8)))]
                return "\n".join([f"| {phrase(1, 1)} | {phrase(1, 1)} |", "|---|---|", *rows])
            case "fence":
                return "\n".join(["```", *(phrase(1, 5) for _ in range(draw(st.integers(0, 9)))), "```"])
            case _:
                return sentences()

    kinds = st.sampled_from(["heading", "heading", "setext", "list", "table", "fence", "text", "text", "quote"])
    return "\n\n".join(block(draw(kinds)) for _ in range(draw(st.integers(1, 14))))


sizes = st.builds(Sizes, tokens_min=st.integers(1, 20), tokens_max=st.integers(20, 120))


def distinct(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"w\d+", text)))


@given(bodies(), sizes)
def test_no_word_is_lost_or_moved(body: str, sizes: Sizes) -> None:
    found = chunks(document(body), sizes)
    assert distinct("\n".join(f"{chunk.section}\n{chunk.text}" for chunk in found)) == distinct(body)


@given(bodies(), sizes)
def test_only_headings_and_table_heads_are_repeated(body: str, sizes: Sizes) -> None:
    texts = "\n".join(chunk.text for chunk in chunks(document(body), sizes))
    plain = {word for line in body.split("\n") if not line.startswith(("#", "|")) for word in re.findall(r"w\d+", line)}
    titles = {word for title in re.findall(r"(.*)\n===", body) for word in title.split()}
    for word in plain - titles:
        assert len(re.findall(rf"\b{word}\b", texts)) == 1


@given(bodies(), sizes)
def test_no_chunk_is_too_long(body: str, sizes: Sizes) -> None:
    for chunk in chunks(document(body), sizes):
        if "```" not in chunk.text:
            assert estimate_tokens(chunk.text) <= sizes.tokens_max


@given(bodies())
def test_a_faq_loses_nothing_either(body: str) -> None:
    found = chunks(document(body, kind="faq"), SMALL)
    grouping = {word for line in re.findall(r"^# .*|.*\n===", body, re.MULTILINE) for word in re.findall(r"w\d+", line)}
    kept = distinct("\n".join(f"{chunk.section}\n{chunk.text}" for chunk in found))
    assert kept == [word for word in distinct(body) if word not in grouping]


@given(st.text(max_size=400), sizes, st.sampled_from(["article", "faq"]))
def test_any_text_can_be_cut(body: str, sizes: Sizes, kind: str) -> None:
    found = chunks(document(body, kind=kind), sizes)
    assert all(chunk.text.strip() for chunk in found)
    assert len({chunk.chunk_id for chunk in found}) == len(found)


@pytest.mark.parametrize(
    "body", ["x" * 100_000, "# a\n" * 4_000, "- " * 2_000 + "x", "| a |\n|---|\n" + "| b |\n" * 4_000]
)
def test_large_and_deep_documents_take_no_ages(body: str) -> None:
    assert chunks(document(body), Sizes())
