"""Finds the end of a draft that is still open: the fence, table row or line of text that is being written.

Only the last block is read; whatever stands before the last blank line outside of a fence is done.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

CONTAINER = re.compile(r"[ \t]*(?:>[ \t]?[ \t]*|(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))*")
"""What stands before the text of a line: the marks of quotations and list items."""

RULE = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
HEADING = re.compile(r"#{1,6}(?=[ \t]|\Z)[ \t]*")
_FENCE = re.compile(rf"^({CONTAINER.pattern})(`{{3,}}(?=[^`\n]*$)|~{{3,}})[^\n]*(\n|\Z)", re.MULTILINE)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\Z)")
_UNDECIDED = re.compile(r"(?:[-*+=]|\d{1,9}[.)]|#{1,6}|--|==|__|`{1,2}|~{1,2})?[ \t]*\Z|`{3,}[^`]*\Z|~{3,}")
_DELIMITERS = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?\Z|\|?[ \t]*:?-+:?[ \t]*\|?\Z")
_DELIMITERS_BEGUN = re.compile(r"[ \t|:-]*\Z")
_PIPE = re.compile(r"(?:\\.|[^\\|])+|\|", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fence:
    """Code that is not closed. `start` is where its opening line begins, `inside` where its code does."""

    start: int
    inside: int
    prefix: str
    mark: str

    @property
    def closing(self) -> str:
        """The line that closes it."""
        return re.sub(r"[^>\s]", " ", self.prefix) + self.mark


@dataclass(frozen=True, slots=True)
class Prose:
    """Text from `start` to `end` that is read as one; what stands after `end` is not decided yet."""

    start: int
    end: int


Tail = Fence | Prose


def tail(text: str) -> Tail:
    """What is open at the end of a draft."""
    done, fence = _after_fences(text)
    if fence:
        return fence
    start = _block_start(text, done)
    lines = list(_lines(text, start))
    ends = [from_ + len(line) for from_, line in lines]
    last = len(lines) - 1
    if last < 0:
        return Prose(len(text), len(text))
    row = _table(text, lines)
    if row is not None:
        return row
    line = lines[last][1]
    prefix = CONTAINER.match(line)
    rest = line[prefix.end() if prefix else 0 :]
    if ends[last] == len(text) and not RULE.match(line) and _UNDECIDED.match(rest) and (rest or line.strip()):
        return _before(lines, last)
    region = _region(lines)
    return Prose(len(text) if region is None else region, len(text))


def _after_fences(text: str) -> tuple[int, Fence | None]:
    """Where the last code that is closed ends, and the one that is not."""
    done = 0
    if "```" not in text and "~~~" not in text:
        return done, None
    while opening := _FENCE.search(text, done):
        if not opening[3]:
            break  # its first line is not complete
        prefix, mark = opening[1], opening[2]
        inside = opening.end()
        end = _fence_end(text, inside, prefix, mark)
        if end is None:
            return done, Fence(opening.start(), inside, prefix, mark)
        done = end
    return done, None


@lru_cache(maxsize=64)
def _closer(mark: str, length: int) -> re.Pattern[str]:
    return re.compile(rf"^[ \t>]*{re.escape(mark)}{{{length},}}[ \t]*(?:\n|\Z)", re.MULTILINE)


def _fence_end(text: str, inside: int, prefix: str, mark: str) -> int | None:
    """Where the code ends: behind its closing line, or where the list or quotation around it does."""
    pattern = _closer(mark[0], len(mark))
    indent = len(prefix)
    if indent < 2 and ">" not in prefix:
        closer = pattern.search(text, inside)
        return closer.end() if closer else None
    for from_, line in _lines(text, inside):
        if closer := pattern.match(text, from_):
            return closer.end()
        outside = ">" not in line[: indent + 3] if ">" in prefix else bool(line[:indent].strip())
        if outside and line.strip():
            return from_
    return None


def _block_start(text: str, done: int) -> int:
    """Behind the last blank line."""
    end = len(text)
    while True:
        line_end = text.rfind("\n", done, end)
        begin = line_end + 1 if line_end >= 0 else done
        if end < len(text) and not text[begin:end].strip(" \t>"):
            return end + 1
        if line_end < 0:
            return done
        end = line_end


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Lines with where they begin; nothing after a line end at the end is no line."""
    while start < len(text):
        line_end = text.find("\n", start)
        stop = len(text) if line_end < 0 else line_end
        yield start, text[start:stop]
        start = stop + 1


def _region(lines: list[tuple[int, str]]) -> int | None:
    """Where the paragraph, item or heading begins that the last of the lines belongs to."""
    for position in range(len(lines) - 1, -1, -1):
        from_, line = lines[position]
        prefix = CONTAINER.match(line)
        text = line[prefix.end() if prefix else 0 :]
        if heading := HEADING.match(text):
            at_end = position == len(lines) - 1
            return from_ + len(line) - len(text) + heading.end() if at_end else lines[position + 1][0]
        if (
            not position
            or _ITEM.match(line)
            or RULE.match(line)
            or (">" in line[:3] and ">" not in lines[position - 1][1][:3])
        ):
            return from_ + len(line) - len(text)
    return None


def cells(line: str) -> int:
    """How many cells a row of a table has."""
    pipes: int = sum(part == "|" for part in re.findall(_PIPE, line))
    return pipes + 1 - line.startswith("|") - (line.endswith("|") and not line.endswith("\\|"))


def _table(text: str, lines: list[tuple[int, str]]) -> Prose | None:
    """The open part of a table at the end: a header nobody has confirmed, or a row that is not complete."""
    rows = [(from_, _bare(line)) for from_, line in lines]
    finished = text.endswith("\n")
    last = len(rows) - 1
    for position in range(1, len(rows)):
        head, delimiters = rows[position - 1][1], rows[position][1]
        if not (_DELIMITERS.match(delimiters) and "|" in head and cells(head) == cells(delimiters)):
            continue
        if any(_ITEM.match(line) or HEADING.match(line) for _, line in lines[position + 1 :]):
            return None
        row = rows[last][1]
        if finished or (_complete(row, head) and cells(row) >= cells(head)):
            return Prose(len(text), len(text))
        return _before(lines, position - _is_head(rows, position - 1) if position == last else last)
    if not finished and last and _DELIMITERS_BEGUN.match(rows[last][1]) and "|" in rows[last - 1][1]:
        return _before(lines, last - _is_head(rows, last - 1))
    return _before(lines, last) if _is_head(rows, last) else None


def _is_head(rows: list[tuple[int, str]], position: int) -> bool:
    """The row is held back as the header of a table that may come: it begins with a pipe, the one before does not."""
    return rows[position][1].startswith("|") and not (position and rows[position - 1][1].startswith("|"))


def _before(lines: list[tuple[int, str]], position: int) -> Prose:
    """What is open when nothing from this line on is decided."""
    from_ = lines[position][0]
    region = _region(lines[:position])
    return Prose(from_ if region is None else region, from_)


def _bare(line: str) -> str:
    prefix = CONTAINER.match(line)
    return line[prefix.end() if prefix else 0 :].strip()


def _complete(row: str, head: str) -> bool:
    """The row ends as the header does."""
    return row.endswith("|") or not head.endswith("|")
