"""Drafts cut anywhere: what of them can be shown now, and what for good."""

import re
from functools import lru_cache

from bridge.markdown.inline import Run, match, scan
from bridge.markdown.tail import CONTAINER, HEADING, Fence, Prose, tail

HOLD_CHARS_MAX = 300
"""A bracket that has been open for longer is shown: it was no link."""
HEALED_MAX = 256
"""Drafts remembered: delivery looks at what a draft shows, and the channel writes the same one a moment later."""
PASSES_MAX = 8
"""What is held back may uncover something else that is half; two passes are the rule."""

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+:/@%&;#-!\\")
"""Letters of what may become an address, a mark or a character's name; and `!`, which may begin an image."""
_WHOLE = ("code", "link", "image", "address")
"""What has ended cannot become part of a bare address."""
_ADDRESS_BEGUN = re.compile(r"http|\.(?=[^\W\d_])", re.IGNORECASE)
"""What follows may make an address of it, or something that must not be one."""
_SEGMENT_END = re.compile(r"[\s<>\"'`]")


@lru_cache(maxsize=HEALED_MAX)
def heal(text: str) -> str:
    """A draft as it can be shown: nothing half in it. Complete text comes back unchanged.

    What may still become a link, an image, a mark or a table is held back; code and emphasis are closed for now.
    """
    for _ in range(PASSES_MAX):
        open_ = tail(text)
        healed = _heal_code(text, open_) if isinstance(open_, Fence) else _heal_prose(text, open_)
        if healed == text:
            break
        text = healed
    return text


def settled(text: str) -> str:
    """The longest beginning of a draft that no later text reads differently; it only grows while the draft grows.

    Inside a line, that is: a paragraph may still become a heading by what stands below it.
    """
    open_ = tail(text)
    if isinstance(open_, Fence):
        last = max(open_.inside, text.rfind("\n") + 1)
        return text[:last].rstrip() if not text[last:].strip(f" \t>{open_.mark}") else text.rstrip()
    hold = _settled_to(text, open_)
    line = text.rfind("\n", 0, hold) + 1
    return text[: line if not text[_inside(text, line) : hold] else hold].rstrip()


def _heal_code(text: str, fence: Fence) -> str:
    last = text.rfind("\n") + 1
    if len(text[last:].strip(" \t>")) < len(fence.mark) and not text[last:].strip(f" \t>{fence.mark[0]}"):
        text = text[:last]  # perhaps the beginning of the closing line
    if not text[fence.inside :].strip(" \t\n>"):
        return text[: fence.start]
    return text.removesuffix("\n") + "\n" + fence.closing


def _heal_prose(text: str, prose: Prose) -> str:
    found = scan(text, prose.start, prose.end, draft=True)
    hold = found.hold if prose.end - found.hold <= HOLD_CHARS_MAX else prose.end
    closing = ""
    body = text[:hold]
    runs = [run for run in found.runs if run.end <= hold]
    if found.code and found.code[0] < hold:
        at, ticks = found.code
        inside = body[at + ticks :].rstrip().rstrip("`").rstrip()
        runs = [run for run in runs if run.end <= at]
        closing = "`" * ticks if inside else ""
        body = body[: at + ticks] + inside if inside else body[:at]
    open_ = match(runs)[1]
    while not closing and runs and runs[-1].left and runs[-1].end == len(body.rstrip()):
        # Stars at the very end: the beginning of something, or half of its end.
        if runs[-1].end < len(body) and not open_:
            break
        body = body[: runs.pop().start]
        open_ = match(runs)[1]
    line = body.rfind("\n") + 1
    if len(body) < len(text) and not closing and not body[_inside(body, line) :].strip():
        body = body[:line]  # not the mark of an item that is empty so far
    closing += _closers(open_)
    if closing:
        return body.rstrip() + closing
    stripped = body.rstrip(" \t")
    # Space behind a bracket or a star is why it is no longer undecided.
    return body if len(body) == len(text) or stripped.endswith(("]", "*", "_", "~")) else stripped


def _closers(open_: list[Run]) -> str:
    return "".join(run.char * run.left for run in reversed(open_))


def _settled_to(text: str, prose: Prose) -> int:
    found = scan(text, prose.start, prose.end, draft=True)
    hold = min(found.hold, found.code[0] if found.code else prose.end)
    touching = [span.start for span in found.spans if span.kind == "code" and span.end == len(text)]
    touching += [run.start for run in found.runs if run.end == len(text)]
    hold = min([hold, *touching])
    open_ = match([run for run in found.runs if run.end <= hold])[1]
    hold = min([hold, *(run.start for run in open_[:1])])
    word = hold
    while word and text[word - 1] in _WORD:
        word -= 1
    done = max((span.end for span in found.spans if span.end <= hold and span.kind in _WHOLE), default=0)
    segment = hold
    while segment > done and not _SEGMENT_END.match(text, segment - 1):
        segment -= 1
    address = _ADDRESS_BEGUN.search(text, segment, hold)
    return min(word, address.start() if address else hold)


def _inside(text: str, line: int) -> int:
    """Where the text of a line begins, behind the marks of quotations, items and headings."""
    prefix = CONTAINER.match(text, line)
    at = prefix.end() if prefix else line
    heading = HEADING.match(text, at)
    return heading.end() if heading else at
