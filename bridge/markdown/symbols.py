"""Runs of formatted text -> text with marks around it, for platforms whose formatting is characters: `*bold*`."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bridge.markdown.layout import Format, Kind, Run

_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
_LITERAL = re.compile(r"(?<!\s)[*_~`]+|[*_~`]+(?!\s)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one platform writes it."""

    marks: dict[Kind, str]
    """What stands before and after; on each line anew, as no platform carries a mark over a line end."""
    link: Callable[[str, str], str]
    """Text and address to what makes a link of them."""
    escape: Callable[[str], str]


def written(runs: Iterable[Run], dialect: Dialect) -> str:
    """The text with its marks."""
    lines: list[str] = []
    line: list[Run] = []
    for run in runs:
        if any(format_.kind == "pre" for format_ in run.formats):
            lines += [_line(line, dialect), *_code(run.text, dialect)] if _seen(line) else _code(run.text, dialect)
            line = []
            continue
        # What follows code begins with the end of its last line, which stands there already.
        text = run.text.removeprefix("\n") if lines and not line else run.text
        first, *others = text.split("\n")
        line.append(Run(first, run.formats))
        for other in others:
            lines.append(_line(line, dialect))
            line = [Run(other, run.formats)]
    return "\n".join([*lines, _line(line, dialect)]).strip()


def _seen(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs).strip()


def _code(text: str, dialect: Dialect) -> list[str]:
    return ["```", *dialect.escape(text.replace("```", "ˋˋˋ")).split("\n"), "```"]


def _line(runs: Sequence[Run], dialect: Dialect) -> str:
    quoted = any(format_.kind == "quote" for run in runs for format_ in run.formats)
    inside = [Run(run.text, tuple(format_ for format_ in run.formats if format_.kind != "quote")) for run in runs]
    return ("> " if quoted else "") + _marked(inside, 0, dialect)


def _marked(runs: Sequence[Run], depth: int, dialect: Dialect) -> str:
    groups = [
        (format_, list(group))
        for format_, group in groupby(runs, lambda run: run.formats[depth] if len(run.formats) > depth else None)
    ]
    text = ""
    for position, (format_, group) in enumerate(groups):
        after = "".join(run.text for _, others in groups[position + 1 : position + 2] for run in others)
        text += _group(format_, group, depth, dialect, text[-1:], after[:1])
    return text


def _group(format_: Format | None, group: list[Run], depth: int, dialect: Dialect, before: str, after: str) -> str:
    seen = "".join(run.text for run in group)
    if format_ is None:
        return dialect.escape(_literal(seen))
    if format_.kind == "link":
        return dialect.link(seen, format_.detail)
    inside = dialect.escape(seen.replace("`", "ˋ")) if format_.kind == "code" else _marked(group, depth + 1, dialect)
    mark = dialect.marks[format_.kind]
    kept = inside.strip()
    if not kept or (before.isalnum() and inside[0] == kept[0]) or (after.isalnum() and inside[-1] == kept[-1]):
        return inside  # inside of a word a mark would be seen as itself
    space = len(inside) - len(inside.lstrip())
    return inside[:space] + mark + kept + mark + inside[space + len(kept) :]


def _literal(text: str) -> str:
    """Stars and the like that are meant as such, as characters that mark nothing; within a word they mark nothing."""
    return _LITERAL.sub(_look_alike, text)


def _look_alike(found: re.Match[str]) -> str:
    before, after = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
    in_word = before.isalnum() and after.isalnum() and "`" not in found[0]
    return found[0] if in_word else found[0].translate(_LOOK_ALIKES)
