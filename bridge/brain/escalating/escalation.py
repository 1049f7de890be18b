"""Calls people beside an answer, once for each reason."""

from dataclasses import dataclass, replace
from typing import Protocol

from bridge.brain.cascade import Question
from bridge.brain.escalating.rules import reasons
from bridge.brain.escalating.settings import EscalationSettings
from bridge.brain.escalating.unresolved import Disliked, unresolved
from bridge.ports import Emit
from bridge.types import Outcome, Reply, TextDelta, TurnId

UNRESOLVED = "unresolved"
FAILED_CHECKS = "failed_checks"
DRAFTS = 2
"""So many drafts failed when there is no answer."""


class Calling(Protocol):
    """Hands over to people, beside an answer."""

    def below(self, question: Question, reason: str) -> tuple[str, str] | None:
        """What the customer is told below the answer, and the ticket; None when people have it already for this
        reason."""


async def nobody(_: TurnId) -> bool:
    """Nobody says what they think of answers."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Says when, and does it."""

    settings: EscalationSettings
    disliked: Disliked = nobody

    async def exchanges(self, question: Question) -> int:
        """So many before this one resolved nothing."""
        if not self.settings.exchanges:
            return 0
        return await unresolved(question.conversation.turns, question.turn, self.disliked)

    def at_once(self, exchanges: int) -> bool:
        """Nothing else is tried any more."""
        return bool(self.settings.exchanges) and exchanges >= self.settings.exchanges

    def beside(self, question: Question, reply: Reply, exchanges: int, people: Calling, emit: Emit) -> Reply:
        """The reply as the customer gets it: with people called where there is a reason."""
        if reply.ticket or reply.escalation_reason or reply.outcome in (Outcome.ESCALATED, Outcome.RELAYED):
            return reply
        for reason in self._reasons(question, reply, exchanges):
            if called := people.below(question, reason):
                text, ticket = called
                emit(TextDelta(f"\n\n{text}"))
                return replace(
                    reply,
                    text=f"{reply.text}\n\n{text}",
                    outcome=Outcome.ESCALATED,
                    escalation_reason=reason,
                    ticket=ticket,
                )
        return reply

    def _reasons(self, question: Question, reply: Reply, exchanges: int) -> list[str]:
        found = list(reasons(question, self.settings))
        drafts = sum(failed.startswith("check:") for failed in reply.trace.failed)
        if self.settings.failed_checks and drafts >= DRAFTS and reply.outcome is Outcome.UNKNOWN:
            found.append(FAILED_CHECKS)
        if reply.outcome in (Outcome.UNKNOWN, Outcome.FAILED) and self.at_once(exchanges + 1):
            found.append(UNRESOLVED)
        return found
