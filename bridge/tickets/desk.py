"""Tickets as cards in the desk's room: those that a tool opened. A conversation that people take over has a card
anyway."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from bridge.errors import ChannelUnavailable
from bridge.ports import Card, DeskRoom
from bridge.tickets.written import Written

TEXT_CHARS_MAX = 2_500


@dataclass(frozen=True, slots=True)
class DeskSink:
    """See bridge.tickets.carrier.Sink."""

    room: Callable[[], DeskRoom | None]

    async def open(self, written: Written, *, again: bool) -> str:
        room = self.room()
        if room is None:
            raise ChannelUnavailable("there is no room yet")
        ticket = written.ticket
        card = Card(
            id=blake2b(f"ticket\0{ticket.number}".encode(), digest_size=16).hexdigest(),
            heading=f"Ticket {ticket.number}",
            fields=((("Subject", ticket.subject),) if ticket.subject else ())
            + (("Why", ticket.reason.replace("_", " ")), ("Channel", written.channel))
            + ((("Customer", ticket.customer_id),) if ticket.customer_id else ()),
            text="\n".join(f"> {line}" for line in written.text[:TEXT_CHARS_MAX].splitlines()),
            notify=False,
        )
        ref = await room.show_card(card, below=None, ref=None)
        return await room.link(ref) or ref.message_id

    async def check(self) -> str:
        """The channel's own check says more."""
        return "cards in the desk's channel"
