"""Markdown -> plain text as a person reads it."""

from collections.abc import Collection

from bridge.markdown.layout import Layout
from bridge.markdown.parse import parse


def plain(text: str, link_hosts: Collection[str] = ()) -> str:
    """What people see of an answer, without any formatting. A link to none of `link_hosts` shows its host."""
    return "".join(run.text for run in Layout(link_hosts).document(parse(text))).strip()
