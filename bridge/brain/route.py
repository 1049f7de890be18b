"""What kind of question it is, and what is done with it. Values only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ContextSize = Literal["focused", "extended", "catalogue", "full"]
"""How much of the knowledge base goes along: a few passages, more of them, the products too, or whole documents."""


ASKED_FOR_PERSON = "asked_for_person"
"""The reason of a route to a person, and of the escalation that follows."""


SMALL_TALK = frozenset({"greeting", "thanks", "goodbye"})
"""Reasons of routes that need no answer but a phrase, which has the same name."""


class Category(StrEnum):
    """What a message is about, as far as it decides who answers."""

    FAQ = "FAQ"
    SIMPLE_SUPPORT = "simple_support"
    COMPLEX_SUPPORT = "complex_support"
    SALES_INQUIRY = "sales_inquiry"
    TECHNICAL_ISSUE = "technical_issue"
    SENSITIVE_MATTER = "sensitive_matter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way a question goes."""

    category: Category = Category.SIMPLE_SUPPORT
    tier: str = "sonnet"
    context: ContextSize = "focused"
    review: bool = False
    """A person should read the turn afterwards."""
    by: Literal["rule", "local", "model", "conversation", "default"] = "default"
    """Who decided."""
    confidence: float = 0.0
    """The share of certainty (0 to 1) of whoever decided; 1 of a rule."""
    reason: str = ""
    """The name of the rule that decided."""
