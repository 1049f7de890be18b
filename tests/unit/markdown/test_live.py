"""What Telegram and WhatsApp would make live by themselves is live only where it is the business's own."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.markdown.entities import COLUMNS_MAX, at_most, entities, utf16
from bridge.markdown.layout import Layout
from bridge.markdown.links import COMMANDS, JOINER, harmless
from bridge.markdown.marks import marks
from bridge.markdown.mrkdwn import mrkdwn
from bridge.markdown.parse import parse
from bridge.markdown.safe import safe
from tests.fakes.cpu import cheap
from tests.fakes.telegram_rules import live
from tests.unit.markdown.made import answers, clean_answers, noise

HOSTS = ("shop.example", "xn--caf-dma.example")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("evil.com/?q=secret", "evil.·com/?q=secret"),
        ("see EVIL.co.uk.", "see EVIL.·co.·uk."),
        ("t.me/evil", "t.·me/evil"),
        ("<!-- -->evil.com", "<!-- -->evil.·com"),
        ("evil.com:8443", "evil.·com:8443"),
        ("пример.рф", "пример.·рф"),
        ("evil。com", "evil。·com"),
        ("1.2.3.4/x 192.168.100.200", "1.2.3.·4/x 192.168.100.·200"),
        ("https://evil.com/a", "https:·//evil.·com/a"),
        ("tg://resolve?domain=x", "tg:·//resolve?domain=x"),
        ("//evil.com", "//evil.·com"),
        ("i❤.ws", "i❤.·ws"),
        ("wa.me/123 evil.zip", "wa.·me/123 evil.·zip"),
        ("x@evil.com", "x@·evil.·com"),
        ("shop.example.evil.com", "shop.·example.·evil.·com"),
        ("evil-shop.example", "evil-shop.·example"),
        ("shop.example@evil.com", "shop.·example@·evil.·com"),
        ("shop.example:8443", "shop.·example:8443"),
        ("http://shop.example/a.html", "http:·//shop.·example/a.·html"),
        ("https://shop.example@evil.com/", "https:·//shop.·example@·evil.·com/"),
        ("\\/\\/shop.example/ evil.com", "//shop.·example/ evil.·com"),
        # Ours
        ("shop.example/a.b/@c?d=e.fr, SHOP.example.", "shop.example/a.b/@c?d=e.fr, SHOP.example."),
        ("me@shop.example", "me@shop.example"),
        ("xn--caf-dma.example", "xn--caf-dma.example"),
        # Prose
        ("e.g. 3.5 v1.2.3 z.B. U.S.A. 9.99 € ...and end.", "e.g. 3.5 v1.2.3 z.B. U.S.A. 9.99 € ...and end."),
        ("and/or 24/7 km/h a@b file.txt Invoice.PDF", "and/or 24/7 km/h a@b file.txt Invoice.PDF"),
        ("漢字。テスト", "漢字。テスト"),
        ("#sale $USD +49 30 1234567", "#sale $USD +49 30 1234567"),
    ],
)
def test_what_is_made_harmless_and_what_is_left_alone(text: str, sent: str) -> None:
    sent = sent.replace("·", JOINER)
    assert entities(text, HOSTS)[0] == sent
    if "shop.example:8" not in text:
        assert marks(text, HOSTS).replace("ˍ", "_") == sent
    assert harmless(sent, HOSTS, "@/") == sent, "twice is once"


@pytest.mark.parametrize(
    ("text", "telegram", "slack"),
    [
        ("@durov, (@x)", "@·durov, (@·x)", "@·durov, (@·x)"),
        ("/start /order_now ./pay", "/·start /·order_now ./·pay", "/start /order_now ./pay"),
        ("/new or /human", "/new or /human", "/new or /human"),
        ("@here @channel", "@·here @·channel", "@·here @·channel"),
        ("#general", "#general", "#general"),
    ],
)
def test_only_what_a_platform_acts_on_is_made_harmless(text: str, telegram: str, slack: str) -> None:
    assert entities(text, HOSTS)[0] == telegram.replace("·", JOINER)
    assert safe(text, HOSTS) == mrkdwn(text, HOSTS) == slack.replace("·", JOINER)
    assert marks(text, HOSTS).replace("ˍ", "_") == text, "WhatsApp knows neither"


def test_what_comes_together_from_several_pieces_is_found() -> None:
    assert entities("**evil**.com", HOSTS)[0] == f"evil.{JOINER}com"


def test_code_stays_as_it_is_for_copying() -> None:
    text = "```\n/run https://evil.com @x\n```"
    assert JOINER not in entities(f"`evil.com @x`\n\n{text}", HOSTS)[0] + marks(text, HOSTS)


def test_code_that_is_one_too_many_to_be_formatted_is_text() -> None:
    """Telegram takes a hundred entities."""
    for codes in (100, 101):
        text, found = entities("`evil.com` " * codes, HOSTS)
        sent = [{"type": each.type, "offset": each.offset, "length": each.length} for each in found]
        assert (len(sent), live(text, sent, HOSTS, COMMANDS)) == (100, [])


def test_the_text_of_a_link_is_no_other_link() -> None:
    text, found = entities("[evil.com](https://shop.example/a)", HOSTS)
    assert (text, found[0].url) == ("evil.com", "https://shop.example/a"), "Telegram links all of it to ours"
    assert marks("[evil.com](https://shop.example/a)", HOSTS) == f"evil.{JOINER}com: https://shop.example/a"
    assert marks("[x](https://shop.example/evil.com/@a)", HOSTS) == "x: https://shop.example/evil.com/@a"


PIECES = [
    "evil",
    ".",
    "com",
    "me",
    "/",
    "@",
    "//",
    ":",
    "https:",
    "shop.example",
    " ",
    "*",
    "**",
    "`",
    "a",
    "1",
    "-",
    "_",
]
tricks = st.lists(st.sampled_from([*PIECES, "(", ")", "[x](", "<", ">", "。", "t.me", "\n", JOINER]), max_size=14).map(
    "".join
)


@given(st.one_of(tricks, answers, clean_answers, noise))
@settings(max_examples=300)
def test_telegram_makes_nothing_live_but_ours(source: str) -> None:
    text, found = entities(source, HOSTS)
    sent = [{"type": each.type, "offset": each.offset, "length": each.length} for each in found]
    assert live(text, sent, HOSTS, COMMANDS) == []


@given(st.one_of(tricks, answers, clean_answers, noise))
@settings(max_examples=300)
def test_whatsapp_makes_nothing_live_but_ours(source: str) -> None:
    sent = marks(source, HOSTS).replace("ˍ", "_").replace("ˋ", "`")
    without_code = re.sub(r"^```$.*?^```$", " ", sent, flags=re.DOTALL | re.MULTILINE)
    # WhatsApp knows no commands, and mentions are no text there.
    assert [found for found in live(without_code, [], HOSTS, COMMANDS) if found[0] not in "/@"] == []


def _laid_out(source: str) -> str:
    return "".join(run.text for run in Layout(HOSTS, columns_max=COLUMNS_MAX).document(parse(source))).strip()


@given(st.one_of(tricks, answers, noise))
@settings(max_examples=200)
def test_nothing_but_joiners_comes_in(source: str) -> None:
    text = entities(source, HOSTS)[0]
    assert text.replace(JOINER, "") == _laid_out(source).replace(JOINER, "")
    bound = at_most(source)
    assert bound is None or utf16(text) <= bound


@pytest.mark.parametrize(
    "piece",
    ["a.", "a.b", "1.", "1.2.3.4", "@", "@a", "/", "/a", "://", "a@", "shop.example", "shop.example/", "a.com "],
)
def test_it_takes_no_longer_for_hostile_texts(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert cheap(lambda: entities(text, HOSTS), within_s=0.5)
