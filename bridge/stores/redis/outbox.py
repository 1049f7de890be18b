"""Parcels in order, as ports.Outbox says.

What is kept: a hash for each parcel, a list of ids for each queue, two sorted sets of queues, and for LANDED_S the ids
that landed since the newest parcel of a queue came. All but these last are there as long as a parcel waits.
"""

from collections.abc import Sequence

from bridge.ports import Parcel
from bridge.stores.redis.part import Part
from bridge.stores.redis.server import Script
from bridge.stores.redis.times import microseconds, milliseconds
from bridge.types import ConversationId

LANDED_S = 600.0
"""Who did not hear whether a parcel was kept tries again within this time."""
MOVED_MAX = 1_000
"""Queues that become due in one step; the others do in the next."""

_ENQUEUE = Script("enqueue", "_parcels")
_TAKE = Script("take", "_parcels")
_SETTLE = Script("settle", "_parcels")


def flat(parcels: Sequence[Parcel]) -> list[str]:
    """As scripts read them."""
    return [value for each in parcels for value in (each.id, each.conversation_id, each.body)]


class Outbox(Part):
    """The part of a store that ports.Outbox describes. Times are the server's."""

    async def enqueue(self, *parcels: Parcel, delay_s: float = 0.0) -> None:
        await self._server.run(_ENQUEUE, microseconds(delay_s), *flat(parcels))

    async def take(self, *, lease_s: float, limit: int) -> Sequence[Parcel]:
        if limit < 1:
            return []
        taken = await self._server.run(_TAKE, microseconds(lease_s), limit, MOVED_MAX)
        return [Parcel(id=i, conversation_id=ConversationId(c), body=b, attempts=int(a)) for i, c, b, a in taken]

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        retry: int | str = "" if retry_in_s is None else microseconds(retry_in_s)
        await self._server.run(_SETTLE, parcel.id, parcel.attempts, retry, milliseconds(LANDED_S))
