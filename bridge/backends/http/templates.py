"""What is sent: texts with `{argument}` in them.

`{amount.amount}` reads inside an argument, `{key}` is the idempotency key, and `{order_number|digits}` changes a value
on its way. A text that is nothing but one `{argument}` becomes that value, whatever its type; without one it is left
out.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bridge.backends.http.amounts import decimal_text

_HOLE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)(?:\|([a-z]+))?\}")


def _major(value: Any) -> str:
    """Of money: 1250 pence -> "12.50"."""
    return decimal_text(int(value["amount"]), str(value["currency"]))


FILTERS: Mapping[str, Callable[[Any], Any]] = {
    "major": _major,
    "digits": lambda value: "".join(char for char in str(value) if char in "0123456789").lstrip("0"),
    "lower": lambda value: str(value).lower(),
}


def names_in(template: Any) -> set[str]:
    """The arguments that a text, or a table or list of texts, names."""
    if isinstance(template, str):
        return {match[1] for match in _HOLE.finditer(template)}
    parts = template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    return {name for part in parts for name in names_in(part)}


def filters_in(template: Any) -> set[str]:
    """The filters that it names."""
    if isinstance(template, str):
        return {match[2] for match in _HOLE.finditer(template) if match[2]}
    parts = template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    return {name for part in parts for name in filters_in(part)}


def fill(template: Any, args: Mapping[str, Any]) -> Any:
    """A text, table or list with its arguments put in; None for one that has no value."""
    if isinstance(template, str):
        whole = _HOLE.fullmatch(template)
        return _value(whole, args) if whole else fill_text(template, args)
    if isinstance(template, Mapping):
        filled = {name: fill(part, args) for name, part in template.items()}
        return {name: value for name, value in filled.items() if value is not None}
    if isinstance(template, list):
        return [value for part in template if (value := fill(part, args)) is not None]
    return template


def fill_text(template: str, args: Mapping[str, Any], quote: Callable[[str], str] = str) -> str | None:
    """A text with its arguments put in, each `quote`d; None when one of them has no value."""
    values = {match.group(): _value(match, args) for match in _HOLE.finditer(template)}
    if any(value is None for value in values.values()):
        return None
    return _HOLE.sub(lambda match: quote(_written(values[match.group()])), template)


def _value(match: re.Match[str], args: Mapping[str, Any]) -> Any:
    value: Any = args
    for name in match[1].split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return FILTERS[match[2]](value) if value is not None and match[2] else value


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
