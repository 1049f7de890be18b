"""What people are asked to look after: a log of tickets, each with the turn it is about. What was said stands in the
turn, and only there.

A log keeps its newest entries only, so each ticket stands below its number, too, and there for good.
"""

import json

from bridge.ports import Claim, Store
from bridge.types import Reply, Turn

LOG = "tickets"


async def open_for(store: Store, claim: Claim, turn: Turn, reply: Reply) -> None:
    """Keep the ticket of a reply, once for each number. May raise LeaseLost, StoreUnavailable."""
    ticket = {
        "ticket": reply.ticket,
        "reason": reply.escalation_reason,
        "conversation_id": turn.conversation_id,
        "turn_id": turn.id,
        "asked_at": turn.inbounds[-1].received_at.isoformat(),
    }
    body = json.dumps(ticket)
    # First the log: only who owns the turn may write it. Whoever goes on after a crash between the two does both.
    await store.append(LOG, body, key=key(reply.ticket), claim=claim)
    await store.put(key(reply.ticket), body, if_absent=True)


def key(number: str) -> str:
    """Where the ticket of this number is found."""
    return f"ticket:{number}"
