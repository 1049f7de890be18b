"""Markdown -> Telegram's rich Markdown, which knows marks that answers never mean: `$formula$`, `==marked==` and
`||hidden||`."""

import re
from collections.abc import Collection

from bridge.markdown.inline import Span, scan
from bridge.markdown.links import JOINER
from bridge.markdown.safe import prose, safe

_MARKS = re.compile(r"\\.|\$|==|\|\|", re.DOTALL)


def rich(text: str, link_hosts: Collection[str]) -> str:
    """The Markdown with nothing in it that Telegram would act on, nor read otherwise than we do."""
    text = safe(text, link_hosts)
    if not _MARKS.search(text):
        return text
    parts, done = [], 0
    for start, end in prose(text, link_hosts):
        for from_, to in [*sorted(map(_kept, scan(text, start, end).spans)), (end, end)]:
            stop = max(start, from_)
            parts += [text[done:start], _MARKS.sub(_harmless, text[start:stop])]
            done, start = stop, max(stop, to)
    return "".join([*parts, text[done:]])


def _kept(span: Span) -> tuple[int, int]:
    """What of a span is no text."""
    return (span.start, span.end) if span.kind in ("code", "address") else (span.inside_end, span.end)


def _harmless(found: re.Match[str]) -> str:
    match found[0]:
        case "$":
            return r"\$"
        case "==" | "||" as mark:
            return mark[0] + JOINER + mark[1]
        case escaped:
            return escaped
