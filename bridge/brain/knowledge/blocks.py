"""Markdown as a row of blocks, each the document's own lines, and how to split a block that is too long. Pure."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

CHARS_PER_TOKEN = 2.5
FENCE_TOKENS_MAX = 2_000
"""A code fence stays whole up to this size, however small a chunk should be."""

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])(?=\s)|(?<=[.!?…][)\]\"'”’»])(?=\s)|(?<=[。！？])")
_WORD_END = re.compile(r"(?=\s)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document. `units` are the rows, items or lines that a long one is split between; `head` and
    `foot` stand around each of its parts."""

    kind: Literal["heading", "text", "list", "table", "fence"]
    text: str
    level: int = 0
    """Of a heading, 1 to 6."""
    title: str = ""
    """Of a heading, without markup."""
    units: tuple[str, ...] = ()
    head: str = ""
    foot: str = ""


def estimate_tokens(text: str) -> int:
    """About how many tokens a model makes of a text: one for each Chinese, Japanese or Korean character and one for
    every 2.5 others. On the high side for English, so that no language overflows."""
    cjk = len(_CJK.findall(text))
    return math.ceil(cjk + (len(text) - cjk) / CHARS_PER_TOKEN)


def blocks(markdown: str) -> list[Block]:
    """The blocks of a document; lines that give no token (link definitions) become text blocks of their own."""
    lines = [f"{line}\n" for line in markdown.split("\n")]  # as the parser counts them; splitlines() knows more ends
    tokens = _MARKDOWN.parse(markdown)
    found: list[Block] = []
    done = 0
    for position, token in enumerate(tokens):
        if token.level == 0 and token.map is not None and token.nesting >= 0:
            first, last = token.map
            found += _text("".join(lines[done:first]))
            found += _block(tokens, position, lines)
            done = last
    return found + _text("".join(lines[done:]))


def split_block(block: Block, tokens_max: int) -> list[str]:
    """The text of a block in parts of at most `tokens_max`, cut where it hurts least."""
    whole_max = max(FENCE_TOKENS_MAX, tokens_max) if block.kind == "fence" else tokens_max
    if estimate_tokens(block.text) <= whole_max:
        return [block.text]
    room = tokens_max - estimate_tokens(block.head + block.foot)
    if room < tokens_max // 2:  # repeating such a head would multiply it
        block, room = Block("text", block.text), tokens_max
    units = block.units or (block.text,)
    pieces = (piece for unit in units for piece in _pieces(unit, room, (_SENTENCE_END, _WORD_END)))
    return [f"{block.head}{part.rstrip()}{block.foot}" for part in _packed(pieces, room) if part.strip()]


def _text(lines: str) -> list[Block]:
    return [Block("text", lines.strip("\n"))] if lines.strip() else []


def _block(tokens: Sequence[Token], position: int, lines: Sequence[str]) -> list[Block]:
    """The block that the token at `position` opens."""
    token = tokens[position]
    first, last = token.map or (0, 0)
    text = "".join(lines[first:last]).strip("\n")
    match token.type:
        case "heading_open":
            return [Block("heading", text, level=int(token.tag[1]), title=_plain(tokens[position + 1]))]
        case "bullet_list_open" | "ordered_list_open":
            return [Block("list", text, units=_items(tokens[position:], lines, last))]
        case "table_open":
            return [Block("table", text, units=tuple(lines[first + 2 : last]), head="".join(lines[first : first + 2]))]
        case "fence":
            body = lines[first + 1 : last]
            closed = len(body) > 0 and body[-1].strip().startswith(token.markup)
            units = tuple(body[:-1] if closed else body)
            return [Block("fence", text, units=units, head=lines[first], foot=f"\n{token.markup}")]
        case _:
            return _text(text)


def _items(tokens: Iterable[Token], lines: Sequence[str], last: int) -> tuple[str, ...]:
    """The items of the list that the first token opens."""
    starts: list[int] = []
    for token in tokens:
        if token.level == 0 and token.nesting == -1:
            break
        if token.type == "list_item_open" and token.level == 1 and token.map:
            starts.append(token.map[0])
    return tuple("".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], last], strict=True))


def _plain(inline: Token) -> str:
    children = inline.children or []
    return " ".join("".join(" " if c.type.endswith("break") else c.content for c in children).split())


def _pieces(text: str, tokens_max: int, ends: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """The text in pieces that fit, cut at the first of `ends` that is enough, else anywhere."""
    if estimate_tokens(text) <= tokens_max:
        yield text
    elif ends:
        for piece in ends[0].split(text):
            yield from _pieces(piece, tokens_max, ends[1:])
    else:
        yield from (text[i : i + tokens_max] for i in range(0, len(text), tokens_max))


def _packed(pieces: Iterable[str], tokens_max: int) -> Iterator[str]:
    """Neighbouring pieces joined as long as they fit."""
    current = ""
    for piece in pieces:
        if current and estimate_tokens(current + piece) > tokens_max:
            yield current
            current = ""
        current += piece
    yield current
