"""Puts a person's name before what they wrote, where a platform has no place of its own for it."""

import re

NAME_CHARS_MAX = 60
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")
_SPACE = re.compile(r"\s+")


def signed(author: str, text: str) -> str:
    """A text (Markdown) below its author's name in bold; as it is when nobody is named. Nothing in a name is markup."""
    name = _SPACE.sub(" ", author).strip()[:NAME_CHARS_MAX].strip()
    if not name:
        return text
    escaped = _SPECIAL.sub(r"\\\1", name)
    return f"**{escaped}**\n\n{text}"
