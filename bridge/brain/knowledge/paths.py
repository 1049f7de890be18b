"""Chooses documents by their path below the knowledge folder. Pure."""

import re
from collections.abc import Sequence


def below(patterns: Sequence[str]) -> re.Pattern[str]:
    """Matches the whole path of a document that one of the patterns names: `*` is any part of a name, `?` one
    character of it, `**` any folders. `products/**` is everything below that folder, `**/products/**` also that of
    `de/products`."""
    return re.compile("|".join(map(_expression, patterns)) or r"(?!)")


def _expression(pattern: str) -> str:
    signs = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    return f"(?:{''.join(signs.get(part) or re.escape(part) for part in parts)})"
