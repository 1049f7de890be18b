"""Slack's way to write a message -> the text that its author sees."""

import re

from bridge.channels import _text

TEXT_CHARS_MAX = 40_000
"""More than Slack lets anybody write."""
_CODE_OR_MARKED = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|(?<![\w*~\\])(?P<sign>[*~])(?=[^\s*~])[^*~\n]*(?<=[^\s*~])(?P=sign)(?![\w*~])",
    re.DOTALL,
)
_CODE_OR_MEANT = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)"
    r"|(?P<before>^[ \t]*(?:\d{1,9}(?=[.)][ \t]))?)"
    r"(?P<sign>(?<=\d)[.)]|\#(?=\#{0,5}[ \t])|[-=](?=[-=]+[ \t]*$))|(?P<less><)",
    re.DOTALL | re.MULTILINE,
)
"""Code, numbers of lists (which Markdown counts anew), headings, underlines and rules, and tags."""
_BRACKETS = re.compile(r"<([^<>|\s][^<>\n]*)>")


def kept(text: object) -> str:
    """A text from outside without NUL, and with a question mark for half a surrogate pair; "" for what is no text."""
    return _text.kept(text) if isinstance(text, str) else ""


def readable(text: object, bot_user: str) -> str:
    """Names, links and dates as people see them, without the mention that calls us."""
    shown = _BRACKETS.sub(lambda match: _shown(match[1], bot_user), kept(text)[:TEXT_CHARS_MAX])
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def marked_up(text: str) -> str:
    """Slack's marks as Markdown's, outside of code: `*bold*` and `~struck~` take two signs each. Quotes and lists with
    bullets are the same; what else Markdown reads and Slack does not stays as it was written."""
    marked = _CODE_OR_MARKED.sub(
        lambda match: match[0] if match["code"] else match["sign"] + match[0] + match["sign"], text
    )
    return _CODE_OR_MEANT.sub(
        lambda match: match[0] if match["code"] else f"{match['before'] or ''}\\{match['sign'] or '<'}", marked
    )


def mentioned(text: str) -> list[str]:
    """The ids of people whom a text mentions without their names."""
    return re.findall(r"<@([UW]\w{1,63})>", text, re.ASCII)


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
