"""The tree -> lines of text with formatting, for platforms that know no blocks: bullets, numbers, aligned columns."""

import math
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from bridge.markdown.links import JOINER, defused, host_of, live_places, live_url
from bridge.markdown.parse import (
    Align,
    Block,
    Break,
    Code,
    CodeBlock,
    Document,
    Heading,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
)

Kind = Literal["bold", "italic", "strike", "code", "link", "pre", "quote"]
RULE = "———"
INDENT = "   "
_BULLETS = "•◦▪"


@dataclass(frozen=True, slots=True)
class Format:
    """One piece of formatting; `number` tells it from its neighbours of the same kind."""

    kind: Kind
    number: int
    detail: str = ""
    """Of a link the address, percent-encoded; of a pre the language."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text with what is around it, outermost first. Nothing stands inside a `pre` or a `code` but text."""

    text: str
    formats: tuple[Format, ...] = ()

    def within(self, *kinds: Kind) -> bool:
        """Whether formatting of one of these kinds is around it."""
        return any(format_.kind in kinds for format_ in self.formats)


def aligned(table: Table, columns_max: float = math.inf) -> str | None:
    """A table as lines with columns of one width each; None where they are longer than `columns_max`, or that is 0."""
    rows = [[seen(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if not columns_max or sum(widths) + len(" | ") * (len(widths) - 1) > columns_max:
        return None
    lines = [" | ".join(map(_padded, row, widths, table.align)).rstrip() for row in rows]
    lines.insert(1, "-|-".join("-" * width for width in widths))
    return "\n".join(lines)


def seen(nodes: Sequence[Inline]) -> str:
    """A cell's text where nothing can be formatted: no link is live there, so each shows its host."""
    return "".join(run.text for run in Layout(()).inline(nodes)).replace("\n", " ")


def inert(runs: Sequence[Run], link_hosts: Collection[str], signs: str, keeps: Callable[[Run], bool]) -> list[Run]:
    """The same, with nothing in it that a platform would make live by itself, also where it comes together from several
    runs. What it `keeps` stays as it is; `signs` as for `live_places`."""
    places = sorted(_places(runs, link_hosts, signs))
    if not places:
        return list(runs)
    made = []
    at = done = 0
    for run in runs:
        begin, at = at, at + len(run.text)
        text = run.text
        inside = done
        while inside < len(places) and places[inside] < at:
            inside += 1
        if done < inside and not keeps(run):
            for place in reversed(places[done:inside]):
                text = text[: place - begin] + JOINER + text[place - begin :]
        done = inside
        made.append(Run(text, run.formats))
    return made


def _places(runs: Sequence[Run], link_hosts: Collection[str], signs: str) -> Iterator[int]:
    """The live places of all runs together. A link is by itself: its address does not go on behind it."""
    outside = "".join("\n" * len(run.text) if run.within("link") else run.text for run in runs)
    yield from live_places(outside, link_hosts, signs)
    begin = 0
    for run in runs:
        if run.within("link"):
            yield from (begin + place for place in live_places(run.text, link_hosts, signs))
        begin += len(run.text)


class Layout:
    """Lays one document out."""

    def __init__(self, link_hosts: Collection[str], *, mail: bool = False, columns_max: float = math.inf) -> None:
        self.link_hosts = link_hosts
        self.columns_max = columns_max
        """Tables are lines of one width, so long at most; in a longer one each cell is a line with its header."""
        self.mail = mail
        """The platform knows mail links; otherwise the address is shown."""
        self._numbers = count()

    def document(self, document: Document) -> list[Run]:
        return [run for run in self._blocks(document, (), "") if run.text]

    def _new(self, kind: Kind, formats: tuple[Format, ...], detail: str = "") -> tuple[Format, ...]:
        if any(format_.kind == kind for format_ in formats):
            return formats
        return (*formats, Format(kind, next(self._numbers), detail))

    def _blocks(
        self, blocks: Sequence[Block], formats: tuple[Format, ...], indent: str, in_item: bool = False
    ) -> Iterator[Run]:
        for position, block in enumerate(blocks):
            # What is set as it stands has no indent of ours: people copy it.
            lead = "" if isinstance(block, CodeBlock | Table) else indent
            if position:
                yield Run(("\n" if in_item and isinstance(block, List) else "\n\n") + lead, formats)
            yield from self._block(block, formats, indent)

    def _block(self, block: Block, formats: tuple[Format, ...], indent: str) -> Iterator[Run]:
        match block:
            case Paragraph(children):
                yield from self.inline(children, formats, indent)
            case Heading(_, children):
                yield from self.inline(children, self._new("bold", formats), indent)
            case List():
                yield from self._list(block, formats, indent)
            case Quote(children):
                yield from self._blocks(children, self._new("quote", formats), indent)
            case CodeBlock(text, language):
                yield Run(text, self._pre(formats, language))
            case Table() if (lines := aligned(block, self.columns_max)) is not None:
                yield Run(lines, self._pre(formats, ""))
            case Table():
                yield from self._pairs(block, formats, indent)
            case Rule():
                yield Run(RULE, formats)

    def _pre(self, formats: tuple[Format, ...], language: str) -> tuple[Format, ...]:
        outside = tuple(format_ for format_ in formats if format_.kind == "quote")
        return self._new("pre", outside, language)

    def _list(self, block: List, formats: tuple[Format, ...], indent: str) -> Iterator[Run]:
        bullet = _BULLETS[min(len(indent) // len(INDENT), len(_BULLETS) - 1)]
        for position, item in enumerate(block.items):
            if position:
                yield Run(("\n\n" if block.loose else "\n") + indent, formats)
            yield Run(f"{block.start + position}. " if block.ordered else f"{bullet} ", formats)
            if item and isinstance(item[0], CodeBlock | Table):
                yield Run("\n", formats)
            yield from self._blocks(item, formats, indent + INDENT, in_item=True)

    def _pairs(self, table: Table, formats: tuple[Format, ...], indent: str) -> Iterator[Run]:
        """Each row as a paragraph: its first cell is its title."""
        bold = self._new("bold", formats)
        for number, row in enumerate(table.rows or (table.head,)):
            if number:
                yield Run("\n\n" + indent, formats)
            filled = [(head, cell) for head, cell in zip(table.head, row, strict=True) if cell]
            for position, (head, cell) in enumerate(filled):
                if position:
                    yield Run("\n" + indent, formats)
                if head and table.rows:
                    yield from self.inline(head, formats)
                    yield Run(": ", formats)
                yield from self.inline(cell, formats if position else bold, indent)

    def inline(self, nodes: Sequence[Inline], formats: tuple[Format, ...] = (), indent: str = "") -> Iterator[Run]:
        for node in nodes:
            match node:
                case Text(text):
                    yield Run(text, formats)
                case Code(text):
                    kept = tuple(format_ for format_ in formats if format_.kind in ("quote", "link"))
                    in_link = any(format_.kind == "link" for format_ in formats)
                    yield Run(text, formats if in_link else self._new("code", kept))
                case Break():
                    yield Run("\n" + indent, formats)
                case Styled(style, children):
                    yield from self.inline(children, self._new(style, formats), indent)
                case Link():
                    yield from self._link(node, formats, indent)

    def _link(self, link: Link, formats: tuple[Format, ...], indent: str) -> Iterator[Run]:
        url = live_url(link.url, self.link_hosts)
        if url and (self.mail or not url.startswith("mailto:")):
            yield from self.inline(link.children, self._new("link", formats, url), indent)
        elif link.bare:
            text = "".join(child.text for child in link.children if isinstance(child, Text))
            yield Run(text if url else defused(text), formats)
        else:
            yield from self.inline(link.children, formats, indent)
            if host := host_of(link.url):
                yield Run(f" ({host if url else defused(host)})", formats)


def _columns(text: str) -> int:
    """How many columns a text takes where every letter has one width or two."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def _padded(cell: str, width: int, align: Align) -> str:
    missing = width - _columns(cell)
    left = {"left": 0, "center": missing // 2, "right": missing}[align]
    return " " * left + cell + " " * (missing - left)
