"""Brings tickets to their sinks, from the outbox: at least once each, and tried again while a sink is away. The ticket
keeps the number that a sink gave it, or why it never will."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from pydantic import SecretStr

from bridge import tickets
from bridge.errors import ChannelError, ConfigError, Undeliverable
from bridge.logs import event
from bridge.ports import DeskRoom, Parcel, Store
from bridge.tickets import Ticket
from bridge.tickets.desk import DeskSink
from bridge.tickets.freshdesk import Freshdesk
from bridge.tickets.http import Http
from bridge.tickets.settings import FRESHDESK_KEY, WEBHOOK_SECRET, ZENDESK_TOKEN, TicketsSettings
from bridge.tickets.webhook import Webhook
from bridge.tickets.written import Written, written
from bridge.tickets.zendesk import Zendesk
from bridge.types import ConversationId, Inbound, Turn, TurnId

log = logging.getLogger(__name__)

DESK = "desk"
Discreet = Callable[[Inbound], Awaitable[Inbound]]


class Sink(Protocol):
    """A place where tickets go."""

    async def open(self, written: Written, *, again: bool) -> str:
        """Open it there and return its number there. `again`: an earlier try may have worked. May raise ChannelError
        and StoreUnavailable, as Carrier.carry does."""

    async def check(self) -> str:
        """Ask it whether we are known there: one line for the operator. May raise ChannelError."""


class TicketCarrier:
    """See ports.Carrier."""

    def __init__(
        self,
        store: Store,
        sinks: Mapping[str, Sink],
        settings: TicketsSettings,
        http: Http,
        discreet: Discreet | None = None,
    ) -> None:
        self._store = store
        self._sinks = sinks
        self._settings = settings
        self._http = http
        self._discreet = discreet

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        """One try. May raise StoreUnavailable and ChannelError."""
        name, number = _named(body)
        ticket = await tickets.find(self._store, number)
        if ticket is None:
            raise Undeliverable("there is no such ticket")
        if name in ticket.sinks:
            return
        sink = self._sinks.get(name)
        if sink is None:
            raise Undeliverable("it is not set up any more")
        theirs = await sink.open(written(ticket, await self._turns(ticket)), again=parcel.attempts > 1)
        await tickets.taken(self._store, number, name, theirs)
        event(log, "ticket passed on", sink=name, ticket=number)

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        """May raise StoreUnavailable."""
        name, number = _named(body)
        event(log, "a ticket was not passed on", level=logging.ERROR, sink=name, ticket=number, why=why)
        await tickets.refused(self._store, number, name, why)

    async def check(self) -> str:
        """One line for the operator. May raise ConfigError, with what is wrong at each sink."""
        said, wrong = [], []
        for name, sink in self._sinks.items():
            try:
                said.append(f"{name} ({await sink.check()})")
            except ChannelError as error:
                wrong.append(f"{name} does not take tickets: {error}; look at its address and its secret")
        if wrong:
            raise ConfigError(wrong)
        return ", ".join(said) or "our own table"

    async def close(self) -> None:
        """Let go of what is open."""
        await self._http.close()

    async def _turns(self, ticket: Ticket) -> Sequence[Turn]:
        """What was said up to the ticket's turn, oldest first."""
        if not self._settings.transcript:
            return ()
        conversation = await self._store.conversation(
            ConversationId(ticket.conversation_id), turns_max=self._settings.turns_max
        )
        turns = list(conversation.turns)
        place = next((n for n, turn in enumerate(turns) if turn.id == ticket.turn_id), None)
        if place is not None:
            return turns[: place + 1]
        own = await self._store.turn(TurnId(ticket.turn_id))
        if own and self._discreet and own.reply is None:
            own = replace(own, inbounds=tuple([await self._discreet(inbound) for inbound in own.inbounds]))
        return [*turns, own] if own else turns


def ticket_carrier(
    store: Store,
    settings: TicketsSettings,
    secrets: Mapping[str, SecretStr],
    room: Callable[[], DeskRoom | None] | None = None,
    discreet: Discreet | None = None,
) -> TicketCarrier:
    """For the sinks that are set up; `room` is the desk's, where there is one. `discreet` says how people may see a
    message of a turn that has not ended."""
    http = Http()
    made: dict[str, Callable[[], Sink]] = {
        "zendesk": lambda: Zendesk(settings.zendesk, secrets[ZENDESK_TOKEN], http),
        "freshdesk": lambda: Freshdesk(settings.freshdesk, secrets[FRESHDESK_KEY], http),
        "webhook": lambda: Webhook(settings.webhook, secrets[WEBHOOK_SECRET], http),
    }
    sinks = {name: made[name]() for name in settings.sinks}
    return TicketCarrier(store, sinks | ({DESK: DeskSink(room)} if room else {}), settings, http, discreet)


def _named(body: Mapping[str, Any]) -> tuple[str, str]:
    return str(body.get("sink", "")), str(body.get("ticket", ""))
