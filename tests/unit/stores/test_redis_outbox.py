"""Parcels, money, values and records on Redis when an answer is lost: whoever did not hear it makes the call again, and
that changes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bridge.ports import Bucket, Cap, Record
from bridge.stores.redis import RedisStore, build
from bridge.stores.redis.part import Settings
from bridge.types import new_id
from tests.contract.stores import LONG_S, eventually, message, must_claim, parcel, redis_server

DAY = Cap("day", 100, LONG_S)
BUCKET = Bucket("b", 3, 0.001)


@pytest.fixture
async def both() -> AsyncIterator[tuple[RedisStore, RedisStore]]:
    """Two processes."""
    settings = Settings(url=redis_server().url, prefix=new_id())
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(build(settings)), await stack.enter_async_context(build(settings))


@pytest.fixture
def store(both: tuple[RedisStore, RedisStore]) -> RedisStore:
    return both[0]


async def _taken(store: RedisStore) -> list[str]:
    return [taken.id for taken in await store.take(lease_s=LONG_S, limit=99)]


async def _land(store: RedisStore, *ids: str) -> None:
    for id in ids:
        (taken,) = await store.take(lease_s=LONG_S, limit=1)
        assert taken.id == id
        await store.settle(taken, retry_in_s=None)


async def test_parcels_enqueued_again_just_after_they_landed_do_not_go_again(store: RedisStore) -> None:
    batch = [parcel(f"p{n}") for n in range(3)]
    await store.enqueue(*batch)
    await _land(store, "p0", "p1")
    await store.enqueue(*batch)
    await _land(store, "p2")
    await store.enqueue(*batch)
    assert await _taken(store) == []
    assert (await store.gauges()).parcels == 0


async def test_what_has_changed_since_goes_again(store: RedisStore) -> None:
    """A colleague changes a message, changes it again, and then back: three parcels, two of them with one id."""
    for id in ("to A", "to B", "to A"):
        await store.enqueue(parcel(id))
        await _land(store, id)
    await store.enqueue(parcel("to B"), parcel("to A"), parcel("of bob", "bob"))
    assert sorted(await _taken(store)) == ["of bob", "to B"]


async def test_parcels_go_once_whoever_takes_them(both: tuple[RedisStore, RedisStore]) -> None:
    one, other = both
    await one.enqueue(*(parcel(f"p{n}", f"key{n % 3}") for n in range(9)))
    seen: list[str] = []
    while found := [*await one.take(lease_s=LONG_S, limit=1), *await other.take(lease_s=LONG_S, limit=2)]:
        seen += [taken.id for taken in found]
        for taken in found:
            await other.settle(taken, retry_in_s=None)
    assert sorted(seen) == [f"p{n}" for n in range(9)]
    assert [id for id in seen if id in ("p0", "p3", "p6")] == ["p0", "p3", "p6"]


async def _again(call: Callable[[], Awaitable[object]]) -> None:
    await call()
    await call()


async def test_calls_that_are_made_again_change_nothing(store: RedisStore) -> None:
    await store.enqueue(parcel("p"))
    (first,) = await store.take(lease_s=LONG_S, limit=1)
    await _again(lambda: store.settle(first, retry_in_s=0.0))
    (second,) = await eventually(lambda: store.take(lease_s=LONG_S, limit=1))
    assert second.attempts == 2
    await _again(lambda: store.settle(second, retry_in_s=None))
    await _again(lambda: store.set_aside("r", 60, [DAY], lease_s=LONG_S))
    assert list(await store.booked(["day"])) == [60]
    await _again(lambda: store.book("r", 20))
    assert list(await store.booked(["day"])) == [20]
    await _again(lambda: store.put("k", "v", ttl_s=LONG_S))
    await _again(lambda: store.hold(BUCKET, "ada", ttl_s=LONG_S))
    await _again(lambda: store.release(BUCKET, "ada"))
    assert [await store.spend(BUCKET) == 0.0 for _ in range(4)] == [True, True, True, False]
    await _again(lambda: store.append("log", "1", key="k"))
    assert len(await store.read("log", after=0, limit=9)) == 1


async def test_records_saved_again_are_refused_and_their_parcels_go_once(store: RedisStore) -> None:
    await store.accept(message("e"))
    claim = await must_claim(store)
    new = Record(kind="handoff", id="a", body="{}")
    assert await store.save_records(new, parcels=[parcel("p")], claim=claim)
    assert not await store.save_records(new, parcels=[parcel("p")], claim=claim)
    kept = await store.load_record("handoff", "a")
    assert kept == replace(new, version=1)
    await _land(store, "p")
    assert await store.save_records(replace(new, version=1), parcels=[parcel("p")], claim=claim)
    assert await _taken(store) == []


@pytest.mark.parametrize("unit", [10**15, 4 * 10**18])
async def test_money_is_exact_above_what_lua_can_count(store: RedisStore, unit: int) -> None:
    caps = [Cap("turn", 2 * unit, LONG_S), Cap("month", 2 * unit - 1, LONG_S)]
    assert await store.set_aside("r0", 2 * unit, caps, lease_s=LONG_S) == caps[1]
    assert await store.set_aside("r1", 2 * unit - 2, caps, lease_s=LONG_S) is None
    assert await store.set_aside("r2", 2, caps, lease_s=LONG_S) == caps[1]
    assert await store.set_aside("r3", 1, caps, lease_s=LONG_S) is None
    assert await store.set_aside("r4", 1, caps, lease_s=LONG_S) == caps[1]
    await store.book("r1", unit + 1)
    assert list(await store.booked(["turn", "month"])) == [unit + 2, unit + 2]


async def test_a_record_begun_anew_is_a_new_one(store: RedisStore) -> None:
    """Its place among the open ones, too."""
    for id in "ab":
        assert await store.save_records(Record(kind="k", id=id, body=id, forget_at=4e9 if id == "b" else None))
    old = await store.load_record("k", "a")
    assert old is not None
    assert await store.save_records(replace(old, forget_at=1.0))
    assert await store.load_record("k", "a") is None
    assert await store.save_records(Record(kind="k", id="a", body="new", due_at=1.0))
    assert [each.id for each in await store.open_records("k", limit=9)] == ["b", "a"]
    assert [each.body for each in await store.due_records("k", limit=9)] == ["new"]
