"""Which reasons a message itself gives to call people. Pure."""

from collections.abc import Iterator

from bridge.brain.cascade import Question
from bridge.brain.checks.figures import figures
from bridge.brain.escalating.settings import EscalationSettings, Matter
from bridge.brain.escalating.words import ANGER, DISPUTE
from bridge.brain.route import Category
from bridge.brain.routing.rules import folded

DISPUTE_REASON = "billing_dispute"
EMOTION_REASON = "emotion"
SENSITIVE: Matter = "sensitive"

CHARS_MAX = 2_000
"""So much of a message is looked at."""
CAPITALS_MIN = 20
CAPITALS_SHARE = 0.8
"""Whoever writes so many letters so has the key for capitals pressed, and shouts."""
YEN = 100.0
"""So many are a unit of other currencies, about."""


def reasons(question: Question, settings: EscalationSettings) -> Iterator[str]:
    """The gravest first."""
    if matter := sensitive(question, settings):
        yield matter
    text = question.turn.question[:CHARS_MAX]
    seen = folded(text)
    least = settings.dispute_from
    if least is not None and DISPUTE.search(seen) and _most(text, question.language) >= least:
        yield DISPUTE_REASON
    if settings.emotion and (ANGER.search(seen) or shouts(text)):
        yield EMOTION_REASON


def sensitive(question: Question, settings: EscalationSettings) -> str:
    """The sensitive matter that it is, as far as somebody is sure of it; "" for none that people are called for."""
    route = question.route
    if route.category is not Category.SENSITIVE_MATTER:
        return ""
    if route.by == "rule":
        return route.reason if route.reason in settings.matters else ""
    return SENSITIVE if SENSITIVE in settings.matters and route.by in ("local", "model") else ""


def shouts(text: str) -> bool:
    """It is written in capitals, where there are any."""
    letters = [letter for letter in text if letter.isupper() or letter.islower()]
    return len(letters) >= CAPITALS_MIN and sum(map(str.isupper, letters)) >= CAPITALS_SHARE * len(letters)


def _most(text: str, language: str) -> float:
    """The largest amount that is named."""
    return max(_amounts(text, language), default=-1.0)


def _amounts(text: str, language: str) -> Iterator[float]:
    for figure in figures(text, language):
        if figure.kind == "money":
            number = figure.value.lstrip("".join(sign for sign in figure.value if not (sign.isdigit() or sign == ".")))
            try:
                yield float(number) / (YEN if figure.value.startswith("¥") else 1.0)
            except ValueError:
                continue
