"""What happens at the desk by itself, when its time has come. Every time stands in a record, so that it survives a
restart, and each fires once: the record that says so is saved along with what follows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bridge import metrics
from bridge.desk import handoff as handoffs
from bridge.desk import parcels
from bridge.desk.ears import decided
from bridge.desk.handoff import Due, Handoff
from bridge.desk.office import Office
from bridge.desk.words import tell
from bridge.ports import Parcel

LOOK_S = 2.0
"""How often it is looked."""
AT_ONCE = 50
COUNT_EVERY_S = 30.0
"""How often the conversations at the desk are counted for the metrics."""
COUNTED_MAX = 1_000

_CALLS: dict[Due, str] = {
    "told": "Still waiting: nobody has taken this",
    "callback": "Nobody came: a callback was offered, and the assistant answers again",
    "back": "A callback is owed",
    "reminder": "The customer waits for an answer",
    "awake": "Snoozed until now",
}


async def look(office: Office) -> None:
    """Do what is due. May raise StoreUnavailable."""
    if office.room:
        for kept in await office.store.due_records(handoffs.KIND, limit=AT_ONCE):
            await _due(office, kept.id)
    if office.approvals:
        for approval in await office.approvals.due():
            await office.send(parcels.approval(approval, approval.state), decided(approval))


async def _due(office: Office, conversation_id: str) -> None:
    there = office.there()

    def make(handoff: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
        after, due = handoffs.came_due(handoff, office.settings, now=office.now(), there=there)
        if after == handoff:
            return None
        after = replace(after, news=handoff.news + 1)
        return after, _follows(office, handoff, after, due, version) if due else ()

    await office.change(conversation_id, make)


def _follows(office: Office, before: Handoff, after: Handoff, due: Due, version: int) -> list[Parcel]:
    """What the customer and the desk hear of it."""
    sent: list[Parcel] = []
    if due in ("told", "callback"):
        sent += tell(office, after, due)
    if due == "idle":
        sent += tell(office, after, "returned")
    if after.state != before.state or after.snoozed != before.snoozed:
        sent.append(parcels.card(after, version))
    if due in _CALLS and not after.snoozed:
        sent.append(parcels.reminder(after, _CALLS[due], f"{due}:{after.news}"))
    return sent


async def count(office: Office) -> None:
    """Bring the metrics up to date. May raise StoreUnavailable."""
    kept = await office.store.open_records(handoffs.KIND, limit=COUNTED_MAX)
    states = Counter(handoff.state for record in kept if (handoff := handoffs.read(record)))
    for state in ("pending", "human", "callback"):
        metrics.HANDOFFS_OPEN.labels(state).set(states[state])
