"""How many tokens a text has, counted here and without asking anybody: near enough to keep a budget. Pure."""

import math
import re
from typing import Literal

CHARS_PER_TOKEN = 2.5
"""Of the 5.5 models, by Anthropic's own figure: a million tokens are about 2.5 million characters."""

CHAR_TOKENS_MAX = 1
"""No character is estimated at more."""

_ALPHABETS = r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0dff\u1000-\u10ff\u1780-\u17ff\u1e00-\u1fff"
"""For a class of a regular expression: Latin, Greek, Cyrillic, Hebrew, Arabic, those of India and Indochina."""
_EVERYDAY_DENSE = r"\u0e00-\u0eff\u2e80-\u33ff\u4e00-\u9fff\uac00-\ud7ff\uff00-\uffef"
"""For a class too: Thai, Lao, Korean, Japanese, Chinese, as they are written every day."""

_DENSE = re.compile(rf"[{_EVERYDAY_DENSE}\u1100-\u11ff\u3400-\u4dff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Writing in which a character is about a word's worth."""
_WHOLE = re.compile(rf"[^\x00-\x7f{_ALPHABETS}]")
"""What is estimated at a token: dense writing, and whatever else is no letter of an alphabet."""
_RARE = re.compile(rf"[^\x00-\x7f{_ALPHABETS}{_EVERYDAY_DENSE}]")
"""Emoji, signs, the letters of small and of dead languages: a vocabulary may have to spell them byte by byte."""
_INDIC = re.compile(r"[\u0530-\u058f\u0700-\u074f\u0780-\u0dff\u1000-\u10ff\u1780-\u17ff]")
"""Letters that may be a token each or less than half of one: which, bills tell."""
_SIGNS = bytes(byte for byte in range(128) if not (chr(byte).isalpha() or chr(byte) == " "))
"""Of ASCII: digits, punctuation, what controls. In a row each may be a token."""


def estimate(*texts: str) -> int:
    """The tokens of all the texts together, rather too many than too few."""
    whole = sum(len(_WHOLE.findall(text)) for text in texts if not text.isascii())
    return math.ceil(whole + (sum(map(len, texts)) - whole) / CHARS_PER_TOKEN)


def most_tokens(*texts: str, correction: float) -> int:
    """The most tokens that the texts have together: those of their words as estimated, times `correction`, and all that
    a vocabulary may have to spell: a token for every digit and sign, and for every byte of what is rare."""
    words, spelled = 0.0, 0
    for text in texts:
        signs, rare, rare_bytes = _signs(text), 0, 0
        if not text.isascii():
            found = "".join(_RARE.findall(text))
            rare, rare_bytes = len(found), _bytes(found)
            dense = len(_WHOLE.findall(text)) - rare + len(_INDIC.findall(text))
            words += dense - dense / CHARS_PER_TOKEN
        words += (len(text) - rare - signs) / CHARS_PER_TOKEN
        spelled += signs + rare_bytes
    return math.ceil(words * correction) + spelled


def _signs(text: str) -> int:
    encoded = text.encode(errors="surrogatepass")
    return len(encoded) - len(encoded.translate(None, _SIGNS))


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


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
SPELLED_MIN, SPELLED_SHARE = 20, 0.5
"""A text with more than so many tokens of signs and rare letters, if they are more than such a share of its estimate,
tells nothing about words."""


class Meter:
    """Learns from bills by how much estimates are off, script by script. Mutable, one a process; starts at no
    correction."""

    def __init__(self) -> None:
        self._factors: dict[Script, float] = {}

    def factor(self, text: str) -> float:
        """Times so many tokens as estimated, for a request about `text`."""
        return self._factors.get(script(text), 1.0)

    def learn(self, text: str, *, estimated: int, real: int) -> None:
        """A request about `text` had `real` tokens. Emoji, rare letters and rows of signs teach nothing: everybody who
        writes words would be charged for them."""
        if estimated > 0 and real > 0 and not _says_little(text):
            seen = min(FACTOR_MAX, max(FACTOR_MIN, real / estimated))
            name = script(text)
            self._factors[name] = (1 - WEIGHT) * self._factors.get(name, 1.0) + WEIGHT * seen


def _says_little(text: str) -> bool:
    """So much of the text may have to be spelled that its words do not decide what it costs."""
    sample = text[:_SAMPLE_CHARS]
    spelled = _signs(sample) + _bytes("".join(_RARE.findall(sample)))
    return spelled > SPELLED_MIN and spelled > SPELLED_SHARE * estimate(sample)
