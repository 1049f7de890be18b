"""What tools told, as the checks read it: figures value by value, the words, and what is said to be done. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bridge.brain.checks.deeds import told_kinds
from bridge.brain.checks.figures import Figure, figures
from bridge.brain.checks.text import folded
from bridge.brain.knowledge.quarantine import command

RESULTS_CACHED_MAX = 500
NESTED_MAX = 8

_WORD = re.compile(r"[^\W_]{2,}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)")
_LENGTH = re.compile(r"(?<![a-z])(?:day|week|month|hour|minute|year)s?(?![a-z])")
_HAPPENED = re.compile(r"(?:placed|ordered|sent|shipped|dispatched|delivered|paid|booked|cancelled|refunded)_(?:on|at)")
"""Keys that say by themselves what was done; other keys name what may be, and say nothing."""
_NAMING = frozenset(["name", "title", "product", "sku", "service", "delivery", "method", "carrier"])
"""Keys of what is only named: a gift voucher that somebody bought is no discount, and a way of delivery no delivery."""


@dataclass(frozen=True, slots=True)
class Told:
    """Nothing of what gives orders to the assistant that reads it."""

    figures: frozenset[Figure] = frozenset()
    words: frozenset[str] = frozenset()
    """Folded."""
    kinds: frozenset[str] = frozenset()
    """What is said to be done or so."""

    def __or__(self, other: "Told") -> "Told":
        return Told(self.figures | other.figures, self.words | other.words, self.kinds | other.kinds)


def all_told(texts: Sequence[str], zone: ZoneInfo) -> Told:
    """Of several results."""
    found = Told()
    for text in texts:
        found |= told(text, zone)
    return found


@lru_cache(maxsize=RESULTS_CACHED_MAX)
def told(text: str, zone: ZoneInfo) -> Told:
    """Of one result, JSON or a sentence. Times are also read as they are in the business's `zone`."""
    if command(text) is not None:
        return Told()
    found = Told()
    for key, value in _values(text):
        said = key if value is True else _local(value, zone) if isinstance(value, str) else f"{value:g}"
        happened = key if _HAPPENED.fullmatch(key) else ""
        found |= Told(
            figures=_figures(key, value, said),
            words=frozenset(_WORD.findall(folded(f"{said} {key.replace('_', ' ')}"))),
            kinds=frozenset() if key in _NAMING else told_kinds(f"{said} {happened}".replace("_", " ") + f" {said}"),
        )
    return found


def _figures(key: str, value: object, said: str) -> frozenset[Figure]:
    """A number by itself is no length of time; how long it is, its key may say."""
    if value is True:
        return frozenset()
    length = None if isinstance(value, str) else _LENGTH.search(key.lower())
    found = figures(f"{said} {length[0]}" if length else said, "en")
    alone = any(figure.kind == "bare" for figure in found)
    return frozenset(figure for figure in found if not (alone and figure.kind == "period"))


def _values(text: str) -> Iterator[tuple[str, str | int | float]]:
    """Each value with the name it stands under; of a sentence itself. What is empty or not so is left out."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        yield "", text
        return
    todo = [("", read, 0)]
    while todo:
        key, value, depth = todo.pop()
        match value:
            case dict() if depth < NESTED_MAX:
                todo += [(str(name), inner, depth + 1) for name, inner in value.items()]
            case list() if depth < NESTED_MAX:
                todo += [(key, inner, depth + 1) for inner in value]
            case str() | int() | float() if value is not False and value != "":
                yield key, value
            case _:
                pass


def _local(text: str, zone: ZoneInfo) -> str:
    """Beside each time with an offset what the clock of the business shows then; the offset is no figure."""

    def both(match: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(match[0])
            return f"{at:%Y-%m-%d %H:%M} {at.astimezone(zone):%Y-%m-%d %H:%M}"
        except (ValueError, OverflowError):
            return ""

    return _TIME.sub(both, text)
