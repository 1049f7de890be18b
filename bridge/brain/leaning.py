"""Whether a short message leans on what was said before, by its words: "and for e-bikes?", "how long does it take?",
"no, the other one". In the languages whose phrases we have. Pure."""

import re
from collections.abc import Mapping

from bridge.brain.knowledge.words import primary
from bridge.brain.tokens import script

WORDS_MAX, CHARS_MAX, DENSE_CHARS_MAX = 7, 60, 25
"""What says more mostly stands by itself. The last is for languages that put no spaces between words."""
MAY_LEAN_TIMES = 1.8
"""What is so many times longer stands by itself even when nothing is found for it."""

_BEGINS: Mapping[str, str] = {
    "en": "and|or|but|so|also|what about|how about|what if|why|then",
    "de": "und|oder|aber|dann|was ist mit|warum|wieso|weshalb",
    "es": "y|o|pero|entonces|también|qué pasa con|por qué",
    "fr": "et|ou|mais|alors|donc|qu'en est-il|pourquoi",
    "pt": "e|ou|mas|então|também|por quê?",
    "it": "e|ed|o|ma|allora|quindi|perché",
    "nl": "en|of|maar|dus|dan|waarom",
    "ja": "では|じゃあ|じゃ|で、|でも|あと、|また、|なぜ|どうして",
    "ar": "و(?:كم|ماذا|هل|أين|كيف|متى|لماذا|إذا|لكن)|أو|لكن|ثم|إذن|لماذا",
}
"""What a message begins with that goes on."""
_ANSWERS: Mapping[str, str] = {
    "en": "yes|yeah|yep|no|nope|ok|okay|right|sure",
    "de": "ja|nein|doch|ok|okay|genau",
    "es": "sí|si|no|vale|ok|claro",
    "fr": "oui|non|si|d'accord|ok",
    "pt": "sim|não|tá|ok|certo",
    "it": "sì|si|no|va bene|ok|certo",
    "nl": "ja|nee|oké|ok|klopt",
    "ja": "はい|ええ|いいえ|いえ",
    "ar": "نعم|لا|حسنا|طيب|أجل",
}
"""What a message begins with that answers; a pause or nothing follows."""
_CONTAINS: Mapping[str, str] = {
    "en": r"(?-i:[Ii]t|[Ii]ts)(?! possible)|that|these|those|they|them"
    r"|this(?! (?:morning|afternoon|evening|week|weekend|month|year|summer|winter|spring|autumn|\w+day))",
    "de": r"(?<!gibt )es|dies|diese[rs]?(?! (?:woche|wochenende|monat|jahr|sommer|winter|\w+tag))|dafür"
    r"|damit|davon|dabei|dazu|dort|das(?=[?!. ]*$)"
    r"|^das (?:habe?|hat|ist|war|geht|kann)|das (?:auch|schon|nicht|dann|etwas|so)",
    "es": "eso|esto|ello|esos|esas|aquello|lo",
    "fr": "ça|cela|ceci|celui-ci|celui-là|celle-ci|celle-là|déjà (?:essayé|fait)",
    "pt": "isso|isto|aquilo|disso|nisso|desse|nesse",
    "it": r"questo(?! (?:sabato|weekend|fine|mese|mattino|pomeriggio))|quello|ciò|l'ho"
    r"|(?:dove|come|quando|perché|posso|devo) l[oaie]",
    "nl": r"dat|dit(?! (?:weekend|jaar))|deze(?! (?:week|maand|\w+dag))"
    r"|(?:kost|kan|mag|moet|werkt|duurt|gaat) het|hiervoor|daarvoor|daarmee|daarvan|ervan|ermee",
    "ja": "それ|これ|あれ(?!ば)|そこ|ここ|その|この(?!週|月|年|夏|冬|土|日曜)",
    "ar": "ذلك|هذا(?! (?:السبت|الأحد|الأسبوع|الشهر|اليوم))|هذه|تلك|ذاك|بذلك|لذلك|لهذا|بهذا",
}
"""Words that stand for something said before."""
_UNSPACED = frozenset({"ja"})


def _pattern(language: str) -> re.Pattern[str]:
    begins, answers, contains = _BEGINS[language], _ANSWERS[language], _CONTAINS[language]
    end = "" if language in _UNSPACED else r"(?![\w-])"
    start = "" if language in _UNSPACED else r"(?<!\w)"
    return re.compile(
        rf"^[¿¡\s]*(?:(?:{begins}){end}|(?:{answers})(?=\s*(?:[,.!;、。،]|$)))|{start}(?:{contains}){end}",
        re.IGNORECASE,
    )


_PATTERNS = {language: _pattern(language) for language in _BEGINS}


def short(text: str) -> bool:
    """It has hardly room for a matter of its own."""
    return _within(text, 1.0)


def may_lean(text: str) -> bool:
    """It may lean on what was said before, whatever its words are."""
    return _within(text, MAY_LEAN_TIMES)


def leans(text: str, language: str) -> bool:
    """A short message that asks for what was said before. `language` is a tag such as "en" or "pt-BR"; in others
    nothing is known to lean."""
    pattern = _PATTERNS.get(primary(language))
    return pattern is not None and short(text) and pattern.search(text.strip()) is not None


def _within(text: str, times: float) -> bool:
    chars_max = DENSE_CHARS_MAX if script(text) == "dense" else CHARS_MAX
    return len(text) <= times * chars_max and len(text.split()) <= times * WORDS_MAX
