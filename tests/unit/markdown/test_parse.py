import pytest

from bridge.markdown.parse import (
    Break,
    Code,
    CodeBlock,
    Heading,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
    parse,
)


def paragraph(text: str) -> tuple[Inline, ...]:
    (block,) = parse(text)
    assert isinstance(block, Paragraph)
    return block.children


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("a **b** c", (Text("a "), Styled("bold", (Text("b"),)), Text(" c"))),
        ("*a ~~b~~*", (Styled("italic", (Text("a "), Styled("strike", (Text("b"),)))),)),
        ("`a*b*`", (Code("a*b*"),)),
        ("a\nb", (Text("a"), Break(), Text("b"))),
        ("[a](https://x.example/b)", (Link("https://x.example/b", (Text("a"),)),)),
        ("so [1] and [2](b)", (Text("so [1] and [2](b)"),)),
        ("[1]: https://x.example", (Text("[1]: "), Link("https://x.example", (Text("https://x.example"),), bare=True))),
        ("![a *b*](https://x.example/c.png)", (Text("a b"),)),
        (
            "(https://x.example/b).",
            (Text("("), Link("https://x.example/b", (Text("https://x.example/b"),), True), Text(").")),
        ),
        ("to a@x.example!", (Text("to "), Link("mailto:a@x.example", (Text("a@x.example"),), True), Text("!"))),
        ("60*40*20 cm", (Text("60*40*20 cm"),)),
        ("<b>&amp;</b>", (Text("<b>&</b>"),)),
        ("    four spaces", (Text("four spaces"),)),
        ("\ud83d\udc4d \ud800", (Text("👍 \ufffd"),)),
    ],
)
def test_text(text: str, nodes: tuple[Inline, ...]) -> None:
    assert paragraph(text) == nodes


def test_blocks() -> None:
    text = "# A\n\n3. b\n4. c\n   - d\n\n> e\n\n```py x\nf\n```\n\n| g | h |\n|--:|:-:|\n| i |\n\n---"
    a, b, c, d, e = (Paragraph((Text(letter),)) for letter in "abcde")
    assert parse(text) == (
        Heading(1, (Text("A"),)),
        List(((b,), (c, List(((d,),), ordered=False, start=1, loose=False))), ordered=True, start=3, loose=False),
        Quote((e,)),
        CodeBlock("f", "py"),
        Table(((Text("g"),), (Text("h"),)), (((Text("i"),), ()),), ("right", "center")),
        Rule(),
    )
    assert a


def test_formatting_that_is_nested_too_deep_keeps_its_text() -> None:
    depth = 0
    nodes = paragraph("**" * 500 + "a" + "**" * 500)
    while isinstance(node := nodes[0], Styled):
        depth, nodes = depth + 1, node.children
    assert (depth, nodes) == (8, (Text("a"),))
