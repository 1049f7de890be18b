"""What an operation costs must not depend on how much was kept before, and memory must not grow with what is over."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bridge.ports import Bucket, Cap, Entry, Ledger, Step
from bridge.stores import _quotas, _tails
from bridge.stores._ledger import SWEEP_CALLS, LedgerInMemory
from bridge.stores._mailboxes import Mailboxes
from bridge.stores._quotas import QuotasInMemory
from bridge.stores._tails import Tails
from bridge.stores.sqlite import SqliteStore
from bridge.types import ConversationId, TurnId
from tests.contract.stores import answered, conversation_id, message, must_claim, parcel
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.stores.opened import Connection, look, open_sqlite

PAST = 3_000
"""Finished turns, waiting turns, values and entries that lie in the store already."""


def _fill(db: sqlite3.Connection) -> None:
    db.execute("BEGIN")
    for n in range(PAST):
        key = conversation_id() if n % 2 else f"widget:old{n}"
        db.execute("INSERT INTO turns VALUES (?, ?, ?, 'finished', 1, 0, '{}')", (n + 1, f"t{n}", key))
        db.execute("INSERT INTO inbox VALUES (?, ?, ?, '')", (n + 1, f"old{n}", f"t{n}"))
        waiting = (PAST + n + 1, f"w{n}", f"widget:busy{n % 300}")
        db.execute("INSERT INTO turns VALUES (?, ?, ?, 'waiting', 0, 0, NULL)", waiting)
        db.execute("INSERT INTO kv VALUES (?, 'v', ?)", (f"k{n}", None if n % 2 else 4e9))
        db.execute("INSERT INTO log VALUES ('log', ?, ?, 'body')", (n + 1, f"k{n}" if n % 2 else None))
        db.execute("INSERT INTO accounts VALUES (?, 1, 4e9)", (f"turn:{n}",))
        db.execute("INSERT INTO reservations VALUES (?, 1, 4e9, '[\"day\"]')", (f"old{n}",))
    db.execute("COMMIT")


async def _costs(store: SqliteStore, connection: Connection) -> dict[str, int]:
    """Tens of engine steps on the writing connection, by operation."""
    costs: dict[str, int] = {}

    def note(name: str) -> None:
        costs[name] = connection.steps
        connection.count()

    connection.count()
    await store.accept(message("new"))
    note("accept")
    await store.accept(message("new"))
    note("accept again")
    claim = await must_claim(store)
    while claim.turn.conversation_id != conversation_id():
        claim = await must_claim(store)
    connection.count()
    await store.append("log", "x", claim=claim)
    note("append")
    await store.append("log", "x", key="new", claim=claim)
    note("append with key")
    await store.finish(claim, answered(claim))
    note("finish")
    await store.enqueue(parcel("p"))
    note("enqueue")
    await store.put("k", "v", ttl_s=60)
    note("put")
    await store.delete("k")
    note("delete")
    await store.take(lease_s=9.0, limit=9)
    note("take")
    await store.set_aside("new", 5, [Cap("turn:new", 9, 60.0), Cap("day", 9, 60.0)], lease_s=60.0)
    note("set aside")
    await store.book("new", 3)
    note("book")
    return costs


async def test_writes_cost_the_same_however_much_is_kept(tmp_path: Path) -> None:
    async with open_sqlite(tmp_path / "new.db") as (store, connection):
        at_first = await _costs(store, connection)
    async with open_sqlite(tmp_path / "old.db", entries_max=100_000) as (store, connection):
        _fill(connection.db)
        later = await _costs(store, connection)
    assert at_first.keys() == later.keys()
    assert {name: cost for name, cost in later.items() if cost > at_first[name] + 30} == {}


async def test_a_finished_turn_keeps_its_record_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with open_sqlite(path) as (store, _):
        await store.accept(message("e1", text="a secret"))
        claim = await must_claim(store)
        await store.record(claim, Step(key="reply", kind="reply", state="done", result="{}"))
        await store.finish(claim, answered(claim))
    assert look(path, "SELECT count(*) FROM steps") == [(0,)]
    assert look(path, "SELECT event_id, body FROM inbox") == [("e1", "")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT body FROM turns WHERE conversation = ? AND state = 'finished' ORDER BY seq DESC LIMIT ?",
        "SELECT id, body FROM log WHERE log = ? AND id > ? ORDER BY id LIMIT ?",
        "SELECT body FROM inbox WHERE turn = ? ORDER BY seq",
        "SELECT conversation, body FROM turns WHERE id = ?",
        "SELECT value FROM kv WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)",
        "SELECT amount FROM accounts WHERE name = ? AND forget_at > ?",
        "DELETE FROM accounts WHERE forget_at <= ?",
        "DELETE FROM reservations WHERE until <= ?",
    ],
)
async def test_reads_use_an_index(tmp_path: Path, query: str) -> None:
    async with open_sqlite(tmp_path / "bridge.db") as (_, connection):
        plan = connection.db.execute(f"EXPLAIN QUERY PLAN {query}", ("1",) * query.count("?")).fetchall()
        details = " ".join(row[3] for row in plan)
        assert "SCAN" not in details
        assert "TEMP B-TREE" not in details


async def test_money_leaves_nothing_behind_that_is_over(tmp_path: Path) -> None:
    """Neither in the file nor in memory: each turn has an account of its own, and every fourth is cut short."""
    now, turns = 0.0, SWEEP_CALLS + 200
    ledger = LedgerInMemory(lambda: now)
    async with open_sqlite(tmp_path / "bridge.db", clock=lambda: now) as (store, _):
        for n in range(turns):
            now += 1.0
            await asyncio.gather(*(_one_turn(kept, n) for kept in (store, ledger)))
        assert list(await store.booked(["day"])) == list(await ledger.booked(["day"])) == [turns]
    assert [count for (count,) in look(tmp_path / "bridge.db", _MONEY_ROWS)] == [11, 1]
    assert max(len(part) for part in vars(ledger).values() if isinstance(part, dict)) <= SWEEP_CALLS + 11


async def _one_turn(ledger: Ledger, n: int) -> None:
    await ledger.set_aside(f"r{n}", 1, [Cap(f"turn:{n}", 9, 5.0), Cap("day", 10**6, 1e9)], lease_s=5.0)
    if n % 4:
        await ledger.book(f"r{n}", 1)


_MONEY_ROWS = "SELECT count(*) FROM accounts UNION ALL SELECT count(*) FROM reservations"


async def test_mailboxes_forget_what_is_over() -> None:
    boxes = Mailboxes()
    now = 1_000.0
    for n in range(5_000):
        now += 1.0
        boxes.add(ConversationId(f"c{n}"), TurnId(f"t{n}"), now)
        taken = boxes.next(now, 15.0)
        assert taken is not None
        boxes.release(taken[0], taken[2], free_at=0.0, finished=True)
    assert boxes.waiting().turns == 0
    held = sum(len(part) for part in vars(boxes).values() if isinstance(part, list | dict))
    assert held < 50


async def test_a_claim_costs_the_same_however_many_turns_wait() -> None:
    """10,000 conversations wait; taking and giving back 10,000 times is quick only when each is."""
    boxes = Mailboxes()
    for n in range(10_000):
        boxes.add(ConversationId(f"c{n}"), TurnId(f"t{n}"), 0.0)
    clock = asyncio.get_running_loop().time
    began = clock()
    for _ in range(10_000):
        taken = boxes.next(1.0, 15.0)
        assert taken is not None
        boxes.release(taken[0], taken[2], free_at=1_000.0)
    assert boxes.next(1.0, 15.0) is None
    assert clock() - began < 2.0


async def test_tails_are_bounded_in_all() -> None:
    tails = Tails(chars_max=100_000)
    for n in range(2_000):
        tails.add(f"log{n % 100}", [Entry(n // 100 + 1, "x" * 1_000)])
    kept = [tails.after(f"log{n}", 19, 9) for n in range(100)]
    assert kept[99] == [Entry(20, "x" * 1_000)]
    assert kept[0] is None
    assert 50_000 < sum(len(entry.body) for tail in tails._tails.values() for entry in tail) <= 100_000


async def test_a_tail_serves_only_what_it_has_without_gaps() -> None:
    tails = Tails()
    total = _tails.ENTRIES_MAX + 10
    tails.add("log", [Entry(n, str(n)) for n in range(1, total + 1)])
    assert tails.after("log", 9, 5) is None
    assert tails.after("log", 10, 2) == [Entry(11, "11"), Entry(12, "12")]
    assert tails.after("log", total - 1, 9) == [Entry(total, str(total))]
    assert tails.after("log", total, 9) == []
    assert tails.after("log", total + 10**20, 9) == []
    assert tails.after("other", 0, 9) is None


def test_buckets_that_are_full_again_are_forgotten() -> None:
    loop = VirtualTimeLoop()
    quotas = QuotasInMemory()

    async def spend_all() -> Bucket:
        for n in range(_quotas.BUCKETS_MAX + 10):
            bucket = Bucket(f"b{n}", 1.0, 1.0)
            assert await quotas.spend(bucket) == 0.0
            loop.advance(0.01)
        return bucket

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        last = runner.run(spend_all())
        assert len(quotas._levels) < 200
        assert runner.run(quotas.spend(last)) > 0.0
