import re
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.markdown.entities import COLUMNS_MAX, ENTITIES_MAX, Entity, at_most, entities, utf16
from bridge.markdown.layout import Layout
from bridge.markdown.links import JOINER, host_of, live_url
from bridge.markdown.marks import marks
from bridge.markdown.mrkdwn import fallback, mrkdwn
from bridge.markdown.parse import Block, Heading, Inline, Link, Paragraph, Quote, Styled, Table, parse
from bridge.markdown.parse import List as ListBlock
from bridge.markdown.plain import plain
from bridge.markdown.safe import safe
from tests.unit.markdown.made import answers, clean_answers, noise

HOSTS = ("shop.example",)
anything = st.one_of(answers, clean_answers, noise)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("url", "live", "host"),
    [
        ("https://shop.example/a b?c=<d>|e", "https://shop.example/a%20b?c=%3Cd%3E%7Ce", "shop.example"),
        ("HTTPS://SHOP.example:443", "https://shop.example", "shop.example:443"),
        ("https://shop.example:8443/a", None, "shop.example:8443"),
        ("https://evil.example/shop.example", None, "evil.example"),
        ("https://shop.example@evil.example/", None, "evil.example"),
        ("https://evil.example\\@shop.example/", None, "evil.example"),
        ("https:/\\evil.example", None, "evil.example"),
        ("https://shop.example.evil.example", None, "shop.example.evil.example"),
        ("http://shop.example/a", None, "shop.example"),
        ("mailto:me@shop.example", "mailto:me@shop.example", "me@shop.example"),
        ("mailto:me@evil.example?bcc=x", None, "me@evil.example"),
        ("javascript:alert(1)", None, ""),
        ("/path", None, ""),
        ("//evil.example", None, ""),
    ],
)
def test_which_links_are_live(url: str, live: str | None, host: str) -> None:
    assert live_url(url, HOSTS) == live
    assert host_of(url) == host


# ---------------------------------------------------------------- plain text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("# **A** *b*", "A b"),
        ("- a\n- b\n  - c", "• a\n• b\n   ◦ c"),
        ("9. a\n10. b", "9. a\n10. b"),
        ("1. a\n\n   b\n\n2. c", "1. a\n\n   b\n\n2. c"),
        ("> a\n> b", "a\nb"),
        ("```py\n  a\n```", "a"),
        ("| a | 漢字 |\n|---|--:|\n| `b` | c |", "a | 漢字\n--|-----\nb |    c"),
        ("---", "———"),
        ("[a](https://shop.example/b) [c](/d)", "a c"),
        ("[a](https://evil.example/b)", f"a (evil.{JOINER}example)"),
        ("https://evil.example/b", f"https:{JOINER}//evil.{JOINER}example/b"),
    ],
)
def test_plain_text(text: str, seen: str) -> None:
    assert plain(text, HOSTS) == seen


# ---------------------------------------------------------------- Telegram


@pytest.mark.parametrize(
    ("text", "seen", "found"),
    [
        ("👍 **b *i***", "👍 b i", (Entity("bold", 3, 3), Entity("italic", 5, 1))),
        ("**a `b` c**", "a b c", (Entity("bold", 0, 1), Entity("code", 2, 1), Entity("bold", 4, 1))),
        ("[`a`](https://shop.example/)", "a", (Entity("text_link", 0, 1, url="https://shop.example/"),)),
        ("```py\n  x\n```", "x", (Entity("pre", 0, 1, language="py"),)),
        ("a\n\n```\n  x\n```", "a\n\n  x", (Entity("pre", 3, 3),)),
        ("> a\n> > b", "a\n\nb", (Entity("blockquote", 0, 4),)),
        ("# a **b**", "a b", (Entity("bold", 0, 3),)),
        ("me@shop.example", "me@shop.example", ()),
        ("", "", ()),
    ],
)
def test_telegram(text: str, seen: str, found: tuple[Entity, ...]) -> None:
    assert entities(text, HOSTS) == (seen, found)


WIDE = """| Plan | What it covers | Price |
|---|---|---|
| **Basic** | Brakes and gears, once a year | 5 |
| Plus |  | 9 |"""


