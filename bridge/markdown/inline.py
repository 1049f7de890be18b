"""Where the formatting lies inside a paragraph: code, links, emphasis, and what has begun and not ended.

The parser (parse.py) says what formatting there is, this says at which characters, for the tools that cut and change
the source itself. It reads as the parser does; tests compare the two.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

from bridge.markdown.parse import is_times

PARENTHESES_MAX = 32
"""How deep they may be nested in the address of a link."""

SpanKind = Literal["code", "link", "image", "address", "bold", "italic", "strike"]

_TOKEN = re.compile(r"\\|`+|\*+|_+|~+|!?\[|\]|<")
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~\n]")
_ADDRESS = re.compile(
    r"<(?:[a-z][a-z0-9+.-]{1,31}:[^<>\x00-\x20]*"
    r"|[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*)\n?>",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS_BEGUN = re.compile(r"<(?:[a-z\d][^\s<>]*\n?)?\Z", re.IGNORECASE)
_TICKS = re.compile(r"`+")
_CITATION = re.compile(r"\[\d{1,3}\]")
_SPACE = re.compile(r"[ \t\n]*")
_ANGLE = re.compile(r"[^<>\n\\]*(?:\\.[^<>\n\\]*)*", re.DOTALL)
_BARE = re.compile(r"(?:[^()\\\x00-\x20\x7f]|\\[^ ]|\\\Z)+")
_TITLE = {
    '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL),
    "(": re.compile(r"(?:[^()\\]|\\.)*", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Span:
    """`start` to `end` is all of it, `inside` to `inside_end` what people see of it."""

    kind: SpanKind
    start: int
    inside: int
    inside_end: int
    end: int


@dataclass(slots=True)
class Run:
    """Stars, underscores or tildes in a row; those from `low` to `high` have no partner yet."""

    start: int
    end: int
    char: str
    opens: bool
    closes: bool
    low: int = 0
    high: int = 0

    @property
    def left(self) -> int:
        """How many have no partner yet."""
        return self.high - self.low

    def free(self) -> None:
        """Let none have a partner. Of three tildes the first is text; one alone marks nothing."""
        odd = self.char == "~" and self.end - self.start > 1 and (self.end - self.start) % 2
        self.low, self.high = self.start + odd, self.end


@dataclass(slots=True)
class Scan:
    """What `scan` found."""

    spans: list[Span] = field(default_factory=list)
    """Those that end here, code, links and addresses; emphasis is added by `match`."""
    runs: list[Run] = field(default_factory=list)
    """Those outside of links, unmatched."""
    code: tuple[int, int] | None = None
    """Of a draft: where code begins that does not end, and how many backticks it takes to end it."""
    hold: int = 0
    """Of a draft: from here on it may still become a link, an image, an address or a mark; its end when nothing may."""


def scan(text: str, start: int, end: int, *, draft: bool = False) -> Scan:
    """Reads one run of inline text. Of a `draft`, text may follow after `end`."""
    scanner = _Scanner(text, start, end, draft)
    at: int | None = start
    while at is not None and (token := _TOKEN.search(text, at, end)):
        at = scanner.read(token)
    if draft:
        scanner.hold_brackets()
    return scanner.found


class _Scanner:
    """One pass over the tokens. Each reader answers where to go on."""

    def __init__(self, text: str, start: int, end: int, draft: bool) -> None:
        self.text, self.start, self.end, self.draft = text, start, end, draft
        self.found = Scan(hold=end)
        self.brackets: list[tuple[int, int, int]] = []
        """Those that are open: where each stands, how many runs came before it, and how many were dead then."""
        self.dead = 0
        """So many of them cannot begin a link any more, because there is one inside them."""
        self.ticks: dict[int, list[int]] | None = None
        """Where backticks stand, by how many in a row."""

    def read(self, token: re.Match[str]) -> int | None:
        """The position after a token and what belongs to it; None when the rest is code."""
        match token[0][0]:
            case "\\":
                return self._escape(token.start())
            case "`":
                return self._code(token)
            case "<":
                return self._address(token.start())
            case "[" | "!":
                self.brackets.append((token.start(), len(self.found.runs), self.dead))
            case "]":
                return self._bracket(token.end())
            case char:
                if not (char == token[0] == "*" and token.end() < self.end and is_times(self.text, token.start())):
                    self.found.runs.append(_run(self.text, *token.span(), self.start, self.end))
        return token.end()

    def hold_brackets(self) -> None:
        """The first bracket that may still begin a link is where a draft ends for now."""
        for position, (at, _, _) in enumerate(self.brackets):
            if position >= self.dead or self.text[at] == "!":
                self._hold(at)
                return

    def _hold(self, at: int) -> None:
        self.found.hold = min(self.found.hold, at)

    def _escape(self, at: int) -> int:
        if at + 1 == self.end:
            self._hold(at)
        return at + 2 if _ESCAPED.match(self.text, at, self.end) else at + 1

    def _code(self, token: re.Match[str]) -> int | None:
        if self.ticks is None:
            self.ticks = {}
            for run in _TICKS.finditer(self.text, token.start(), self.end):
                self.ticks.setdefault(len(run[0]), []).append(run.start())
        length = len(token[0])
        closers = self.ticks.get(length, [])
        position = bisect_left(closers, token.end())
        if position < len(closers):
            close = closers[position]
            self.found.spans.append(Span("code", token.start(), token.end(), close, close + length))
            return close + length
        if self.draft:
            self.found.code = (token.start(), length)
            return None
        return token.end()

    def _address(self, at: int) -> int:
        if address := _ADDRESS.match(self.text, at, self.end):
            self.found.spans.append(Span("address", at, at + 1, address.end() - 1, address.end()))
            return address.end()
        if _ADDRESS_BEGUN.match(self.text, at, self.end):
            self._hold(at)
        return at + 1

    def _bracket(self, at: int) -> int:
        """`at` is behind a closing bracket."""
        if not self.brackets:
            return at
        opening, runs_before, dead_before = self.brackets.pop()
        image = self.text[opening] == "!"
        alive = image or len(self.brackets) >= self.dead
        self.dead = min(self.dead, len(self.brackets))
        if not alive or _CITATION.match(self.text, opening, self.end):
            return at
        if at == self.end:
            self._hold(opening)
            return at
        if self.text[at] != "(":
            return at
        state, link_end = _destination(self.text, at, self.end)
        if state == "open":
            self._hold(opening)
        if state != "done":
            return at
        runs = self.found.runs
        inside, inside_end = opening + 1 + image, at - 1
        self.found.spans.append(Span("image" if image else "link", opening, inside, inside_end, link_end))
        # The parser reads the words of an image as a text by itself, those of a link as one that ends before the `]`.
        begin = inside if image else self.start
        label = [_run(self.text, run.start, run.end, begin, inside_end) for run in runs[runs_before:]]
        self.found.spans += match(label)[0]
        del runs[runs_before:]
        # A link may stand in the words of an image that stands in those of a link.
        self.dead = dead_before if image else len(self.brackets)
        return link_end


def match(runs: Sequence[Run]) -> tuple[list[Span], list[Run]]:
    """The emphasis between runs, by CommonMark's rules, and the runs that further text may still close."""
    for run in runs:
        run.free()
    spans: list[Span] = []
    open_: list[tuple[int, Run]] = []
    bottom: dict[tuple[str, bool, int], int] = {}
    for number, run in enumerate(runs):
        length = run.end - run.start
        key = (run.char, run.opens, length % 3)
        while run.closes and run.left:
            position = len(open_) - 1
            while position >= 0 and open_[position][0] >= bottom.get(key, 0):
                opener = open_[position][1]
                if opener.char == run.char and not _odd(opener, run):
                    break
                position -= 1
            if position < 0 or open_[position][0] < bottom.get(key, 0):
                bottom[key] = number
                break
            opener = open_[position][1]
            del open_[position + 1 :]
            used = 2 if opener.left > 1 and run.left > 1 else 1
            outer = opener.high - used
            inner_end = run.low
            kind: SpanKind = "strike" if run.char == "~" else "bold" if used == 2 else "italic"
            spans.append(Span(kind, outer, outer + used, inner_end, inner_end + used))
            opener.high -= used
            run.low += used
            if not opener.left:
                open_.pop()
        if run.opens and run.left:
            open_.append((number, run))
    return spans, [run for _, run in open_]


