"""No answer is longer than its channel carries with grace."""

from bridge.brain.checks.text import Sentence

CHARS_MAX = 4_000
"""For a channel that the settings do not name."""


class Length:
    name = "length"

    def __init__(self, chars_max: int) -> None:
        self._left = self._max = chars_max

    def fault(self, sentence: Sentence) -> str | None:
        self._left -= len(sentence.text) + 1
        return f"It was too long. Stay well below {self._max} characters." if self._left < 0 else None
