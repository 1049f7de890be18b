"""Markdown -> a small tree. What every dialect is written from.

CommonMark with tables and strikethrough. Left out, because an answer never means them and half of one would turn what
was already shown into something else: HTML, code by indentation, link reference definitions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis, link
from markdown_it.token import Token

from bridge.markdown.links import BARE, without_punctuation

INLINE_DEPTH_MAX = 8
"""Formatting inside formatting: what lies deeper keeps its text only."""
BLOCK_DEPTH_MAX = 20
DOCUMENTS_CACHED_MAX = 32

Style = Literal["bold", "italic", "strike"]
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """The line ends here. A line end in the source is one too: people see the lines that were written."""


@dataclass(frozen=True, slots=True)
class Styled:
    style: Style
    children: "tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    """As it was written: nobody has checked it."""
    children: "tuple[Inline, ...]"
    bare: bool = False
    """The text is the address itself."""


Inline = Text | Code | Break | Styled | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class List:
    items: "tuple[tuple[Block, ...], ...]"
    ordered: bool
    start: int
    """Number of the first item; 1 in a list with bullets."""
    loose: bool
    """Blank lines stand between its items."""


@dataclass(frozen=True, slots=True)
class Quote:
    children: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    """Without the line end before the closing fence."""
    language: str


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    """Each as long as `head`."""
    align: tuple[Align, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    pass


Block = Paragraph | Heading | List | Quote | CodeBlock | Table | Rule
Document = tuple[Block, ...]

_SURROGATES = re.compile("[\ud800-\udfff]")
_CITATION = re.compile(r"\[\d{1,3}\]")
_STYLES: dict[str, Style] = {"strong_open": "bold", "em_open": "italic", "s_open": "strike"}


@lru_cache(maxsize=DOCUMENTS_CACHED_MAX)
def parse(text: str) -> Document:
    """The blocks of a text. Any text will do; nothing is fetched, and images become their alternative text.

    A draft is measured, then written: the second time it is not read again.
    """
    return tuple(_blocks(iter(MARKDOWN.parse(whole(text)))))


def whole(text: str) -> str:
    """The text with halves of UTF-16 pairs, which no platform takes, replaced or joined to their other half."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _link(state: StateInline, silent: bool) -> bool:
    """`[1]` is a citation whatever follows it."""
    return not _CITATION.match(state.src, state.pos) and link(state, silent)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """The stars of `60*40*20 cm` mean times."""
    at = state.pos
    if not silent and state.src[at] == "*" and is_times(state.src, at):
        state.append_pending("*")
        state.pos += 1
        return True
    return emphasis.tokenize(state, silent)


def is_times(text: str, at: int) -> bool:
    """Whether the star at `at` stands alone between two letters or digits."""
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": BLOCK_DEPTH_MAX})
    markdown.enable(["table", "strikethrough"])
    markdown.disable(["reference", "code", "html_block", "html_inline"])
    markdown.inline.ruler.at("link", _link)
    markdown.inline.ruler.at("emphasis", _emphasis)
    # Whether an address may be live is for the dialects to say (links.py).
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    markdown.normalizeLink = lambda url: url  # type: ignore[method-assign]
    markdown.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return markdown


MARKDOWN = _markdown()


def _blocks(tokens: Iterator[Token]) -> Iterator[Block]:
    """Blocks up to the end of what contains them."""
    for token in tokens:
        if token.nesting < 0:
            return
        match token.type:
            case "paragraph_open":
                yield Paragraph(_inside(tokens))
            case "heading_open":
                yield Heading(int(token.tag[1]), _inside(tokens))
            case "bullet_list_open" | "ordered_list_open":
                yield _list(token, tokens)
            case "blockquote_open":
                yield Quote(tuple(_blocks(tokens)))
            case "fence":
                yield CodeBlock(token.content.removesuffix("\n"), (token.info.split() or [""])[0])
            case "table_open":
                yield _table(tokens)
            case "hr":
                yield Rule()


