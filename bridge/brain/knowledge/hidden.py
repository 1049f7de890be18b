"""Takes out of Markdown what a reader of the page never sees, so that no model reads it either. Pure."""

import re

_CODE = r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^ {0,3}(?P=fence)|.*\Z)|`[^`\n]+`)"
_NEVER_SHOWN = re.compile(
    _CODE + r"|<!--.*?(?:-->|\Z)|<(?P<tag>script|style|template|noscript)\b[^>]*>.*?(?:</(?P=tag)\s*>|\Z)"
    r"|<(?P<element>[a-z][a-z0-9]*)\b[^>]*(?:\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0"
    r"|opacity\s*:\s*0(?![.\d]))[^>]*>.*?(?:</(?P=element)\s*>|\Z)"
    r"|^ {0,3}\[(?://|comment|#)\]:[^\n]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)


def without_hidden(markdown: str) -> str:
    """The document without comments, scripts and elements that are not displayed; code is shown, and stays. As many
    lines as before, so that a line still has its number."""
    return _NEVER_SHOWN.sub(lambda match: match["code"] or "\n" * match[0].count("\n"), markdown)
