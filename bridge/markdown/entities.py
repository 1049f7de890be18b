"""Markdown -> Telegram's text and message entities."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

EntityType = Literal["bold", "italic", "strikethrough", "code", "pre", "text_link", "blockquote"]


@dataclass(frozen=True, slots=True)
class Entity:
    """Formatting of a part of a message. `offset` and `length` count UTF-16 units, as Telegram does."""

    type: EntityType
    offset: int
    length: int
    url: str = ""
    """Of a text_link."""
    language: str = ""
    """Of a pre; empty when unknown."""


def entities(text: str, link_hosts: Collection[str]) -> tuple[str, tuple[Entity, ...]]:
    """An answer as Telegram's text and its entities."""
    return text, ()


def utf16(text: str) -> int:
    """How long a text is for Telegram: its UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)
