"""Whether an answer says yes or no, as far as its words show. Pure."""

import re
from typing import Literal

from bridge.brain.cache.sense import folded
from bridge.brain.knowledge.words import primary

_YES_NO: dict[str, tuple[str, str]] = {
    "en": ("yes|yep|sure|certainly|of course|absolutely", "no|nope|unfortunately|sorry|i'm afraid|never"),
    "de": ("ja|naturlich|selbstverstandlich|gerne?|sicher|klar", "nein|leider|tut mir leid|nie"),
    "es": ("si|claro|por supuesto|desde luego", "no|lamentablemente|por desgracia|desafortunadamente|lo siento"),
    "fr": ("oui|bien sur|certainement|absolument", "non|malheureusement|desole"),
    "pt": ("sim|claro|com certeza", "nao|infelizmente|lamento|desculpe"),
    "it": ("si|certo|certamente|naturalmente", "no|purtroppo|mi dispiace"),
    "nl": ("ja|zeker|natuurlijk|jazeker", "nee|neen|helaas|sorry"),
    "ar": ("نعم|اجل|بالتاكيد|بالطبع", "لا|كلا|للاسف|عذرا"),
    "ja": ("はい|ええ|もちろん", "いいえ|残念|申し訳"),
}
_NOT: dict[str, str] = {
    "en": r"not|no|never|none|neither|nor|nothing|cannot|without|\w+n't|unable|impossible",
    "de": r"nicht|kein\w*|nie|niemals|nichts|ohne|unmoglich|weder",
    "es": "no|nunca|jamas|ningun[oa]?|nada|tampoco|sin|imposible",
    "fr": r"n|ne|pas|jamais|aucune?|rien|sans|non|impossible",
    "pt": "nao|nunca|jamais|nenhuma?|nada|sem|impossivel|tampouco",
    "it": r"non|mai|nessun\w*|niente|senza|no|impossibile|neanche",
    "nl": "niet|geen|nooit|niets|zonder|nee|onmogelijk",
    "ar": "لا|لم|لن|ليس|ليست|غير|بدون|دون|ولا",
}
_NOT_JA = re.compile("ない|ません|なく|なし|不可|できかね|いたしかね")
_EDGE = re.compile(r"^[\s*_>#¡!\"“«„-]+")


def _openings(yes: str, no: str, tag: str) -> re.Pattern[str]:
    end = "" if tag == "ja" else r"(?!\w)"
    return re.compile(rf"(?:(?P<yes>{yes})|(?P<no>{no})){end}")


_OPENINGS = {tag: _openings(*words, tag) for tag, words in _YES_NO.items()}
_NEGATIONS = {tag: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for tag, words in _NOT.items()} | {"ja": _NOT_JA}


def opening(text: str, language: str) -> Literal["yes", "no", ""]:
    """What an answer says with its first word; "" when that is neither, or nothing is known of the language."""
    pattern = _OPENINGS.get(primary(language))
    found = pattern.match(_EDGE.sub("", folded(text))) if pattern else None
    if not found:
        return ""
    return "yes" if found["yes"] else "no"


def negated(text: str, language: str) -> bool:
    """Something in it is denied."""
    pattern = _NEGATIONS.get(primary(language))
    return bool(pattern and pattern.search(folded(text)))