def _inside(tokens: Iterator[Token]) -> tuple[Inline, ...]:
    """The text of a paragraph, heading or cell, and its end is passed."""
    token = next(tokens)
    next(tokens)
    return _inline(token.children or [])


def _list(opening: Token, tokens: Iterator[Token]) -> List:
    items = []
    loose = False
    for token in tokens:
        if token.nesting < 0:
            break
        inside = _marked_loose(tokens)
        items.append(tuple(_blocks(iter(inside))))
        loose = loose or any(
            part.type == "paragraph_open" and part.level == token.level + 1 and not part.hidden for part in inside
        )
    return List(tuple(items), opening.type == "ordered_list_open", int(opening.attrs.get("start", 1)), loose)


def _marked_loose(tokens: Iterator[Token]) -> list[Token]:
    """The tokens of one list item."""
    inside: list[Token] = []
    depth = 1
    for token in tokens:
        depth += token.nesting
        if not depth:
            break
        inside.append(token)
    return inside


def _table(tokens: Iterator[Token]) -> Table:
    rows: list[list[tuple[Inline, ...]]] = []
    align: list[Align] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                rows.append([])
            case "th_open" | "td_open":
                if token.type == "th_open":
                    align.append(_align(str(token.attrs.get("style", ""))))
                rows[-1].append(_inside(tokens))
            case "table_close":
                break
    head, *body = map(tuple, rows)
    return Table(head, tuple(body), tuple(align))


def _align(style: str) -> Align:
    return "right" if style.endswith("right") else "center" if style.endswith("center") else "left"


def _inline(tokens: list[Token]) -> tuple[Inline, ...]:
    """The nodes of one run of text. `open_` holds what is around the current place, innermost last."""
    open_: list[tuple[Token | None, list[Inline]]] = [(None, [])]
    for token in tokens:
        inside = open_[-1][1]
        if token.nesting > 0:
            open_.append((token, [] if len(open_) <= INLINE_DEPTH_MAX else inside))
        elif token.nesting < 0:
            opening, children = open_.pop()
            if opening and children is not open_[-1][1]:
                open_[-1][1].extend(_wrapped(opening, tuple(children)))
        elif token.type == "text":
            in_link = any(opening and opening.type == "link_open" for opening, _ in open_)
            inside.extend([Text(token.content)] if in_link else _addresses(token.content))
        elif token.type in ("softbreak", "hardbreak"):
            inside.append(Break())
        elif token.type == "code_inline":
            inside.append(Code(token.content))
        elif token.type == "image":
            inside.append(Text(_seen(_inline(token.children or []))))
    return _joined(open_[0][1])


def _wrapped(opening: Token, children: tuple[Inline, ...]) -> Iterator[Inline]:
    children = _joined(children)
    if opening.type == "link_open":
        url = str(opening.attrs["href"])
        if children:
            yield Link(url, children, bare=opening.markup == "autolink")
    elif children:
        yield Styled(_STYLES[opening.type], children)


def _joined(nodes: "tuple[Inline, ...] | list[Inline]") -> tuple[Inline, ...]:
    """Neighbouring texts become one, empty ones none."""
    joined: list[Inline] = []
    for node in nodes:
        if isinstance(node, Text):
            if not node.text:
                continue
            if joined and isinstance(last := joined[-1], Text):
                joined[-1] = Text(last.text + node.text)
                continue
        joined.append(node)
    return tuple(joined)


def _seen(nodes: tuple[Inline, ...]) -> str:
    return "".join(
        node.text if isinstance(node, Text | Code) else " " if isinstance(node, Break) else _seen(node.children)
        for node in nodes
    )


def _addresses(text: str) -> Iterator[Inline]:
    """Text with its bare addresses as links."""
    if "://" not in text and "@" not in text:
        yield Text(text)
        return
    done = 0
    for found in BARE.finditer(text):
        address = without_punctuation(found[0])
        yield Text(text[done : found.start()])
        yield Link(address if "://" in address else f"mailto:{address}", (Text(address),), bare=True)
        done = found.start() + len(address)
    yield Text(text[done:])
