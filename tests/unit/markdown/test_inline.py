from itertools import permutations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from bridge.markdown.inline import match, scan
from bridge.markdown.parse import MARKDOWN

KINDS = {"strong_open": "bold", "em_open": "italic", "s_open": "strike", "code_inline": "code", "image": "image"}


def by_parser(tokens: list[Token]) -> list[str]:
    kinds = []
    for token in tokens:
        if token.type == "link_open":
            kinds.append("address" if token.markup == "autolink" else "link")
        elif token.type in KINDS:
            kinds.append(KINDS[token.type])
        kinds += by_parser(token.children or [])
    return sorted(kinds)


PIECES = [
    *("[", "](b)", "![", "]", "a", "*", "**", "***", "_", "`", " ", "<https://a.b>", "(", ")", "~~", "~~~", "\\", "1"),
    *("]()", "](b (c))", '](b "c")', "](<b>)", "](b\\", "\\\n", "\u00a0"),
]  # fmt: skip


@given(
    st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
        st.text(st.sampled_from("ab *_~`[]()!<>\\\n1é漢.,👍:/@\"'"), max_size=30),
    ).map(str.strip)
)
@example("[*1)**](b)")
@example("![**>*](b)")
@example("[![[a](b)](c)](d)")
@example("[a](\\\nb)")
@example("[a](b (c))")
@example("[~~a~~~b](c)")
@example("<ab:\n>")
@settings(max_examples=500)
def test_the_source_is_read_as_the_parser_reads_it(text: str) -> None:
    found = scan(text, 0, len(text))
    spans = found.spans + match(found.runs)[0]
    assert sorted(span.kind for span in spans) == by_parser(MARKDOWN.parseInline(text))
    assert all(span.start < span.inside <= span.inside_end < span.end for span in spans)
    for outer, inner in permutations(spans, 2):
        apart = inner.end <= outer.start or outer.end <= inner.start
        assert apart or outer.inside <= inner.start < inner.end <= outer.inside_end or inner.start < outer.start
