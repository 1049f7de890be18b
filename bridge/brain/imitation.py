"""Keeps what people write from passing for what stands around it: our notes, headings, sources, and other speakers.

A dot breaks the sign that would do it: `[·From the operator`, `·## Rules`, `<·/search_result>`, `Human·:`. People and
models still read every word.
"""

import re
import unicodedata

DOT = "·"
_MARKED_CHARS_MAX = 80
"""So near to its bracket stands the word that makes it a note."""

_ROLES = (
    r"human|user|(?:the )?customer|person \d{1,3}|assistant|claude|bot|(?:the )?system|(?:the )?operator"
    r"|developer|admin(?:istrator)?|anthropic|tool|function"
)
_NOTES = (
    r"operator|system|customer|assistant|claude|anthropic|admin|administrator|developer|instructions?|inst|to you"
    r"|summary|other people"
)
_TAGS = (
    r"(?:antml|claude|im|anthropic)[_:]\w+|system[\w-]*|search[\w-]*|documents?|sources?|tool[\w-]*|function[\w-]*"
    r"|invoke|parameter|instructions?|operator|human|user|assistant|admin|developer|context|cit\w*|thinking|results?"
    r"|answer|summary|inst"
)
_SIGNS = [
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[ \t]{0,40}(?=#{1,6}(?:[ \t]|$))",  # a heading of the prompt
        rf"^[^\w\n]{{0,40}}(?:{_ROLES})[^\w\n:{DOT}]{{0,8}}(?=:)",  # another speaker
        rf"[\[\u3010\u3014\u27e6](?!{DOT})(?=[^\[\]\n]{{0,{_MARKED_CHARS_MAX}}}\b(?:{_NOTES})\b)",  # a note of ours
        rf"<(?=\s{{0,3}}(?:[/|!?]\s{{0,3}})?(?:{_TAGS})(?![@\w])|\|)",  # a source, a tool call, a model's token
        r'"(?:role|type)"\s{0,3}(?=:\s{0,3}"(?:system|assistant|search_result|tool_use|tool_result|document)")',
    )
]
"""Each ends where the dot goes."""


def without_imitation(text: str) -> str:
    """The text with every such sign broken. What it returns it leaves as it is; takes any text, in linear time."""
    # Letters of another width or shape read the same to a model: where they would pass, all are made plain.
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    broken = plain
    for sign in _SIGNS:
        broken = sign.sub(lambda match: match[0] + DOT, broken)
    return text if broken == plain else broken
