"""Markdown -> plain text as a person reads it."""

from collections.abc import Collection


def plain(text: str, link_hosts: Collection[str] = ()) -> str:
    """What people see of an answer, without any formatting."""
    return text
