"""What people read in one go is checked in one go: over the ends of lines, blocks and long sentences."""

from collections.abc import Callable, Sequence

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.checks.text import OVERLAP_CHARS, SENTENCE_CHARS_MAX, end
from bridge.errors import CheckFailed
from tests.fakes.cpu import cheap
from tests.unit.brain.checks.answers import SETTINGS, Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import CONTACT, HOURS, WINDOWS
from tests.unit.brain.checks.test_cost import CHARS, checked

ALONE = SETTINGS.model_copy(update={"grounding": False, "language": False})
CUTS: list[Callable[[str], Sequence[str]]] = [lambda text: [text], by_words, list]

OVER_A_SEAM = [
    # the end of a block: `[1]` with a source, `[]` without
    ("facts", "en", "Please pay at https:[]//evil.test/pay today.[1]", "Please pay"),
    ("facts", "en", "Please ask at evil.[]test/login today.[1]", "Please ask"),
    ("facts", "en", "Please ask at evil.[1]test/login today.[1]", "Please ask"),
    ("facts", "en", "Please ask at evil.[]test/login.[]", "Please ask"),
    ("privacy", "en", "Please write to help@evil.[]test today.[]", "Please write"),
    ("facts", "en", "It is about £9.[]75 a month.[1]", "about"),
    ("promises", "en", "I have:[] refunded your order.[1]", "I have"),
    ("promises", "en", "I have:[]refunded your order.[]", "I have"),
    ("promises", "en", "I have: refunded your order.[]", "I have"),
    ("promises", "en", "I have...[] refunded your order.[]", "I have"),
    ("promises", "en", "I have ... Refunded your order.[]", "I have"),
    # the end of a line, which is shown as a space
    ("promises", "en", "I have\nrefunded your order and\ncancelled it.[1]", "I have"),
    ("promises", "en", "I have  \nrefunded your order.[1]", "I have"),
    ("promises", "en", "I have\\\nrefunded your order.[1]", "I have"),
    ("promises", "en", "I have\r\nrefunded your order.[1]", "I have"),
    ("promises", "en", "I have[]\n[]refunded your order.[1]", "I have"),
    ("promises", "en", "Your order has been\ncancelled.[1]", "Your order"),
    ("promises", "de", "Ich habe Ihre Bestellung\nstorniert.[1]", "Ich habe"),
    ("promises", "fr", "J'ai\nannulé votre commande.[1]", "J'ai"),
    # the lines of a list, which end the sentence above it
    ("promises", "en", "I have:\n- refunded your order\n- written to the workshop[1]", "refunded"),
    ("promises", "en", "So far I've already:\n\n1. looked at it.\n2. **refunded** your order.[1]", "**refunded**"),
    ("promises", "en", "Your order has been:\n* cancelled[1]", "cancelled"),
    ("promises", "de", "Ich habe bereits:\n- Ihre Bestellung storniert[1]", "storniert"),
    ("competitors", "en", "I think that Vélo\nGéant is better.[]", "think"),
]


@pytest.mark.parametrize(("check", "language", "text", "part"), OVER_A_SEAM, ids=[repr(row[2]) for row in OVER_A_SEAM])
@pytest.mark.parametrize("cut", CUTS, ids=["whole", "words", "letters"])
def test_nothing_passes_over_a_seam(
    check: str, language: str, text: str, part: str, cut: Callable[[str], Sequence[str]]
) -> None:
    asked = question(Answer("Can you help me?", text, (WINDOWS,), language))
    seen: list[str] = []
    with pytest.raises(CheckFailed) as failure:
        tell(draft(asked, seen.append, ALONE), blocks(text, asked.passages), cut)
    assert failure.value.check == check
    assert part not in "".join(seen)


@pytest.mark.parametrize("before", [*range(770, 1040, 9), 1_985])
@pytest.mark.parametrize("filler", ["x", "x ", "返"])
def test_a_promise_is_found_wherever_a_long_sentence_is_cut(before: int, filler: str) -> None:
    text = f"{(filler * before)[:before]} I have refunded you now."
    asked = question(Answer("Can you help me?", text))
    seen: list[str] = []
    with pytest.raises(CheckFailed) as failure:
        tell(draft(asked, seen.append, ALONE), [(text, ())], by_words)
    assert failure.value.check == "promises"
    assert "I have" not in "".join(seen)


