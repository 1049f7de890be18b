"""Answers `/bridge ...`: who waits, and how things are. In Markdown."""

from bridge.desk import cards
from bridge.desk import handoff as handoffs
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.errors import BridgeError

QUEUE_MAX = 30
"""Conversations that `/bridge queue` lists."""
COUNTED_MAX = 1_000
HELP = (
    "`/bridge queue` lists the conversations that wait or are with somebody. `/bridge status` says how things are.\n\n"
    "In a conversation's thread, what you write goes to the customer; what begins with `//` stays here."
)
_THERE = {True: "open now", False: "closed now", None: "no opening hours known"}


async def queue(office: Office) -> str:
    """May raise StoreUnavailable."""
    kept = await office.store.open_records(handoffs.KIND, limit=QUEUE_MAX + 1)
    found = [handoff for record in kept if (handoff := handoffs.read(record))]
    lines = [await _line(office, handoff) for handoff in found[:QUEUE_MAX]]
    return "\n".join([*lines, *(["- and more"] if len(found) > QUEUE_MAX else [])]) or "Nobody waits."


async def _line(office: Office, handoff: Handoff) -> str:
    minutes = max(0, round((office.now() - handoff.waits_since) / 60))
    about = ", ".join(map(cards.reason, handoff.reasons)) or "called"
    ticket = handoff.ticket or "no ticket"
    link = await _link(office, handoff)
    where = f"[{ticket}]({link})" if link else ticket
    return f"- {where} on {handoff.customer.channel}: {cards.state(handoff)}, {minutes} min ({about})"


async def _link(office: Office, handoff: Handoff) -> str:
    room = office.room
    if room is None or handoff.card is None:
        return ""
    try:
        return await room.link(handoff.card)
    except BridgeError:
        return ""


async def status(office: Office) -> str:
    """May raise StoreUnavailable."""
    gauges = await office.store.gauges()
    kept = await office.store.open_records(handoffs.KIND, limit=COUNTED_MAX)
    states = [handoff.state for record in kept if (handoff := handoffs.read(record))]
    return (
        f"- conversations: {states.count('pending')} wait, {states.count('human')} with somebody,"
        f" {states.count('callback')} to be called back\n"
        f"- answers: {gauges.turns_running} being given, {gauges.turns_waiting} wait"
        f" ({gauges.oldest_waiting_s:.0f} s the longest)\n"
        f"- in the outbox: {gauges.parcels}\n"
        f"- {_THERE[office.there()]}"
    )
