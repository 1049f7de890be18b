"""What people are asked to look after: a log of tickets, each with the turn it is about. What was said stands in the
turn, and only there."""

import json

from bridge.ports import Claim, Log
from bridge.types import Reply, Turn

LOG = "tickets"


async def open_for(store: Log, claim: Claim, turn: Turn, reply: Reply) -> None:
    """Keep the ticket of a reply, once for each number. May raise LeaseLost, StoreUnavailable."""
    ticket = {
        "ticket": reply.ticket,
        "reason": reply.escalation_reason,
        "conversation_id": turn.conversation_id,
        "turn_id": turn.id,
        "asked_at": turn.inbounds[-1].received_at.isoformat(),
    }
    await store.append(LOG, json.dumps(ticket), key=f"ticket:{reply.ticket}", claim=claim)
