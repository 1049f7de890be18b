# ruff: noqa: E501 (what is hostile, in a few lines)
"""Checking costs little, whatever a model writes."""

import time

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.errors import CheckFailed
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


def seconds(text: str, piece: int) -> float:
    asked = question(Answer("How long can I keep it?", "", (WINDOWS,)))
    began = time.thread_time()
    try:
        answer = draft(asked, lambda _: None, LOOSE)
        tell(answer, [(text, ())], lambda words: [words[at : at + piece] for at in range(0, len(words), piece)])
    except CheckFailed:
        pass
    return time.thread_time() - began


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """Generous: what grows with the square takes minutes."""
    assert seconds((unit * CHARS)[:CHARS], 40) < 2.0


def test_an_answer_costs_milliseconds() -> None:
    """Six for 200 words on a quiet machine; the test allows for a busy one."""
    answers = [(question(answer), answer) for answer in GOOD if answer.docs == (WINDOWS,)]
    words = sum(len(answer.text.split()) for _, answer in answers)
    for _ in range(2):  # the first time, passages are read
        began = time.thread_time()
        for asked, answer in answers:
            tell(draft(asked, lambda _: None), blocks(answer.text, asked.passages), lambda text: [text])
        spent = time.thread_time() - began
    assert spent / words * 200 < 0.05
