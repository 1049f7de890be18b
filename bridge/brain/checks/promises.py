"""Nobody is told that something was done, or will be, unless it was: this assistant can do nothing but answer.

That the business will do something may be said where a source says so.
"""

import re
from collections.abc import Iterator

from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.promised import DONE, NEGATED, WHEN, WILL
from bridge.brain.checks.text import Sentence

CLAUSE_CHARS_MAX = 80
NEGATED_CHARS_MAX = 12
"""So far before a verb a negation belongs to it."""

_HINT = (
    "It said that something was done, or will be done, which you cannot do or know. Say what the customer can do, or "
    "which person can do it."
)
_CLAUSE_BEGINS = re.compile(r"[,;:.!?\n()،。、-]")


class Promises:
    name = "promises"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def fault(self, sentence: Sentence) -> str | None:
        text = sentence.text.lower()
        language = self._evidence.question.language.partition("-")[0]
        languages = {language, "en"}
        rests = self._evidence.rests(sentence.cited)
        for code in languages & DONE.keys():
            said = [*_said(DONE[code], code, text), *(() if rests else _said(WILL[code], code, text))]
            if any(not self._evidence.quotes(words, sentence.cited) for words in said):
                return _HINT
        return None


def _said(pattern: re.Pattern[str], language: str, text: str) -> Iterator[str]:
    """What is meant: not "once we have refunded you", not "I have not cancelled it"."""
    for match in pattern.finditer(text):
        before = text[max(0, match.start() - CLAUSE_CHARS_MAX) : match.start()]
        begins = [mark.end() for mark in _CLAUSE_BEGINS.finditer(before)]
        clause = before[begins[-1] if begins else 0 :]
        negated = NEGATED[language].search(clause[-NEGATED_CHARS_MAX:] + match[0])
        if not negated and not WHEN[language].search(clause):
            yield match[0]
