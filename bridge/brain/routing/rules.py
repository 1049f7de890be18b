"""What is decided by a look at the words alone, in under a millisecond. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import filterfalse

from bridge.brain.phrases import small_talk
from bridge.brain.route import Category
from bridge.brain.routing.rule_words import ASKED_FOR_PERSON, SENSITIVE

HEAD_CHARS = 1_200
TAIL_CHARS = 400
"""Of a longer message its beginning and its end are looked at: a threat often stands last."""
LONG_CHARS = 4_000
"""Whoever writes more than this does not ask something simple, and a vector does not hold it all."""
GAP_WORDS_MAX = 4

_WORD = re.compile(r"\w+")
_UNSPACED = ("ar", "ja")
"""Languages whose words are not set apart by spaces, or carry others on their backs."""
_SAME_LETTERS = str.maketrans({"ة": "ه", "ى": "ي", "ـ": None})
"""Arabic spellings that people do not tell apart."""
_ORDER = re.compile(r"(?:(?:order|bestellung|pedido|commande|ordine|encomenda) )?(?:[a-z]{1,4} ?)?\d{4,14}")
"""A folded message that is an order's number and nothing else."""
_ORDER_INSIDE = re.compile(r"\b[A-Z]{1,4}-?\d{5,14}\b|#\d{4,14}\b|\b\d{6,14}\b")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule decided, and its name."""

    category: Category
    reason: str


def ruling(text: str) -> Ruling | None:
    """What the rules say of a message, in whatever language; None when it takes more than that."""
    if kind := small_talk(text):
        return Ruling(Category.FAQ, kind)
    seen = folded(text if len(text) <= HEAD_CHARS + TAIL_CHARS else f"{text[:HEAD_CHARS]}\n{text[-TAIL_CHARS:]}")
    sensitive = _sensitive().search(seen)
    if _asked_for_person().search(seen):
        return Ruling(Category.SENSITIVE_MATTER if sensitive else Category.SIMPLE_SUPPORT, "asked_for_person")
    if sensitive:
        return Ruling(Category.SENSITIVE_MATTER, (sensitive.lastgroup or "").rpartition("__")[0])
    if len(text) > LONG_CHARS:
        return Ruling(Category.COMPLEX_SUPPORT, "long")
    if _ORDER.fullmatch(seen):
        return Ruling(Category.SIMPLE_SUPPORT, "order_number")
    return None


def has_order_number(text: str) -> bool:
    """The text names something like an order: LW-550913, #44191."""
    return bool(_ORDER_INSIDE.search(text[:HEAD_CHARS]))


def folded(text: str) -> str:
    """The words of a text one space apart, without case, accents and punctuation."""
    return " ".join(_WORD.findall(_bare(text)))


def _bare(text: str) -> str:
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, letters)).translate(_SAME_LETTERS)


def prepare() -> None:
    """Makes ready beforehand what takes a while, so that no message waits for it."""
    _asked_for_person()
    _sensitive()


@cache
def _asked_for_person() -> re.Pattern[str]:
    return _compiled({"asked_for_person": ASKED_FOR_PERSON})


@cache
def _sensitive() -> re.Pattern[str]:
    return _compiled(SENSITIVE)


def _compiled(reasons: Mapping[str, Mapping[str, str]]) -> re.Pattern[str]:
    """One pattern for all lines; its last group is `REASON__LETTER`. The lines stand by their first letter, so that
    few of them are tried at each word."""
    spaced: dict[str, dict[str, list[str]]] = {}
    unspaced: list[str] = []
    for reason, languages in reasons.items():
        for language, lines in languages.items():
            patterns = [pattern for line in lines.strip().splitlines() for pattern in _patterns(line)]
            if language in _UNSPACED:
                unspaced.append(f"(?P<{reason}__{language}>{_either(patterns)})")
                continue
            for pattern in patterns:
                spaced.setdefault(pattern[0], {}).setdefault(reason, []).append(pattern[1:])
    letters = [
        f"{letter}(?:{_either(f'(?P<{reason}__{letter}>{_either(rests)})' for reason, rests in by_reason.items())})"
        for letter, by_reason in sorted(spaced.items())
    ]
    return re.compile(_either([rf"\b(?:{_either(letters)})\b", *unspaced]))


def _either(patterns: Iterable[str]) -> str:
    return "|".join(patterns)


def _patterns(line: str) -> list[str]:
    """A line of rule_words.py as regular expressions, one for each way it may begin. What repeats is bounded or gives
    nothing back, so that the time grows with the text and no faster."""
    begins = re.match(r"\(([^()]*)\)(.*)", line := _bare(line.strip()))
    ways = [f"{way}{begins[2]}" for way in begins[1].split("|")] if begins else [line]
    return [
        way.replace("(", "(?:").replace("*", r"\w*+").replace(" .. ", rf" (?:\w++ ){{0,{GAP_WORDS_MAX}}}")
        for way in ways
    ]
