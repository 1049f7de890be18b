"""Whether a sentence rests on what a tool told for this question: then it needs no citation.

Its figures and names stand in the result, or were known before, and it is no rule of the business, which no tool tells.
Without a figure of the result it has to be plain that it is about this customer. Whether deeds are true, `promises`
says.
"""

import re

from bridge.brain.checks.deeds import mentioned
from bridge.brain.checks.evidence import APPROVAL, Evidence
from bridge.brain.checks.facts import among
from bridge.brain.checks.figures import claimed
from bridge.brain.checks.promised import RULE
from bridge.brain.checks.text import Sentence, folded

WORDS_MAX = 40
FOLLOWING_WORDS_MAX = 15
"""A sentence without a figure that follows one that rests on a tool: "It has not left our workshop yet."."""

_YOURS = {
    "en": r"\b(?:you|your|yours)\b",
    "de": r"\b(?:ihre?[nmrs]?|deine?[nmrs]?|sie|ihnen|du|dir|dich)\b",
    "es": r"\b(?:su|sus|tu|tus|le|te|usted)\b",
    "fr": r"\b(?:votre|vos|ton|ta|tes|vous)\b",
    "pt": r"\b(?:seu|sua|seus|suas|teu|tua|voce|lhe|te)\b",
    "it": r"\b(?:suo|sua|suoi|sue|tuo|tua|lei|le|ti)\b",
    "nl": r"\b(?:uw|je|jouw|jij|u)\b",
    "ja": "ご注文|お客様|ご予約|ご契約|お荷物|ご返品|お手元",
    "ar": r"ك(?!\w)|لك|لديك",
}
"""It is about the customer's own matter."""
_YOURS_PATTERNS = {language: re.compile(folded(words)) for language, words in _YOURS.items()}
_FOR_EVERYBODY = re.compile(
    r"\b(?:free(?! (?:time|slot|appointment|date|place)s?\b)|gratis|gratuit\w*|kostenlos\w*|umsonst"
    r"|always|never|immer|niemals?|siempre|nunca|toujours|jamais|sempre"
    r"|altijd|nooit|unlimited|guarant\w*|garant\w*|warrant\w*|all (?:our|bikes|orders|customers)|every (?:bike|order"
    r"|customer)|policy|policies|richtlinie\w*|politica|politique|cover(?:s|ed)?\b|insur\w*|versicher\w*|entitled"
    r"|anspruch|derecho|droit|diritto|recht op)\b|無料|保証|必ず|いつでも|مجان|دائم|ضمان",
    re.IGNORECASE,
)
"""No tool tells what holds for everybody."""
_WISHED = frozenset(["refund", "return", "cancel", "discount", "approved"])
"""What customers want to hear: nothing of it is said that no tool tells."""
_NAME = re.compile(r"(?<=[a-zà-ÿ,;] )[A-ZÀ-Þ][^\W\d_]{2,}")
"""A word with a capital letter in the middle of a sentence."""
_COMMON = re.compile(
    r"mon|tues|wednes|thurs|fri|satur|sun|lun|mar|mer|mier|jue|jeu|gio|vie|ven|sab|sam|dom|dim|seg|ter|qua|qui|sex"
    r"|jan|feb|apr|may|jun|jul|aug|sep|oct|okt|nov|dec|dez|you|your"
)
"""Days and months begin so: their figures are checked."""
_NOUNS = ("de",)
"""Languages that write every noun so."""


_PASSED_ON = frozenset(["ticket", APPROVAL])
_NOT = r"(?:n't|n'|\b(?:not|cannot|unable|down|unavailable|nicht|no|ne|pas|nao|non|niet)\b)"
_SYSTEM = r"\b\w*(?:system\w*|systeme|sistema)\b"
_NOTHING_DONE = re.compile(
    r"\b(?:nothing (?:was|has been|is|has) (?:\w+ )?(?:done|changed|booked|cancelled|found)|nichts (?:\w+ )?(?:geandert"
    r"|gemacht|gebucht|veranlasst|passiert)|no se ha \w+ nada|nada se ha \w+|rien n'a (?:encore )?(?:ete \w+|change)"
    r"|nada foi \w+|nao foi \w+ nada|nulla e (?:stato|cambiato)|non e stato \w+ nulla|niets (?:\w+ )?(?:gewijzigd"
    rf"|gedaan|veranderd))\b|{_NOT}.{{0,60}}{_SYSTEM}|{_SYSTEM}.{{0,60}}{_NOT}"
    r"|システム.{0,40}(?:ません|できない)|النظام.{0,40}(?:لا|لم)|(?:لا|لم).{0,40}النظام"
)
"""How it is told that a tool did not work. In folded words."""


class ByTools:
    """Reads an answer sentence by sentence: what rests on a tool may be followed by more about the same. Mutable."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._before = False

    @property
    def _language(self) -> str:
        return self._evidence.question.language.partition("-")[0]

    def follows(self, sentence: Sentence) -> bool:
        """As `rests`, and the sentence counts as the one before the next."""
        self._before = self.rests(sentence)
        return self._before

    def rests(self, sentence: Sentence) -> bool:
        """Nothing in it is from anywhere else."""
        told, text = self._evidence.told, sentence.text
        if len(text.split()) > WORDS_MAX or _FOR_EVERYBODY.search(text):
            return False
        stated = claimed(text, self._language)
        if any(among(figure, self._evidence.why_not) for figure in stated) and self._names_are_known(text):
            return all(among(figure, self._evidence.why_not | self._evidence.public) for figure in stated)
        if not told.words:
            return self._of_the_outcome(text)
        known = told.figures | self._evidence.own | self._evidence.operator
        if not all(among(figure, known) for figure in stated) or not self._names_are_known(text):
            return False
        if any(among(figure, told.figures) for figure in stated if figure.kind != "currency"):
            return True
        return self._of_the_customer(sentence) or self._of_the_outcome(text)

    def _of_the_outcome(self, text: str) -> bool:
        """It says that a person has to approve, or that a tool did not work, and nothing else."""
        outcomes = {action.outcome for action in self._evidence.question.work.actions}
        known = self._evidence.own | self._evidence.operator
        if not all(among(figure, known) for figure in claimed(text, self._language)) or not self._names_are_known(text):
            return False
        if "approval" in outcomes:
            said = mentioned(text, self._language)
            return any(_PASSED_ON.intersection(kinds) for kinds in said)
        return bool(outcomes & {"failed", "denied", "unknown"}) and bool(_NOTHING_DONE.search(folded(text)))

    def _of_the_customer(self, sentence: Sentence) -> bool:
        text = sentence.text
        if RULE.get(self._language, RULE["en"]).search(text.lower()):
            return False
        said = mentioned(text, self._language)
        known = self._evidence.done | self._evidence.told.kinds
        if any(_WISHED.intersection(kinds) and not known.intersection(kinds) for kinds in said):
            return False
        if any(known.intersection(kinds) for kinds in said):
            return True
        if _YOURS_PATTERNS.get(self._language, _YOURS_PATTERNS["en"]).search(folded(text)):
            return True
        return self._before and not sentence.begins and len(text.split()) <= FOLLOWING_WORDS_MAX

    def _names_are_known(self, text: str) -> bool:
        if self._language in _NOUNS:
            return True
        names = (folded(name) for name in _NAME.findall(text))
        return all(name in self._evidence.names or _COMMON.match(name) for name in names)
