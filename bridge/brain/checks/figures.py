"""Reads the figures of a text: numbers, prices, percentages, dates, times, and where to write, ring or click; each in
one form, however it is written. Pure, and linear in the text."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from bridge.brain.checks.digits import PERCENT_WORDS, WORDS_TO_UNIT_MAX, with_digits
from bridge.brain.checks.text import folded
from bridge.brain.checks.words_for_numbers import DATE_WORDS, MONTHS, MULTIPLIERS, NUMBERS, PERIODS, UNITS

TEXTS_CACHED_MAX = 500
"""What the operator and the customers said comes again and again."""
SENTENCES_CACHED_MAX = 64
"""Several checks read the same sentence."""
PHONE_DIGITS_MIN = 7
PHONE_DIGITS_COMPARED = 9
"""A number with and without its country and its zero is the same number."""

DIGITS_MAX = 12
"""Longer numbers are not worked with."""

Kind = Literal[
    "number",
    "amount",
    "counted",
    "period",
    "bare",
    "money",
    "currency",
    "percent",
    "date",
    "time",
    "hours",
    "link",
    "email",
    "phone",
    "account",
]


class Figure(NamedTuple):
    """One of them. `value` compares: "3.5", "£3.5", "01-31" (month and day), "09:00", "larkwell.example/book".
    A period is in seconds ("1209600s" for 14 days and two weeks) or in months ("12m" for a year).

    A tuple, because hundreds are put into sets for each answer. `amount` is the number of a price or a percentage,
    `bare` a number without a word behind it, `counted` one with a unit.
    """

    kind: Kind
    value: str


_HOST_PART = r"(?:(?![\u3040-\u30ff\u4e00-\u9fff])[\w-]){1,63}"
"""Japanese goes on behind an address without a space."""
_EMAIL = re.compile(rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_HOST_PART}(?:\.{_HOST_PART}){{1,8}}")
_TAIL = r"[^\s<>\"'`|\\\u3000-\u303f\u3040-\u30ff\u4e00-\u9fff]"
_LINK = re.compile(
    rf"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{{1,15}}://|www\.|javascript:|vbscript:|data:[a-z]+/){_TAIL}+"
    rf"|(?<![\w:/])//(?=[^\W_][\w-]{{0,62}}\.){_TAIL}+"
)
_HOST = re.compile(
    rf"(?<![a-z0-9@._/-])((?:[a-z0-9-]{{1,63}}\.){{1,6}}([a-z]{{2,24}}))(?![a-z0-9-])(?::\d+)?(?:[/?#]{_TAIL}*)?"
)
_FOREIGN_ENDINGS = (
    "рф|рус|москва|онлаин|саит|орг|ком|дети|укр|бг|бел|срб|мкд|қаз|мон|ею|ελ|ευ|გე|հայ|קום|ישראל|السعودية|امارات|مصر"
    "|المغرب|تونس|عمان|قطر|فلسطين|سورية|الاردن|ایران|العراق|موقع|شبكة|بازار|كوم|भारत|ไทย|中国|中國|香港|台湾|台灣"
    "|公司|网络|網絡|在线|网址|网站|商标|商城|网店|中文网|新加坡|澳门|手机|集团|コム|みんな|クラウト|ストア|セール"
)
"""Endings of hosts in other scripts, folded. Any word behind a full stop would be too much: a space is easily
missing."""
_FOREIGN_HOST = re.compile(
    rf"(?<![\w@./-])(?:[\w-]{{1,63}}\.){{1,6}}(?:{_FOREIGN_ENDINGS}|xn--[a-z0-9-]{{2,59}})(?![a-z0-9а-яء-ي-])(?:[/?#]{_TAIL}*)?"
)
_SCHEME = re.compile(r"^(?:https?:)?(?://)?(?:www\.)?")
_NO_HOSTS = frozenset(
    [
        "pdf",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "zip",
        "txt",
        "csv",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "js",
        "py",
        "html",
        "htm",
        "md",
        "json",
        "toml",
        "xml",
        "gpx",
        "fit",
    ]
)
"""Endings of file names, as long as nothing follows: some are endings of hosts as well."""
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?![a-z0-9])")
_CARD = re.compile(r"(?<![\d.,])(?:\d[ -]?){12,18}\d(?!\d)")
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|\(|0|(?=\d[\d ()/.-]{8}))[\d ()/.-]{5,22}\d(?![\da-z_])")
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+|\d+(?:\.\d+)?|\d{1,2}-\d{1,2}")

_NUMBER = r"(?>\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)*)"
_ALONE = r"(?<!\d)(?<!\d[.,])"
"""No number begins within another: looking from each of its digits would take the square of its length."""
_ISO_DATE = re.compile(r"(?<!\d)\d{4}-(\d{1,2})-(\d{1,2})(?!\d)")
_NUMERIC_DATE = re.compile(
    r"(?<![\d.,£€$¥])(?<![£€$¥] )(\d{1,2})(?:\.(\d{1,2})\.(?:\d{4}|\d{2})?|/(\d{1,2})/(?:\d{4}|\d{2}))(?![\d])"
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(
    rf"(?<![\d.,])(\d{{1,2}}|{DATE_WORDS})(?:st|nd|rd|th|er|\.|o|a)?[ ]?(?:de |d'|of )?({_MONTH})(?![^\W_])"
)
_MONTH_DAY = re.compile(rf"(?<![^\W_])({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|[.,]\d)")
_KANJI_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})年(?!間)")
_KANJI_DATE = re.compile(r"(\d{1,2})月(\d{1,2})日")
_HALF = (
    r"[ ]?(?:(?P<am>a\.?m\b|(?:de la|da|del|du) (?:manana|manha|mattina|matin)|صباحا)"
    r"|(?P<pm>p\.?m\b|(?:de la|da|del|du|di) (?:tarde|noche|noite|sera|soir)|مساء)|(?P<clock>uhr|o'clock|heures\b))"
)
_TIME = re.compile(
    rf"(?P<jp>午前|午後)?(?<![\d.,:])(?P<h>\d{{1,2}})(?:(?:[:h]| h |時)(?P<m>\d{{2}})(?!\d)分?(?:{_HALF})?"
    rf"|\.(?P<m2>\d{{2}})(?:{_HALF.replace('?P<', '?P<x')})|時(?!間)|(?P<hours>h\b)|(?:{_HALF.replace('?P<', '?P<y')}))"
)
_SIGNS = {
    "£": "£ gbp pounds pound pfund libras libra livres livre sterline ponden pond ポンド جنيه جنيها",
    "€": "€ eur euros euro ユーロ يورو",
    "$": "$ usd dollars dollar dolares dolar dollari ドル دولار دولارا",
    "¥": "¥ jpy yen 円 yuan cny rmb 元",
    "chf": "chf franken francs",
    "cents": "cents centimes centesimi centimos centavos",
    "kr": "kr kronen kroner kronor dkk nok",
    "zł": "zł zl pln zloty zlotys",
    "₹": "₹ inr rupees rupien rupias roupies",
    "₽": "₽ rub rubel roubles rublos",
    "other": "₩ ₺ ₪ ₿ ฿ czk kc huf aud cad nzd sgd mxn brl pesos reais bitcoin bitcoins درهم ريال دينار",
}
"""What is no currency of ours is a currency all the same: nothing else may stand behind an amount."""
_CURRENCIES = {folded(word): sign for sign, words in _SIGNS.items() for word in words.split()}
_CURRENCY = "|".join(re.escape(word) for word in sorted(_CURRENCIES, key=len, reverse=True))
_TIMES = "|".join(sorted(MULTIPLIERS, key=len, reverse=True))
_MONEY = re.compile(
    rf"(?P<before>[£€$¥₹₽]|gbp |eur |usd |chf |jpy )[ ]?(?P<a>{_NUMBER})(?:[ ]?(?P<x>{_TIMES})(?![^\W_]))?"
    rf"|{_ALONE}(?P<b>{_NUMBER})(?:[ ]?(?P<y>{_TIMES}) ?(?:de |di )?)?[ ]?(?P<after>{_CURRENCY})(?![a-z])"
    rf"|{_ALONE}(?P<c>{_NUMBER})[ ]?(?:p|pence)(?![^\W_])"
)
_CURRENCY_SIGN = re.compile(rf"[£€$¥₹₽]|(?<![^\W_])(?:{_CURRENCY})(?![^\W_])")
_PERCENT = re.compile(
    rf"{_ALONE}({_NUMBER})[ ]?(?:%|٪|percent|per cent|prozent|por ciento|por cento|pour cent|per cento|procent"
    rf"|{folded('パーセント')}|(?:ب|في )(?:ال)?م(?:ئ|ي|ا|ي)?ة)"
)
_PLAIN_NUMBER = re.compile(rf"({_NUMBER})(?:[ -]?([^\W\d_]+)(?= ([^\W\d_]+))?)?")
_TOKEN = re.compile(rf"({_NUMBER})|([^\W\d_]+)")
_CJK_UNIT = re.compile(r"営業日|日間?|週間?|[かヶカヵ]月間?|年間?|時間|分|秒|回|キロ|円")
_ANY_PERIOD = ("minute", "hour", "day", "week", "month", "year")
_RATES = frozenset(
    ["a", "an", "per", "each", "every", "je", "pro", "im", "am", "al", "por", "par", "au", "ao", "all", "ogni"]
)
"""Twenty-five a month are no months."""
DIGITS_COUNTING_MAX = 3
"""What is longer counts no days."""


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def figures(text: str, language: str) -> frozenset[Figure]:
    """Everything that a text may be quoted for."""
    found = frozenset(_read(text, language, every_word=True))
    hours = [figure.value for figure in found if figure.kind == "hours"]
    return found | {Figure("number", hour) for hour in hours} | {Figure("time", f"{int(hour):02}:00") for hour in hours}


@lru_cache(maxsize=SENTENCES_CACHED_MAX)
def claimed(text: str, language: str) -> tuple[Figure, ...]:
    """The figures that a sentence of an answer states; small numbers in words only where they count a unit ("five
    days"), not where they are a turn of phrase ("two ways")."""
    return tuple(_read(text, language, every_word=False))


def _read(text: str, language: str, *, every_word: bool) -> list[Figure]:
    found: list[Figure] = []
    text = folded(text)
    if "@" in text:
        text = _take(_EMAIL, text, lambda match: found.append(Figure("email", match[0].rstrip(".-"))))
    if "." in text or ":" in text:
        text = _take(_LINK, text, lambda match: found.append(Figure("link", _link(match[0]))))
        if not text.isascii() or "xn--" in text:
            text = _take(_FOREIGN_HOST, text, lambda match: found.append(Figure("link", _link(match[0]))))
        text = _HOST.sub(lambda match: _host(match, found), text)
    text = with_digits(text, language.partition("-")[0], source=every_word)
    words = _words(text, language, every_word=every_word)
    if any(character.isdigit() for character in text):
        _read_numbers(text, found, every_word=every_word)
    return found + [
        Figure("number" if every_word else "counted", number) for number in words if every_word or number != "1"
    ]


def _read_numbers(text: str, found: list[Figure], *, every_word: bool) -> None:
    found += [Figure("currency", _CURRENCIES[sign[0]]) for sign in _CURRENCY_SIGN.finditer(text)]
    text = _IBAN.sub(lambda match: _account(match, found, _is_iban), text)
    text = _CARD.sub(lambda match: _account(match, found, _is_card), text)
    text = _take(_ISO_DATE, text, lambda match: _date(found, match[1], match[2]))
    text = _NUMERIC_DATE.sub(lambda match: _numeric_date(match, found), text)
    text = _KANJI_YEAR.sub(r"\1 ", text)  # a year is no period
    text = _take(_KANJI_DATE, text, lambda match: _date(found, match[1], match[2]))
    text = _take(_DAY_MONTH, text, lambda match: _date(found, str(MONTHS[match[2]]), match[1]))
    text = _take(_MONTH_DAY, text, lambda match: _date(found, str(MONTHS[match[1]]), match[2]))
    text = _TIME.sub(lambda match: _time(match, found), text)
    text = _PHONE.sub(lambda match: _phone(match, found), text)
    text = _take(_MONEY, text, lambda match: _money(match, found))
    text = _take(_PERCENT, text, lambda match: _both(found, "percent", "amount", match[1]))
    if every_word:
        _read_counted(text, found)
        return
    for match in _PLAIN_NUMBER.finditer(text):
        number, unit = value(match[1]), _unit(match[2] or "") or (match[2] not in _RATES and _unit(match[3] or ""))
        if match[2] in MULTIPLIERS:
            number, unit = _times(number, MULTIPLIERS[match[2]]), _unit(match[3] or "")
        if unit in PERIODS:
            found.append(Figure("period", _period(number, unit)))
            continue
        counts = match[2] and match[2] in UNITS
        if counts or not match[2]:
            found.append(Figure("counted" if counts else "bare", number))
        found.append(Figure("number", number))


def _read_counted(text: str, found: list[Figure]) -> None:
    """Every number of a source, with the unit that comes next: "3 to 5 working days". One without, as in a table or
    before a word that is not known here, may count any, unless it counts something elsewhere in the text."""
    tokens = _TOKEN.findall(text)
    counting: set[str] = set()
    free: set[str] = set()
    for place, (digits, _) in enumerate(tokens):
        if not digits:
            continue
        number = value(digits)
        found.append(Figure("number", number))
        next_word = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        counts = next_word in UNITS or bool(_CJK_UNIT.match(next_word))
        if counts or not next_word:
            found.append(Figure("counted" if counts else "bare", number))
        if next_word in _RATES:
            continue
        following = (_unit(after) for _, after in tokens[place + 1 : place + 1 + WORDS_TO_UNIT_MAX] if after)
        unit = next((unit for unit in following if unit), None)
        if unit in PERIODS:
            found.append(Figure("period", _period(number, unit)))
            counting.add(number)
        elif unit is None and len(number) <= DIGITS_COUNTING_MAX:
            free.add(number)
    found += [Figure("period", _period(number, unit)) for number in free - counting for unit in _ANY_PERIOD]


def _unit(word: str) -> str:
    """The unit of time or measure that a word is or, in Japanese, begins with; "" when it is none."""
    if word in UNITS or word in PERIODS:
        return word
    found = _CJK_UNIT.match(word)
    return found[0] if found else ""


def _period(number: str, unit: str) -> str:
    length, base = PERIODS[unit]
    if len(number) > DIGITS_MAX:
        return f"{number} {unit}"
    return f"{float(number) * length:g}{base}" if "." in number else f"{int(number) * length}{base}"


def _take(pattern: re.Pattern[str], text: str, note: Callable[[re.Match[str]], None]) -> str:
    """The text without what matches."""

    def taken(match: re.Match[str]) -> str:
        note(match)
        return " ; "

    return pattern.sub(taken, text)


def value(number: str) -> str:
    """A number in one form: "1,000", "1.000" and "1 000" are "1000", "3,50" and "3.5" are "3.5"."""
    number = number.replace(" ", "").replace("'", "")
    whole, mark, rest = number.rpartition("." if number.rfind(".") > number.rfind(",") else ",")
    thousands = len(rest) == 3 and len(whole.replace(".", "").replace(",", "")) < 7 and whole.strip("0") != ""
    other = "," if mark == "." else "."
    if mark and other not in whole and (thousands or mark in whole):
        whole, rest = whole + rest, ""
    elif not mark:
        whole, rest = number, ""
    whole = whole.replace(".", "").replace(",", "").lstrip("0") or "0"
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def _both(found: list[Figure], kind: Kind, inner: Kind, number: str) -> None:
    """The figure, and the number in it."""
    found += [Figure(kind, value(number)), Figure(inner, value(number))]


def _money(match: re.Match[str], found: list[Figure]) -> None:
    if match["c"]:  # pence
        sign, number = "£", _times(value(match["c"]), 0.01)
    else:
        sign = _CURRENCIES[(match["before"] or match["after"]).strip()]
        number = _times(value(match["a"] or match["b"]), MULTIPLIERS.get(match["x"] or match["y"], 1))
    found += [Figure("money", f"{sign}{number}"), Figure("amount", number)]


def _times(number: str, factor: float) -> str:
    return number if factor == 1 or len(number) > DIGITS_MAX else value(f"{float(number) * factor:.4f}")


def host(link: str) -> str:
    """Of the value of a link."""
    return re.split(r"[/?#]", link, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]


def _link(url: str) -> str:
    return _SCHEME.sub("", url.rstrip(".,;:!?*_)]}")).rstrip("/")


def _host(match: re.Match[str], found: list[Figure]) -> str:
    if match[2] in _NO_HOSTS and match.end(1) == match.end():
        return match[0]
    found.append(Figure("link", _link(match[0])))
    return " ; "


def _date(found: list[Figure], month: str, day: str) -> None:
    day = NUMBERS["any"].get(day, day)
    found += [Figure("date", f"{int(month):02}-{int(day):02}"), Figure("number", value(day))]


def _numeric_date(match: re.Match[str], found: list[Figure]) -> str:
    """Whichever is the day: the writer knew."""
    first, second = match[1], match[2] or match[3]
    dates = [(day, month) for day, month in ((first, second), (second, first)) if int(day) <= 31 and int(month) <= 12]
    for day, month in dates:
        _date(found, month, day)
    return " ; " if dates else match[0]


def _time(match: re.Match[str], found: list[Figure]) -> str:
    hour, minute = int(match["h"]), int(match["m"] or match["m2"] or 0)
    late = match["jp"] == "午後" or match["pm"] or match["xpm"] or match["ypm"]
    early = match["jp"] == "午前" or match["am"] or match["xam"] or match["yam"]
    if hour > 24 or minute > 59:
        return match[0]
    if late and hour < 12:
        hour += 12
    elif early and hour == 12:
        hour = 0
    # "9 h" may be nine o'clock, and may be nine hours.
    found.append(Figure("hours", str(hour)) if match["hours"] else Figure("time", f"{hour:02}:{minute:02}"))
    return " ; "


def _phone(match: re.Match[str], found: list[Figure]) -> str:
    digits = re.sub(r"\D", "", match[0])
    groups = re.findall(r"\d+", match[0])
    marked = match[0][0] in "+(0"
    if not PHONE_DIGITS_MIN <= len(digits) <= 15 or (_GROUPED.fullmatch(match[0]) and not match[0].startswith("0")):
        return match[0]
    if not marked and (len(groups) < 2 or max(map(len, groups)) < 3 or len(digits) < PHONE_DIGITS_COMPARED):
        return match[0]
    found.append(Figure("phone", digits[-PHONE_DIGITS_COMPARED:]))
    return " ; "


def _account(match: re.Match[str], found: list[Figure], valid: Callable[[str], bool]) -> str:
    compact = re.sub(r"[ -]", "", match[0])
    if not valid(compact):
        return match[0]
    found.append(Figure("account", compact))
    return " ; "


def _is_iban(text: str) -> bool:
    if not 15 <= len(text) <= 34:
        return False
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(digits) % 97 == 1


def _is_card(text: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text))]
    return 13 <= len(text) <= 19 and sum(number - 9 * (number > 9) for number in doubled) % 10 == 0 and text[0] != "0"


_WORD = re.compile(r"[^\W\d_]+")


def _words(text: str, language: str, *, every_word: bool) -> list[str]:
    numbers = NUMBERS.get(language.partition("-")[0], NUMBERS["en"])
    words = _WORD.findall(text)
    found = []
    for place, word in enumerate(words):
        if place and words[place - 1] in PERCENT_WORDS:
            continue
        if word in numbers and (every_word or any(after in UNITS for after in words[place + 1 : place + 3])):
            found.append(numbers[word])
    return found
