"""Writes numbers in words as digits: "thirty-five pounds" as "35 pounds", 七百ポンド as 700ポンド. Pure, and linear in
the text."""

import re
from functools import partial

from bridge.brain.checks.text import folded
from bridge.brain.checks.words_for_numbers import (
    AND,
    CARDINALS,
    FRACTIONS,
    MONTHS,
    NUMBERS,
    ONES,
    ORDINALS,
    PERIODS,
    UNITS,
)

WORDS_TO_UNIT_MAX = 5
"""Between a number of a source and its unit: "three to five full working days"."""
WORDS_TO_UNIT_CLAIMED_MAX = 2
"""The same for what an answer states: "five working days"."""
TEENS_MIN = 13
"""From here on a number is no turn of phrase, whatever follows."""

_WORD = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"[ -]|'")
_FRACTION = re.compile("|".join(rf"\b(?:an? |eine[rn]? |une? )?{re.escape(name)}\b" for name in FRACTIONS))
_HOURS = {
    language: "|".join(
        sorted((word for word, number in CARDINALS[language].items() if number <= 12), key=len, reverse=True)
    )
    for language in CARDINALS
}
_CLOCK = {
    "en": (
        (rf"half past ({_HOURS['en']}|one|\d{{1,2}})", 0, 30),
        (rf"quarter past ({_HOURS['en']}|one|\d{{1,2}})", 0, 15),
        (rf"quarter to ({_HOURS['en']}|one|\d{{1,2}})", -1, 45),
        (r"(?<=at )(noon|midday)|(?<=by )noon|(?<=until )noon|(?<=before )noon", 0, 0),
    ),
    "de": (
        (rf"(?<!ein )halb ({_HOURS['de']}|eins)", -1, 30),
        (rf"viertel nach ({_HOURS['de']}|eins)", 0, 15),
        (rf"viertel vor ({_HOURS['de']}|eins)", -1, 45),
    ),
    "nl": ((rf"half ({_HOURS['nl']}|een)", -1, 30),),
    "es": ((rf"las ({_HOURS['es']}) y media", 0, 30), (rf"las ({_HOURS['es']}) y cuarto", 0, 15)),
    "fr": ((rf"({_HOURS['fr']}) heures et demie", 0, 30), (rf"({_HOURS['fr']}) heures et quart", 0, 15)),
    "pt": ((rf"as ({_HOURS['pt']}) e meia", 0, 30),),
    "it": ((rf"alle ({_HOURS['it']}) e mezza", 0, 30),),
}
"""Times of the day in words: what is taken from the hour, and the minutes."""
_CLOCKS = {
    language: [(re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])"), less, minutes) for pattern, less, minutes in times]
    for language, times in _CLOCK.items()
}
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ORDINAL_DATE = re.compile(rf"(?<![^\W_])({_ORDINAL})(?= (?:of )?(?:{_MONTH})(?![^\W_]))")
_MONTHS_THAT_ARE_WORDS = frozenset(["may", "march", "mars", "dec", "mai"])
PERCENT_WORDS = frozenset(["pour", "por", "per"])
"""Before a hundred, they make a percentage."""
_HUNDREDS = frozenset([100, 1_000])
"""By themselves they are turns of phrase."""
_KANJI = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI_TIMES = {"十": 10, "百": 100, "千": 1_000}
_KANJI_NUMBER = re.compile(
    rf"(?<![第\d])([〇一二三四五六七八九十百千万]{{1,12}})(?=営業日|日|週|[かヶカヵ]月|月|年|時|分|秒|円|%|キロ|"
    rf"{folded('ポンド|ユーロ|ドル|パーセント')})"
)
_TURN_OF_PHRASE = frozenset(["十分", "一時", "一月", "千万円"])


def with_digits(text: str, language: str, *, source: bool) -> str:
    """A folded text with its numbers in digits: those that count something and those from thirteen on; small ones
    that count nothing ("two ways") stay. `source`: so do all that a source may be quoted for."""
    if not text.isascii():
        text = _KANJI_NUMBER.sub(lambda match: _from_kanji(match, source=source), text)
    text = _FRACTION.sub(lambda match: f" {FRACTIONS[_named(match[0])]}", text)
    text = _ORDINAL_DATE.sub(lambda match: str(ORDINALS[match[1]]), text)
    for pattern, less, minutes in _CLOCKS.get(language, ()):
        text = pattern.sub(partial(_time, language=language, less=less, minutes=minutes), text)
    return _words(text, language, source=source)


