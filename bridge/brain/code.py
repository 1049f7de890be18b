"""Tells code from prose in Markdown that is still being written: `[3]` in code is an index, in prose a mark. Pure."""

import re
from collections.abc import Iterator
from typing import Literal

from bridge.types import CITATION_MARK

UNDECIDED_CHARS_MAX = 400
"""What may still become code is held back up to this length; what is longer counts as prose."""

Until = Literal["more", "mark", "end"]
"""What comes next: more text, a mark of ours, or nothing."""

Kind = Literal["prose", "opening", "code", "closing"]
"""`opening` and `closing` are the lines around fenced code; code inside a line of prose is prose."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^\n]*)(\n?)")
_FENCE_BEGUN = re.compile(r" {0,3}(?:`*|~*)[ \t]*\Z")
_SPAN = re.compile(r"(`{1,2})[^`|\n]+\1(?!`)")
_SPAN_BEGUN = re.compile(r"`{1,2}(?:[^`|\n]+`{0,2})?\Z")
_BEGUN = re.compile(r"(?:\[\d{0,3}|~{1,2})\Z")
_BEGUN_CHARS_MAX = 4
_INDENT = re.compile(r" *")
_STOP = re.compile(r"[`<\n]|~~~")


def neutral(text: str) -> str:
    """Text in which nothing looks like a citation mark: `[3]` becomes `(3)`."""
    return CITATION_MARK.sub(r"(\1)", text)


class Prose:
    """Gives Markdown back in parts as soon as it is decided what they are, with the marks in prose made `neutral`.

    Code is only what no reader of Markdown takes for prose. Where that is not plain inside a line, everything is prose
    up to the next blank line; where it is not plain which lines are code, everything is prose to the end.
    """

    def __init__(self) -> None:
        self.fence = ""
        """The line that closes the code we are in; empty outside of it."""
        self.indent = ""
        """The space before the last fence."""
        self.waiting = ""
        """What is not decided."""
        self._begins = True
        self._blank = True
        self._escaped = False
        self._unclear = False
        self._lost = False

    def feed(self, piece: str, until: Until = "more") -> Iterator[tuple[Kind, str]]:
        """All parts that are decided now. Before a mark only the opening of a fence stays undecided."""
        text = self.waiting + piece
        at = 0
        while at < len(text) and (part := self._next(text, at, until)):
            at += part[2]
            yield part[0], part[1]
        self.waiting = text[at:]

    def _next(self, text: str, at: int, until: Until) -> tuple[Kind, str, int] | None:
        """The next part and how much of the text it is; None when more must come first."""
        may_wait = until == "more" and len(text) - at <= UNDECIDED_CHARS_MAX
        if self._begins and not self._lost:
            begun = _FENCE_BEGUN.match(text, at)
            if begun and (may_wait or (until == "mark" and self.fence and not begun[0].strip().startswith(self.fence))):
                return None
            if self.fence and self._dedented(text, at):
                self._lost = True  # whether the code is over depends on lists, which we do not follow
            elif (fence := _FENCE.match(text, at)) and self._turns(fence):
                if fence[4] or until == "end" or (until == "mark" and self.fence):
                    return self._turn(fence)
                if may_wait or until == "mark":
                    return None
                self._lost = True
            self.fence = "" if self._lost else self.fence
        return self._code(text, at) if self.fence else self._prose(text, at, until, may_wait)

    def _turns(self, fence: re.Match[str]) -> bool:
        """The line opens or closes fenced code."""
        if self.fence:
            return fence[2].startswith(self.fence) and not fence[3].strip(" \t")
        return fence[2][0] == "~" or "`" not in fence[3]

    def _turn(self, fence: re.Match[str]) -> tuple[Kind, str, int]:
        kind: Kind = "closing" if self.fence else "opening"
        self.indent = fence[1]
        self.fence = "" if self.fence else fence[2]
        self._begins = self._blank = True
        self._escaped = self._unclear = False
        return kind, neutral(fence[0]), len(fence[0])

    def _dedented(self, text: str, at: int) -> bool:
        end = at + len(self.indent)
        return not text[at:end].isspace() and "\n" not in text[at:end] if self.indent else False

    def _code(self, text: str, at: int) -> tuple[Kind, str, int]:
        end = text.find("\n", at) + 1
        self._begins = end > 0
        part = text[at : end or len(text)]
        return "code", part, len(part)

    def _prose(self, text: str, at: int, until: Until, may_wait: bool) -> tuple[Kind, str, int] | None:
        stop = _STOP.search(text, at)
        if stop and stop.start() == at:
            return self._special(text, at, stop[0], may_wait)
        end = stop.start() if stop else len(text)
        if stop is None and until == "more" and (begun := _BEGUN.search(text, max(at, end - _BEGUN_CHARS_MAX))):
            end = begun.start()
        if end == at:
            return None
        part = text[at:end]
        self._begins = False
        self._blank = self._blank and not part.strip()
        self._escaped = part.endswith("\\")
        return "prose", neutral(part), len(part)

    def _special(self, text: str, at: int, stop: str, may_wait: bool) -> tuple[Kind, str, int] | None:
        part = stop
        if stop == "\n":
            self._unclear = self._unclear and not self._blank
        elif stop == "<":
            if may_wait and len(text) == at + 1:
                return None
            # An address or a tag may hold a backtick.
            self._unclear = self._unclear or text[at + 1 : at + 2].isalpha()
        elif stop == "~~~" or text.startswith("```", at):
            self._lost = True  # a fence in a list or a quotation, perhaps
        elif not (self._escaped or self._unclear or self._lost):
            span = _SPAN.match(text, at)
            if may_wait and (_SPAN_BEGUN.match(text, at) or (span and span.end() == len(text))):
                return None
            self._unclear = span is None
            part = span[0] if span else stop
        else:
            self._unclear = True
        self._begins = self._blank = stop == "\n"
        self._escaped = False
        return "prose", part, len(part)