def test_a_table_that_no_telephone_shows_whole_is_a_list_on_telegram() -> None:
    text, found = entities(WIDE, HOSTS)
    assert text == "Plan: Basic\nWhat it covers: Brakes and gears, once a year\nPrice: 5\n\nPlan: Plus\nPrice: 9"
    assert [(entity.type, entity.offset, entity.length) for entity in found] == [
        ("bold", text.index("Basic"), len("Basic")),
        ("bold", text.index("Plus"), len("Plus")),
    ]
    head, row = "a" * 18, "b" * (COLUMNS_MAX - 18 - len(" | "))
    for more, kind in (("", "pre"), ("b", "bold")):
        (entity,) = entities(f"| {head} | x |\n|---|---|\n| y | {row}{more} |", HOSTS)[1]
        assert entity.type == kind


def _laid_out(source: str) -> str:
    return "".join(run.text for run in Layout(HOSTS, columns_max=COLUMNS_MAX).document(parse(source))).strip()


@given(anything)
@settings(max_examples=100)
def test_telegram_accepts_every_entity(source: str) -> None:
    text, found = entities(source, HOSTS)
    assert text.replace(JOINER, "") == _laid_out(source).replace(JOINER, "")
    assert len(found) <= ENTITIES_MAX
    units = text.encode("utf-16-le")
    for entity in found:
        assert 0 <= entity.offset < entity.offset + entity.length <= utf16(text)
        covered = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")  # splits no pair
        assert entity.type == "pre" or covered == covered.strip()
    for outer, inner in combinations(found, 2):
        apart = outer.offset + outer.length <= inner.offset
        assert apart or outer.offset + outer.length >= inner.offset + inner.length
        if not apart:
            assert outer.type not in ("code", "pre")
            assert inner.type not in ("code", "pre") or outer.type == "blockquote"
            assert outer.type != inner.type


@given(anything)
@settings(max_examples=150)
@example("- - - - a\nb\nb\nb\nb")
@example("999999999. a\n" + "1. \n" * 20)
@example("[a](https://\u0130.\u0130.\u0130)" * 9)
@example("# a\n---\n" * 9)
def test_what_a_text_takes_is_not_underestimated(source: str) -> None:
    for text in (source, source.replace("|", "")):
        bound = at_most(text)
        assert bound is None or utf16(entities(text, HOSTS)[0]) <= bound


def test_telegram_keeps_links_and_code_when_there_is_too_much_formatting() -> None:
    text, found = entities(f"{'*i* **b** ' * 60}[a](https://shop.example/) `c`", HOSTS)
    assert len(found) == ENTITIES_MAX
    assert {"text_link", "code"} <= {entity.type for entity in found}
    assert sum(entity.type == "bold" for entity in found) == 60
    assert text.endswith("i b a c")


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("# A & <b>", "*A &amp; &lt;b&gt;*"),
        ("**a** *b* ~~c~~ `d*`", "*a* _b_ ~c~ `d*`"),
        ("un**believ**able", "unbelievable"),
        ("**a\nb**", "*a*\n*b*"),
        ("[a|b](https://shop.example/?c=d&e)", "<https://shop.example/?c=d&amp;e|a¦b>"),
        ("https://shop.example/a", "<https://shop.example/a>"),
        ("[a](https://evil.example)", f"a (evil.{JOINER}example)"),
        ("<!here> <@U1>", f"&lt;!here&gt; &lt;@{JOINER}U1&gt;"),
        ("a\n\n```\nb <c\n```\n\nd", "a\n\n```\nb &lt;c\n```\n\nd"),
        ("> a\n> b", "> a\n> b"),
        ("\\*a\\* snake_case", "∗a∗ snake_case"),
    ],
)
def test_mrkdwn(text: str, sent: str) -> None:
    assert mrkdwn(text, HOSTS) == sent


@given(anything)
@settings(max_examples=100)
def test_mrkdwn_mentions_nobody_and_links_to_our_hosts_only(text: str) -> None:
    without_links = re.sub(r"<(?:https://shop\.example|mailto:\S+@shop\.example)[^<>]*>", "", mrkdwn(text, HOSTS))
    assert "<" not in without_links


