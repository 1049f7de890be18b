"""Codes in what somebody writes: found however they are grouped, and taken out of the text."""

import re
import unicodedata
from dataclasses import dataclass

MASK = "••••••"
"""What stands in the place of a code from then on."""
WORDS_MAX = 6
"""Around a code so many words may just introduce it: "Here is the code you sent"."""
SIGNS_MAX = 48
"""The same where words are not told apart by spaces."""
QUESTION_SIGNS = "?？؟"
_CODE = re.compile(
    # Not a part of something longer: an order's number, a date, an amount, a telephone number.
    r"(?<![dL#+])(?<!d[.,:/-])(?<!L-)(?<!dd )"
    r"(?:d{6}|d{3}[ -]d{3}|d{2}[ -]d{2}[ -]d{2}|d[ -]d[ -]d[ -]d[ -]d[ -]d)"
    r"(?![dL])(?![.,:/-]d)(?! d{3})"
)

_ORDER = re.compile(
    r"(?:(?<![^\W_])(?:orders?|bestel\w{0,16}|auftrag\w{0,10}|pedidos?|commandes?|encomendas?|ordin[ei])|注文|طلب\w{0,3})"
    r"[\s:#-]{0,3}(?:(?:is|number|nummer|no|nr|num|n|número|numero|numéro|番号|は|رقم)[\s:.#°º-]{0,3}){0,2}\Z",
    re.IGNORECASE,
)
"""What stands before an order's number."""
_CODE_WORD = re.compile(r"c[oó]d[eai]|kode|コード|رمز", re.IGNORECASE)
_BEFORE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a text. `values` are in plain digits; "" stands for digits of several scripts in one, or of a kind
    that nobody writes numbers in."""

    values: tuple[str, ...]
    masked: str
    """The text without them."""
    alone: bool
    """Nothing else is said or asked."""


def find(text: str) -> Codes | None:
    """The codes of a text; None when there are none."""
    signs = [sign for sign in text if unicodedata.category(sign) != "Cf"]
    skeleton = "".join(map(_kind, signs))
    named = _CODE_WORD.search("".join(signs)) is not None
    matches = [match for match in _CODE.finditer(skeleton) if named or not _of_order(signs, match.start())]
    if not matches:
        return None
    values = tuple(dict.fromkeys(_value(signs[match.start() : match.end()]) for match in matches))
    masked, rest, at = "", "", 0
    for match in matches:
        between = "".join(signs[at : match.start()])
        masked, rest, at = masked + between + MASK, f"{rest}{between} ", match.end()
    tail = "".join(signs[at:])
    return Codes(values, masked + tail, not says_more(rest + tail))


def says_more(rest: str) -> bool:
    """What stands around a code or an address is more than an introduction to it."""
    words = re.findall(r"\w+", rest)
    return len(words) > WORDS_MAX or len("".join(words)) > SIGNS_MAX or any(sign in rest for sign in QUESTION_SIGNS)


def _of_order(signs: list[str], start: int) -> bool:
    """The digits are said to be an order's: never a try, so nobody can guess in this way."""
    return _ORDER.search("".join(signs[max(0, start - _BEFORE_CHARS) : start])) is not None


def _kind(sign: str) -> str:
    if unicodedata.digit(sign, None) is not None:
        return "d"
    if sign.isspace():
        return " "
    if unicodedata.category(sign) == "Pd":
        return "-"
    # A script without capitals does not part words by spaces, or writes prefixes onto them.
    return "L" if sign.lower() != sign.upper() or sign == "_" else "w" if sign.isalpha() else sign


def _value(signs: list[str]) -> str:
    digits = [sign for sign in signs if _kind(sign) == "d"]
    values = [unicodedata.decimal(sign, None) for sign in digits]
    if None in values:
        return ""
    zeros = {ord(sign) - value for sign, value in zip(digits, values, strict=True) if value is not None}
    return "".join(map(str, values)) if len(zeros) == 1 else ""
