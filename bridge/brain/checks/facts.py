"""Figures come from somewhere: a passage, the operator, or the customer's own words. None is worked out or "
"invented."""

import re

from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.figures import Figure, claimed
from bridge.brain.checks.text import Sentence

_NUMBERING = re.compile(r"^\W{0,10}\d{1,2}(?:[.):]|\s*\u20e3)\s")
_STEP = re.compile(
    r"\b(?:steps?|schritte?|pasos?|étapes?|passos?|passaggi\w?|stap(?:pen)?|points?|option)\s\d{1,2}\b"
    r"|\b\d{1,2} (?:\w+ )?(?:steps|options|ways|things|points|schritte|möglichkeiten|optionen|punkte|dinge|pasos"
    r"|opciones|formas"
    r"|maneras|puntos|étapes|façons|choses|passos|opções|maneiras|passaggi|opzioni|modi|stappen|opties|manieren)\b"
    r"|\d{1,2}(?:つ|点|通り)|\d{1,2} (?:خيارات|خطوات|طرق)",
    re.IGNORECASE,
)
"""How many things are listed is plain to see."""
_HINTS = {
    "link": "It held a web address that no search result names.",
    "email": "It held an e-mail address that no search result names.",
    "phone": "It held a telephone number that no search result names.",
}
_HINT = (
    "It held a number, price, date, time or percentage that stands in no search result. State only figures that a "
    "search result states, exactly, and work none out."
)


class Facts:
    name = "facts"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def fault(self, sentence: Sentence) -> str | None:
        """What a sentence does wrong, as a hint for another draft; None when it is fine."""
        text = _STEP.sub(" ", _NUMBERING.sub("", sentence.text))
        for figure in claimed(text, self._evidence.question.language):
            if not self._stands(figure):
                return _HINTS.get(figure.kind, _HINT)
        return None

    def _stands(self, figure: Figure) -> bool:
        # Nobody can look up here what a picture or a PDF says.
        seen = self._evidence.question.files and figure.kind not in ("link", "email", "phone")
        return bool(seen) or figure in self._evidence.everything or self._stands_otherwise(figure)

    def _stands_otherwise(self, figure: Figure) -> bool:
        """It is written in another way where it comes from."""
        known = self._evidence.everything
        value = figure.value
        match figure.kind:
            case "money":
                # In a table the sign may stand at the head of the column.
                return {Figure("currency", value[:1]), Figure("bare", value[1:])} <= known
            case "percent":
                return Figure("bare", value) in known
            case "counted" | "hours":
                return Figure("number", value) in known or not known.isdisjoint(_hour(value))
            case "number":
                return Figure("amount", value) in known or not known.isdisjoint(_hour(value))
            case "time" | "link":
                return self._late(value) if figure.kind == "time" else self._below_known(value)
            case _:
                # Accounts are for `privacy`; these numbers are told as another kind besides.
                return figure.kind in ("bare", "amount", "currency", "account")

    def _late(self, time: str) -> bool:
        """ "At 6" where the passage says 18:00."""
        return time.endswith(":00") and Figure("time", f"{int(time[:2]) + 12:02}:00") in self._evidence.everything

    def _below_known(self, link: str) -> bool:
        """The mere host of an address that a source names."""
        return "/" not in link and any(
            (known.kind == "link" and known.value.split("/")[0] == link)
            or (known.kind == "email" and known.value.endswith(f"@{link}"))
            for known in self._evidence.everything
        )


def _hour(number: str) -> set[Figure]:
    """A number may be an hour: "from 9 to 6"."""
    if not number.isdigit() or len(number) > 2:
        return set()
    return {Figure("time", f"{int(number):02}:00"), Figure("time", f"{int(number) + 12:02}:00")}
