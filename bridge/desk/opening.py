"""A reply calls people: its ticket, the handoff and the card are kept all or none, and once."""

from dataclasses import replace
from typing import Any

from bridge import metrics, tickets
from bridge.brain.routing.rules import ruling
from bridge.desk import cards, parcels
from bridge.desk import handoff as handoffs
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.errors import StoreUnavailable
from bridge.ports import CHANGES_MAX, Claim, Parcel, Record
from bridge.types import Identity, Reply, Turn

TRIED_MAX = 8


async def called(office: Office, claim: Claim, turn: Turn, reply: Reply) -> None:
    """As ports.Desk.called. May raise LeaseLost, StoreUnavailable."""
    identity = await office.identities.of(turn) if office.identities else Identity()
    for _ in range(CHANGES_MAX):
        records, sent = await _ticket(office, turn, reply, identity)
        if office.room:
            kept = await office.store.load_record(handoffs.KIND, turn.conversation_id)
            earlier, version = (handoffs.read(kept), kept.version) if kept else (None, 0)
            if earlier and earlier.turn_id == turn.id:
                return  # an attempt before this one did it
            # A record that cannot be read is replaced.
            case, more = _case(office, turn, reply, identity, earlier, version)
            records = [*records, handoffs.record(case, office.settings, version=version)]
            sent = [*sent, *more]
        if not records or await office.store.save_records(*records, parcels=sent, claim=claim):
            office.wake()
            if office.room:
                metrics.HANDOFFS.labels(turn.address.channel, reply.escalation_reason or "other").inc()
            return
    raise StoreUnavailable("a handoff could not be opened: others kept changing it")


async def _ticket(office: Office, turn: Turn, reply: Reply, identity: Identity) -> tuple[list[Record], list[Parcel]]:
    """A ticket that is there already stays as it is."""
    if not reply.ticket or await office.store.load_record(tickets.KIND, reply.ticket):
        return [], []
    opened, sent = tickets.opening(tickets.for_reply(turn, reply, identity.customer_id), office.sinks)
    return [opened], list(sent)


def _case(
    office: Office, turn: Turn, reply: Reply, identity: Identity, earlier: Handoff | None, version: int
) -> tuple[Handoff, list[Parcel]]:
    """The handoff as it is now, and what the desk is shown."""
    now = office.now()
    reason, asked = reply.escalation_reason, turn.inbounds[-1]
    about: dict[str, Any] = {
        "customer": turn.address,
        "name": asked.sender.name,
        "language": office.voice.language(turn.question) if turn.question else (earlier.language if earlier else "en"),
        "level": identity.level,
        "customer_id": identity.customer_id,
        "category": reply.trace.category,
        "mood": _mood(turn) or cards.MOODS.get(reason, ""),
        "tried": _tried(reply),
    }
    if earlier is None:
        opened = Handoff(
            conversation_id=turn.conversation_id,
            state="pending",
            number=1,
            reasons=(reason,) if reason else (),
            ticket=reply.ticket,
            turn_id=turn.id,
            opened_at=now,
            waits_since=now,
            called_at=now,
            customer_at=now,
            **about,
        )
        return opened, [parcels.card(opened, version), parcels.transcript(opened)]
    again = handoffs.called_again(earlier, reason=reason, ticket=reply.ticket, turn_id=turn.id, now=now)
    again = replace(again, **about)
    if again.number != earlier.number:
        return again, [parcels.card(again, version), parcels.transcript(again)]
    written = [parcels.customers(again, inbound) for inbound in turn.inbounds if not inbound.notice]
    why = f"Called again: {cards.reason(reason)}" if reason else "Called again"
    return again, [parcels.card(again, version), *written, parcels.reminder(again, why, turn.id)]


def _mood(turn: Turn) -> str:
    """What the words show, by rule; "" for nothing."""
    ruled = ruling(turn.question)
    return cards.MOODS.get(ruled.reason, "") if ruled else ""


def _tried(reply: Reply) -> tuple[str, ...]:
    failed = [_failure(each) for each in reply.trace.failed]
    tools = [f"{action.tool}: {action.outcome}" for action in reply.trace.actions]
    return tuple(dict.fromkeys((*failed, *tools)))[-TRIED_MAX:]


def _failure(failed: str) -> str:
    what, _, how = failed.partition(":")
    return f"check of {how.replace('_', ' ')}: not passed" if what == "check" else f"{what}: {how}"
