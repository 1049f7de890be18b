"""Where a text may be cut into pages, and what a cut there costs the reader.

First between blocks, list items, table rows and lines of code (`block_cuts`); inside a paragraph or a line that is too
long by itself, between lines, sentences, words, letters (`Leaf`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from markdown_it.token import Token

from bridge.markdown.inline import Span, match, scan
from bridge.markdown.parse import MARKDOWN
from bridge.markdown.tail import CONTAINER


class Rank(IntEnum):
    """The better ones first."""

    BLOCK = 0
    ITEM = 1
    INNER = 2
    CODE_LINE = 3
    AFTER_HEADING = 4


class Grain(IntEnum):
    """Inside a block: the better ones first."""

    LINE = 0
    SENTENCE = 1
    WORD = 2
    EMPHASIS_WORD = 3
    LINK_WORD = 4
    LETTER = 5
    ANY_LETTER = 6


@dataclass(frozen=True, slots=True)
class Cut:
    """The next page begins at `at`. `before` ends the page before, `after` begins the next: fences, a table's header,
    emphasis are closed and opened again. `dedent` spaces are taken off the lines of the next page."""

    at: int
    rank: int
    before: str = ""
    after: str = ""
    dedent: int = 0
    ends: int | None = None
    """Where the page before ends, if not at `at` as well."""
    gap: int | None = None
    """Where the list item ends that is cut: a blank line must follow, for no list but one that begins with 1 can
    interrupt a paragraph."""


CONTEXT_CHARS_MAX = 400
"""A table's header or a fence's first line that is longer is not repeated."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK_SIGNS = "\u3001-\u303f\uff01-\uff60"
_SENTENCE = re.compile(r"[.!?…]['\")\]”’»*_~]*\s+(?=\S)|[。！？]['\")\]”’»*_~]*\s*(?=\S)")
_WORD = re.compile(rf"\s+(?=\S)|(?<=[{_CJK}{_CJK_SIGNS}])(?=[{_CJK}])")
_STARTS_BLOCK = re.compile(
    r"#{1,6}(?:\s|\Z)|[-+*](?:\s|\Z)|\d{1,9}[.)](?:\s|\Z)|[>|<=]|`{3}|~{3}|[-_*](?:[ \t]*[-_*]){2}|:?-+:?(?:\s|\Z|\|)"
)
_ENDS_AS_RULE = re.compile(r"[-=*_+#>|:~ \t]*\Z")
_CONTAINERS = ("bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open")
_EMPHASIS = ("bold", "italic", "strike")
_JOINING = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def numbered(text: str) -> str:
    """The text with the numbers of its lists as people see them, where others are written: many a list is all `1.`

    A page may begin anywhere in a list, and then the number that is written there counts.
    """
    tokens = _block_tokens(text)
    starts = _line_starts(text)
    lists: list[int] = []
    parts: list[str] = []
    done = 0
    for token in tokens:
        if token.type == "ordered_list_open":
            lists.append(int(token.attrs.get("start", 1)))
        elif token.type == "ordered_list_close":
            lists.pop()
        elif token.type == "list_item_open" and token.info and token.map:
            if int(token.info) != lists[-1]:
                at = text.index(f"{token.info}{token.markup}", max(done, starts[token.map[0]]))
                parts += [text[done:at], str(lists[-1])]
                done = at + len(token.info)
            lists[-1] += 1
    return "".join([*parts, text[done:]])


def _block_tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    MARKDOWN.block.parse(text, MARKDOWN, {}, tokens)
    return tokens


def _line_starts(text: str) -> list[int]:
    """Where each line begins; the last is the end of the text."""
    return [0, *(found.end() for found in re.finditer("\n", text)), len(text)]


