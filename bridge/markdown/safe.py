"""Markdown -> Markdown for Slack's `markdown` block, with nothing in it that Slack would act on.

Slack reads the Markdown itself and not quite as we do. So what looks like a link, a tag or a mention is made harmless
wherever it stands outside of code, also where our own parser would see text.
"""

import html
import re
from collections.abc import Collection, Iterator

from markdown_it.token import Token

from bridge.markdown.inline import Span, scan
from bridge.markdown.links import (
    JOINER,
    defused,
    harmless,
    host_of,
    live_places,
    live_url,
    only_address,
    without_punctuation,
)
from bridge.markdown.parse import MARKDOWN, whole
from bridge.markdown.tail import CONTAINER

SIGNS = "@"
"""`@here` may call everybody there is; `#name` only leads to a channel that the reader may see anyway."""
_SUSPECT = re.compile(r"<|\]\(|\]:|!\[|://|www\.|\\[.:/@]|&[#a-z]", re.IGNORECASE)
_ANGLE = re.compile(rf"<(?![\s\d=\-{JOINER}])")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{0,31}://|www\.)[^\s<>]*", re.IGNORECASE)
_DEFINITION = re.compile(rf"^(?:{CONTAINER.pattern}\[)?[^\[\n]*\]:", re.MULTILINE)
"""`[name]: address`, which would make a link of every `[name]`."""
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CODED = re.compile(
    rf"(?<!{JOINER})(?:\\[.:/@](?=[a-z\d:/\\&])|&(?:#\d{{1,7}}|#x[0-9a-f]{{1,6}}|[a-z][a-z0-9]{{1,31}});)(?!{JOINER})",
    re.IGNORECASE,
)
"""Signs that are written in another way, and are signs when Slack has read them."""
_SIGN = re.compile(r"[a-z0-9.:/@<。．｡-]", re.IGNORECASE)
_CELL = re.compile(r"(?:\\.|[^\\|\n])+")


def safe(text: str, link_hosts: Collection[str]) -> str:
    """The same Markdown with foreign addresses, links, images, HTML, mentions and control sequences (`<!here>`) made
    harmless.

    A link to none of `link_hosts` becomes its text and its host. Everything else stays as it is to the last character,
    and so does code, unless it is nothing but an address.
    """
    if not _SUSPECT.search(text) and next(live_places(text, link_hosts, SIGNS), None) is None:
        return text
    text = whole(text).replace("\r\n", "\n").replace("\r", "\n")
    parts = []
    done = 0
    for start, end in prose(text, link_hosts):
        parts.append(text[done:start])
        parts += _rewritten(text, start, end, link_hosts)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def prose(text: str, link_hosts: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where text stands that is read as one: paragraphs, headings, cells, the first lines of fences, and what is no
    code in them."""
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
    tokens: list[Token] = []
    MARKDOWN.block.parse(text, MARKDOWN, {}, tokens)
    in_row = False
    for token in tokens:
        in_row = token.type == "tr_open" or (in_row and token.type != "tr_close")
        if token.map is None:
            continue
        start, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        if token.type == "tr_open":
            yield from (found.span() for found in _CELL.finditer(text, start, end))
        elif token.type == "fence":
            inside = starts[token.map[0] + 1]
            yield start, inside
            if only_address(token.content, link_hosts):
                yield inside, end
        elif token.type == "inline" and not in_row:
            yield start, end


def _rewritten(text: str, start: int, end: int, link_hosts: Collection[str]) -> Iterator[str]:
    """One piece of prose. What is taken away leaves a joiner, so that what stood around it does not come together."""
    last_angle = text.rfind(">", start, end)
    done = start
    for from_, to, put in sorted(_edits(text, scan(text, start, end).spans, link_hosts)):
        yield _text(text, done, from_, last_angle, link_hosts)
        yield put
        done = to
    yield _text(text, done, end, last_angle, link_hosts)


def _edits(text: str, spans: list[Span], link_hosts: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """From where to where, and what to put there; what stays is put back."""
    for span in spans:
        start, inside, inside_end, end = span.start, span.inside, span.inside_end, span.end
        match span.kind:
            case "code":
                code = text[inside:inside_end]
                if only_address(code, link_hosts):
                    code = defused(code)
                yield start, end, text[start:inside] + code + text[inside_end:end]
            case "image":
                yield start, inside, JOINER
                yield inside_end, end, JOINER
            case "address":
                address = text[inside:inside_end]
                url = address if ":" in address else f"mailto:{address}"
                live = live_url(url, link_hosts)
                yield start, end, text[start:end] if live else JOINER + _harmless(defused(address)) + JOINER
            case "link":
                url = _url(text[inside_end + 2 : end - 1])
                if live_url(url, link_hosts):
                    yield inside_end, end, text[inside_end:end]
                else:
                    host = host_of(url)
                    yield start, inside, JOINER
                    yield inside_end, end, f" ({defused(host)})" if host else JOINER


def _url(destination: str) -> str:
    """The address of a link, without its title, as a browser would get it."""
    destination = destination.strip()
    if destination.startswith("<"):
        url = destination[1:].partition(">")[0]
    else:
        url = (destination.split(maxsplit=1) or [""])[0]
    return html.unescape(_ESCAPED.sub(r"\1", url))


def _text(text: str, start: int, end: int, last_angle: int, link_hosts: Collection[str]) -> str:
    """Text without formatting of ours in it."""
    piece = text[start:end]
    if not _SUSPECT.search(piece) and not piece.endswith(("]", "!")):
        return harmless(piece, link_hosts, SIGNS)
    parts, done = [], 0
    for found in _ADDRESS.finditer(piece):
        parts += [_inert(piece[done : found.start()], link_hosts), _address(found[0], link_hosts)]
        done = found.end()
    piece = "".join([*parts, _inert(piece[done:], link_hosts)])
    if last_angle >= end:
        piece = _ANGLE.sub(f"<{JOINER}", piece)
    elif start < last_angle:
        head, angle, tail = piece.rpartition(">")
        piece = _ANGLE.sub(f"<{JOINER}", head) + angle + tail
    return _harmless(piece)


def _inert(piece: str, link_hosts: Collection[str]) -> str:
    return harmless(_CODED.sub(_coded, piece), link_hosts, SIGNS)


def _coded(found: re.Match[str]) -> str:
    if found[0][0] == "\\":
        return found[0] + JOINER
    return JOINER + found[0] + JOINER if _SIGN.fullmatch(html.unescape(found[0])) else found[0]


def _harmless(piece: str) -> str:
    """Without what makes a link or an image of the brackets before it."""
    piece = _DEFINITION.sub(lambda found: found[0].replace("]:", f"]{JOINER}:"), piece)
    return piece.replace("](", "] (").replace("![", f"!{JOINER}[")


def _address(found: str, link_hosts: Collection[str]) -> str:
    address = without_punctuation(found.rstrip("\"'`"))
    return found if live_url(address, link_hosts) else _CODED.sub(_coded, defused(found))
