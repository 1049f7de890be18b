"""Cuts a long answer into pages, each valid Markdown by itself."""

from collections.abc import Callable


def split(text: str, size_max: int, size: Callable[[str], int]) -> list[str]:
    """Pages of `text`, each with `size(page) <= size_max`; at least one."""
    return [text]