def block_cuts(text: str) -> tuple[list[Cut], list[tuple[int, int, Cut]]]:
    """The cuts between blocks and between their parts, in order; and from where to where there is code in fences, with
    what closes and opens it. `text` has its lines ended by a line feed alone."""
    starts, tokens = _line_starts(text), _block_tokens(text)
    cuts: dict[int, Cut] = {}
    code: list[tuple[int, int, Cut]] = []
    after_heading = False
    table = 0
    for position, token in enumerate(tokens):
        if token.type == "table_open":
            table = position
        if token.map is None or token.type in ("inline", "thead_open", "tbody_open"):
            continue
        if token.type == "tr_open":
            if tokens[position - 1].type == "tr_close":
                found = _row_cut(text, starts, tokens[table], token)
                cuts.setdefault(found.at, found)
            continue
        at = starts[token.map[0]]
        cuts.setdefault(at, Cut(at, Rank.AFTER_HEADING if after_heading else _rank(token), dedent=_indent(text, at)))
        if token.type == "fence":
            inside, around = _fence_cuts(text, starts, token)
            code.append((inside[0], inside[-1], around))
            for at in inside[1:-1]:
                blank = text[at - 2] == "\n"
                cuts.setdefault(at, replace(around, at=at, rank=Rank.INNER if blank else Rank.CODE_LINE))
        if token.type not in _CONTAINERS:
            after_heading = token.type == "heading_open"
    return [cuts[at] for at in sorted(cuts)], code


def _rank(token: Token) -> Rank:
    if token.type == "list_item_open" and token.level == 1:
        return Rank.ITEM
    return Rank.INNER if token.level else Rank.BLOCK


def _indent(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] == " ":
        end += 1
    return end - at


def _container(line: str) -> str:
    """What the further lines of a block have in front when its first one is `line`."""
    prefix = CONTAINER.match(line)
    return re.sub(r"[^>\s]", " ", prefix[0]) if prefix else ""


def _row_cut(text: str, starts: list[int], table: Token, row: Token) -> Cut:
    """Before a row that is not the first: the header comes again."""
    first = (table.map or [0])[0]
    header = text[starts[first] : starts[first + 2]]
    prefix = CONTAINER.match(header)
    prefix_end = prefix.end() if prefix else 0
    outside = "".join(part for part in _container(header) if part in "> ").lstrip(" ")
    names = header[prefix_end:].partition("\n")
    delimiters = CONTAINER.sub("", names[2], count=1) if outside else names[2].lstrip()
    after = outside + names[0] + "\n" + outside + delimiters
    if len(after) > CONTEXT_CHARS_MAX:
        after = ""
    at = starts[(row.map or [0])[0]]
    return Cut(at, Rank.ITEM if table.level == 0 else Rank.INNER, after=after, dedent=_indent(text, at))


