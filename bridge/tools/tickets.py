"""Tickets that tools open: kept in the store with the turn's claim, once for each key."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge import tickets
from bridge.brain.person import number
from bridge.ports import Store, ToolSession
from bridge.tickets import Ticket
from bridge.types import TurnId


@dataclass(frozen=True, slots=True)
class StoreTickets:
    """Implements `bridge.tools.tool.Tickets`. `sinks` are where tickets go besides our own table."""

    store: Store
    sinks: Sequence[str] = ()

    async def open(self, session: ToolSession, *, reason: str, subject: str, text: str, key: str) -> str:
        turn = session.claim.turn
        ticket = Ticket(
            number=number(TurnId(key)),
            reason=reason,
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            asked_at=turn.inbounds[-1].received_at.isoformat(),
            customer_id=session.identity.customer_id,
            subject=subject,
            text=text,
        )
        record, parcels = tickets.opening(ticket, self.sinks)
        # Refused where the ticket is there already: an attempt before this one opened it.
        await self.store.save_records(record, parcels=parcels, claim=session.claim)
        return ticket.number