def _odd(opener: Run, closer: Run) -> bool:
    """CommonMark's rule of three: keeps `*foo**bar*` from closing at its middle."""
    if opener.char == "~" or not (opener.closes or closer.opens):
        return False
    first, second = opener.end - opener.start, closer.end - closer.start
    return (first + second) % 3 == 0 and (first % 3 != 0 or second % 3 != 0)


def _run(text: str, start: int, run_end: int, begin: int, end: int) -> Run:
    """The run from `start` to `run_end`; the text is what stands from `begin` to `end`."""
    char = text[start]
    if run_end - start == 1 and char == "~":
        return Run(start, run_end, char, False, False)
    before = text[start - 1] if start > begin else " "
    after = text[run_end] if run_end < end else " "
    space_before, space_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
    sign_before, sign_after = _is_sign(before), _is_sign(after)
    left = not space_after and (not sign_after or space_before or sign_before)
    right = not space_before and (not sign_before or space_after or sign_after)
    opens = left and (char != "_" or not right or sign_before)
    closes = right and (char != "_" or not left or sign_after)
    return Run(start, run_end, char, opens, closes)


def _is_sign(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _destination(text: str, at: int, end: int) -> tuple[Literal["done", "open", "none"], int]:
    """Reads `(address "title")`: whether it is one, may become one or is none, and where it ends."""
    at = _skip(_SPACE, text, at + 1, end)
    if at < end and text[at] == "<":
        at = _skip(_ANGLE, text, at + 1, end)
        if at < end and text[at] != ">":
            return "none", end
        at += 1
    elif (at := _bare(text, at, end)) < 0:
        return "none", end
    after = _skip(_SPACE, text, at, end)
    if after < end and after > at and text[after] in _TITLE:
        at = _skip(_TITLE[text[after]], text, after + 1, end)
        if text.startswith("(", at, end):
            return "none", end
        after = _skip(_SPACE, text, at + 1, end)
    if after >= end:
        return "open", end
    return ("done", after + 1) if text[after] == ")" else ("none", end)


def _bare(text: str, at: int, end: int) -> int:
    """Where an address without angle brackets ends; -1 when it is none."""
    depth = 0
    while at < end:
        if bare := _BARE.match(text, at, end):
            at = bare.end()
        elif text[at] == "(" and depth < PARENTHESES_MAX:
            depth += 1
            at += 1
        elif text[at] == ")" and depth:
            depth -= 1
            at += 1
        else:
            break
    return -1 if at < end and depth else at


def _skip(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at