@given(anything, st.integers(20, 300))
@settings(max_examples=100)
def test_the_fallback_fits(text: str, bytes_max: int) -> None:
    sent = fallback(text, bytes_max)
    assert len(sent.encode()) <= bytes_max
    assert sent.replace(JOINER, "") == mrkdwn(text, ()).replace(JOINER, "") or sent.endswith(" …")
    assert not re.search(r"&(?!amp;|lt;|gt;)", sent)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a **b** [c](https://shop.example/d) [1][2]", "a **b** [c](https://shop.example/d) [1][2]"),
        ("https://shop.example/a, <https://shop.example/b>", "https://shop.example/a, <https://shop.example/b>"),
        ("`<!here>` 1 < 2 > 0 x <- y", "`<!here>` 1 < 2 > 0 x <- y"),
        ("```\n<!here> [a](b)\n```", "```\n<!here> [a](b)\n```"),
        ("[a](https://evil.example/b)", "·a (evil.·example)"),
        ("[a](https&#58;//evil.example)", "·a (evil.·example)"),
        ("[a]( <https://evil.example/b> 'c' )", "·a (evil.·example)"),
        ("[a](javascript:b)", "·a·"),
        ("![a](https://shop.example/b.png)", "·a·"),
        ("<!here> <@U1> <#C1> <!subteam^S1> <b>", "<·!here> <·@·U1> <·#C1> <·!subteam^S1> <·b>"),
        ("[<](javascript:x)!here>", "·<··!here>"),
        ("| `a | <!here> ` |\n|---|---|\n", "| `a | <·!here> ` |\n|---|---|\n"),
        ("[a][b]\n\n[b]: https://evil.example", "[a][b]\n\n[b]·: https:·//evil.·example"),
        (
            "www.evil.example https://shop.example@evil.example",
            "www.·evil.·example https:·//shop.·example@·evil.·example",
        ),
        ("https://evil。com http://evil．com www.evil｡com", "https:·//evil。·com http:·//evil．·com www.·evil｡·com"),
        ("a> b<c", "a> b<c"),
        ("a> [b](/c) d<e", "a> ·b· d<e"),
        ("[a<bc:](/d)>", "[a·bc:] (/d)·"),
        ("www.[a](/b)", "www.··a·"),
        ("a]:]: <b", "a]·:]·: <b"),
        ("[1](https://evil.example)", "[1] (https:·//evil.·example)"),
    ],
)
def test_safe(text: str, sent: str) -> None:
    assert safe(text, HOSTS) == sent.replace("·", JOINER)


@given(anything)
@settings(max_examples=150)
def test_no_link_to_other_hosts_is_left(text: str) -> None:
    made_safe = safe(text, HOSTS)
    assert safe(made_safe, HOSTS) == made_safe
    assert all(live_url(link.url, HOSTS) for link in links(parse(made_safe)) if not link.url.startswith("mailto:"))


@given(clean_answers)
def test_safe_keeps_what_is_seen(text: str) -> None:
    def seen(source: str) -> str:
        """Without the joiners, and without the space that depends on the widest cell of a table."""
        return re.sub(rf"[\s|{JOINER}-]", "", plain(source, HOSTS))

    assert seen(safe(text, HOSTS)) == seen(text)


def links(nodes: tuple[Block, ...] | tuple[Inline, ...]) -> list[Link]:
    found: list[Link] = []
    for node in nodes:
        if isinstance(node, ListBlock):
            found += [link for item in node.items for link in links(item)]
        elif isinstance(node, Link):
            found.append(node)
        elif isinstance(node, Paragraph | Heading | Quote | Styled):
            found += links(node.children)
        elif isinstance(node, Table):
            found += [link for row in (node.head, *node.rows) for cell in row for link in links(cell)]
    return found


# ---------------------------------------------------------------- WhatsApp


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("# A **b**", "*A b*"),
        ("**a** *b* ~~c~~ `d`", "*a* _b_ ~c~ ```d```"),
        ("un**believ**able", "unbelievable"),
        ("5\\* \\_a\\_ \\~b\\~ snake_case 60*40*20", "5∗ ˍaˍ ∼b∼ snake_case 60*40*20"),
        ("[a](https://shop.example/b)", "a: https://shop.example/b"),
        ("https://shop.example/a_b_c", "https://shop.example/a_b_c"),
        ("**a**\\*", "*a*∗"),
        ("[a](https://evil.example)", f"a (evil.{JOINER}example)"),
        ("- a\n- b", "• a\n• b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | |", "a: *1*\nb: 2\n\na: *3*"),
        ("```py\na\n```", "```\na\n```"),
        ("> a", "> a"),
    ],
)
def test_whatsapp(text: str, sent: str) -> None:
    assert marks(text, HOSTS) == sent


@given(st.one_of(clean_answers, noise))
@settings(max_examples=100)
def test_whatsapp_links_to_our_hosts_only(text: str) -> None:
    assert not re.search(r"https?://(?!shop\.example)", marks(text, HOSTS))
