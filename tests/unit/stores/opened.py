"""The SQLite store around a connection of the test's own, so that a test can hold up its commits."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bridge.stores.sqlite import Settings, SqliteStore
from bridge.stores.sqlite.files import open_for_writing
from bridge.stores.sqlite.writer import Writer


class Connection:
    """Mutable. Runs `before_commit` on the writer's thread before each commit, and counts steps of the engine."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = open_for_writing(path)
        self.before_commit: Callable[[], None] = lambda: None
        self.steps = 0
        self.db.set_trace_callback(self._trace)

    def slow(self, seconds: float) -> None:
        """Every commit from now on takes this long."""
        self.before_commit = lambda: time.sleep(seconds)

    def count(self) -> None:
        """Count steps of the engine's virtual machine, in tens, from 0."""
        self.steps = 0
        self.db.set_progress_handler(self._step, 10)

    def _step(self) -> int:
        self.steps += 1
        return 0

    def _trace(self, statement: str) -> None:
        if statement == "COMMIT":
            self.before_commit()


@asynccontextmanager
async def open_sqlite(
    path: Path, clock: Callable[[], float] = time.time, **settings: int
) -> AsyncIterator[tuple[SqliteStore, Connection]]:
    connection = Connection(path)
    store = SqliteStore(Settings(url=f"sqlite:///{path}", **settings), Writer(connection.db), clock)
    try:
        await store.start()
        yield store, connection
    finally:
        connection.before_commit = lambda: None
        store.close()


def look(path: Path, question: str) -> list[tuple[object, ...]]:
    """Ask the file behind the store's back."""
    db = sqlite3.connect(path)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()


async def turns_of_the_loop(count: int = 20) -> None:
    """Let everything run that can run without waiting."""
    for _ in range(count):
        await asyncio.sleep(0)
