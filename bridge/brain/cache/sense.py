"""What a question asks, as three keys that are compared apart: its numbers, its signs and its content. Pure.

Two questions ask the same when all three are equal. Vectors cannot tell that: "with" and "without", or two plans, are
nearer to each other than most ways of asking one thing.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bridge.brain.cache.capitals import folded_case
from bridge.brain.cache.sense_words import INFLECTIONS, LABELS, LINES, ORDERED
from bridge.brain.checks.words_for_numbers import NUMBERS
from bridge.brain.knowledge.words import stem

CHARS_MAX = 300
"""A longer question says too much to be told apart here."""

_ARTICLES = frozenset(["a", "an", "once", "un", "une", "una", "uno", "um", "uma", "een", "second"])
_ARTICLES_DE = re.compile(r"ein(?:e[nmrs]?)?")
"""Words that count something only now and then."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_SAME_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": None, "\u064b": None, "ß": "ss"})
_CURRENCY = "".join(char for char in map(chr, range(0x10000)) if unicodedata.category(char) == "Sc")
_TOKEN = re.compile(
    rf"(?:(?<!\w)[-\u2212])?\d+(?:[.,:/\u2044\u2013-]\d+)*|[{re.escape(_CURRENCY)}%+#/°<>=]|(?<=\d)[\"'\u2032]+"
    r"|[^\W_]+(?:[\u064c-\u0652]+[^\W_]*)*"
)
_CAPITAL = "\u02bb"
"""Stands behind what is a name by its capitals: a letter to every pattern here, and in no word of these languages."""
_KEPT = re.compile(r"(?<![^\W_])(?:[A-Z\u00c0-\u00de]{1,3}|El|La|Las|Los|Le|Les|Den|Est)(?![^\W_])")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_GLUED = re.compile(r"(?<=\d)(?=[a-z])")
_NOT = re.compile(r"\b(\w+?)n't\b")
_POSSESSIVE = re.compile(r"'(?:s|d|m|ll|re|ve)\b|(?<=s)'(?=\s|$)")
_IT = re.compile(
    r"(?<=\bis )it\b|(?<=\b(?:if|do) )it\b|(?<=\b(?:can|was|has|did|how) )it\b|(?<=\b(?:does|will|when|that) )it\b"
    r"|(?<=\b(?:would|could) )it\b|(?<=\bshould )it\b"
    r"|\bit(?=[^\w]*$|[?.,!]| (?:is|are|in|to|for|on|at|by|with|back|if|when|after|before|from|without|and|or|has|will"
    r"|be|takes?|costs?|works?|arrives?|comes?)\b)"
)
"""The pronoun, in the places where it is one."""
_ELIDED: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "fr": (
        (re.compile(r"\b(?:l|d|c|t|s|qu)'"), " "),
        (re.compile(r"\bj'"), "je "),
        (re.compile(r"\bm'"), "me "),
        (re.compile(r"\bn'"), "ne "),
        (re.compile(r"-t-"), " "),
    ),
    "it": (
        (re.compile(r"\b(?:l|c|d|un|dell|nell|sull|quest)'"), " "),
        (re.compile(r"\ball'"), "al "),
        (re.compile(r"\bdall'"), "dal "),
        (re.compile(r"\b(dov|com)'"), r"\1e "),
        (re.compile(r"\bcos'"), "cosa "),
    ),
}
"""What stands before an apostrophe is the short form of a word; a letter that stands alone is a name."""
_THEY_DO = {
    "es": re.compile(r"\w\w(?:[ae]n|[ae]is)$"),
    "pt": re.compile(r"\w\w[ae]m$"),
    "it": re.compile(r"\w[aei]te$"),
}
"""Verbs of the business, where no pronoun tells it: "pagan" is not "pago", and its stem would be the same."""
_TO_INFINITIVE = re.compile(r"\bzu(?= (?!wenn\b|wann\b|denn\b)\w+(?:en|ern|eln)\b)")
"""In German, where "zu" does not mean "closed"."""
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
INFLECTED_MIN = 3
FREE_MAX = 2
"""So many things may be named in any order: with more of them their order tells who does what to whom."""
_NOBODYS = frozenset(["hours", "pay_with", "lost_password", "delete_account", "return_window", "how_long_deliver"])
"""Where only these are meant, it is clear who does what."""
_DEEDS = frozenset(["deliver", "refund", "return", "repair", "order", "book", "buy", "cancel", "change", "exchang"])
"""Of two of these the one is done to the other."""
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
    """Negation, direction, time, each with the word that it turns; and who does it to whom: the one who asks, or the
    business."""
    content: tuple[str, ...]
    """What it is about. In its order where that decides, else sorted."""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    phrases: re.Pattern[str] | None
    names: dict[str, str]
    """By phrase or word."""
    inflected: dict[str, str]
    """By plain inflections of its words."""
    words: frozenset[str]
    """Every word that stands in it."""
    taken: frozenset[str]
    """Its names: no other word may pass for one by its stem."""


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
    who = _who(tokens)
    for token in tokens:
        if token.startswith("@") and not ordered:
            continue
        if token.startswith("!"):
            pending.append(token)
        elif any(char.isdigit() for char in token):
            signs += (f"{sign}>#" for sign in pending)
            pending.clear()
            numbers.append(token)
        else:
            if tag == "en" and token in _TO_DO and "!to" in pending:
                pending.remove("!to")
            signs += (f"{sign}>{token}" for sign in pending)
            pending.clear()
            content.append(token)
    if tag == "ja":  # there a sign stands behind its word
        tokens = [token for token in tokens if not token.startswith("@")]
        content = [token for token in tokens if not token.startswith("!")]
        signs = [f"{before}>{token}" for before, token in zip(["", *tokens], tokens, strict=False) if token[0] == "!"]
        pending.clear()
    signs += pending
    grammar = " ".join(asking for topic, asking in _GRAMMAR.items() if topic in content).split()
    content = [token for token in content if token not in grammar]
    things = {token for token in content if token[:1] not in ("?", "@") and token != "required"}
    if not things and not numbers:
        return None
    signs += who if numbers or things - _NOBODYS else ()
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