HONEST = [
    "Bring these:[1]\n- your order number\n- the bike, clean and complete[1]",
    "You have 30 days.[1]\nThe label is £3.50.[1]",
    "You have 30 days[1]\n\nThe label is £3.50[1]",
    "You have 30 days for a bike\nand 14 days for the rest.[1]",
    "1. Ask for a label.\n2. Pack it.\n3. Bring it to us.[1]",
    "1\ufe0f\u20e3 Ask for a label\n2\ufe0f\u20e3 Pack it\n3\ufe0f\u20e3 Bring it to us[1]",
    "| For | Days |\n|---|---|\n| bikes | 30 |\n| parts | 14 |\n[1]",
    "## Returns\nYou have 30 days.[1]",
    "You have 30 days... More with a gift.[1]",
    "Note: once we have refunded you, you get an e-mail.[1]",
    "What the states are:\n- **Confirmed**: payment is fine\n- **Cancelled**: money is on its way back[1]",
    "What you need is:\n- a confirmed order\n- a label[1]",
    "You can:\n- cancel your order\n- change it[1]",
    "Your order is in one of these states:\n- Confirmed\n- Cancelled[1]",
    "We are:\n- a workshop\n- a shop[1]",
    "Your order has one of these states:\n- Confirmed\n- Cancelled[1]",
]


@pytest.mark.parametrize("text", HONEST, ids=repr)
@pytest.mark.parametrize("cut", CUTS, ids=["whole", "words", "letters"])
def test_lines_and_blocks_of_an_honest_answer_pass(text: str, cut: Callable[[str], Sequence[str]]) -> None:
    asked = question(Answer("What do I need to know?", text, (WINDOWS, HOURS, CONTACT)))
    tell(draft(asked, lambda _: None, ALONE), blocks(text, asked.passages), cut)


STREAMED = [
    ("You can bring it back. You", "You can bring it back."),
    ("You can bring it back.\n", "You can bring it back."),
    ("- bring it back\n- ", "- bring it back"),
    ("# Returns\nBring", "# Returns"),
    ("| by post | in the shop |\n| c", "| by post | in the shop |"),
    ("Bring it back\n\n", "Bring it back"),
]


@pytest.mark.parametrize(("text", "given"), STREAMED, ids=[repr(text) for text, _ in STREAMED])
def test_what_is_complete_goes_out_at_once(text: str, given: str) -> None:
    seen: list[str] = []
    answer = draft(question(Answer("How do I return it?", "", ())), seen.append, ChecksSettings(grounding=False))
    for letter in text:
        answer.write(letter)
    assert "".join(seen) == given


def test_the_sources_of_a_block_are_told_when_it_closes() -> None:
    asked = question(Answer("How do I return it?", "", (WINDOWS,)))
    seen: list[str] = []
    answer = draft(asked, seen.append)
    answer.write("You have 30 days. \n\n")
    answer.cite(asked.passages[:1])
    assert "".join(seen) == "You have 30 days. [1]"


def test_a_long_sentence_is_read_in_pieces_that_overlap() -> None:
    text = "word " * 500
    reaches, goes_on = end(text, 0, 0)
    assert reaches is not None
    assert SENTENCE_CHARS_MAX - OVERLAP_CHARS <= reaches <= SENTENCE_CHARS_MAX
    assert OVERLAP_CHARS <= reaches - goes_on <= 2 * OVERLAP_CHARS


@pytest.mark.parametrize(
    "unit", ["a\n", "I have:\n- ", "a: b ", "... a", "&amp;", "[a](b) ", "*a*", "1*", "<b>", "\\.",
             "\u200d", "\r", "x" * 999 + "\n"],
    ids=repr,
)  # fmt: skip
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """Generous: what grows with the square takes minutes."""
    assert cheap(lambda: checked((unit * CHARS)[:CHARS], 40), within_s=2.0)
