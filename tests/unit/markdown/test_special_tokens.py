"""Whatever a model writes: nothing in a dialect acts, and no mark marks, but what the Markdown meant."""

import math
import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bridge.markdown.entities import COLUMNS_MAX
from bridge.markdown.heal import settled
from bridge.markdown.layout import Layout
from bridge.markdown.links import COMMANDS, JOINER, live_url
from bridge.markdown.marks import marks
from bridge.markdown.mrkdwn import fallback, mrkdwn
from bridge.markdown.parse import parse
from bridge.markdown.plain import plain
from bridge.markdown.rich import rich
from bridge.markdown.safe import safe
from bridge.markdown.symbols import Dialect, written
from tests.fakes.slack_rules import CONTROL
from tests.fakes.telegram_rules import live
from tests.unit.markdown.made import answers, clean_answers, noise

HOSTS = ("shop.example",)
PIECES = [
    *("evil", ".", "com", "@", "@here", "/", "//", ":", "https:", "www.", "shop.example", "me@", "t.me", " 1.2.3.4/"),
    *(
        "<!here>",
        "<@U1>",
        "<#C1>",
        "<!subteam^S1>",
        "<https://evil.com|x>",
        "<https://shop.example/a>",
        "<b>",
        "<",
        ">",
    ),
    *(
        "\\",
        "&#46;",
        "&lt;",
        "&#x40;",
        "&colon;",
        "&period;",
        "&amp;",
        "|",
        "\n",
        "\n\n",
        " ",
        "- ",
        "> ",
        "    ",
        "# ",
    ),
    *(
        "*",
        "**",
        "_",
        "~~",
        "~",
        "`",
        "``",
        "```\n",
        "[",
        "]",
        "(",
        ")",
        "[x](",
        "![",
        "]: ",
        "a",
        "b c",
        "$",
        "==",
        "。",
    ),
]
tricks = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
anything = st.one_of(tricks, answers, clean_answers, noise)

SLACK = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(["html_block", "code"])
"""Reads more than our parser: HTML within lines, links by reference, any address in angle brackets."""


def acts(source: str) -> list[str]:
    """What Slack would do something about in a `markdown` block, so far as anybody knows what it does."""
    return [found for token in SLACK.parse(source) for found in _acts([token, *(token.children or [])])]


def _acts(tokens: Sequence[Token]) -> Iterator[str]:
    in_link = False
    for token in tokens:
        match token.type:
            case "html_block" | "html_inline" | "image":
                yield token.content
            case "link_open":
                in_link = True
                href = str(token.attrs["href"])
                if live_url(href, HOSTS) is None:
                    yield href
            case "link_close":
                in_link = False
            case "text" if found := CONTROL.search(token.content):
                yield found[0]
            case "text" if not in_link:
                yield from (each for each in live(token.content, (), HOSTS, COMMANDS) if each[0] != "/")


@given(anything)
@settings(max_examples=400)
@example("<https://shop.example/a|b>")
@example("https://evil.com&#46;shop.example evil\\.com https\\://evil.com")
def test_slack_acts_on_nothing_but_links_of_ours(source: str) -> None:
    sent = safe(source, HOSTS)
    assert acts(sent) == []
    assert safe(sent, HOSTS) == sent


LINK = re.compile(r"<((?:https://shop\.example|mailto:[\w.+-]+@shop\.example)[^<>|]*)(?:\|[^<>]*)?>")


@given(anything)
@settings(max_examples=300)
def test_slacks_older_dialect_acts_on_nothing_but_links_of_ours(source: str) -> None:
    sent = LINK.sub(" ", mrkdwn(source, HOSTS))
    assert not re.search("[<>]", re.sub(r"(?m)^> ", "", sent))
    text = re.sub(r"(?ms)^```$.*?^```$", " ", sent).replace("&lt;", "<").replace("&gt;", ">").replace("ˋ", "`")
    text = text.replace("ˍ", "_")  # no part of a host, as little as what it stands for
    assert [found for found in live(text, (), HOSTS, COMMANDS) if found[0] != "/"] == []


@given(anything)
@settings(max_examples=200)
def test_a_notification_acts_on_nothing(source: str) -> None:
    text = fallback(source).replace("&lt;", "<").replace("&gt;", ">")
    assert [found for found in live(text, (), (), COMMANDS) if found[0] != "/"] == []


