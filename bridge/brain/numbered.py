"""Reads an answer whose author names the sources by number, as in `30 days [2].`: text and citations for a Writer.

A sentence, list item or row is a block: it ends where the next one begins, so that a mark may stand before its full
stop or behind it. Pure but for the writer.
"""

import re
from collections.abc import Sequence

from bridge.brain.sentences import ABBREVIATION
from bridge.ports import Writer
from bridge.types import Passage

HELD_CHARS_MAX = 80
"""What may still become a mark is held back up to this length."""
_REMEMBERED_CHARS = 40
"""Of a block, so much of its end tells whether it is one."""

_MARK = r"[\[【]\^?(?:[Ss]ources? ?)?(?P<numbers>\d{1,3}(?:\s?[,;]\s?\d{1,3})*)(?:†[^\]】\n]{0,40})?[\]】](?!\()"
_NEXT = re.compile(rf"(?P<mark>[ \t]*{_MARK})|(?P<space>\s+)|(?P<word>[^\s\[【]+|[\[【])")
_BEGUN = re.compile(r"\s*(?:[\[【][\^\w ,;†:\-]*[\]】]?)?")
_END = re.compile(r"(?:[.!?…؟।]|[。！？])[\"'”’»)\]*_]*\Z")
_LIST_MARK = re.compile(r"\s*(?:\d{1,3}[.)]|[-*+•])\Z")
_STOPS = r"(?:(?<=[。！？])|(?<=[。！？][」』）)”’»]))"
_FULL_STOP = re.compile(rf"{_STOPS}(?=[^。！？」』）)\]”’»*_])")
_STOPPED = re.compile(rf"{_STOPS}\Z")
_CLOSING = "\"'”’»)]」』）】*_.,;:!?。、，！？"
_FENCE = re.compile(r" {0,3}(?:```|~~~)")


class Numbered:
    """One answer. Give it the pieces, then `finish`. Marks that name no source are left out; in code nothing is a
    mark."""

    def __init__(self, sources: Sequence[Passage], writer: Writer) -> None:
        self._sources = sources
        self._writer = writer
        self._held = ""
        self._line = ""
        self._fence = False
        self._block = ""
        self._cited: list[Passage] = []
        self._over = False
        """The block has ended."""
        self._maybe_over = False
        """It has ended unless a small letter follows."""
        self.wrote = False
        """Something that can be read has come."""

    def write(self, piece: str) -> None:
        """More of the answer. May raise what the writer raises."""
        self._held += piece
        self._go_on(last=False)

    def finish(self) -> None:
        """Nothing more comes. May raise what the writer raises."""
        self._go_on(last=True)
        self._close()

    def _go_on(self, *, last: bool) -> None:
        at = 0
        while (part := _NEXT.match(self._held, at)) and (last or not self._undecided(at)):
            if part["mark"] and not self._in_code():
                self._cite(part["numbers"])
            elif part["space"]:
                self._space(part["space"])
            else:
                self._word(part[0])
            at = part.end()
        self._held = self._held[at:]

    def _undecided(self, at: int) -> bool:
        """What is left may be the beginning of a mark, or the space before one."""
        return len(self._held) - at <= HELD_CHARS_MAX and bool(_BEGUN.fullmatch(self._held, at))

    def _in_code(self) -> bool:
        return self._fence or self._line.count("`") % 2 == 1

    def _cite(self, numbers: str) -> None:
        for number in map(int, re.findall(r"\d+", numbers)):
            if 1 <= number <= len(self._sources) and (source := self._sources[number - 1]) not in self._cited:
                self._cited.append(source)

    def _space(self, space: str) -> None:
        if "\n" in space:
            if _FENCE.match(self._line):
                self._fence = not self._fence
            self._over = not self._fence
            self._line = ""
        elif not self._fence:
            self._maybe_over = bool(_END.search(self._block)) and not (
                ABBREVIATION.search(self._block) or _LIST_MARK.fullmatch(self._block)
            )
            self._line += space
        self._block += space
        self._writer.write(space)

    def _word(self, word: str) -> None:
        for part in _FULL_STOP.split(word):
            if self._over or (self._maybe_over and not part[0].islower() and part[0] not in _CLOSING):
                self._close()
            self._line += part
            self._block = (self._block + part)[-_REMEMBERED_CHARS:]
            self._maybe_over = bool(_STOPPED.search(self._block)) and not self._in_code()
            self.wrote = True
            self._writer.write(part)

    def _close(self) -> None:
        cited, self._cited = self._cited, []
        self._over = self._maybe_over = False
        if self._block.strip():
            self._writer.cite(cited)
        self._block = ""
