"""The text of an answer as it grows, with our citation marks and nobody else's. Pure but for the callback."""

from collections.abc import Callable, Sequence

from bridge.brain.code import Kind, Prose
from bridge.types import Passage

HELD_CHARS_MAX = 200
"""Space is held back, because a mark goes before it; what is longer goes out."""


class MarkedText:
    """Collects the pieces of an answer. Whatever the pieces are, the concatenation of what `on_text` got is `text`,
    and every citation mark in it, outside of code, is one of ours.

    Behind a table's row or a fence of code a mark would break it: such marks are owed, and stand in a paragraph of
    their own below the table or the code.
    """

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._prose = Prose()
        self._said: list[str] = []
        self._held = ""
        self._kind: Kind = "prose"
        self._row = False
        self._new_line = False
        self._after_mark = False
        self._owed: list[Passage] = []
        self._numbers: dict[str, int] = {}
        self._cited: list[Passage] = []

    @property
    def text(self) -> str:
        return "".join(self._said)

    @property
    def citations(self) -> tuple[Passage, ...]:
        """The passages behind the marks: `[1]` is the first."""
        return tuple(self._cited)

    def write(self, piece: str) -> None:
        """More of the author's own words."""
        for kind, part in self._prose.feed(piece):
            self._take(kind, part)

    def cite(self, passages: Sequence[Passage]) -> None:
        """Mark what was just written with its sources, once each, before any space at its end."""
        if not passages:
            return
        for kind, part in self._prose.feed("", "mark"):
            self._take(kind, part)
        if not (self._said or self._prose.waiting):
            return
        self._owed += passages
        if self._kind == "prose" and not self._row and not self._prose.waiting:
            self._say(f" {self._marks()}")
            self._after_mark = not self._held

    def finish(self) -> None:
        """Give out what was held back; space at the end never comes, and code that is still open is closed."""
        for kind, part in self._prose.feed("", "end"):
            self._take(kind, part)
        if self._prose.fence:
            self._say(f"\n{self._prose.indent}{self._prose.fence}")
        if self._owed:
            self._pay()
        self._held = ""

    def _take(self, kind: Kind, part: str) -> None:
        part = part if self._said else part.lstrip()
        words = part.rstrip()
        if words:
            if self._owed and self._is_below(kind, words):
                self._pay()
            # `[1](` would read as a link, and `[1][` as a reference.
            self._say(f"{self._held} " if self._after_mark and words[0] in "([" and not self._held else self._held)
            self._say(words)
            self._held, self._after_mark, self._new_line = "", False, False
            self._kind, self._row = kind, kind == "prose" and words.endswith("|")
        space = part[len(words) :]
        self._held += space
        self._new_line = self._new_line or "\n" in space
        if len(self._held) > HELD_CHARS_MAX:
            self._say(self._held)
            self._held = ""

    def _is_below(self, kind: Kind, words: str) -> bool:
        """What comes next is not part of the table or the code that marks are owed for."""
        if self._kind != "prose":
            return self._kind == "closing"
        return self._new_line and not (kind == "prose" and words.lstrip().startswith("|"))

    def _pay(self) -> None:
        indent = "" if self._kind == "prose" else self._prose.indent
        self._say(f"\n\n{indent}{self._marks()}")
        self._held = "\n\n" + self._held.rpartition("\n")[2]

    def _marks(self) -> str:
        numbers = sorted({self._number(passage) for passage in self._owed})
        self._owed.clear()
        return " ".join(f"[{number}]" for number in numbers)

    def _number(self, passage: Passage) -> int:
        if passage.chunk_id not in self._numbers:
            self._cited.append(passage)
            self._numbers[passage.chunk_id] = len(self._cited)
        return self._numbers[passage.chunk_id]

    def _say(self, text: str) -> None:
        if text:
            self._said.append(text)
            self._on_text(text)
