"""The default store: one SQLite file in WAL mode with `synchronous=FULL`, for one server process.

Who owns what is decided in memory (`_mailboxes`): the lock file guarantees that there is only one server, so leases
need not survive it. What must survive is committed before a method returns.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Never, TypeVar, cast

from pydantic import Field

from bridge.errors import StoreUnavailable
from bridge.failpoints import reach
from bridge.ports import Accepted, Bucket, Cap, Claim, Entry, Gauges, Parcel, Record, Step
from bridge.stores import _rows
from bridge.stores._mailboxes import Mailboxes
from bridge.stores._quotas import QuotasInMemory
from bridge.stores._settings import StoreSettings
from bridge.stores._tails import Tails
from bridge.stores.sqlite import ledger, records, rows
from bridge.stores.sqlite.files import connect, only_server, open_for_writing
from bridge.stores.sqlite.writer import Writer
from bridge.types import Conversation, ConversationId, Inbound, Outcome, Reply, Turn, TurnId, new_id

T = TypeVar("T")

RETRY_S = 1.0
"""Rest of a turn that could not be given out because the database could not be written."""
CURSOR_MAX = 2**63 - 2
"""Largest cursor that SQLite takes; readers send what they like."""
PAUSE, LEVEL = "pause:", "level:"
"""Where what a platform asked of us is kept, and what was left of its quota, by bucket."""
LEVEL_S = 600.0
"""Longer than any bucket of a platform takes to fill."""
Values = list[tuple[str, str]]
READERS = 2
"""Threads that read, each with a connection of its own."""
_KEEP_LEVEL = "INSERT OR REPLACE INTO kv VALUES (?, ?, ?)"


class Settings(StoreSettings, frozen=True, extra="forbid"):
    """`[store]` for `url = "sqlite:///..."`."""

    url: str = Field(default="sqlite:///var/bridge.db", description="Where conversations are kept.")

    @property
    def path(self) -> Path:
        """`sqlite:///relative` and `sqlite:////absolute`."""
        return Path(self.url.removeprefix("sqlite:///"))


class SqliteStore(QuotasInMemory):
    """Implements ports.Store. `clock` gives wall-clock seconds."""

    def __init__(self, settings: Settings, writer: Writer, clock: Callable[[], float] = time.time) -> None:
        QuotasInMemory.__init__(self)
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._boxes = Mailboxes()
        self._tails = Tails()
        self._parcel_leases: dict[str, float] = {}
        self._taking = asyncio.Lock()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._connections = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._closed = False

    async def start(self) -> None:
        """Begin a new life: fences above all earlier ones, every unfinished turn free to claim."""

        def values(db: sqlite3.Connection, prefix: str) -> list[tuple[str, str]]:
            some = "SELECT substr(key, ?), value FROM kv WHERE key >= ? AND key < ? AND expires_at > ?"
            return db.execute(some, (len(prefix) + 1, prefix, prefix + "\U0010ffff", self._clock())).fetchall()

        def work(db: sqlite3.Connection) -> tuple[int, list[tuple[str, str, float]], Values, Values]:
            db.execute("INSERT INTO meta VALUES ('epoch', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")
            (epoch,) = db.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
            unfinished = db.execute(
                "SELECT conversation, id, accepted_at FROM turns WHERE state <> 'finished' ORDER BY seq"
            )
            return epoch, unfinished.fetchall(), values(db, PAUSE), values(db, LEVEL)

        epoch, unfinished, paused, levels = await self._writer.write(work)
        self._boxes.start(epoch)
        for key, level in levels:
            tokens, _, at = level.partition(" ")
            self.remember(key, float(tokens), max(0.0, self._clock() - float(at)))
        for key, until in paused:
            # How much the bucket holds is told with its next use; until then only the pause counts.
            await super().pause(Bucket(key, 1.0, 1.0), float(until) - self._clock())
        for conversation, turn_id, accepted_at in unfinished:
            self._boxes.add(ConversationId(conversation), TurnId(turn_id), accepted_at)

    # ------------------------------------------------------------ inbox

    async def accept(self, inbound: Inbound) -> Accepted:
        conversation = inbound.address.conversation_id
        body = _rows.INBOUND.write(inbound)
        candidate = TurnId(new_id())
        now = self._clock()

        def work(db: sqlite3.Connection) -> Accepted:
            known = db.execute("SELECT turn FROM inbox WHERE event_id = ?", (inbound.event_id,)).fetchone()
            if known:
                return Accepted(TurnId(known[0]), fresh=False)
            # `state <> 'finished'` is what lets SQLite use the index of open turns; without it, it reads them all.
            waiting = db.execute(
                "SELECT id, (SELECT count(*) FROM inbox WHERE turn = id) FROM turns"
                " WHERE conversation = ? AND state = 'waiting' AND state <> 'finished' ORDER BY seq DESC LIMIT 1",
                (conversation,),
            ).fetchone()
            if waiting and waiting[1] < self._settings.inbounds_max:
                turn_id = TurnId(waiting[0])
            else:
                turn_id = candidate
                db.execute(
                    "INSERT INTO turns (id, conversation, state, accepted_at) VALUES (?, ?, 'waiting', ?)",
                    (turn_id, conversation, now),
                )
            db.execute("INSERT INTO inbox (event_id, turn, body) VALUES (?, ?, ?)", (inbound.event_id, turn_id, body))
            return Accepted(turn_id, fresh=True)

        def then(accepted: Accepted) -> None:
            if accepted.fresh and accepted.turn_id == candidate:
                self._boxes.add(conversation, candidate, now)
            if accepted.fresh and inbound.more_within_s:
                self._boxes.rest(conversation, asyncio.get_running_loop().time() + inbound.more_within_s)

        reach("accept.before_commit")
        accepted = await self._writer.write(work, then)
        reach("accept.after_commit")
        return accepted

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            while (taken := self._boxes.next(loop.time(), lease_s)) is None:
                if (left := until - loop.time()) <= 0:
                    return None
                await self._boxes.news(left, loop.time())
            if claim := await self._begin(*taken):
                reach("claim.after")
                return claim

    async def _begin(self, conversation: ConversationId, turn_id: TurnId, fence: int) -> Claim | None:
        """The claim; None when messages of the turn cannot be read, which closes it."""

        def work(db: sqlite3.Connection) -> Claim | None:
            inbounds, whole = rows.inbounds(db, turn_id)
            turn = Turn(id=turn_id, conversation_id=conversation, inbounds=inbounds)
            if not whole:
                _close_unread(db, turn)
                return None
            db.execute("UPDATE turns SET state = 'running', attempts = attempts + 1 WHERE id = ?", (turn_id,))
            (attempts,) = db.execute("SELECT attempts FROM turns WHERE id = ?", (turn_id,)).fetchone()
            return Claim(turn=turn, fence=fence, attempts=attempts, steps=rows.steps(db, turn_id))

        loop = asyncio.get_running_loop()
        try:
            claim = await self._writer.write(work)
        except (StoreUnavailable, asyncio.CancelledError) as error:
            # Nobody got it, so it need not wait for its lease to end. After any other error it does wait, so that a
            # turn that cannot be begun does not keep the others from it.
            rest_s = RETRY_S if isinstance(error, StoreUnavailable) else 0.0
            self._boxes.release(conversation, fence, free_at=loop.time() + rest_s)
            raise
        if claim is None:
            self._boxes.release(conversation, fence, free_at=0.0, finished=True)
        return claim

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        self._boxes.renew(claim, asyncio.get_running_loop().time() + lease_s)

    async def record(self, claim: Claim, step: Step) -> None:
        self._boxes.check(claim)
        row = (claim.turn.id, step.key, _rows.STEP.write(step))
        levels = self._levels_now()

        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?)", row)
            db.executemany(_KEEP_LEVEL, levels)

        await self._writer.write(work)

    async def finish(self, claim: Claim, turn: Turn) -> None:
        body = _rows.TURN.write(turn)
        levels = self._levels_now()

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE turns SET state = 'finished', body = ? WHERE id = ?", (body, turn.id))
            db.execute("UPDATE inbox SET body = '' WHERE turn = ?", (turn.id,))
            db.execute("DELETE FROM steps WHERE turn = ?", (turn.id,))
            db.executemany(_KEEP_LEVEL, levels)

        def then(_: None) -> None:
            self._boxes.give_back(claim, free_at=0.0, finished=True)

        self._boxes.begin_end(claim)
        reach("finish.before")
        await self._writer.write(work, then, lambda: self._boxes.keep(claim))
        reach("finish.after")

    async def park(self, claim: Claim, *, delay_s: float, blame: bool = True) -> None:
        free_at = asyncio.get_running_loop().time() + delay_s

        def work(db: sqlite3.Connection) -> None:
            if not blame:
                db.execute("UPDATE turns SET attempts = attempts - 1 WHERE id = ?", (claim.turn.id,))

        def then(_: None) -> None:
            self._boxes.give_back(claim, free_at=free_at, finished=False)

        self._boxes.begin_end(claim)
        await self._writer.write(work, then, lambda: self._boxes.keep(claim))

    # ------------------------------------------------------------ conversations

    async def conversation(self, conversation_id: ConversationId, *, turns_max: int) -> Conversation:
        def work(db: sqlite3.Connection) -> tuple[Turn, ...]:
            newest = db.execute(
                "SELECT id, body FROM turns WHERE conversation = ? AND state = 'finished' ORDER BY seq DESC LIMIT ?",
                (conversation_id, turns_max),
            ).fetchall()
            kept = ((turn_id, body) for turn_id, body in reversed(newest) if body is not None)
            return tuple(turn for turn_id, body in kept if (turn := _rows.TURN.read(body, turn_id)))

        return Conversation(id=conversation_id, turns=await self._read(work))

    async def turn(self, turn_id: TurnId) -> Turn | None:
        def work(db: sqlite3.Connection) -> Turn | None:
            row = db.execute("SELECT conversation, state, body FROM turns WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                return None
            conversation, state, body = row
            if state == "finished":
                return None if body is None else _rows.TURN.read(body, turn_id)
            inbounds, _ = rows.inbounds(db, turn_id)
            return Turn(id=turn_id, conversation_id=conversation, inbounds=inbounds) if inbounds else None

        return await self._read(work)

    async def unfinished(self, conversation_id: ConversationId) -> Sequence[TurnId]:
        return self._boxes.unfinished(conversation_id)

    # ------------------------------------------------------------ outbox

    async def enqueue(self, *parcels: Parcel, delay_s: float = 0.0) -> None:
        due_at = self._clock() + delay_s
        await self._writer.write(lambda db: _keep_parcels(db, parcels, due_at))

    async def take(self, *, lease_s: float, limit: int) -> Sequence[Parcel]:
        async with self._taking:  # what is taken is leased only after the commit: another must not look before
            return await self._take(lease_s, limit)

    async def _take(self, lease_s: float, limit: int) -> list[Parcel]:
        now = asyncio.get_running_loop().time()
        self._parcel_leases = {parcel: until for parcel, until in self._parcel_leases.items() if until > now}
        leased = set(self._parcel_leases)

        def work(db: sqlite3.Connection) -> list[Parcel]:
            heads = db.execute(
                "SELECT id, conversation, body, attempts + 1 FROM parcels AS head WHERE due_at <= ? AND NOT EXISTS"
                " (SELECT 1 FROM parcels WHERE conversation = head.conversation AND seq < head.seq)"
                " ORDER BY seq LIMIT ?",
                (self._clock(), limit + len(leased)),
            ).fetchall()
            free = [row for row in heads if row[0] not in leased][:limit]
            db.executemany("UPDATE parcels SET attempts = attempts + 1 WHERE id = ?", [(row[0],) for row in free])
            return [Parcel(id=i, conversation_id=c, body=b, attempts=a) for i, c, b, a in free]

        def then(parcels: list[Parcel]) -> None:
            self._parcel_leases |= {parcel.id: now + lease_s for parcel in parcels}

        return await self._writer.write(work, then)

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        def work(db: sqlite3.Connection) -> bool:
            if retry_in_s is None:
                return db.execute("DELETE FROM parcels WHERE id = ?", (parcel.id,)).rowcount == 1
            # A settler that comes too late does not take the parcel from the one who got it since.
            retry = "UPDATE parcels SET due_at = ? WHERE id = ? AND attempts = ?"
            return db.execute(retry, (self._clock() + retry_in_s, parcel.id, parcel.attempts)).rowcount == 1

        def then(settled: bool) -> None:
            if settled:
                self._parcel_leases.pop(parcel.id, None)

        await self._writer.write(work, then)

    # ------------------------------------------------------------ quotas, values

    async def pause(self, bucket: Bucket, wait_s: float) -> None:
        await super().pause(bucket, wait_s)
        await self.put(f"{PAUSE}{bucket.key}", str(self._clock() + wait_s), ttl_s=wait_s)

    def _levels_now(self) -> list[tuple[str, str, float]]:
        """Rows of what is left of buckets: they go along with writes that happen anyway, so that a restart in the
        middle of a busy minute does not begin with full ones."""
        now = self._clock()
        return [(f"{LEVEL}{key}", f"{tokens} {now}", now + LEVEL_S) for key, tokens in self.spent().items()]

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            now = self._clock()
            db.execute("DELETE FROM kv WHERE expires_at <= ?", (now,))
            clash = "NOTHING" if if_absent else "UPDATE SET value = excluded.value, expires_at = excluded.expires_at"
            row = (key, value, None if ttl_s is None else now + ttl_s)
            return db.execute(f"INSERT INTO kv VALUES (?, ?, ?) ON CONFLICT (key) DO {clash}", row).rowcount == 1

        return await self._writer.write(work)

    async def get(self, key: str) -> str | None:
        def work(db: sqlite3.Connection) -> str | None:
            row = db.execute(
                "SELECT value FROM kv WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)", (key, self._clock())
            ).fetchone()
            return row[0] if row else None

        return await self._read(work)

    async def delete(self, key: str) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            db.execute("DELETE FROM kv WHERE expires_at <= ?", (self._clock(),))
            return db.execute("DELETE FROM kv WHERE key = ?", (key,)).rowcount == 1

        return await self._writer.write(work)

    # ------------------------------------------------------------ money

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        now = self._clock()
        return await self._writer.write(
            lambda db: ledger.set_aside(db, reservation, amount, caps, now=now, lease_s=lease_s)
        )

    async def book(self, reservation: str, amount: int) -> None:
        now = self._clock()
        await self._writer.write(lambda db: ledger.book(db, reservation, amount, now=now))

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        now = self._clock()
        return await self._read(lambda db: ledger.booked(db, accounts, now=now))

    # ------------------------------------------------------------ records

    async def load_record(self, kind: str, id: str) -> Record | None:
        now = self._clock()
        return await self._read(lambda db: records.load(db, kind, id, now=now))

    async def save_records(self, *changed: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        if claim:
            self._boxes.check(claim)
        now = self._clock()

        def work(db: sqlite3.Connection) -> bool:
            saved = records.save(db, changed, now=now)
            if saved:
                _keep_parcels(db, parcels, now)
            return saved

        return await self._writer.write(work)

    async def open_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        now = self._clock()
        return await self._read(lambda db: records.opened(db, kind, limit=limit, now=now))

    async def due_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        now = self._clock()
        return await self._read(lambda db: records.due(db, kind, limit=limit, now=now))

    # ------------------------------------------------------------ logs

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        if claim:
            self._boxes.check(claim)

        def work(db: sqlite3.Connection) -> tuple[int, int]:
            """The last id, and how many entries are new."""
            if key is not None:
                known = db.execute("SELECT id FROM log WHERE log = ? AND key = ?", (log, key)).fetchone()
                if known:
                    return known[0], 0
            (first,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM log WHERE log = ?", (log,)).fetchone()
            last = first + len(bodies) - 1
            new = [(log, n, key if n == last else None, body) for n, body in enumerate(bodies, start=first)]
            db.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", new)
            # Once in a hundred entries, so that the usual append deletes nothing.
            if last // 100 > (first - 1) // 100:
                db.execute("DELETE FROM log WHERE log = ? AND id <= ?", (log, last - self._settings.kept(log)))
            return last, len(bodies)

        def then(written: tuple[int, int]) -> None:
            last, count = written
            if count:
                self._tails.add(log, [Entry(n, body) for n, body in enumerate(bodies, start=last - count + 1)])

        return (await self._writer.write(work, then))[0]

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> Sequence[Entry]:
        after = min(after, CURSOR_MAX)
        with self._tails.watch(log) as news:
            entries = await self._entries(log, after, limit)
            if entries or wait_s <= 0:
                return entries
            await asyncio.wait([news], timeout=wait_s)
            return await self._entries(log, after, limit)

    async def _entries(self, log: str, after: int, limit: int) -> Sequence[Entry]:
        tail = self._tails.after(log, after, limit)
        if tail is not None:
            return tail

        def work(db: sqlite3.Connection) -> list[Entry]:
            # The key column is not selected: entries are read far more often than they are looked for.
            newer = db.execute(
                "SELECT id, body FROM log WHERE log = ? AND id > ? ORDER BY id LIMIT ?", (log, after, limit)
            )
            return [Entry(entry_id, body) for entry_id, body in newer]

        return await self._read(work)

    # ------------------------------------------------------------ the whole

    async def gauges(self) -> Gauges:
        waiting = self._boxes.waiting()
        age_s = 0.0 if waiting.oldest_at is None else max(0.0, self._clock() - waiting.oldest_at)
        parcels = await self._read(lambda db: db.execute("SELECT count(*) FROM parcels").fetchone())
        return Gauges(
            turns_waiting=waiting.turns, turns_running=waiting.running, oldest_waiting_s=age_s, parcels=parcels[0]
        )

    async def check(self) -> None:
        await self.put("store:check", "1", ttl_s=60)
        if await self.get("store:check") != "1":
            raise StoreUnavailable("a value just written cannot be read")

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def run() -> T:
            db: sqlite3.Connection | None = getattr(self._connections, "db", None)
            if db is None:
                db = self._connections.db = connect(self._settings.path, query_only=True)
                self._opened.append(db)
            return work(db)

        if self._closed:
            raise StoreUnavailable("the store is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"sqlite cannot read: {error}") from error

    def close(self) -> None:
        """Blocks until everything is on the disk: the server ends, and nobody else may open the file before."""
        self._closed = True
        self._readers.shutdown()
        for db in self._opened:
            db.close()
        self._writer.close()


def _keep_parcels(db: sqlite3.Connection, parcels: Sequence[Parcel], due_at: float) -> None:
    kept = [(parcel.id, parcel.conversation_id, parcel.body, parcel.attempts, due_at) for parcel in parcels]
    insert = "INSERT OR IGNORE INTO parcels (id, conversation, body, attempts, due_at) VALUES (?, ?, ?, ?, ?)"
    db.executemany(insert, kept)


def _close_unread(db: sqlite3.Connection, turn: Turn) -> None:
    """End a turn as failed with what can be read of it. Its messages stay in the inbox as they are, set aside."""
    failed = replace(turn, reply=Reply(text="", outcome=Outcome.FAILED))
    body = _rows.TURN.write(failed) if turn.inbounds else None
    db.execute("UPDATE turns SET state = 'finished', body = ? WHERE id = ?", (body, turn.id))
    db.execute("DELETE FROM steps WHERE turn = ?", (turn.id,))


@asynccontextmanager
async def build(settings: Settings, clock: Callable[[], float] = time.time) -> AsyncIterator[SqliteStore]:
    """Open the file (made if missing), alone. May raise ConfigError."""
    with only_server(settings.path):
        store = SqliteStore(settings, Writer(await asyncio.to_thread(open_for_writing, settings.path)), clock)
        try:
            await store.start()
            yield store
        finally:
            store.close()


class _NoWriter:
    """In the place of a Writer, where another process has it."""

    async def write(self, *_: object) -> Never:
        raise StoreUnavailable("it can only be read here")

    def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def looking(settings: Settings, clock: Callable[[], float] = time.time) -> AsyncIterator[SqliteStore]:
    """The file beside the server that has it, to be read only."""
    store = SqliteStore(settings, cast("Writer", _NoWriter()), clock)
    try:
        yield store
    finally:
        store.close()
