"""What every store must do with records: small documents that are changed by whoever read the newest version."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import LeaseLost
from bridge.ports import Parcel, Record, Store
from bridge.types import new_id
from tests.contract.stores import (
    DURABLE,
    LONG_S,
    NAMES,
    SHORT_S,
    Opener,
    conversation_id,
    eventually,
    message,
    must_claim,
    parcel,
)


@pytest.fixture(params=NAMES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with Opener(request.param, tmp_path).open() as opened:
        yield opened


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return Opener(request.param, tmp_path)


def record(id: str = "a", *, kind: str = "handoff", body: str = '{"state": "pending"}') -> Record:
    return Record(kind=kind, id=id, body=body)


async def saved(store: Store, new: Record) -> Record:
    assert await store.save_records(new)
    kept = await store.load_record(new.kind, new.id)
    assert kept is not None
    return kept


async def test_a_record_is_kept_as_it_was_written(store: Store) -> None:
    whole = Record(kind="approval", id="é-1", body='{"größe": "日本"}', open=False, due_at=5.5, forget_at=2.0**40)
    assert await saved(store, whole) == replace(whole, version=1)
    assert await store.load_record("approval", "other") is None
    assert await store.load_record("other", "é-1") is None


async def test_a_change_needs_the_newest_version(store: Store) -> None:
    first = await saved(store, record())
    assert not await store.save_records(record(body="again"))
    assert await store.save_records(replace(first, body="second"))
    assert not await store.save_records(replace(first, body="late"))
    assert await store.load_record("handoff", "a") == replace(first, body="second", version=2)


async def test_a_record_that_is_not_there_has_no_version(store: Store) -> None:
    assert not await store.save_records(replace(record(), version=1))
    assert await store.load_record("handoff", "a") is None


async def test_of_50_at_once_one_wins(store: Store) -> None:
    first = await saved(store, record())
    won = await asyncio.gather(*(store.save_records(replace(first, body=str(number))) for number in range(50)))
    assert sum(won) == 1
    kept = await store.load_record("handoff", "a")
    assert kept is not None
    assert kept.body == str(won.index(True))


async def test_several_are_saved_together_or_not_at_all(store: Store) -> None:
    known = await saved(store, record("known"))
    assert not await store.save_records(record("new"), replace(known, version=7), parcels=[parcel("p")])
    assert await store.load_record("handoff", "new") is None
    assert await store.take(lease_s=LONG_S, limit=9) == []
    assert await store.save_records(record("new"), replace(known, body="changed"), parcels=[parcel("p")])
    assert [taken.id for taken in await store.take(lease_s=LONG_S, limit=9)] == ["p"]


async def test_a_parcel_that_is_there_already_is_kept_once(store: Store) -> None:
    await store.enqueue(parcel("p"))
    other = Parcel(id="p", conversation_id=conversation_id(), body="other")
    assert await store.save_records(record(), parcels=[other])
    taken = await store.take(lease_s=LONG_S, limit=9)
    assert [each.id for each in taken] == ["p"]
    assert taken[0].body != "other"


async def test_only_the_owner_of_a_turn_saves_under_its_claim(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store, lease_s=SHORT_S)
    assert await store.save_records(record("mine"), claim=claim)
    newer = await must_claim(store)
    assert newer.fence > claim.fence
    with pytest.raises(LeaseLost):
        await store.save_records(record("late"), parcels=[parcel("p")], claim=claim)
    assert await store.load_record("handoff", "late") is None
    assert await store.take(lease_s=LONG_S, limit=9) == []
    assert await store.save_records(record("newer"), claim=newer)


async def test_open_ones_are_listed_by_kind_oldest_first(store: Store) -> None:
    for id in ("c", "a", "b"):
        await saved(store, record(id))
    await saved(store, record("x", kind="approval"))
    closed = await store.load_record("handoff", "a")
    assert closed is not None
    assert await store.save_records(replace(closed, open=False))
    assert [each.id for each in await store.open_records("handoff", limit=9)] == ["c", "b"]
    assert [each.id for each in await store.open_records("handoff", limit=1)] == ["c"]
    again = await store.load_record("handoff", "a")
    assert again is not None
    assert await store.save_records(replace(again, open=True))
    assert [each.id for each in await store.open_records("handoff", limit=9)] == ["c", "a", "b"]


async def test_due_ones_are_handed_out_until_their_time_is_changed(store: Store) -> None:
    now = time.time()
    for id, due_at in (("later", now + 60), ("soon", now - 1), ("sooner", now - 2), ("never", None)):
        await saved(store, replace(record(id), due_at=due_at))
    for _ in range(2):
        assert [each.id for each in await store.due_records("handoff", limit=9)] == ["sooner", "soon"]
    assert [each.id for each in await store.due_records("handoff", limit=1)] == ["sooner"]
    sooner = (await store.due_records("handoff", limit=1))[0]
    assert await store.save_records(replace(sooner, due_at=None))
    assert [each.id for each in await store.due_records("handoff", limit=9)] == ["soon"]
    assert await store.due_records("approval", limit=9) == []


async def test_a_forgotten_one_is_not_there_and_may_begin_anew(store: Store) -> None:
    await saved(store, replace(record(), forget_at=time.time() + SHORT_S, due_at=0.0))

    async def gone() -> bool:
        return await store.load_record("handoff", "a") is None

    await eventually(gone)
    assert await store.open_records("handoff", limit=9) == []
    assert await store.due_records("handoff", limit=9) == []
    assert (await saved(store, record(body="new"))).version == 1


async def test_records_are_there_after_reopening(durable: Opener) -> None:
    ids = [new_id() for _ in range(3)]
    async with durable.open() as store:
        for id in ids:
            await saved(store, replace(record(id), due_at=1.0))
    async with durable.open() as store:
        assert [each.id for each in await store.open_records("handoff", limit=9)] == ids
        assert [each.id for each in await store.due_records("handoff", limit=9)] == ids
        kept = await store.load_record("handoff", ids[0])
        assert kept is not None
        assert await store.save_records(replace(kept, body="changed"))
