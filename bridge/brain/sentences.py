"""Takes a passage's Markdown apart into the smallest things that can be quoted whole: sentences, list items, table
rows. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bridge.brain.knowledge.blocks import Block, blocks

PASSAGES_CACHED_MAX = 2_000
"""Passages come again and again; taking one apart costs a Markdown parse."""

Kind = Literal["heading", "sentence", "item", "row", "code"]


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote whole. Units of one paragraph, list or table share a `block`."""

    text: str
    """As it stands in the document, with its list marker or cell borders; a heading without its marks."""
    kind: Kind
    block: int
    header: str = ""
    """Of a row: the table's head and its rule, in two lines."""


_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'”’»)\]*_]*\s+(?=[^\sa-zà-öø-ÿ])"  # a small letter after it means: an abbreviation
    r"(?![#>|]|[-+*]\s|```|~~~|\d{1,9}[.)]\s)"  # at the start of a line these would be markup
    r"|(?<=[。！？])"
)
ABBREVIATION_CHARS_MAX = 8
ABBREVIATION = re.compile(
    r"(?<![^\s(])(?:[a-z]|e\.g|i\.e|etc|approx|incl|excl|max|min|[Nn]os?|St|Mrs?|Ms|Dr|vs|[Tt]el|ca|z\. ?B|d\. ?h"
    r"|bzw|usw|Nr|inkl)\.$"
)


@lru_cache(maxsize=PASSAGES_CACHED_MAX)
def units(text: str) -> tuple[Unit, ...]:
    """Everything in a passage, in document order."""
    return tuple(unit for number, block in enumerate(blocks(text)) for unit in _units(block, number))


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph, line breaks as spaces; what is not recognised as an end stays together."""
    paragraph = " ".join(paragraph.split())
    parts: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        # The match may begin with closing quotes and brackets: they belong to the sentence before them.
        stop = end.start() + len(end[0].rstrip())
        # Only the end is looked at: a row of abbreviations would be read again and again.
        if not ABBREVIATION.search(paragraph, max(start, stop - ABBREVIATION_CHARS_MAX), stop):
            parts.append(paragraph[start:stop].strip())
            start = end.end()
    return [part for part in (*parts, paragraph[start:].strip()) if part]


def groups(parts: Sequence[Unit], size: int) -> list[str]:
    """The same text in pieces of up to `size` units that belong together; headings go with what follows them."""
    pieces: list[str] = []
    heading = ""
    index = 0
    while index < len(parts):
        first = parts[index]
        if first.kind == "heading":
            heading += f"{first.text}\n"
            index += 1
            continue
        # A table stays in one piece: a row means nothing without its head.
        length = len(parts) if first.kind == "row" else size
        group = [unit for unit in parts[index : index + length] if unit.block == first.block]
        pieces.append(heading + joined(group))
        heading = ""
        index += len(group)
    return [piece for piece in (*pieces, heading.strip()) if piece.strip()]


def joined(group: Sequence[Unit]) -> str:
    """Units of one block as Markdown again."""
    texts = [unit.text for unit in group]
    match group[0].kind:
        case "row":
            return "\n".join([group[0].header, *texts])
        case "item":
            return "\n".join(texts)
        case _:
            return " ".join(texts)


def _units(block: Block, number: int) -> list[Unit]:
    match block.kind:
        case "heading":
            return [Unit(block.title, "heading", number)]
        case "list":
            return [Unit(item.strip("\n").rstrip(), "item", number) for item in block.units if item.strip()]
        case "table":
            head = "\n".join(line.strip() for line in block.head.splitlines())
            return [Unit(row.strip(), "row", number, head) for row in block.units if row.strip()]
        case "fence":
            return [Unit(_closed(block), "code", number)]
        case "text" if block.text.lstrip().startswith(">"):
            # A quotation stays one: without its marks, what is inside could be markup of another kind.
            return [Unit(block.text, "item", number)]
        case "text":
            return [Unit(sentence, "sentence", number) for sentence in sentences(block.text)]


def _closed(fence: Block) -> str:
    """The fence with its last line, also where the document ends without it: it would swallow what comes after."""
    mark = fence.foot.strip()
    lines = fence.text.splitlines()
    return fence.text if len(lines) > 1 and lines[-1].strip().startswith(mark) else f"{fence.text}\n{mark}"
