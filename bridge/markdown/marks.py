"""Markdown -> WhatsApp's marks."""

from collections.abc import Collection


def marks(text: str, link_hosts: Collection[str]) -> str:
    """An answer with WhatsApp's marks."""
    return text
