"""Text as the checks read it: one form for what looks alike, cut into sentences while it grows. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bridge.brain.checks.words_for_numbers import MONTHS
from bridge.brain.invisible import without_invisible
from bridge.brain.sentences import ABBREVIATION, ABBREVIATION_CHARS_MAX
from bridge.types import Passage

SENTENCE_CHARS_MAX = 1_000
"""What is longer is cut at a space: whatever a model writes, a check reads no more than this at once."""
SPACE_CHARS_MAX = 20
"""Behind a full stop, more space than this ends a sentence whatever follows."""
FOLDED_CACHED_MAX = 128
"""Several checks read the same sentence."""
BEFORE_CHARS_MAX = 200
"""So much of what stood before a sentence is looked at with it."""

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u3099\u309a]+"
)
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_LOOKALIKES = str.maketrans(
    dict(
        zip(
            "\u2018\u2019\u201a\u201c\u201d\u201e\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
            "'''\"\"\"-------",
            strict=True,
        )
    )
    | {"\u066b": ".", "\u066c": ",", "\u060c": ",", "\u2044": "/"}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or line of an answer."""

    text: str
    """Plain, without space around it."""
    before: str
    """The end of what stands before it in the answer, plain."""
    cited: tuple[Passage, ...] = ()
    """What it rests on."""
    begins: bool = False
    """A paragraph or list item begins with it."""


def plain(text: str) -> str:
    """In one form: compatible characters as one, digits of every script as ours, typographic dashes and quotes as
    plain ones, nothing invisible."""
    text = without_invisible(text)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


@lru_cache(maxsize=FOLDED_CACHED_MAX)
def folded(text: str) -> str:
    """Plain, without case and accents."""
    text = plain(text)
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))


_STOP = re.compile(r"[.!?…؟।]+|[。！？]+|\n")
_CLOSING = re.compile(r"[\"'”’»)\]*_」』）]*")
_WORD_CHARS_MAX = 12
_WORD = re.compile(rf"[^\W\d_]{{1,{_WORD_CHARS_MAX}}}")
_SPACE = re.compile(rf"[^\S\n]{{0,{SPACE_CHARS_MAX}}}")


def end(text: str, start: int, resume: int, *, last: bool = False) -> tuple[int | None, int]:
    """Where the sentence ends that begins at `start`, and None while more text must tell; then the second number is
    where to look on (`resume` at first). `last`: no more text comes here. The same for however many pieces a text comes
    in."""
    limit = start + SENTENCE_CHARS_MAX
    while stop := _STOP.search(text, resume, limit):
        ended = _ended(text, start, stop, last)
        if ended is None:
            return None, stop.start()
        if ended:
            return ended, ended
        resume = stop.end()
    if len(text) > limit:
        cut = max(text.rfind(" ", start + 1, limit), 0) or limit
        return cut, cut
    return (len(text), len(text)) if last and len(text) > start else (None, max(resume, start))


def _ended(text: str, start: int, stop: re.Match[str], last: bool) -> int | None:
    """Where it ends; 0 when this is no end, None when more text must tell."""
    if stop[0] == "\n":
        return stop.end() if text[start : stop.start()].strip() else 0
    after = _CLOSING.match(text, stop.end())
    closed = after.end() if after else stop.end()
    if closed == len(text):
        return closed if last else None
    space = _SPACE.match(text, closed)
    follows = space.end() if space else closed
    if stop[0][0] in "。！？" or follows - closed == SPACE_CHARS_MAX or text[follows : follows + 1] == "\n":
        return closed
    if follows == closed:
        return 0
    if follows == len(text):
        return closed if last else None
    goes_on = _goes_on(text, start, stop.start(), closed, follows, last)
    return None if goes_on is None else 0 if goes_on else closed


def _goes_on(text: str, start: int, stop: int, closed: int, follows: int, last: bool) -> bool | None:
    """The full stop at `stop` belongs to an abbreviation, a list's number or a German date ("15. Februar"); None when
    more text must tell."""
    if text[follows].islower() or text[start:stop].strip().isdigit():
        return True
    if text[stop - 1].isdigit() and (word := _WORD.match(text, follows)):
        if word.end() == len(text) and len(word[0]) < _WORD_CHARS_MAX and not last:
            return None
        if folded(word[0]) in MONTHS:
            return True
    return bool(ABBREVIATION.search(text, max(start, closed - ABBREVIATION_CHARS_MAX), closed))