def _time(match: re.Match[str], *, language: str, less: int, minutes: int) -> str:
    word = match[1] or "noon"
    hour = int(word) if word.isdigit() else CARDINALS[language].get(word, 1)
    hour = 12 if word in ("noon", "midday") else (hour + less) % 24 or 12
    return f" {hour:02}:{minutes:02}"


def _named(period: str) -> str:
    return next(name for name in FRACTIONS if period.endswith(name))


def _from_kanji(match: re.Match[str], *, source: bool) -> str:
    number = _kanji(match[1])
    follows = match.string[match.end(1) : match.end(1) + 2]
    if match[1] + follows[:1] in _TURN_OF_PHRASE and follows != "時間":
        return match[0]
    return match[0] if number == 1 and not source else str(number)


def _kanji(text: str) -> int:
    if not set(text) - set(_KANJI):
        return int("".join(str(_KANJI[sign]) for sign in text))
    total = below = digit = 0
    for sign in text:
        if sign == "万":
            total, below, digit = (total + below + digit or 1) * 10_000, 0, 0
        elif sign in _KANJI_TIMES:
            below, digit = below + (digit or 1) * _KANJI_TIMES[sign], 0
        else:
            digit = _KANJI[sign]
    return total + below + digit


def _words(text: str, language: str, *, source: bool) -> str:
    language = language if language in CARDINALS else "en"
    words = [(word[0], word.start(), word.end()) for word in _WORD.finditer(text)]
    pieces: list[str] = []
    done = at = 0
    while at < len(words):
        number, after = _run(text, words, at, language)
        if number == 1 and not (source and _counts(words[after : after + 1])):
            number = 0
        single = after == at + 1
        if number and _stated(words, at, after, number, single=single, source=source):
            pieces += [text[done : words[at][1]], str(number)]
            done = words[after - 1][2]
        at = max(after, at + 1)
    return "".join(pieces) + text[done:] if pieces else text


def _stated(words: list[tuple[str, int, int]], at: int, after: int, number: int, *, single: bool, source: bool) -> bool:
    if single and number in _HUNDREDS and at and words[at - 1][0] in PERCENT_WORDS:
        return False
    if number >= TEENS_MIN and not (single and number in _HUNDREDS):
        return True
    reach = WORDS_TO_UNIT_MAX if source else WORDS_TO_UNIT_CLAIMED_MAX
    if _counts(words[after : after + reach]):
        return True
    following = [word for word, _, _ in words[after : after + 2]]
    if following[:1] and following[0] in MONTHS:
        return following[0] not in _MONTHS_THAT_ARE_WORDS
    return len(following) == 2 and following[0] in ("de", "of", "di") and following[1] in MONTHS


def _counts(words: list[tuple[str, int, int]]) -> bool:
    return any(word in UNITS or word in PERIODS for word, _, _ in words)


def _run(text: str, words: list[tuple[str, int, int]], at: int, language: str) -> tuple[int, int]:
    """The number that begins at a word, 0 when there is none, and the word behind it."""
    cardinals = CARDINALS[language]
    first = words[at][0]
    total, current = 0, cardinals.get(first, 0)
    if not current:
        return (1 if NUMBERS[language].get(first) == "1" else 0), at + 1
    if current == 1_000:
        total, current = 1_000, 0
    after = at + 1
    while after < len(words) and _JOINT.fullmatch(text, words[after - 1][2], words[after][1]):
        word, skipped = words[after][0], 0
        if word == AND[language] and after + 1 < len(words):
            word, skipped = words[after + 1][0], 1
        elif language == "ar" and word[0] == AND["ar"]:
            word = word[1:] if word not in cardinals else word
        more = cardinals.get(word, 1 if word in ONES[language] and current >= 20 else 0)
        if more == 1_000:
            total, current = total + (current or 1) * 1_000, 0
        elif more == 100 and current % 1_000 < 100 and current and not skipped:
            current *= 100
        elif language == "fr" and current % 100 == 4 and word in ("vingt", "vingts"):
            current += 76
        elif more and _joins(current, more, language):
            current += more
        else:
            break
        after += 1 + skipped
    return total + current, after


def _joins(current: int, more: int, language: str) -> bool:
    """Thirty and five are thirty-five, three and four are two numbers."""
    rest = current % 100
    if more >= 100:
        return current == 0
    if rest == 0:
        return True
    if rest % 10 == 0 and rest >= 20:
        return more < 10 or (language == "fr" and rest in (60, 80) and more < 17)
    if language == "fr" and rest in (10, 70, 90):
        return 7 <= more <= 9
    return language == "ar" and rest < 10 and (more == 10 or (more >= 20 and more % 10 == 0))
