"""Which language a text is in, by its script and its words. Pure, and quick: it is asked many times in a turn.

Where nothing tells, the answer is the default: a name, a number or a piece of code belongs to no language.
"""

import re
import unicodedata
from functools import lru_cache

from bridge.brain.phrases.languages import LANGUAGES

LANGUAGE_CHARS_MAX = 2_000
"""The beginning of a text tells its language."""
_SURE = 0.5
"""What words must weigh: a word that only one language has weighs 1, one that several have as much less."""
_HINT = 0.4
"""What a letter, a beginning or an ending weighs: alone it tells nothing, since names have them too."""
_SIGN = 1.5
"""What a sign weighs that only one language writes."""
_ENDING_CHARS_MIN = 5
"""Of shorter words an ending tells nothing."""
WORDS_CACHED_MAX = 20_000
_DENSE = 3
"""So many letters of an alphabet are about as much as one Chinese, Japanese or Korean character."""

_ASIDE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.DOTALL)
"""Code and addresses are in no language."""
_SCRIPTS = {
    "kana": r"[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d]",
    "hangul": r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]",
    "han": r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々]",
    "arabic": r"[\u0620-\u064a\u066e-\u06d3\u06fa-\u06fc\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]",
    "cyrillic": r"[\u0400-\u04ff]",
    "greek": r"[\u0370-\u03ff]",
    "hebrew": r"[\u05d0-\u05ea]",
    "thai": r"[\u0e01-\u0e4e]",
    "devanagari": r"[\u0904-\u0963]",
    "latin": r"[a-zA-Z\u00aa\u00ba\u00c0-\u024f]",
}
_CHARACTER = {name: re.compile(range_) for name, range_ in _SCRIPTS.items()}
_ONE_LANGUAGE = {"kana": "ja", "hangul": "ko", "greek": "el", "hebrew": "he", "thai": "th", "devanagari": "hi"}
_PERSIAN = re.compile("[پچژگکی]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_JAPANESE = re.compile(
    "[々営業済込働円駅発売気対図区広鉄価単処検択辺黒歩変転仮伝児図団圧塩戻払拡桜沢浜渋渓県継続緑縄絵覚訳読豊軽関陥霊静頼顔駆験齢]"
    "|返金|解約|返品|領収|予約|注文|配送料|送料|修理|定休|電池|交換|在庫|店舗|支払|保証|至急|無料|有料|料金|質問|割引|届"
)
"""Signs that only Japan writes so, and words that only it has, though without any kana."""
_CHINESE = re.compile("[吗呢吧哪这们个么说没给让对开关时间费钱货单买卖电话问请谢您你]")

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _weights() -> dict[str, dict[str, float]]:
    """By word what it weighs for each language: less the more languages have it."""
    having: dict[str, set[str]] = {}
    for code, language in LANGUAGES.items():
        for word in f"{language.function_words} {language.other_words} {language.help.replace('|', ' ')}".split():
            having.setdefault(word, set()).add(code)
    return {word: dict.fromkeys(codes, 1 / len(codes)) for word, codes in having.items()}


_WEIGHTS = _weights()
_LETTERS = {code: frozenset(language.letters) for code, language in LANGUAGES.items() if language.letters}
_SIGNS = {sign: code for code, language in LANGUAGES.items() for sign in language.signs}
_BEGINNINGS = [(code, language.beginnings) for code, language in LANGUAGES.items() if language.beginnings]
_ENDINGS = [(code, language.endings) for code, language in LANGUAGES.items() if language.endings]


def language_of(text: str, default: str) -> str:
    """The language of a question as far as its script and its words tell, else `default`."""
    text = unicodedata.normalize("NFC", _ASIDE.sub(" ", text[:LANGUAGE_CHARS_MAX])).lower()
    if text.isascii():
        return _by_words(text)[0] or default
    counts = {name: len(character.findall(text)) for name, character in _CHARACTER.items()}
    latin = counts.pop("latin")
    for name in ("kana", "hangul", "han"):
        counts[name] *= _DENSE
    if not any(counts.values()):
        return _by_words(text)[0] or default
    spoken, weight = _by_words(text)
    # Names and brands are Latin in every script, so it takes more than letters to call such a text Latin.
    if spoken and weight >= 2 and latin > sum(counts.values()):
        return spoken
    return _by_script(text, counts, default)


def _by_script(text: str, counts: dict[str, int], default: str) -> str:
    if counts["kana"] and counts["kana"] + counts["han"] >= counts["hangul"]:
        counts["kana"] += counts.pop("han")
    script = max(counts, key=lambda name: counts[name])
    match script:
        case "han":
            return _of_han(text, default)
        case "arabic":
            return "fa" if _PERSIAN.search(text) else "ar"
        case "cyrillic":
            return "uk" if _UKRAINIAN.search(text) else "ru"
        case _:
            return _ONE_LANGUAGE[script]


def _of_han(text: str, default: str) -> str:
    """Chinese, unless it is Japanese without kana; where nothing tells, whichever of them is expected."""
    if _CHINESE.search(text):
        return "zh"
    if _JAPANESE.search(text) or default.partition("-")[0] == "ja":
        return "ja"
    return "zh"


def _by_words(text: str) -> tuple[str, float]:
    """The language that the words are in, "" when they do not tell, and how much they weigh."""
    scores = dict.fromkeys(LANGUAGES, 0.0)
    for word in _WORD.findall(text.replace("’", "'")):
        for code, weight in _weights_of(word):
            scores[code] += weight
    for code, letters in _LETTERS.items():
        if not letters.isdisjoint(text):
            scores[code] += _HINT
    for sign, code in _SIGNS.items():
        if sign in text:
            scores[code] += _SIGN
    first, second = sorted(scores, key=lambda code: scores[code], reverse=True)[:2]
    told = scores[first] >= _SURE and scores[first] > scores[second] + 1e-6
    return (first, scores[first]) if told else ("", 0.0)


@lru_cache(maxsize=WORDS_CACHED_MAX)
def _weights_of(word: str) -> tuple[tuple[str, float], ...]:
    """What a word weighs, by language: itself, else its parts around an apostrophe and its endings."""
    weights = dict(_WEIGHTS.get(word, {}))
    if weights:
        return tuple(weights.items())
    before, apostrophe, after = word.partition("'")
    if apostrophe:
        weights = dict(_WEIGHTS.get(after) or _WEIGHTS.get(before, {}))
        hints = [code for code, beginnings in _BEGINNINGS if word.startswith(beginnings)]
    else:
        hints = [code for code, endings in _ENDINGS if len(word) >= _ENDING_CHARS_MIN and word.endswith(endings)]
    for code in hints:
        weights[code] = weights.get(code, 0.0) + _HINT
    return tuple(weights.items())