def _who(tokens: Sequence[str]) -> Sequence[str]:
    """Who is spoken of, in order; "your" says nothing where nobody else is named: the shop is theirs."""
    named = [token[1:] for token in tokens if token.startswith("@")]
    if "i" not in named:
        named = [name for name in named if name != "your"]
    named = ["you" if name == "your" else name for name in named]
    turns = [name for name, before in zip(named, ["", *named], strict=False) if name != before]
    return [f"@{','.join(turns)}"] if turns else []


def _spaced(text: str, tag: str) -> Iterator[str]:
    lexicon = _lexicon(tag)
    text = _KEPT.sub(lambda match: _capital(match[0], lexicon), folded_case(text, tag))
    text = " ".join(_words(_GLUED.sub(" ", _prepared(folded(text), tag))))
    if lexicon.phrases:
        text = lexicon.phrases.sub(lambda match: f" _{_code(match[0])} ", text)
    tokens = text.split()
    for at, token in enumerate(tokens):
        if len(token) == 1 and token.isalpha() and _is_label(tokens, at, tag, lexicon):
            yield token + _CAPITAL
            continue
        name = lexicon.names[_decode(token)] if token.startswith("_") else _named(token, tag, lexicon)
        yield from filter(None, name.split("&"))


def _prepared(text: str, tag: str) -> str:
    """Without short forms; `text` is folded."""
    text = _ORDINAL.sub(r"\1", text)
    if tag == "en":
        text = _POSSESSIVE.sub("", _NOT.sub(lambda match: f"{_whole(match[1])} not", text))
        text = _IT.sub(" ", " ".join(text.split()))
    elif tag == "de":
        text = _TO_INFINITIVE.sub(" ", text)
    for short, whole in _ELIDED.get(tag, ()):
        text = short.sub(whole, text)
    return text


def _capital(word: str, lexicon: _Lexicon) -> str:
    """Marked where its small letters would say something else."""
    small = folded(word)
    return small + _CAPITAL if len(small) == 1 or small == "it" or small in lexicon.words else small


def _is_label(tokens: Sequence[str], at: int, tag: str, lexicon: _Lexicon) -> bool:
    """A single letter is one at the end, and behind a number or what is told apart by letters: "plan a"."""
    before = tokens[at - 1] if at else ""
    if before[-1:].isdigit() or before in LABELS.get(tag, "").split():
        return True
    return bool(before) and at == len(tokens) - 1 and not lexicon.names.get(tokens[at], "").startswith("@")


def _whole(word: str) -> str:
    return {"ca": "can", "wo": "will"}.get(word, word)


def _code(phrase: str) -> str:
    return phrase.replace(" ", "_")


def _decode(token: str) -> str:
    return token[1:].replace("_", " ")


def _named(word: str, tag: str, lexicon: _Lexicon) -> str:
    """What a word stands for; "" when it says nothing."""
    if word.endswith(_CAPITAL):
        return word
    if (name := lexicon.names.get(word)) is not None:
        return "" if name == "-" else name
    if word not in _ARTICLES and not _ARTICLES_DE.fullmatch(word) and (number := NUMBERS.get(tag, {}).get(word)):
        return number
    if tag == "ar":
        word = re.sub(r"^(?:وال|بال|لل|ال)(?=\w{3})", "", word)
        return lexicon.names.get(word, word)  # a stem there is without "mine" and "his"
    base = word if (done := _THEY_DO.get(tag)) and done.search(word) else stem(word, tag)
    if name := lexicon.inflected.get(word):
        return name
    base = _DOUBLE.sub(r"\1", base)
    return f"{base}~" if base in lexicon.taken else base


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
            seen = " ".join(_words(_prepared(folded(word), tag))) if tag != "ja" else folded(word)
            names.setdefault(seen, name)
    phrases = sorted((word for word in names if " " in word), key=len, reverse=True)
    for phrase in phrases:
        names[phrase] = "" if names[phrase] == "-" else names[phrase]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b") if phrases else None
    inflected: dict[str, str] = {}
    for word, name in names.items():
        if " " not in word and name[:1] not in "-!?@" and len(word) >= INFLECTED_MIN:
            inflected |= {word + ending: name for ending in INFLECTIONS.get(tag, "").split()}
    known = frozenset(" ".join(names).split())
    return _Lexicon(pattern, names, inflected, known, frozenset(names.values()))
