"""Slack's way to write a message -> the text that its author sees."""

import re

from bridge.channels import _text

TEXT_CHARS_MAX = 40_000
"""More than Slack lets anybody write."""
_CODE_OR_MARKED = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|(?<![\w*~\\])(?P<sign>[*~])(?=[^\s*~])[^*~\n]*(?<=[^\s*~])(?P=sign)(?![\w*~])",
    re.DOTALL,
)
_BRACKETS = re.compile(r"<([^<>|\s][^<>\n]*)>")


def kept(text: object) -> str:
    """A text from outside without NUL, and with a question mark for half a surrogate pair; "" for what is no text."""
    return _text.kept(text) if isinstance(text, str) else ""


def readable(text: object, bot_user: str) -> str:
    """Names, links and dates as people see them, without the mention that calls us."""
    shown = _BRACKETS.sub(lambda match: _shown(match[1], bot_user), kept(text)[:TEXT_CHARS_MAX])
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def marked_up(text: str) -> str:
    """Slack's marks as Markdown's, outside of code: `*bold*` and `~struck~` take two signs each. The others are the
    same."""
    return _CODE_OR_MARKED.sub(
        lambda match: match[0] if match["code"] else match["sign"] + match[0] + match["sign"], text
    )


def mentions(text: object, user: str) -> bool:
    return isinstance(text, str) and bool(user) and re.search(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", text) is not None


def mentions_somebody(text: object) -> bool:
    return isinstance(text, str) and re.search(r"<@[UW]\w+(?:\|[^<>]*)?>", text) is not None


def _shown(inside: str, bot_user: str) -> str:
    """What stands for `<inside>`."""
    target, _, label = inside.partition("|")
    match target[0]:
        case "@":
            return "" if target[1:] == bot_user else f"@{label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
    address = target.removeprefix("mailto:")
    if not label or label == address or re.sub(r"^https?://", "", address).rstrip("/") == label.rstrip("/"):
        return address
    return f"{label} ({address})"
