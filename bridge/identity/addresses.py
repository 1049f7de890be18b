"""E-mail addresses and telephone numbers in what somebody writes, in the one form that they are looked up in."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

EMAIL_CHARS_MAX = 254
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 7, 15

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,63}"
)
_PHONE = re.compile(r"(?<![\w+])(?:\+|00|0)\d(?:[ ()./\u2010-\u2014-]{0,2}\d){5,15}(?!\d)", re.ASCII)
_MARKUP = re.compile(r"<(?:mailto|tel):[^|>\s]*\|([^>]*)>")
"""How Slack writes what it made a link of."""

Way = Literal["email", "phone"]


@dataclass(frozen=True, slots=True)
class Found:
    """An address: how it is looked up, and what stands around it."""

    way: Way
    address: str
    rest: str


def find(text: str, country_code: str = "") -> Found | None:
    """The one address in a text; None when there is none, or more than one, or one that only looks like one."""
    text = _MARKUP.sub(r"\1", "".join(sign for sign in text if unicodedata.category(sign) != "Cf"))
    found = {_email(match): match for match in _EMAIL.finditer(text) if _stands_alone(text, match)}
    if not found:
        digits = "".join(map(_ascii_digit, text))
        matches = ((phone(match[0], country_code), match) for match in _PHONE.finditer(digits))
        numbers = {number: match for number, match in matches if number}
        return _only("phone", numbers, text)
    return _only("email", found, text)


def _only(way: Way, found: dict[str, re.Match[str]], text: str) -> Found | None:
    if len(found) != 1:
        return None
    [(address, match)] = found.items()
    return Found(way, address, f"{text[: match.start()]} {text[match.end() :]}".strip())


def email(text: str) -> str:
    """An address as it is compared: small letters; "" for what is none."""
    match = _EMAIL.fullmatch(text.strip())
    return _email(match) if match and len(match[0]) <= EMAIL_CHARS_MAX else ""


def phone(text: str, country_code: str = "") -> str:
    """A number as E.164 writes it; "" for what is none, or without a country."""
    digits = re.sub(r"\D", "", text, flags=re.ASCII)
    if text.lstrip().startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0") and country_code:
        number = country_code[1:] + digits[1:]
    else:
        return ""
    fits = PHONE_DIGITS_MIN <= len(number) <= PHONE_DIGITS_MAX and not number.startswith("0")
    return f"+{number}" if fits else ""


def _email(match: re.Match[str]) -> str:
    return match[0].lower()


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """No part of an address in other letters: "аna@example.com" with a Cyrillic a must not become another's."""
    around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    return len(match[0]) <= EMAIL_CHARS_MAX and not any(
        sign.lower() != sign.upper() or unicodedata.category(sign) in ("Mn", "Lm") or sign in "@_-" or sign.isdigit()
        for sign in around
    )


def _ascii_digit(sign: str) -> str:
    """Numbers are written in many digits, on one keyboard as on another."""
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
