"""Words that the operator does not want to read in an answer: topics, and the names of competitors."""

import re
from collections.abc import Sequence
from functools import lru_cache

from bridge.brain.checks.text import Sentence, folded

PHRASE_CHARS_MAX = 100
"""So long a phrase may reach over the end of a sentence."""

_HINTS = {
    "forbidden": "It touched a topic that this service does not talk about. Leave the topic out.",
    "competitors": "It named a competitor. Name no other company, and compare with none.",
}


class Forbidden:
    """`name` is the setting that lists the words."""

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self.name = name
        self._words = _pattern(tuple(words))

    def fault(self, sentence: Sentence) -> str | None:
        found = self._words.search(" ".join(folded(f"{sentence.before[-PHRASE_CHARS_MAX:]}{sentence.text}").split()))
        return _HINTS[self.name] if found else None


@lru_cache(maxsize=16)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words; where words are not set apart by spaces, anywhere."""
    return re.compile("|".join(_whole(" ".join(folded(word).split())) for word in words if folded(word).strip()))


def _whole(word: str) -> str:
    before = r"(?<!\w)" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?!\w)" if word[-1].isascii() and word[-1].isalnum() else ""
    # Between the parts of a name there may be a space, a dash or nothing: "Bike World", "Bike-World".
    return before + re.escape(word).replace(r"\ ", r"[ \-]?") + after