@pytest.mark.parametrize(
    "source", ["`https://evil.com/x`", "```\nwww.evil.com/x\n```", "> ```\n> https://evil.com/x\n> ```"]
)
def test_what_is_nothing_but_an_address_is_no_code(source: str) -> None:
    for sent in (safe(source, HOSTS), mrkdwn(source, HOSTS), marks(source, HOSTS)):
        assert "evil.com" not in sent
        assert "evil.com/x" in sent.replace(JOINER, "")


@pytest.mark.parametrize(
    "code", ["curl https://evil.com", "https://shop.example/a", "npm i @a/b", "os.path.join", "a: //b"]
)
def test_code_stays_as_it_is_for_copying(code: str) -> None:
    for source in (f"`{code}`", f"```\n{code}\n```"):
        assert code in safe(source, HOSTS)
    assert code in mrkdwn(source, HOSTS)
    assert code in marks(source, HOSTS)


# ---------------------------------------------------------------- marks

MARKS = "*_~"


def seen(sent: str) -> str:
    """What WhatsApp or Slack show of a text with marks: each pair that stands outside of words is formatting."""
    parts = re.split(r"(?m)^```$", sent)
    for number in range(0, len(parts), 2):
        parts[number] = "\n".join(_without_pairs(line) for line in parts[number].split("\n"))
    return "```".join(parts)


def _without_pairs(line: str) -> str:
    for mark in ("```", "`", *MARKS):
        sign = re.escape(mark)
        pair = re.compile(
            rf"(?<![^\W_])(?<!{sign}){sign}(?!{sign})(?=\S)(.*?)(?<=\S)(?<!{sign}){sign}(?!{sign})(?![^\W_])"
        )
        # What stood beside the mark stood beside no letter, also when the mark is gone.
        line = pair.sub("\0\\1\0", line)
    return line.replace("\0", "")


@given(anything)
@example("# `40*20`<!here>`x`")
@settings(max_examples=300)
def test_every_mark_has_its_other_half(source: str) -> None:
    """Slack's and WhatsApp's marks taken away leave the text without any formatting: none is left alone, and none was
    made by what stands in the text."""
    bare = Dialect(dict.fromkeys(("bold", "italic", "strike", "code"), ""), lambda text, url: " ", lambda text: text)
    marked = Dialect(
        {"bold": "*", "italic": "_", "strike": "~", "code": "```"}, lambda text, url: " ", lambda text: text
    )
    for columns_max in (math.inf, COLUMNS_MAX, 0):
        runs = Layout(HOSTS, columns_max=columns_max).document(parse(source))
        # How a platform reads a mark right before the sign that stands for one is not known.
        assume(not re.search("[*_~]ˍ|ˍ[*_~]", written(runs, marked)))
        assert seen(written(runs, marked)) == seen(written(runs, bare))


# ---------------------------------------------------------------- Telegram's rich Markdown


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("$5 and $6, \\$7", "\\$5 and \\$6, \\$7"),
        ("a||b|| ==c==", "a|·|b|·| =·=c=·="),
        ("`$a==b||c` [d$](https://shop.example/$)", "`$a==b||c` [d\\$](https://shop.example/$)"),
        ("| a || b |\n|---|---|---|\n| $5 | `$` | c |", "| a || b |\n|---|---|---|\n| \\$5 | `$` | c |"),
        ("```\n$x$\n```\n\n$y", "```\n$x$\n```\n\n\\$y"),
        ("[a](tg://user?id=1) <tg-map/> ![](https://x.com/y.png)", "·a (user) <·tg-map/> ··"),
    ],
)
def test_rich_messages(source: str, sent: str) -> None:
    assert rich(source, HOSTS) == sent.replace("·", JOINER)


@given(anything)
@settings(max_examples=200)
def test_rich_messages_say_the_same(source: str) -> None:
    def letters(text: str) -> str:
        """Without joiners, and without the space that depends on the widest cell of a table."""
        return re.sub(rf"[\s|{JOINER}-]", "", plain(text, HOSTS))

    assert letters(rich(source, HOSTS)) == letters(safe(source, HOSTS))
    assert acts(rich(source, HOSTS)) == []


# ---------------------------------------------------------------- drafts


@pytest.mark.parametrize(
    "source",
    ["see пример.рф and evil.com, then x@evil.com.", "so: @here (https://evil.com/a.b) `evil.com` 1.2.3.4 evil\\.com."],
)
def test_what_was_appended_to_a_stream_stays(source: str) -> None:
    sent = ""
    for end in range(len(source) + 1):
        now = safe(settled(source[:end]), HOSTS)
        assert now.startswith(sent), (sent, now)
        sent = now
