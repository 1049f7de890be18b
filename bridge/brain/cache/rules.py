"""What may be kept, and what may be served from it. Pure: each gate is a function of its own."""

import re

from bridge.brain import prompt
from bridge.brain.cache.entries import CATEGORIES
from bridge.brain.cache.of_a_day import of_a_day
from bridge.brain.cache.sense import CHARS_MAX, folded
from bridge.brain.cache.sense_words import LINES, PERSONAL
from bridge.brain.cascade import Question
from bridge.brain.checks.figures import claimed
from bridge.brain.route import Category
from bridge.brain.routing.rules import has_order_number
from bridge.brain.sentences import units
from bridge.types import CITATION_MARK, Outcome, Reply

GROUNDED_BY = "claude"
"""The rung whose answers are kept."""
CLAIM_WORDS_MIN = 5

NAME_MIN = 3
"""Shorter words of a name are words of other kinds too often."""

_WORD = re.compile(r"[^\W\d_]+")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_PHONE = re.compile(r"\+?\(?\d(?:[ ().-]{0,2}\d){6,14}")
_IDENTIFIES = re.compile(r"@|\d[\d\s().-]{5,}\d|\d{5,}|#\s*\d|\b[A-Za-z]{1,4}-\d{3,}\b")
"""E-mail addresses, phone, order and account numbers."""
_LEANS = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|then|same|else|instead|also|there|above|before that|the other|such|es"
    r"|dies\w*|dafur|damit|davon|dabei|dort|dann|auch|jene\w*|solche\w*|eso|esto|esa|ese|esos|estos|ello|alli|tambien"
    r"|entonces|ca|cela|ceci|celui|celle|ceux|alors|aussi|isso|isto|esse|essa|ele|ela|entao|tambem|questo|quello|quella"
    r"|esso|allora|anche|dat|dit|die|deze|daar|ook)\b|それ|これ|あれ|その|この|هذا|هذه|ذلك|تلك"
)


def asked_for_all(question: Question, confidence_min: float) -> bool:
    """The answer to this question is nobody's own and stands alone."""
    turn, route = question.turn, question.route
    sure = route.confidence >= confidence_min and route.by in ("local", "rule") and not route.review
    if not sure or route.category not in CATEGORIES or (route.by == "rule" and route.category is not Category.FAQ):
        return False
    if question.files or question.unread or any(inbound.attachments for inbound in turn.inbounds):
        return False
    if any(inbound.retry_of for inbound in turn.inbounds) or prompt.overheard(turn):
        return False
    return impersonal(turn.question, question.language) and stands_alone(question)


def stands_alone(question: Question) -> bool:
    """It needs nothing of what was said before."""
    text = question.turn.question.strip()
    if not text or question.query.strip() != text:
        return False
    return begins(question) or not _LEANS.search(folded(text))


def begins(question: Question) -> bool:
    """Nothing was said before it. Only then is its answer kept: a model that was told of a conversation may take from
    it what the question does not show, a name or a place, and that would go to strangers."""
    return not (question.conversation.turns or question.history.exchanges or question.history.summary)


def impersonal(text: str, language: str) -> bool:
    """Nothing in it is of one person, or of one day."""
    tag = language.partition("-")[0].lower()
    if len(text) > CHARS_MAX or tag not in LINES or _IDENTIFIES.search(text) or has_order_number(text):
        return False
    seen = folded(text)
    return not (of_a_day(seen, tag) or re.search(PERSONAL[tag], seen))


def sound(reply: Reply, question: Question) -> bool:
    """The answer is complete, was given at the first try, each of its claims names its source, and nothing in it is of
    the one who asked."""
    if reply.outcome is not Outcome.ANSWERED or reply.rung != GROUNDED_BY or not reply.citations:
        return False
    if reply.trace.failed or reply.trace.review or reply.ticket or reply.escalation_reason:
        return False
    marks = {int(mark) for mark in CITATION_MARK.findall(reply.text)}
    if not marks or max(marks) > len(reply.citations):
        return False
    if _of_sender(reply, question):
        return False
    return all(_sourced(paragraph, question.language) for paragraph in reply.text.split("\n\n"))


def _of_sender(reply: Reply, question: Question) -> bool:
    """It holds the name of the one who asked, or how to reach somebody, and its sources do not."""
    sources = folded("\n".join(f"{passage.title}\n{passage.section}\n{passage.text}" for passage in reply.citations))
    said, known = folded(reply.text), set(_WORD.findall(sources))
    names = {
        word
        for inbound in question.turn.inbounds
        for word in _WORD.findall(folded(inbound.sender.name))
        if len(word) >= NAME_MIN
    }
    if names & (set(_WORD.findall(said)) - known):
        return True
    contacts = [*_MAIL.findall(said), *(_digits(number) for number in _PHONE.findall(said))]
    there = [*_MAIL.findall(sources), *(_digits(number) for number in _PHONE.findall(sources))]
    return not set(contacts) <= set(there)


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _sourced(paragraph: str, language: str) -> bool:
    """What follows the last mark of a paragraph claims nothing; a heading or a question claims nothing either."""
    rest = CITATION_MARK.split(paragraph)[-1].strip(" .\n")
    if not rest or rest.endswith(("?", "？", "؟", ":", "：")):
        return True
    if all(unit.kind in ("heading", "code") for unit in units(rest)):
        return True
    return (
        not claimed(rest, language)
        and len(rest.split()) < CLAIM_WORDS_MIN
        and not re.search(r"[\u3040-\u9fff]{14}", rest)
    )
