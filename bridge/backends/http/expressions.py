"""Where a value stands in an answer: the small language of `fields`, `result` and `owner`.

customer.email               a name below a name
line_items[0].sku            an element by its number, [-1] the last
meta[key=tracking].value     the first element whose `key` is `tracking`
first_name + last_name       joined by a space, without what is missing
shipped_at | created_at      the first that is there
={order_number}              no place: these words, with arguments of the operation
(empty)                      all of it
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridge.backends.http.templates import fill_text, names_in

CHARS_MAX = 300
_STEP = re.compile(
    r"(?P<dot>\.?)(?P<name>[^.\[\]\s|+={}]+)|\[(?P<index>-?\d{1,4}|only)\]|\[(?P<key>[^\[\]=]+)=(?P<value>[^\[\]]*)\]"
)


class Missing(Enum):
    """There is nothing at a place."""

    MISSING = "missing"
    """Nothing of this name: perhaps the answer is not what we think it is."""
    EMPTY = "empty"
    """No such element of a list that is there, or null: nothing was found."""


Step = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed one: alternatives of terms that are joined."""

    alternatives: tuple[tuple["_Term", ...], ...]

    def read(self, data: Any, args: Mapping[str, Any]) -> Any:
        """What stands there; one of `Missing` when nothing does."""
        missing = Missing.MISSING
        for terms in self.alternatives:
            values = [term.read(data, args) for term in terms]
            there = [value for value in values if not isinstance(value, Missing)]
            if len(terms) == 1 and there:
                return there[0]
            there = [value for value in there if not isinstance(value, (dict, list))]
            if there:
                return " ".join(str(value) for value in there if value != "")
            if Missing.EMPTY in values:
                missing = Missing.EMPTY
        return missing

    @property
    def arguments(self) -> set[str]:
        """Names of arguments that it uses."""
        return {name for terms in self.alternatives for term in terms for name in term.arguments}


@dataclass(frozen=True, slots=True)
class _Term:
    steps: tuple[Step, ...] = ()
    words: str | None = None

    @property
    def arguments(self) -> set[str]:
        return names_in(self.words or "")

    def read(self, data: Any, args: Mapping[str, Any]) -> Any:
        if self.words is not None:
            filled = fill_text(self.words, args)
            return Missing.EMPTY if filled is None else filled
        for step in self.steps:
            data = step(data)
            if isinstance(data, Missing):
                return data
        return Missing.EMPTY if data is None else data


def parse(text: str) -> Expression:
    """May raise ValueError, with what is wrong."""
    if len(text) > CHARS_MAX:
        raise ValueError(f"is longer than {CHARS_MAX} characters")
    return Expression(
        tuple(tuple(_term(term.strip()) for term in part.split(" + ")) for part in text.split(" | "))
        if text.strip()
        else ((_Term(),),)
    )


def _term(text: str) -> _Term:
    if text.startswith("="):
        return _Term(words=text[1:])
    steps: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if not match or (match["name"] and bool(match["dot"]) != bool(steps)):
            raise ValueError(f"cannot be read from {text[at:][:20]!r} on; places look like a.b[0].c or a[key=value].c")
        steps.append(_step(match))
        at = match.end()
    if not steps:
        raise ValueError("has nothing between two signs")
    return _Term(tuple(steps))


def _step(match: re.Match[str]) -> Step:
    if match["index"]:
        if match["index"] == "only":
            return lambda data: Missing.EMPTY if isinstance(data, list) and len(data) != 1 else _element(data, 0)
        number = int(match["index"])
        return lambda data: _element(data, number)
    if match["key"]:
        key, value = match["key"].strip(), match["value"].strip()
        return lambda data: _with(data, key, value)
    name = match["name"]
    return lambda data: data.get(name, Missing.MISSING) if isinstance(data, dict) else Missing.MISSING


def _element(data: Any, number: int) -> Any:
    if not isinstance(data, list):
        return Missing.MISSING
    return data[number] if -len(data) <= number < len(data) else Missing.EMPTY


def _with(data: Any, key: str, value: str) -> Any:
    if not isinstance(data, list):
        return Missing.MISSING
    return next((row for row in data if isinstance(row, dict) and str(row.get(key)) == value), Missing.EMPTY)
