"""What people are asked to look after: a record of each ticket, by its number, with the turn it is about, and parcels
that take it to the sinks (a help desk, a webhook). What was said stands in the turn, and only there; a ticket holds
only what was written for it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge.ports import Claim, Parcel, Record, Store
from bridge.types import ConversationId, Reply, Turn

KIND = "ticket"
"""Of the records."""
PARCEL = "sink"
"""Of the parcels' bodies."""
LOG = "tickets"
"""Where tickets stood before they were records."""
MOVED = "tickets:moved"
"""Set once those are records, too."""
MOVED_AT_ONCE = 500
CLOSED_KEPT_S = 365 * 24 * 3600.0
"""A closed ticket is forgotten after a year; an open one never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What people are asked to look after."""

    number: str
    """As the customer was told it."""
    reason: str
    """Why people are asked: an escalation's reason, or what the tool is for."""
    conversation_id: str
    turn_id: str
    asked_at: str
    """ISO time of the message it is about."""
    customer_id: str = ""
    """Of the business's own records, where it is proven."""
    subject: str = ""
    text: str = ""
    """What a tool was given to write down; plain text, and nothing of it is to be believed."""
    sinks: Mapping[str, str] = field(default_factory=dict)
    """The number, or the address, under which a sink has it."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Sinks that will not get it, and why."""
    state: Literal["open", "closed"] = "open"


_TICKET = TypeAdapter[Ticket | None](Ticket | None, config=ConfigDict(hide_input_in_errors=True))
"""A choice, because a dataclass alone takes no configuration. Errors do not quote the text."""


def for_reply(turn: Turn, reply: Reply, customer_id: str = "") -> Ticket:
    """The ticket that a reply tells its customer of."""
    return Ticket(
        number=reply.ticket,
        reason=reply.escalation_reason,
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        asked_at=turn.inbounds[-1].received_at.isoformat(),
        customer_id=customer_id,
    )


def opening(ticket: Ticket, sinks: Sequence[str] = ()) -> tuple[Record, tuple[Parcel, ...]]:
    """The record of a new ticket, and a parcel for each sink: to be saved together. A record with version 0 is saved
    only while there is none, so a number that is there already is kept as it is."""
    return _record(ticket, version=0), tuple(_parcel(ticket, sink) for sink in sinks)


async def open_for(store: Store, claim: Claim, turn: Turn, reply: Reply, sinks: Sequence[str] = ()) -> None:
    """Keep the ticket of a reply, once for each number. May raise LeaseLost, StoreUnavailable."""
    record, parcels = opening(for_reply(turn, reply), sinks)
    await store.save_records(record, parcels=parcels, claim=claim)


async def find(store: Store, number: str) -> Ticket | None:
    """The ticket of this number, however old. May raise StoreUnavailable."""
    if record := await store.load_record(KIND, number):
        return read(record)
    old = await store.get(_old_key(number))
    return _old(old) if old else None


async def open_ones(store: Store, *, limit: int) -> Sequence[Ticket]:
    """Oldest first. May raise StoreUnavailable."""
    found = [read(record) for record in await store.open_records(KIND, limit=limit)]
    return [ticket for ticket in found if ticket]


async def taken(store: Store, number: str, sink: str, theirs: str) -> None:
    """Keep the number that a sink gave it. May raise StoreUnavailable."""
    await _change(store, number, lambda ticket: replace(ticket, sinks={**ticket.sinks, sink: theirs}))


async def refused(store: Store, number: str, sink: str, why: str) -> None:
    """Keep that a sink will not get it. May raise StoreUnavailable."""
    await _change(store, number, lambda ticket: replace(ticket, failed={**ticket.failed, sink: why}))


async def close(store: Store, number: str, now: float) -> bool:
    """It is done; false when there is no such ticket. `now` is the wall clock's. May raise StoreUnavailable."""
    return await _change(store, number, lambda ticket: replace(ticket, state="closed"), forget_at=now + CLOSED_KEPT_S)


async def move_old(store: Store) -> int:
    """Make records of the tickets that an earlier version kept in a log; the sinks hear nothing of them. Returns how
    many there were. Harmless when repeated. May raise StoreUnavailable."""
    if await store.get(MOVED):
        return 0
    after = moved = 0
    while entries := await store.read(LOG, after=after, limit=MOVED_AT_ONCE):
        for entry in entries:
            if ticket := _old(entry.body):
                moved += await store.save_records(_record(ticket, version=0))
        after = entries[-1].id
    await store.put(MOVED, str(moved))
    return moved


def read(record: Record) -> Ticket | None:
    """None when the record is damaged."""
    try:
        return _TICKET.validate_json(record.body)
    except ValidationError:
        return None


async def _change(
    store: Store, number: str, change: Callable[[Ticket], Ticket], forget_at: float | None = None
) -> bool:
    while record := await store.load_record(KIND, number):
        ticket = read(record)
        if ticket is None:
            return False
        changed = _record(change(ticket), version=record.version)
        if await store.save_records(replace(changed, forget_at=forget_at or record.forget_at)):
            return True
    return False


def _record(ticket: Ticket, *, version: int) -> Record:
    body = _TICKET.dump_json(ticket).decode()
    return Record(kind=KIND, id=ticket.number, body=body, version=version, open=ticket.state == "open")


def _parcel(ticket: Ticket, sink: str) -> Parcel:
    """In a queue of its own: a help desk that is down must not hold up what goes to the customer."""
    queue = f"{PARCEL}:{sink}:{ticket.number}"
    body = json.dumps({"kind": PARCEL, "sink": sink, "ticket": ticket.number})
    return Parcel(id=queue, conversation_id=ConversationId(queue), body=body)


def _old_key(number: str) -> str:
    """Where an earlier version kept it."""
    return f"ticket:{number}"


def _old(body: str) -> Ticket | None:
    """As an earlier version wrote it; None when it cannot be read."""
    try:
        old = json.loads(body)
        return Ticket(
            number=old["ticket"],
            reason=old["reason"],
            conversation_id=old["conversation_id"],
            turn_id=old["turn_id"],
            asked_at=old["asked_at"],
        )
    except (ValueError, KeyError, TypeError):
        return None
