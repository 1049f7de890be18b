"""The last rung: people. It needs no model, no network and no store, so it never fails.

It says that the question was passed on, and under which number; the turn keeps the ticket when the reply is final.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.brain import cascade, prompt
from bridge.brain.cascade import Question
from bridge.brain.hours import is_open
from bridge.brain.phrases import Voice
from bridge.ports import Emit
from bridge.types import Outcome, Reply, TextDelta, Turn, TurnId

UNDER_WAY = timedelta(days=3)
"""For so long a ticket stands for everything in its conversation that is asked for the same reason."""
DESK = prompt.DESK[0]
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing in it is read, or heard on the telephone, as something else."""
_TICKET_CHARS = 8

_BEFORE = {
    cascade.MODEL_REFUSED: "refused",
    cascade.UNANSWERED: "not_now",
    cascade.UNKNOWN_WRITE: "write_unclear",
}
"""The phrase that says why, where somebody did not ask for a person."""


@dataclass(frozen=True, slots=True)
class Person:
    """A rung that always has something to say."""

    voice: Voice

    @property
    def name(self) -> str:
        return "person"

    async def answer(self, question: Question, emit: Emit) -> Reply:
        reason = question.escalation
        now = question.turn.inbounds[-1].received_at
        earlier = _under_way(question.conversation.turns, reason, since=now - UNDER_WAY)
        ticket = earlier or number(question.turn.id)
        text = self._text(question.language, reason, ticket, now, again=bool(earlier))
        emit(TextDelta(text))
        return Reply(text=text, outcome=Outcome.ESCALATED, rung=self.name, escalation_reason=reason, ticket=ticket)

    def below(self, question: Question, reason: str) -> tuple[str, str] | None:
        """What the customer is told below an answer that people are called beside, and the ticket; None when they have
        it already for this reason."""
        now = question.turn.inbounds[-1].received_at
        if _under_way(question.conversation.turns, reason, since=now - UNDER_WAY):
            return None
        ticket = number(question.turn.id)
        said = self.voice.say(question.language, "handed_over", "reference")
        hours = self._hours(question.language, now)
        return "\n\n".join(filter(None, [f"{said} **{ticket}**", hours])), ticket

    def _hours(self, language: str, now: datetime) -> str:
        """When people are there; "" when nobody knows."""
        business = self.voice.business
        if not business.opening_hours.strip():
            return ""
        there = is_open(business.opening_hours, now.astimezone(business.zone))
        return self.voice.say(language, "closed" if there is False else "hours")

    def _text(self, language: str, reason: str, ticket: str, now: datetime, *, again: bool) -> str:
        why = [_BEFORE[reason]] if reason in _BEFORE else []
        done = self.voice.say(language, *why, "under_way" if again else "handed_over", "reference")
        reach = " ".join(filter(None, [self.voice.say(language, "person"), self._hours(language, now)]))
        return f"{done} **{ticket}**\n\n{reach}"


def number(turn_id: TurnId) -> str:
    """The number of a turn's ticket: the same whenever the turn is answered again."""
    value = int.from_bytes(hashlib.blake2b(turn_id.encode(), digest_size=8).digest())
    digits = []
    for _ in range(_TICKET_CHARS):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return f"{''.join(digits[:4])}-{''.join(digits[4:])}"


def _under_way(turns: Sequence[Turn], reason: str, *, since: datetime) -> str:
    """The ticket that is already open for the reason; "" when there is none, or people have answered since and given
    the conversation back: what is asked for now is asked anew."""
    for turn in reversed(turns):
        reply = turn.reply
        if reply and reply.rung == DESK and reply.outcome is Outcome.ANSWERED:
            return ""
        # A ticket is as old as the turn that it was made for, however often it was asked about since.
        if turn.inbounds and reply and reply.escalation_reason == reason and reply.ticket == number(turn.id):
            return reply.ticket if turn.inbounds[-1].received_at >= since else ""
    return ""
