"""A Redis server must not fill up with what is over: whatever lived leaves nothing behind but what expires."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.ports import Bucket, Cap, Record, Step
from bridge.stores.redis import RedisStore, build
from bridge.stores.redis.outbox import LANDED_S
from bridge.stores.redis.part import Settings
from tests.contract.stores import answered, eventually, message, parcel
from tests.fakes.redis_server import RedisServer

LIVES = int(os.environ.get("TEST_LIVES", "300"))
"""In each of two rounds."""
SHORT_S = 1.0
"""How long whatever may be forgotten is kept here."""
DAY_S = 86_400
KEPT_ENTRIES = 100
PATIENCE_S = 60.0
INDEX_BYTES_MAX = 2_000
"""More than any index takes that holds nothing. The two logs of the business hold their newest entries."""
LOG_BYTES_MAX = 30_000


async def _live(store: RedisStore, n: int) -> None:
    """One conversation from its first message to its end, with all that it touches."""
    name = f"c{n}"
    await store.accept(message(f"e{n}", name, text="x" * 200))
    claim = None
    while claim is None:
        claim = await store.claim(lease_s=60.0, wait_s=5.0)
    key = f"{claim.turn.id}{n}"
    await store.record(claim, Step(key="reply", kind="reply", state="done"))
    await store.append(f"events:{key}", "one", "two", key="k", claim=claim)
    await store.read(f"events:{key}", after=0, limit=9, wait_s=1.0)
    await store.append("audit", "body", key=key)
    await store.append("feedback", "body", key=key)
    bucket = Bucket(f"b{key}", 3, 3.0)
    await store.hold(bucket, "ada", ttl_s=SHORT_S)
    await store.spend(bucket, holder="ada", call_s=SHORT_S)
    await store.hold(bucket, "bob", ttl_s=SHORT_S)
    if n % 2:
        await store.ended(bucket)
        await store.pause(bucket, 0.1)
    caps = [Cap(f"turn:{key}", 100, SHORT_S), Cap("day", 10**12, DAY_S)]
    await store.set_aside(key, 5, caps, lease_s=SHORT_S)
    if n % 2:
        await store.book(key, 3)
    await store.put(f"v{key}", "v", ttl_s=SHORT_S)
    over = time.time() + SHORT_S
    record = Record(kind="code", id=key, body="{}", due_at=over, forget_at=over)
    mine = parcel(f"p{key}", name)
    assert await store.save_records(record, parcels=[mine], claim=claim)
    if n % 3 == 0:
        await store.park(claim, delay_s=0.01)
    else:
        await store.finish(claim, answered(claim))


async def _lives(store: RedisStore, numbers: range) -> None:
    waiting = iter(numbers)

    async def some() -> None:
        for n in waiting:
            await _live(store, n)

    async with asyncio.TaskGroup() as group:
        for _ in range(25):
            group.create_task(some())
    while claim := await store.claim(lease_s=60.0, wait_s=1.0):
        await store.finish(claim, answered(claim))
    while found := await store.take(lease_s=60.0, limit=99):
        await asyncio.gather(*(store.settle(each, retry_in_s=None) for each in found))


async def _keys(store: RedisStore) -> list[str]:
    """All there are but those that outlive their lives by a while, which must expire: parcels that landed lately, and
    looks for work."""
    root, server = store._server.keys.root, store._server
    found = [key.removeprefix(root) for key in await server.call("KEYS", f"{root}*")]
    lately = [key for key in found if key.startswith(("landed:", "look:"))]
    left = await asyncio.gather(*(server.call("PTTL", root + key) for key in lately))
    assert all(0 < ms <= LANDED_S * 1000 + 1 or ms == -2 for ms in left)
    return sorted(set(found) - set(lately))


@pytest.mark.timeout(240)
async def test_what_is_over_leaves_nothing_behind(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    days = (SHORT_S + 1.0) / DAY_S
    settings = Settings(
        url=server.url, quiet_days=days, seen_days=days, entries_max=KEPT_ENTRIES, audit_max=KEPT_ENTRIES
    )
    try:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(build(settings))
            kept: list[list[str]] = []
            for round in range(2):
                await _lives(store, range(round * LIVES, (round + 1) * LIVES))

                async def settled() -> bool:
                    # Looking takes out what is over, as every save of a record does.
                    await store.open_records("code", limit=LIVES)
                    await store.due_records("code", limit=LIVES)
                    return len(await _keys(store)) < 30

                await eventually(settled, within_s=PATIENCE_S)
                kept.append(await _keys(store))
            assert kept[0] == kept[1], "some keys stay"
            for key in kept[1]:
                used = int(await store._server.call("MEMORY", "USAGE", store._server.keys.root + key))
                assert used < (LOG_BYTES_MAX if key.startswith(("log:", "log-keys:")) else INDEX_BYTES_MAX), key
            gauges = await store.gauges()
            assert (gauges.turns_waiting, gauges.turns_running, gauges.parcels) == (0, 0, 0)
    finally:
        server.close()


async def test_records_that_nobody_lists_leave_the_sets_when_others_are_saved(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    try:
        async with build(Settings(url=server.url)) as store:
            for n in range(300):
                over = Record(kind="code", id=str(n), body="{}", due_at=0.0, forget_at=time.time() + 0.001)
                assert await store.save_records(over)
                await asyncio.sleep(0.001)
            sizes = [await store._server.call("ZCARD", store._server.keys("records", which, "code")) for which in SETS]
            assert max(map(int, sizes)) < 50
    finally:
        server.close()


SETS = ("open", "due", "over")
