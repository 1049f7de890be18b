"""Small documents that change, as ports.Records says: a hash each, and sorted sets of those that are open, due, and to
be forgotten. Every look and every save takes out what is over, so the sets hold what is there and little more."""

from collections.abc import Sequence
from typing import Any

from bridge.ports import Claim, Parcel, Record
from bridge.stores.redis.outbox import flat
from bridge.stores.redis.part import Part
from bridge.stores.redis.server import Script

SWEPT_MAX = 20
"""Records of a kind that are taken out with each save of one, when their time is over."""

_LOAD = Script("load_record", "_records")
_SAVE = Script("save_records", "_records", "_parcels")
_LIST = Script("list_records", "_records")


class Records(Part):
    """The part of a store that ports.Records describes. Whether a time has come is told by the server's clock."""

    async def load_record(self, kind: str, id: str) -> Record | None:
        kept = await self._server.run(_LOAD, kind, id)
        return _record(kind, kept) if kept else None

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        owner = (claim.turn.conversation_id, claim.fence) if claim else ("", "")
        fields = [value for record in records for value in _fields(record)]
        return bool(await self._server.run(_SAVE, *owner, SWEPT_MAX, len(records), *fields, *flat(parcels)))

    async def open_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        return [_record(kind, kept) for kept in await self._server.run(_LIST, kind, "open", limit)]

    async def due_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        return [_record(kind, kept) for kept in await self._server.run(_LIST, kind, "due", limit)]


def _fields(record: Record) -> tuple[str | int | float, ...]:
    due_at = "" if record.due_at is None else record.due_at
    forget_at = "" if record.forget_at is None else record.forget_at
    return record.kind, record.id, record.body, record.version, int(record.open), due_at, forget_at


def _record(kind: str, kept: Sequence[Any]) -> Record:
    id, body, version, is_open, due_at, forget_at, _ = kept
    return Record(
        kind=kind,
        id=id,
        body=body,
        version=int(version),
        open=is_open == "1",
        due_at=float(due_at) if due_at else None,
        forget_at=float(forget_at) if forget_at else None,
    )
