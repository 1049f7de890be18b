"""How many tokens a text has, counted here and without asking anybody: near enough to keep a budget. Pure."""

import math
import re
from typing import Literal

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


_OTHER = re.compile("[\u0370-\u0dff\u0f00-\u10ff\u1200-\u1eff\u1f00-\u1fff]")
"""Letters that are neither Latin nor dense: Greek, Cyrillic, Hebrew, Arabic, those of India ..."""
_SAMPLE_CHARS = 4_000

Script = Literal["latin", "dense", "other"]


def script(text: str) -> Script:
    """What most of the text is written in, as far as its beginning tells."""
    sample = text[:_SAMPLE_CHARS]
    if sample.isascii():
        return "latin"
    counts: dict[Script, int] = {"dense": len(_DENSE.findall(sample)) * 2, "other": len(_OTHER.findall(sample))}
    name = max(counts, key=lambda script: counts[script])
    return name if counts[name] * 2 > len(sample) else "latin"


WEIGHT = 0.05
"""Of one more observation against all before it."""
FACTOR_MIN, FACTOR_MAX = 0.5, 2.0
"""No observation counts for more: what lies beyond is a mistake, or holds what nobody estimated."""


class Meter:
    """Learns from bills by how much estimates are off, script by script. Mutable, one a process; starts at no
    correction."""

    def __init__(self) -> None:
        self._factors: dict[Script, float] = {}

    def factor(self, text: str) -> float:
        """Times so many tokens as estimated, for a request about `text`."""
        return self._factors.get(script(text), 1.0)

    def learn(self, text: str, *, estimated: int, real: int) -> None:
        """A request about `text` had `real` tokens."""
        if estimated > 0 and real > 0:
            seen = min(FACTOR_MAX, max(FACTOR_MIN, real / estimated))
            name = script(text)
            self._factors[name] = (1 - WEIGHT) * self._factors.get(name, 1.0) + WEIGHT * seen
