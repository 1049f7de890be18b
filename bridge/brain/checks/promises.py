"""Nobody is told that something was done, or will be, unless a tool did it or says so.

That the business will do something may be said where a source says so; how a case is, where it is a rule; and what was
done in a case, where somebody asks what a word means. Every answer is read in all languages that there are patterns
for: a model may be asked to answer in another one.
"""

import re
from collections.abc import Iterator

from bridge.brain.checks.deeds import mentioned
from bridge.brain.checks.evidence import APPROVAL, Evidence
from bridge.brain.checks.promised import EXPLAINED, LANGUAGES, NEGATED, RULE, SOON, WHEN
from bridge.brain.checks.promised import said as wordings
from bridge.brain.checks.text import Sentence

CLAUSE_CHARS_MAX = 80
NEGATED_CHARS_MAX = 12
"""So far before a verb a negation belongs to it."""
RULE_CHARS_MAX = 40
"""So far behind a verb a word belongs to it that makes it a rule."""
QUESTION_CHARS_MAX = 1_000
"""So much of a question is read for what it asks."""

_HINT = (
    "It said that something was done, or will be done, and no tool has done it or says so. Say what the customer can "
    "do, or which person can do it."
)
_UNDER_WAY = frozenset(["sent", "prepared", "ordered"])
"""What comes by itself once a tool says that it has begun."""
_ARRIVES = frozenset(["sent", "delivered"])
"""How that ends."""
_PASSED_ON = frozenset(["ticket", APPROVAL])
_NUMBER_DOT = re.compile(r"(?<=\d)\.(?=\s?\w)")
_NO_DOT = "_"
"""In the place of the one in a date or an amount, which ends no sentence."""
_SIGN = re.compile(r"[£$€¥](?=\d)|(?<=\d)\s?[£$€¥]")
"""An amount is a word as any other: "your refund of £34.50 has been sent"."""
_CLAUSE_BEGINS = re.compile(r"[,;:.!?\n()،。、-]")
_CLAUSE_ENDS = re.compile(r"[,;.!?\n()،。、]")
_AND = re.compile(r" (?:and|und|y|et|e|en) ")
_OTHER_SCRIPTS = {"ja": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"), "ar": re.compile("[\u0600-\u06ff]")}


class Promises:
    name = "promises"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        asked = evidence.question.turn.question[:QUESTION_CHARS_MAX]
        self._explains = bool(EXPLAINED.search(asked.lower()))

    def fault(self, sentence: Sentence) -> str | None:
        text = _SIGN.sub("", _NUMBER_DOT.sub(_NO_DOT, sentence.text.lower()))
        rests = self._evidence.rests(sentence.cited)
        for language in _languages(text):
            for said in _said(language, text):
                excused = self._true(said, language) or self._excused(said, language, rests=rests)
                if not excused and not self._evidence.quotes(said[0].replace(_NO_DOT, "."), sentence.cited):
                    return _HINT
        return None

    def _excused(self, said: re.Match[str], language: str, *, rests: bool) -> bool:
        """It may be said. `rests`: a source is cited."""
        match said.lastgroup:
            case "state" if _near(WHEN[language], said):
                return True
            case _ if not rests:
                return False
            case "will":
                return not SOON.search(said[0] + _after(said)) or bool(RULE[language].search(_before(said)))
            case "state":
                return self._explains or _near(RULE[language], said)
            case "told":
                return self._explains
            case _:
                return False

    def _true(self, said: re.Match[str], language: str) -> bool:
        """Tools did it, all of it; or, where it is no deed of the assistant's own, one told of it."""
        evidence = self._evidence
        known = evidence.done
        if said.lastgroup in ("told", "state"):
            known |= evidence.told.kinds | evidence.told_before.kinds
        elif said.lastgroup == "will":
            begun = (evidence.told.kinds | evidence.told_before.kinds) & _UNDER_WAY
            known |= begun | _ARRIVES if begun else begun
        if not known:
            return False
        itself = mentioned(said[0], language)
        clause = [*itself, *mentioned(_clause_after(said), language)]
        before = mentioned(_clause_before(said), language)
        if (clause or before) and all(known.intersection(kinds) for kinds in clause or before):
            return True
        if APPROVAL not in known:
            return False
        # It was passed on to somebody who has to approve it, and the customer hears of it then.
        if any(APPROVAL in kinds for kinds in (*clause, *before)):
            return not itself or any(_PASSED_ON.intersection(kinds) for kinds in itself)
        return bool(itself) and all(_PASSED_ON.intersection(kinds) for kinds in itself)


def _languages(text: str) -> Iterator[str]:
    """Those that the text can be in, by its script."""
    for language in LANGUAGES:
        script = _OTHER_SCRIPTS.get(language)
        if script is None or (not text.isascii() and script.search(text)):
            yield language


def _said(language: str, text: str) -> Iterator[re.Match[str]]:
    """What is meant: not "once we have refunded you", not "I have not cancelled it"."""
    at = 0
    while match := wordings(language).search(text, at):
        at = match.start() + 1
        before = text[max(0, match.start() - CLAUSE_CHARS_MAX) : match.start()]
        begins = [mark.end() for mark in _CLAUSE_BEGINS.finditer(before)]
        clause = before[begins[-1] if begins else 0 :]
        negated = NEGATED[language].search(clause[-NEGATED_CHARS_MAX:] + match[0])
        if not negated and not WHEN[language].search(clause) and not WHEN[language].search(match[0]):
            yield match


def _near(words: re.Pattern[str], said: re.Match[str]) -> bool:
    """They stand before it in the sentence, or with it: not with what comes behind an "and"."""
    after = _AND.split(_after(said), maxsplit=1)[0]
    return any(words.search(part) for part in (_before(said), said[0], after))


def _before(said: re.Match[str]) -> str:
    return said.string[: said.start()]


def _clause_before(said: re.Match[str]) -> str:
    """What stands before it in its clause."""
    before = said.string[max(0, said.start() - CLAUSE_CHARS_MAX) : said.start()]
    return _AND.split(_CLAUSE_BEGINS.split(before)[-1])[-1]


def _clause_after(said: re.Match[str]) -> str:
    """What stands behind it in its clause."""
    return _CLAUSE_ENDS.split(said.string[said.end() : said.end() + CLAUSE_CHARS_MAX])[0]


def _after(said: re.Match[str]) -> str:
    """The rest of its clause."""
    after = said.string[said.end() : said.end() + RULE_CHARS_MAX]
    ends = _CLAUSE_ENDS.search(after)
    return after[: ends.start()] if ends else after