def _fence_cuts(text: str, starts: list[int], token: Token) -> tuple[list[int], Cut]:
    """Where the lines of code begin and the last one ends, and how the fence is closed and opened again."""
    first, last = token.map or (0, 0)
    container = _container(text[starts[first] : starts[first + 1]])
    outside = container.lstrip(" ")
    info = token.info if len(token.info) <= CONTEXT_CHARS_MAX else ""
    last = min(first + 1 + token.content.count("\n"), last)
    return starts[first + 1 : last + 1], Cut(
        0,
        Rank.CODE_LINE,
        before=f"\n{container}{token.markup}",
        after=f"{outside}{token.markup}{info}\n",
        dedent=0 if outside else len(container),
    )


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block without blocks in it, or one line of code, that may have to be cut inside."""

    text: str
    start: int
    end: int
    around: Cut | None = None
    """In code: what closes and opens its fence. There is no markup then."""

    def words(self) -> dict[Grain, list[Cut]]:
        """The cuts between lines, sentences and words, in order."""
        inside, spans = self._inside()
        cover = _Cover(spans)
        sentences = {found.end() for found in _SENTENCE.finditer(self.text, inside, self.end)}
        cuts: dict[Grain, list[Cut]] = {grain: [] for grain in Grain}
        for found in _WORD.finditer(self.text, inside, self.end):
            ends, at = found.span()
            new_line = "\n" in found[0]
            if new_line and not self.around and (mark := CONTAINER.match(self.text, self.text.rindex("\n", 0, at) + 1)):
                at = max(at, mark.end())
            covering = cover.at(at)
            if covering is None or not inside < ends <= at < self.end or not self._keeps_kind(inside, ends, at):
                continue
            if covering:
                grain = Grain.EMPHASIS_WORD if all(span.kind in _EMPHASIS for span in covering) else Grain.LINK_WORD
            else:
                grain = Grain.LINE if new_line else Grain.SENTENCE if found.end() in sentences else Grain.WORD
            cuts[grain].append(self._cut(ends, at, grain, covering))
        return cuts

    def letters(self) -> dict[Grain, list[Cut]]:
        """The cuts between letters, in order."""
        inside, spans = self._inside()
        cover = _Cover(spans)
        cuts: dict[Grain, list[Cut]] = {grain: [] for grain in Grain}
        for at in _letters(self.text, inside, self.end):
            covering = cover.at(at)
            if self._keeps_kind(inside, at, at):
                grain = Grain.ANY_LETTER if covering is None else Grain.LETTER
                cuts[grain].append(self._cut(at, at, grain, covering or []))
        return cuts

    def _inside(self) -> tuple[int, list[Span]]:
        prefix = CONTAINER.match(self.text, self.start, self.end)
        inside = prefix.end() if prefix and not self.around else self.start
        if self.around:
            return inside, []
        found = scan(self.text, inside, self.end)
        return inside, sorted(found.spans + match(found.runs)[0], key=lambda span: span.start)

    def _keeps_kind(self, inside: int, ends: int, at: int) -> bool:
        """The parts are still text: the second does not begin like a list or a heading, the first is no rule."""
        if self.around:
            return True
        line = max(self.text.rfind("\n", inside, ends) + 1, inside)
        return not _STARTS_BLOCK.match(self.text, at, self.end) and not _ENDS_AS_RULE.match(self.text, line, ends)

    def _cut(self, ends: int, at: int, grain: Grain, covering: list[Span]) -> Cut:
        if self.around:
            return replace(self.around, at=at, rank=grain, dedent=0, ends=ends)
        container = _container(self.text[self.start : self.text.find("\n", self.start) + 1 or self.end])
        before = "".join(self.text[span.inside_end : span.end] for span in reversed(covering))
        after = "".join(self.text[span.start : span.inside] for span in covering)
        if ">" in container or not container:
            return Cut(at, grain, before, container.lstrip(" ") + after, ends=ends)
        return Cut(at, grain, before, after, len(container), ends, self.end)


class _Cover:
    """Which spans stand around a position. Positions come in order."""

    def __init__(self, spans: list[Span]) -> None:
        self.spans = spans
        self.next = 0
        self.open: list[Span] = []

    def at(self, at: int) -> list[Span] | None:
        """The spans around a position, outermost first; None inside of an address or of a mark itself."""
        while self.next < len(self.spans) and self.spans[self.next].start < at:
            self.open.append(self.spans[self.next])
            self.next += 1
        self.open = [span for span in self.open if span.end > at]
        if any(not span.inside < at < span.inside_end or span.kind == "address" for span in self.open):
            return None
        return list(self.open)


def _letters(text: str, start: int, end: int) -> Iterator[int]:
    """Between two letters as people see them: not inside a flag, a family or a letter with its accents."""
    flags = 0
    for at in range(start, end):
        char = text[at]
        if char.isascii() and at > start and text[at - 1].isascii():
            yield at
            continue
        flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        joined = (
            char in _JOINING
            or unicodedata.category(char) in ("Mn", "Mc", "Me")
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or "\U000e0020" <= char <= "\U000e007f"
            or (at > start and text[at - 1] == "\u200d")
            or (flag and flags % 2 == 1)
            or ("\u1160" <= char <= "\u11ff")
        )
        flags = flags + 1 if flag else 0
        if at > start and not joined:
            yield at
