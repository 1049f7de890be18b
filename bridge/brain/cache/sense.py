"""What a question asks, as three keys that are compared apart: its numbers, its signs and its content. Pure.

Two questions ask the same when all three are equal. Vectors cannot tell that: "with" and "without", or two plans, are
nearer to each other than most ways of asking one thing.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bridge.brain.cache.sense_words import LINES, ORDERED, SELF
from bridge.brain.checks.words_for_numbers import NUMBERS
from bridge.brain.knowledge.words import stem

CHARS_MAX = 300
"""A longer question says too much to be told apart here."""

_ARTICLES = frozenset(["a", "an", "once", "un", "une", "una", "uno", "um", "uma", "een", "second"])
_ARTICLES_DE = re.compile(r"ein(?:e[nmrs]?)?")
"""Words that count something only now and then."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_SAME_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": None, "\u064b": None, "ß": "ss"})
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[£$€¥%+]|[^\W_]+(?:[\u064c-\u0652]+[^\W_]*)*")
_SELF = "@self"
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_GLUED = re.compile(r"(?<=\d)(?=[a-z])")
_NOT = re.compile(r"\b(\w+?)n't\b")
_POSSESSIVE = re.compile(r"'s\b|(?<=s)'(?=\s|$)")
_DOUBLE = re.compile(r"([^\Wr\d])\1")
"""Letters that are often doubled by mistake; not `r`: in Spanish that makes another word."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_MARKS = re.compile(r"[\u0300-\u036f]")
_GRAMMAR = {
    "?cost": "?which ?how",
    "?how_long": "?which ?when take",
    "?how_many": "?which",
    "how_long_deliver": "?which ?how_long",
    "return_window": "?which ?how_long",
    "hours": "?which ?when",
    "pay_with": "?which ?how",
    "contact": "?which ?how",
    "complain": "?how ?where",
    "lost_password": "?which ?how sign_in",
    "latest": "?which ?when",
    "earliest": "?which ?when",
    "notice": "?which ?how_long required",
    "size": "?how",
    "expire": "?when ?how_long",
    "return": "item",
}
"""Where the first is meant, the others that ask are only its grammar."""
FREE_MAX = 2
"""So many things may be named in any order: with more of them their order tells who does what to whom."""
_DEEDS = frozenset(["deliver", "refund", "return", "repair", "order", "book", "buy", "cancel", "change", "exchang"])
"""Of two of these the one is done to the other."""
_YOU_DO = re.compile(
    r"\byou ((?:have |had |already |also )*)(?=(?:pay|cancel|return|collect|bring|damag|break|los|need|get)|paid)"
)
"""Where the business does what customers do otherwise."""
_TO_DO = frozenset(
    [
        *("order", "buy", "pay", "use", "cancel", "change", "return", "ride", "get", "know", "book", "ask", "reach"),
        *("contact", "see", "try", "start", "receive", "send", "go", "bring", "sign", "log", "register", "create"),
        *("take", "find", "open", "pick_up", "lost_password", "collect", "purchase", "be"),
    ]
)
"""Behind "to" these are no place that something goes to."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a question asks."""

    numbers: tuple[str, ...]
    """In their order; with letters where they carry some."""
    signs: tuple[str, ...]
    """Negation, direction, time, each with the word that it turns."""
    content: tuple[str, ...]
    """What it is about. In its order where that decides, else sorted."""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    phrases: re.Pattern[str] | None
    names: dict[str, str]
    """By phrase or word."""
    stems: dict[str, str]


