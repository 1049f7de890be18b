"""Markdown -> WhatsApp's marks."""

from collections.abc import Collection

from bridge.markdown.layout import Layout, Run, inert
from bridge.markdown.links import only_address
from bridge.markdown.parse import parse
from bridge.markdown.symbols import Dialect, written


def _link(text: str, url: str) -> str:
    """WhatsApp makes links of addresses only."""
    return url if text in (url, url.removeprefix("https://")) else f"{text}: {url}"


SIGNS = ""
"""Mentions are no text there, and there are no commands."""
_DIALECT = Dialect({"bold": "*", "italic": "_", "strike": "~", "code": "```"}, _link, lambda text: text)


def marks(text: str, link_hosts: Collection[str]) -> str:
    """An answer with WhatsApp's marks; a table becomes lines of `header: value`."""
    runs = Layout(link_hosts, columns_max=0).document(parse(text))

    def keeps(run: Run) -> bool:
        # Code within a line is sometimes written without marks, as text.
        return run.within("pre") and not only_address(run.text, link_hosts)

    return written(inert(runs, link_hosts, SIGNS, keeps), _DIALECT)
