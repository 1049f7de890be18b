"""Markdown -> Telegram's text and message entities. No parse mode: nothing to escape, nothing that fails to parse."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bridge.markdown.layout import INDENT, Format, Kind, Layout, Run, inert
from bridge.markdown.parse import parse

EntityType = Literal["bold", "italic", "strikethrough", "code", "pre", "text_link", "blockquote"]

ENTITIES_MAX = 100
COLUMNS_MAX = 40
"""What a telephone shows of a line of code before it breaks it: a table that is wider is no table there."""
SIGNS = "@/"
"""Before a word they call somebody, or are a command that a touch sends. Hashtags, cashtags and telephone numbers are
live as well, and harmless: they search, or offer to call the number that everybody reads."""
LINE_UNITS_MAX = 4
"""What a line may take more than its source, but for what grows with the marks around it: line ends."""

_BEGINNING = re.compile(r"^[ >*+\d.)-]*", re.MULTILINE)
"""The marks of lists around a line, each of two characters at least: so deep it is set, and so long its number is."""
_DEFUSED = ".@@:/。．｡\u0130"
"""What takes one unit more, an `@` two: a joiner, or being lower case in the host of a foreign link."""

_TYPES: dict[Kind, EntityType] = {
    # The most important first: what is over ENTITIES_MAX is left out from the end.
    "link": "text_link",
    "pre": "pre",
    "code": "code",
    "bold": "bold",
    "quote": "blockquote",
    "strike": "strikethrough",
    "italic": "italic",
}
_IMPORTANCE = {type_: position for position, type_ in enumerate(_TYPES.values())}


@dataclass(frozen=True, slots=True)
class Entity:
    """Formatting of a part of a message. `offset` and `length` count UTF-16 units, as Telegram does."""

    type: EntityType
    offset: int
    length: int
    url: str = ""
    """Of a text_link."""
    language: str = ""
    """Of a pre; empty when unknown."""


def entities(text: str, link_hosts: Collection[str]) -> tuple[str, tuple[Entity, ...]]:
    """An answer as Telegram's text and its entities: outer before inner, no space at the edges."""
    spans: dict[Format, list[tuple[int, int]]] = {}
    parts: list[str] = []
    at = 0
    for run in _inert(Layout(link_hosts, columns_max=COLUMNS_MAX).document(parse(text)), link_hosts):
        for format_ in run.formats:
            stretches = spans.setdefault(format_, [])
            if stretches and stretches[-1][1] == at:
                stretches[-1] = (stretches[-1][0], at + len(run.text))
            else:
                stretches.append((at, at + len(run.text)))
        parts.append(run.text)
        at += len(run.text)
    whole = "".join(parts)
    cut = len(whole) - len(whole.lstrip())
    stripped = whole.strip()
    found = [
        (format_, *_without_space(whole, start, end, keeps=format_.kind == "pre"))
        for format_, stretches in spans.items()
        for start, end in stretches
    ]
    found = [(format_, max(start, cut), min(end, cut + len(stripped))) for format_, start, end in found]
    found = [(format_, start, end) for format_, start, end in found if start < end]
    found.sort(key=lambda span: (_IMPORTANCE[_TYPES[span[0].kind]], span[1]))
    found = found[:ENTITIES_MAX]
    found.sort(key=lambda span: (span[1], -span[2], span[0].number))
    units = _units(stripped)
    return stripped, tuple(_entity(format_, units[start - cut], units[end - cut]) for format_, start, end in found)


def utf16(text: str) -> int:
    """How long a text is for Telegram: its UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def at_most(text: str) -> int | None:
    """UTF-16 units that `entities(text, ...)` does not exceed, without parsing; None where that takes parsing."""
    if "|" in text or "\t" in text:  # columns of a table take as much as their widest cell
        return None
    beginnings = _BEGINNING.findall(text)
    line_max = LINE_UNITS_MAX + len(INDENT) * (max(map(len, beginnings)) // 2 + 1)
    return utf16(text) + sum(map(text.count, _DEFUSED)) + len(beginnings) * line_max


def _inert(runs: Sequence[Run], link_hosts: Collection[str]) -> list[Run]:
    """Telegram looks for nothing in code and in links, but in all else, which nobody can switch off; also in code that
    is one too many to be formatted."""
    kept: tuple[Kind, ...] = ("link", "pre", "code")
    many = len({format_ for run in runs for format_ in run.formats if format_.kind in kept}) > ENTITIES_MAX
    return inert(runs, link_hosts, SIGNS, lambda run: run.within(*kept) and not many)


def _entity(format_: Format, start: int, end: int) -> Entity:
    type_ = _TYPES[format_.kind]
    return Entity(
        type_,
        start,
        end - start,
        url=format_.detail if type_ == "text_link" else "",
        language=format_.detail if type_ == "pre" else "",
    )


def _without_space(text: str, start: int, end: int, *, keeps: bool) -> tuple[int, int]:
    """The part without space around it, empty when there is nothing else; code keeps the space that it has."""
    if keeps and not text[start:end].isspace():
        return start, end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _units(text: str) -> list[int] | range:
    """At each position of `text`, and at its end, how many UTF-16 units stand before it."""
    if text.isascii():
        return range(len(text) + 1)
    return list(accumulate((1 + (char > "\uffff") for char in text), initial=0))
