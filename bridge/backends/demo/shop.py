"""The Backend port over the demo shop's file.

One thread does everything, one call after the other, so that nothing blocks the event loop. The file is made and filled
with the first call. A writing call, what it answers and the key under which it was asked are one transaction.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack

from bridge.backends.demo import plans, reading, seed, writing
from bridge.backends.demo.calendar import ZONE
from bridge.backends.operations import OPERATIONS, Args, Result, read_args
from bridge.backends.refusals import refused
from bridge.errors import BackendUnavailable

SCHEMA_VERSION = 1
BUSY_S = 3.0
"""How long to wait for another process that writes, such as a reset."""
KEYS_MAX = 100_000
"""Keys that are remembered; the oldest are forgotten."""
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600

T = TypeVar("T")
Given = TypeVarTuple("Given")
Handler = Callable[[sqlite3.Connection, Any, datetime], Result]

HANDLERS: Mapping[str, Handler] = {
    "find_customer": reading.find_customer,
    "customer": reading.customer,
    "customer_history": reading.customer_history,
    "subscription_status": reading.subscription_status,
    "order_status": reading.order_status,
    "inventory": reading.inventory,
    "appointment_slots": reading.appointment_slots,
    "start_return": writing.start_return,
    "discount": writing.discount,
    "update_settings": writing.update_settings,
    "book_appointment": writing.book_appointment,
    "change_subscription": plans.change_subscription,
}


def _now() -> datetime:
    return datetime.now(ZONE)


class DemoShop:
    """Implements ports.Backend. `now` gives the time, with its zone."""

    def __init__(self, path: Path, now: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._now = now
        self._db: sqlite3.Connection | None = None
        self._day: date | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="demo-shop")

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(HANDLERS)

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        checked = read_args(operation, args, self.operations)
        return await self._in_thread(self._call, operation, checked, key)

    async def check(self) -> str:
        def count(db: sqlite3.Connection) -> str:
            numbers = [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("customers", "orders", "products", "subscriptions")
            ]
            customers, orders, products, subscriptions = numbers
            return (
                f"the demo shop in {self._path}: {customers} customers, {orders} orders, {products} products,"
                f" {subscriptions} subscriptions"
            )

        return await self._in_thread(lambda: count(self._ready()))

    async def reset(self) -> None:
        """Make everything new. A server that runs goes on with the new shop. May raise BackendError."""
        await self._in_thread(self._reset)

    async def aclose(self) -> None:
        def close() -> None:
            if self._db:
                self._db.close()

        await asyncio.get_running_loop().run_in_executor(self._thread, close)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[Unpack[Given]], T], *args: *Given) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, *args)
        except (sqlite3.Error, OSError) as error:
            fix = "look at the folder and the disk, or remove the file: it is made anew"
            message = f"the demo shop in {self._path} cannot be used: {error}; {fix}"
            raise BackendUnavailable(message, unknown=False) from error

    def _call(self, operation: str, args: Args, key: str) -> Mapping[str, Any]:
        db = self._ready()
        handler = HANDLERS[operation]
        now = self._now().astimezone(ZONE)
        if not OPERATIONS[operation].writes:
            return handler(db, args, now).model_dump(mode="json")
        digest = hashlib.sha256(f"{operation} {args.model_dump_json()}".encode()).hexdigest()
        db.execute("BEGIN IMMEDIATE")
        try:
            told = self._before(db, key, digest) if key else None
            if told is None:
                told = handler(db, args, now).model_dump(mode="json")
                if key:
                    db.execute(
                        "INSERT INTO done (key, digest, result) VALUES (?, ?, ?)", (key, digest, json.dumps(told))
                    )
                    db.execute("DELETE FROM done WHERE number <= (SELECT max(number) FROM done) - ?", (KEYS_MAX,))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        self._commit(db)
        return told

    def _before(self, db: sqlite3.Connection, key: str, digest: str) -> Mapping[str, Any] | None:
        """What was answered under this key. May raise BackendRefused when something else was asked."""
        found = db.execute("SELECT digest, result FROM done WHERE key = ?", (key,)).fetchone()
        if found and found["digest"] != digest:
            raise refused("conflict")
        before: Mapping[str, Any] | None = json.loads(found["result"]) if found else None
        return before

    def _commit(self, db: sqlite3.Connection) -> None:
        try:
            db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise BackendUnavailable(f"the demo shop in {self._path} could not write: {error}", unknown=True) from error

    def _ready(self) -> sqlite3.Connection:
        """The open shop, as it looks today."""
        if self._db is None:
            self._db = _open(self._path)
        today = self._now().astimezone(ZONE).date()
        if self._day != today:
            self._renew(self._db, today)
            self._day = today
        return self._db

    def _renew(self, db: sqlite3.Connection, today: date) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            found = db.execute("SELECT value FROM meta WHERE name = 'day'").fetchone()
            if not found or found["value"] != today.isoformat():
                _fill(db, today)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _reset(self) -> None:
        db = self._db or _open(self._path)
        self._db = db
        tables = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        today = self._now().astimezone(ZONE).date()
        db.execute("BEGIN IMMEDIATE")
        try:
            for table in tables:
                db.execute(f'DELETE FROM "{table}"')
            _fill(db, today)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        self._day = today


def _fill(db: sqlite3.Connection, today: date) -> None:
    seed.fill(db, today)
    db.execute("INSERT OR REPLACE INTO meta VALUES ('day', ?)", (today.isoformat(),))


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE))
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version != SCHEMA_VERSION and (version or tables):
            raise sqlite3.DatabaseError("it is not of this version")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        schema = resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
        db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db
