"""Whom one can reach where: the business's own data and the customer's, as they or a tool told it, nobody else's."""

import re

from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.figures import claimed
from bridge.brain.checks.text import Sentence, folded

_NAME = r"[^\W\d_a-z][\w'.-]{1,30}"
_ADDRESS = re.compile(
    rf"(?<!\w)\d{{1,4}}[A-Za-z]? (?:{_NAME} ){{1,3}}"
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Close|Crescent|Terrace|Court|Place|Square|Boulevard|Way"
    r"|Gardens|Grove|Row|Mews)\b"
    r"|(?<!\w)[^\W\d_a-z][\w.-]{1,30}(?:strasse|straße|str\.|gasse|allee|straat|laan) \d{1,4}[a-z]?(?!\w)"
    rf"|\b(?:[Cc]alle|[Aa]venida|[Rr]ua|[Vv]ia|[Pp]iazza|[Pp]laza) (?:(?:de |del |da |do "
    rf"|la )?{_NAME},? ){{1,4}}\d{{1,4}}(?!\w)"
    rf"|(?<!\w)\d{{1,4}},? (?:rue|avenue|boulevard|place|impasse) (?:(?:de |du |des |la |le )*{_NAME} ?){{1,3}}"
)
_HINT = "It held personal contact or account data that is neither the business's nor the customer's. Leave it out."


class Privacy:
    name = "privacy"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def fault(self, sentence: Sentence) -> str | None:
        evidence = self._evidence
        for figure in claimed(sentence.text, evidence.question.language):
            personal = figure.kind in ("email", "phone", "account")
            if personal and figure not in evidence.public and figure not in evidence.own:
                return _HINT
        for address in _ADDRESS.finditer(sentence.text):
            if not self._known(address[0]):
                return _HINT
        return None

    def _known(self, address: str) -> bool:
        evidence = self._evidence
        texts = [passage.text for passage in evidence.passages if passage.chunk_id in evidence.trusted]
        texts += [evidence.business.contact, evidence.business.industry, evidence.known]
        texts += evidence.results
        texts += [turn.question for turn in (evidence.question.turn, *evidence.question.conversation.turns)]
        return any(folded(address.strip()) in folded(text) for text in texts)
