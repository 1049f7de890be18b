"""A ticket in words, for people at a help desk. Pure.

What customers and models wrote is quoted as it is, and nothing of it is live: as HTML it is text.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.tickets import Ticket
from bridge.types import Turn, without_marks

SUBJECT_CHARS_MAX = 150
WORDS_CHARS_MAX = 4_000
"""Of one message."""
TEXT_CHARS_MAX = 30_000
"""Of a whole ticket; what was said first is left out first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A ticket as it is told to a sink."""

    ticket: Ticket
    channel: str
    subject: str
    text: str

    @property
    def html(self) -> str:
        return html.escape(self.text).replace("\n", "<br>\n")


def written(ticket: Ticket, turns: Sequence[Turn]) -> Written:
    """The ticket, with what was said, oldest first, as far as it goes along."""
    channel = ticket.conversation_id.partition(":")[0]
    reason = ticket.reason.replace("_", " ")
    facts = {
        "Ticket": ticket.number,
        "Why": reason,
        "Channel": channel,
        "Customer": ticket.customer_id,
        "Asked at": ticket.asked_at,
        "Conversation": ticket.conversation_id,
    }
    head = "\n".join(f"{name}: {value}" for name, value in facts.items() if value)
    head = "\n\n".join(part for part in (head, ticket.text[:WORDS_CHARS_MAX]) if part)
    said = [line for turn in turns for line in _said(turn)]
    while said and len(head) + sum(map(len, said)) > TEXT_CHARS_MAX:
        said = said[1:]
    text = "\n\n".join([head, *(["What was said:", *said] if said else [])])
    subject = " ".join((ticket.subject or f"{reason or 'A customer asks for you'} ({channel})").split())
    return Written(
        ticket=ticket, channel=channel, subject=f"[{ticket.number}] {subject}"[:SUBJECT_CHARS_MAX], text=text
    )


def _said(turn: Turn) -> list[str]:
    """What the customer wrote, and what they were answered."""
    answer = without_marks(turn.reply.text) if turn.reply else ""
    who = "Person" if turn.reply and turn.reply.rung == "desk" else "Assistant"
    said = [("Customer", turn.question), (who, answer)]
    return [f"{name}: {words[:WORDS_CHARS_MAX]}" for name, words in said if words]
