"""When the SQLite store gives results out, and what is left when a caller goes away or a write fails."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.stores.sqlite.files import open_for_writing
from bridge.stores.sqlite.writer import Writer
from tests.contract.stores import answered, conversation_id, message, must_claim, parcel
from tests.unit.stores.opened import look, open_sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


async def test_nothing_is_given_out_before_its_commit(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        order: list[str] = []

        def before_commit() -> None:
            time.sleep(0.05)
            order.append("commit")

        async def note(name: str, work: asyncio.Future[object]) -> None:
            await work
            order.append(name)

        connection.before_commit = before_commit
        await note("accept", asyncio.ensure_future(store.accept(message("e1"))))
        claim = await must_claim(store)
        order.append("claim")
        await note("append", asyncio.ensure_future(store.append("log", "1")))
        await note("put", asyncio.ensure_future(store.put("k", "v")))
        await note("finish", asyncio.ensure_future(store.finish(claim, answered(claim))))
        assert order == ["commit", "accept", "commit", "claim", "commit", "append", "commit", "put", "commit", "finish"]


async def test_a_reader_sees_an_entry_only_after_its_commit(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.slow(0.5)
        appending = asyncio.create_task(store.append("log", "1"))
        await asyncio.sleep(0.03)
        assert await store.read("log", after=0, limit=9) == []
        await appending
        assert len(await store.read("log", after=0, limit=9)) == 1


async def test_a_message_can_be_claimed_only_after_its_commit(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.slow(0.5)
        accepting = asyncio.create_task(store.accept(message("e1")))
        await asyncio.sleep(0.03)
        assert await store.claim(lease_s=30.0, wait_s=0.0) is None
        await accepting
        await must_claim(store, wait_s=0.0)


async def test_a_finish_on_its_way_to_the_disk_cannot_lose_its_conversation(path: Path) -> None:
    """Otherwise the next claim finds a turn that is already emptied."""
    async with open_sqlite(path) as (store, connection):
        await store.accept(message("e1"))
        claim = await must_claim(store, lease_s=0.05)
        await store.accept(message("e2"))
        connection.slow(0.2)
        finishing = asyncio.create_task(store.finish(claim, answered(claim)))
        await asyncio.sleep(0.1)
        assert await store.claim(lease_s=30.0, wait_s=0.0) is None
        await store.renew(claim, lease_s=30.0)
        with pytest.raises(LeaseLost):
            await store.append("log", "late", claim=claim)
        await finishing
        connection.slow(0.0)
        assert (await must_claim(store)).turn.inbounds == (message("e2"),)
        assert [turn.id for turn in (await store.conversation(conversation_id(), turns_max=9)).turns] == [claim.turn.id]


async def test_a_finish_that_cannot_be_written_leaves_the_claim_as_it_was(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        await store.accept(message("e1"))
        claim = await must_claim(store, lease_s=0.1)
        connection.db.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable):
            await store.finish(claim, answered(claim))
        with pytest.raises(StoreUnavailable):
            await store.park(claim, delay_s=0.0)
        connection.db.execute("PRAGMA query_only = OFF")
        await store.renew(claim, lease_s=0.1)
        again = await must_claim(store)
        assert again.fence > claim.fence
        await store.finish(again, answered(again))


async def test_a_turn_that_could_not_be_given_out_does_not_wait_for_a_lease(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        await store.accept(message("e1"))
        connection.db.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable):
            await store.claim(lease_s=30.0, wait_s=0.0)
        connection.db.execute("PRAGMA query_only = OFF")
        assert (await must_claim(store)).attempts == 1


async def _cancelled(task: asyncio.Task[object]) -> None:
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_callers_leave_a_consistent_state(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.slow(0.1)
        await _cancelled(asyncio.create_task(store.accept(message("e1"))))
        await asyncio.sleep(0.1)
        assert not (await store.accept(message("e1"))).fresh
        await _cancelled(asyncio.create_task(store.claim(lease_s=30.0, wait_s=0.0)))
        claim = await must_claim(store)
        await store.accept(message("e2"))
        await _cancelled(asyncio.create_task(store.finish(claim, answered(claim))))
        await _cancelled(asyncio.create_task(store.enqueue(parcel("p1"), parcel("p2"))))
        with pytest.raises(LeaseLost):
            await store.park(claim, delay_s=0.0)
        following = await must_claim(store)
        assert following.turn.inbounds == (message("e2"),)
        await _cancelled(asyncio.create_task(store.park(following, delay_s=0.0)))
        assert (await must_claim(store)).attempts == 2
        await _cancelled(asyncio.create_task(store.append("log", "1", key="k")))
        assert await store.append("log", "again", key="k") == 1
        await _cancelled(asyncio.create_task(store.take(lease_s=0.2, limit=9)))
        assert len((await store.conversation(conversation_id(), turns_max=9)).turns) == 1
        assert [entry.body for entry in await store.read("log", after=0, limit=9)] == ["1"]
        gauges = await store.gauges()
        assert (gauges.turns_waiting, gauges.turns_running, gauges.parcels) == (0, 1, 2)
    assert look(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_failing_write_fails_alone(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.slow(0.1)
        claims = []
        for n in range(4):
            await store.accept(message(f"e{n}", f"key{n}"))
            claims.append(await must_claim(store))
        # All but the first share one commit; the second finish is refused.
        refused = f"WHEN NEW.id = '{claims[1].turn.id}' AND NEW.state = 'finished' BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.db.execute(f"CREATE TRIGGER refuse BEFORE UPDATE ON turns {refused}")
        first = asyncio.create_task(store.put("first", "1"))
        await asyncio.sleep(0.03)
        results = await asyncio.gather(
            store.put("k", "v"),
            store.finish(claims[0], answered(claims[0])),
            store.finish(claims[1], answered(claims[1])),
            store.finish(claims[2], answered(claims[2])),
            store.append("log", "1"),
            return_exceptions=True,
        )
        await first
        assert [type(result) for result in results] == [bool, type(None), sqlite3.IntegrityError, type(None), int]
        turn = await store.turn(claims[1].turn.id)
        assert turn is not None
        assert turn.reply is None
        connection.db.execute("DROP TRIGGER refuse")
        await store.finish(claims[1], answered(claims[1]))
        assert (await store.gauges()).turns_running == 1


async def test_a_failing_database_fails_every_write_of_the_batch(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.db.execute("PRAGMA query_only = ON")
        writes = [store.put(str(n), "v") for n in range(5)]
        results = await asyncio.gather(*writes, store.accept(message("e1")), return_exceptions=True)
        assert all(isinstance(result, StoreUnavailable) for result in results)
        connection.db.execute("PRAGMA query_only = OFF")
        assert await store.get("0") is None
        assert (await store.accept(message("e1"))).fresh


async def test_a_database_that_breaks_is_unavailable_and_not_a_bug_of_the_caller(path: Path) -> None:
    writer = Writer(open_for_writing(path))

    def broken(_: sqlite3.Connection) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(StoreUnavailable, match="malformed"):
        await writer.write(broken)
    assert await writer.write(lambda db: db.execute("SELECT 1").fetchone()) == (1,)
    writer.close()


async def test_a_closed_store_refuses_and_does_not_hang(path: Path) -> None:
    async with open_sqlite(path) as (store, _):
        await store.accept(message("e1"))
        claim = await must_claim(store)
        accepting = asyncio.create_task(store.accept(message("e2")))
        await asyncio.sleep(0)
    assert (await accepting).fresh
    async with asyncio.timeout(2.0):
        with pytest.raises(StoreUnavailable):
            await store.accept(message("e3"))
        with pytest.raises(StoreUnavailable):
            await store.get("k")
        with pytest.raises(StoreUnavailable):
            await store.finish(claim, answered(claim))
    assert look(path, "SELECT event_id FROM inbox ORDER BY seq") == [("e1",), ("e2",)]


async def test_slow_commits_do_not_stop_the_event_loop(path: Path) -> None:
    async with open_sqlite(path) as (store, connection):
        connection.slow(0.15)
        loop = asyncio.get_running_loop()
        accepting = asyncio.create_task(store.accept(message("e1")))
        longest = 0.0
        while not accepting.done():
            before = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - before)
        assert longest < 0.1
