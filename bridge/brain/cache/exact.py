"""The safest layer: the same words. Pure."""

import re
from functools import lru_cache

from bridge.brain.cache.capitals import folded_case
from bridge.brain.phrases import LANGUAGES

CHARS_MAX = 300
_POLITE = {
    "en": "please|kindly",
    "de": "bitte",
    "es": "por favor",
    "fr": "s'il vous pla[iî]t|s'il te pla[iî]t|svp",
    "pt": "por favor",
    "it": "per favore|per piacere",
    "nl": "alstublieft|alsjeblieft",
    "ar": "من فضلكم|من فضلك|لو سمحت|لو سمحتم|السلام عليكم",
    "ja": "すみません|お願いします",
}


@lru_cache(maxsize=8_192)
def normalised(text: str, language: str) -> str:
    """Without case (but see `folded_case`), width, punctuation at the edges of words, greetings before it and thanks
    behind it; "" for what is too long to come twice. Signs that say something (+, %, £, a minus) stay, and so do
    accents."""
    if len(text) > CHARS_MAX:
        return ""
    tag = language.partition("-")[0].lower()
    text = folded_case(text, tag).replace("’", "'")
    if pattern := _around(tag):
        text = _PUNCTUATION.sub(" ", pattern.sub(" ", _spaced(text)))
    return _spaced(_PUNCTUATION.sub(" ", text))


_PUNCTUATION = re.compile(r"[?!¿¡؟。？！、，،;…“”„«»]+|(?<!\d)\"|[.,:](?=\s|$)")


def _spaced(text: str) -> str:
    return " ".join(text.split())


@lru_cache
def _around(tag: str) -> re.Pattern[str] | None:
    if tag not in LANGUAGES:
        return None
    language = LANGUAGES[tag]
    polite = _POLITE.get(tag, r"(?!)")
    end = "" if tag == "ja" else r"\b"
    return re.compile(
        rf"^(?:{language.greetings}){end}[\s,.!،、。]*|[\s,.!?،、。？؟]*{end}(?:{language.thanks}){end}[\s,.!]*$"
        rf"|[\s,،、]*{end}(?:{polite}){end}[\s,،、]*"
    )
