"""The text of an answer as it grows, with our citation marks and nobody else's. Pure but for the callback."""

import re
from collections.abc import Callable, Sequence

from bridge.types import CITATION_MARK, Passage

_HELD = re.compile(r"\s*(?:\[\d{0,3})?\Z")
"""The end of a text that may not go out yet: space before a mark, and what may become a mark."""


def neutral(text: str) -> str:
    """Text in which nothing looks like a citation mark: `[3]` becomes `(3)`."""
    return CITATION_MARK.sub(r"(\1)", text)


class MarkedText:
    """Collects the pieces of an answer. Whatever the pieces are, the concatenation of what `on_text` got is `text`,
    and every citation mark in it is one of ours."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._said: list[str] = []
        self._held = ""
        self._after_mark = False
        self._numbers: dict[str, int] = {}
        self._cited: list[Passage] = []

    @property
    def text(self) -> str:
        return "".join(self._said)

    @property
    def citations(self) -> tuple[Passage, ...]:
        """The passages behind the marks: `[1]` is the first."""
        return tuple(self._cited)

    def write(self, piece: str) -> bool:
        """More of the author's own words. True when some of it went out."""
        text = neutral(self._held + piece)
        if not self._said:
            text = text.lstrip()
        if self._after_mark and text:
            # `[1](` would read as a link, and `[1][` as a reference.
            text = f" {text}" if text[0] in "([" else text
            self._after_mark = False
        end = _HELD.search(text)
        cut = end.start() if end else len(text)
        self._held = text[cut:]
        return self._say(text[:cut])

    def cite(self, passages: Sequence[Passage]) -> None:
        """Mark what was just written with its sources, once each, before any space at its end."""
        words = self._held.rstrip()
        if not passages or not (self._said or words):
            return
        marks = "".join(f" [{number}]" for number in sorted({self._number(passage) for passage in passages}))
        self._held = self._held[len(words) :]
        self._say(words + marks)
        self._after_mark = not self._held

    def finish(self) -> None:
        """Give out what was held back; space at the end never comes."""
        self._say(self._held.rstrip())
        self._held = ""

    def _number(self, passage: Passage) -> int:
        if passage.chunk_id not in self._numbers:
            self._cited.append(passage)
            self._numbers[passage.chunk_id] = len(self._cited)
        return self._numbers[passage.chunk_id]

    def _say(self, text: str) -> bool:
        if text:
            self._said.append(text)
            self._on_text(text)
        return bool(text)