@lru_cache(maxsize=8_192)
def sense(text: str, language: str) -> Sense | None:
    """None when it is too long, has no content, or nothing is known of the language."""
    tag = language.partition("-")[0].lower()
    if len(text) > CHARS_MAX or tag not in LINES:
        return None
    tokens = list(_unspaced(text) if tag == "ja" else _spaced(text, tag))
    ordered = tag == "ja" or any(token in ORDERED[tag].split() for token in _words(folded(text)))
    numbers: list[str] = []
    signs: list[str] = []
    content: list[str] = []
    pending: list[str] = []
    for token in tokens:
        if token.startswith("!"):
            pending.append(token)
        elif any(char.isdigit() for char in token):
            signs += (f"{sign}>#" for sign in pending)
            pending.clear()
            numbers.append(token)
        elif token != _SELF or ordered:
            if tag == "en" and token in _TO_DO and "!to" in pending:
                pending.remove("!to")
            signs += (f"{sign}>{token}" for sign in pending)
            pending.clear()
            content.append(token)
    if tag == "ja":  # there a sign stands behind its word
        content = [token for token in tokens if not token.startswith("!")]
        signs = [f"{before}>{token}" for before, token in zip(["", *tokens], tokens, strict=False) if token[0] == "!"]
        pending.clear()
    signs += pending
    grammar = " ".join(asking for topic, asking in _GRAMMAR.items() if topic in content).split()
    content = [token for token in content if token not in grammar]
    things = {token for token in content if not token.startswith("?") and token != "required"}
    if not things and not numbers:
        return None
    ordered = ordered or len(things) > FREE_MAX or len(things & _DEEDS) > 1
    kept = tuple(content) if ordered else tuple(sorted(set(content)))
    return Sense(tuple(numbers), tuple(sorted(set(signs))), kept)


def folded(text: str) -> str:
    """Without case, accents and other ways of writing the same; the marks of Arabic that make another word stay."""
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    letters = unicodedata.normalize("NFD", text)
    text = unicodedata.normalize("NFC", letters if _CJK.search(text) else _MARKS.sub("", letters))
    text = "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)
    return text.translate(_SAME_LETTERS)


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _spaced(text: str, tag: str) -> Iterator[str]:
    text = _ORDINAL.sub(r"\1", folded(text))
    if tag == "en":
        text = _POSSESSIVE.sub("", _NOT.sub(lambda match: f"{_whole(match[1])} not", text))
        text = _YOU_DO.sub(r"business \1", text)
    text = " ".join(_words(_GLUED.sub(" ", text)))
    lexicon = _lexicon(tag)
    if lexicon.phrases:
        text = lexicon.phrases.sub(lambda match: f" _{_code(match[0])} ", text)
    for token in text.split():
        name = lexicon.names[_decode(token)] if token.startswith("_") else _named(token, tag, lexicon)
        if name:
            yield name


def _whole(word: str) -> str:
    return {"ca": "can", "wo": "will"}.get(word, word)


def _code(phrase: str) -> str:
    return phrase.replace(" ", "_")


def _decode(token: str) -> str:
    return token[1:].replace("_", " ")


def _named(word: str, tag: str, lexicon: _Lexicon) -> str:
    """What a word stands for; "" when it says nothing."""
    if word in SELF[tag].split():
        return _SELF
    if (name := lexicon.names.get(word)) is not None:
        return "" if name == "-" else name
    if word not in _ARTICLES and not _ARTICLES_DE.fullmatch(word) and (number := NUMBERS.get(tag, {}).get(word)):
        return number
    if tag == "ar":
        word = re.sub(r"^(?:وال|بال|لل|ال)(?=\w{3})", "", word)
        return lexicon.names.get(word, word)  # a stem there is without "mine" and "his"
    base = stem(word, tag)
    return lexicon.stems.get(base) or _DOUBLE.sub(r"\1", base)


def _unspaced(text: str) -> Iterator[str]:
    """The longest known piece at each place; what is between them stands for itself."""
    text = re.sub(r"[\s。、？！?!,.・「」]+", " ", folded(text))
    names, longest = _lexicon("ja").names, max(map(len, _lexicon("ja").names))
    unknown, at = "", 0
    while at < len(text):
        piece = next((text[at : at + size] for size in range(longest, 0, -1) if text[at : at + size] in names), "")
        if piece or text[at] == " ":
            yield from _words(unknown)
            unknown = ""
            if piece and names[piece] != "-":
                yield names[piece]
            at += len(piece) or 1
        else:
            unknown += text[at]
            at += 1
    yield from _words(unknown)


@lru_cache
def _lexicon(tag: str) -> _Lexicon:
    names: dict[str, str] = {}
    for line in LINES[tag].strip().splitlines():
        name, _, words = line.partition(": ")
        for word in words.split(", "):
            seen = " ".join(_words(folded(word))) if tag != "ja" else folded(word)
            names.setdefault(seen, name)
    phrases = sorted((word for word in names if " " in word), key=len, reverse=True)
    for phrase in phrases:
        names[phrase] = "" if names[phrase] == "-" else names[phrase]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b") if phrases else None
    stems = {stem(word, tag): name for word, name in names.items() if " " not in word and name[:1] not in "-!?"}
    return _Lexicon(pattern, names, stems)
