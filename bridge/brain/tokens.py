"""How many tokens a text has, counted here and without asking anybody: near enough to keep a budget. Pure."""

import math
import re

CHARS_PER_TOKEN = 2.5
"""Of the 5.5 models, by Anthropic's own figure: a million tokens are about 2.5 million characters."""

CHAR_TOKENS_MAX = 1
"""No character is estimated at more."""

_DENSE = re.compile(
    "[\u0e00-\u0eff\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Writing in which a character is about a word's worth: Thai, Lao, Korean, Japanese, Chinese."""


def estimate(*texts: str) -> int:
    """The tokens of all the texts together, rather too many than too few."""
    dense = sum(len(_DENSE.findall(text)) for text in texts if not text.isascii())
    return math.ceil(dense + (sum(map(len, texts)) - dense) / CHARS_PER_TOKEN)
