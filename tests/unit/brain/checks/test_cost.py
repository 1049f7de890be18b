# ruff: noqa: E501 (what is hostile, in a few lines)
"""Checking costs little, whatever a model writes."""

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.errors import CheckFailed
from tests.fakes.cpu import cheap
from tests.unit.brain.checks.answers import Answer, blocks, draft, question, tell
from tests.unit.brain.checks.good import GOOD, WINDOWS

CHARS = 20_000
LOOSE = ChecksSettings(
    length=False, grounding=False, forbidden=("a b c",), competitors=("aaaa aaaa",), chars_max={"widget": 10**9}
)

HOSTILE = [
    "a", "A", "1", "1 ", "1.", "1,000 ", "+1 ", "(1) ", "a@", "a.a", "@a.", "http://", "www.", "a-", "£", "£1", "1£", "1%",
    "1:", "12:30 ", "1/1/", "1.1.", "mar 1 ", ".", "... ", "!?", "\n", " ", "\t", "e.g. ", "i ", "i have ", "i will not ",
    "we have been ", "your order has been ", "ich habe ", "he he ", "vous ", "sta ", "返金", "。", "تم ", "<", "</", "<a ",
    "[", "](", "`", "```\n", '"type": ', "Human:", "- ", "1. ", "12 Acacia ", "Gb82 ", "\u0301", "\u200b", "ﷺ", "if a, ",
    "يوم ١ ", "one day ", "\U0001f600", "a" * 70 + ".", "a." * 6 + " ",
]  # fmt: skip


def checked(text: str, piece: int) -> None:
    asked = question(Answer("How long can I keep it?", "", (WINDOWS,)))
    try:
        answer = draft(asked, lambda _: None, LOOSE)
        tell(answer, [(text, ())], lambda words: [words[at : at + piece] for at in range(0, len(words), piece)])
    except CheckFailed:
        pass


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """Generous: what grows with the square takes minutes."""
    assert cheap(lambda: checked((unit * CHARS)[:CHARS], 40), within_s=2.0)


def test_an_answer_costs_milliseconds() -> None:
    """Six for 200 words on a quiet machine; the test allows for a busy one."""
    answers = [(question(answer), answer) for answer in GOOD if answer.docs == (WINDOWS,)]
    words = sum(len(answer.text.split()) for _, answer in answers)

    def all_checked() -> None:
        for asked, answer in answers:
            tell(draft(asked, lambda _: None), blocks(answer.text, asked.passages), lambda text: [text])

    all_checked()  # the first time, passages are read
    assert cheap(all_checked, within_s=0.05 * words / 200)
