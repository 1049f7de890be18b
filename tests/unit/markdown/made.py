"""Random answers: what models write, and what they might."""

from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "bike", "return", "30", "days", "€", "Größe", "naïve", "e\u0301te\u0301", "👩‍👩‍👧", "🇩🇪", "👍🏽", "טוב", "مرحبا", "漢字", "テスト",
        "supercalifragilistic" * 3, "60*40*20", "snake_case_name", "5*", "a & b", "x<y", "[sic]", "(see", "there)", "#1", "e.g.", "1.",
        "end.", "really?", "Yes!", "|", "https://shop.example/a_b?c=d", "http://evil.example/x", "me@shop.example", "\\*", "C:\\dir",
    ]
)  # fmt: skip
SIMPLE = st.sampled_from(
    ["bike", "return", "30", "days", "Größe", "👩‍👩‍👧", "漢字", "מה", "end.", "more", "[1]", "[12]"]
)
URLS = st.sampled_from(
    [
        "https://shop.example/returns",
        "https://shop.example/a(b)",
        "https://evil.example/x",
        "mailto:me@shop.example",
        "/path",
        "javascript:x",
    ]
)


def _around(mark: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inside.map(lambda text: f"{mark}{text}{mark}")


phrases = st.lists(SIMPLE, min_size=1, max_size=6).map(" ".join)
links = st.builds("[{}]({})".format, phrases, URLS)
code = _around("`", st.sampled_from(["x = 1", "a*b*c", "[x](y)", "<!here>", "npm i"]))
nested = st.one_of(phrases, code, links)
marked = st.one_of(
    _around("**", st.lists(nested, min_size=1, max_size=3).map(" ".join)),
    _around("*", phrases),
    _around("_", phrases),
    _around("~~", phrases),
    _around("**", _around("*", phrases)),
    st.builds("**{} *{}* {}**".format, phrases, phrases, phrases),
)
inline = st.lists(st.one_of(WORDS, phrases, links, code, marked), min_size=1, max_size=12).map(" ".join)
clean_inline = st.lists(st.one_of(phrases, links, code, marked), min_size=1, max_size=12).map(" ".join)


def _blocks(text: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    paragraph = st.lists(text, min_size=1, max_size=4).map("\n".join)
    heading = st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), text)
    bullets = st.lists(text, min_size=1, max_size=6).map(lambda items: "\n".join(f"- {item}" for item in items))
    numbers = st.lists(text, min_size=1, max_size=6).map(
        lambda items: "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    )
    nested_list = st.builds("- {}\n  - {}\n  - {}\n- {}".format, text, text, text, text)
    loose = st.builds("1. {}\n\n   {}\n\n2. {}".format, text, text, text)
    quote = st.lists(text, min_size=1, max_size=4).map(lambda lines: "\n".join(f"> {line}" for line in lines))
    fence = st.builds(
        "```{}\n{}\n```".format,
        st.sampled_from(["", "python", "sh"]),
        st.lists(
            st.sampled_from(["x = [1]", "  y = 2", "", "# no *stars* here", "~~~", "| a |"]), min_size=1, max_size=8
        ).map("\n".join),
    )
    item_fence = st.builds("- {}\n  ```py\n  a = 1\n  b = 2\n  ```".format, text)
    cell = st.one_of(phrases, code, links)
    row = st.builds("| {} | {} |".format, cell, cell)
    table = st.builds("{}\n| --- | ---: |\n{}".format, row, st.lists(row, min_size=1, max_size=8).map("\n".join))
    return st.one_of(
        paragraph, heading, bullets, numbers, nested_list, loose, quote, fence, item_fence, table, st.just("---")
    )


answers = st.lists(_blocks(inline), min_size=1, max_size=8).map("\n\n".join)
"""Markdown with anything in it."""
clean_answers = st.lists(_blocks(clean_inline), min_size=1, max_size=8).map("\n\n".join)
"""Markdown that is complete: nothing begins that does not end."""
noise = st.text(st.sampled_from(list("ab *_~`[]()!<>#-|:\\\n.1:/@&é漢👍\u200d\ud800")), max_size=80)
"""Anything but an answer."""
