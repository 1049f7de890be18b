"""Text to the words that lexical search compares, by language. Pure; knows no documents."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

STEMS_CACHED_MAX = 200_000

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Words of negation and limits ("not", "no", "never", "without", "only") are not among them: they change an answer.
_STOP_WORDS_EN = """
    a about after all also am an and any are as at be because been before being both but by can could d did do
    does doing during each few for from further had has have having he her here hers him his how i if in into is
    it its just ll m may me might more most my of on once or other our ours out over own please re s same shall
    she should so some such t than that the their theirs them then there these they this those through to too
    under until up us ve very was we were what when where which while who whom whose why will with would you
    your yours
"""
_STOP_WORDS = {"en": frozenset(_STOP_WORDS_EN.split())}

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    r"\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
)


def _marks() -> str:
    """The combining marks of the basic plane, which `\\w` leaves out, as the inside of a character class."""
    marks = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    return "".join(f"\\u{code:04x}" for code in marks)


_WORD = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_])(?:(?![{_UNSPACED}])(?:[^\W_]|[{_marks()}]))*"
)


def terms(text: str, language: str) -> list[str]:
    """The terms of a text read as `language` (a tag such as `en` or `pt-BR`), in order, with repetitions."""
    tag = primary(language)
    found: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        word = match[0]
        if match["unspaced"]:
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif word not in _STOP_WORDS.get(tag, ()):
            found.append(stem(word, tag))
    return found


def primary(language: str) -> str:
    """The language of a tag: `pt` for `pt-BR`."""
    return language.partition("-")[0].lower()


@lru_cache(maxsize=STEMS_CACHED_MAX)
def stem(word: str, tag: str) -> str:
    """The stem of a lower-case word."""
    # A new stemmer each time: they hold state and are not safe to share between threads.
    algorithm = _STEMMERS.get(tag)
    return snowballstemmer.stemmer(algorithm).stemWord(word) if algorithm else word
