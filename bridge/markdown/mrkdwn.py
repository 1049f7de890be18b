"""Markdown -> Slack's mrkdwn, the older of its two dialects."""

from collections.abc import Callable, Collection

from bridge.markdown.heal import heal
from bridge.markdown.layout import Layout, Run, inert
from bridge.markdown.links import only_address
from bridge.markdown.parse import parse
from bridge.markdown.safe import SIGNS
from bridge.markdown.symbols import Dialect, written

FALLBACK_BYTES_MAX = 3_900
"""`chat.update` takes 4,000 bytes of `text`, counted as it is sent."""
ELLIPSIS = " …"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(text: str, url: str) -> str:
    text, url = _escape(text.replace("|", "¦")), _escape(url)
    return f"<{url}>" if text == url else f"<{url}|{text}>"


_DIALECT = Dialect({"bold": "*", "italic": "_", "strike": "~", "code": "`"}, _link, _escape)


def mrkdwn(text: str, link_hosts: Collection[str]) -> str:
    """An answer in Slack's mrkdwn. Everything from the text is escaped, so that it mentions nobody, and no address is
    live but those of `link_hosts`. A block of code stays as it is, unless it is nothing but an address."""

    def keeps(run: Run) -> bool:
        # Code within a line is sometimes written without marks, as text.
        return run.within("link") or (run.within("pre") and not only_address(run.text, link_hosts))

    return _mrkdwn(text, link_hosts, keeps)


def _mrkdwn(text: str, link_hosts: Collection[str], keeps: Callable[[Run], bool]) -> str:
    runs = Layout(link_hosts, mail=True).document(parse(text))
    return written(inert(runs, link_hosts, SIGNS, keeps), _DIALECT)


def _nothing_live(text: str) -> str:
    """Nor in code: Slack makes links of addresses there, and nobody copies from a notification."""
    return _mrkdwn(text, (), lambda run: False)


def fallback(text: str, bytes_max: int = FALLBACK_BYTES_MAX) -> str:
    """What notifications show of a message with blocks: mrkdwn without links, at most `bytes_max` UTF-8 bytes as sent.

    Only about so much of `text` is read, so that a small `bytes_max` is cheap.
    """
    length = 2 * bytes_max
    written_ = _nothing_live(text[:length] if len(text) <= length else heal(text[:length]))
    size = len(written_.encode())
    if len(text) <= length and size <= bytes_max:
        return written_
    room = bytes_max - len(ELLIPSIS.encode())
    length = min(length, len(text))
    while size > room and length:
        length = length * room * 9 // (size * 10)
        space = text.rfind(" ", 0, length + 1)
        length = space if space > length // 2 else length
        written_ = _nothing_live(heal(text[:length]))
        size = len(written_.encode())
    return written_ + ELLIPSIS
