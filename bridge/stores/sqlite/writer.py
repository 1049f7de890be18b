"""One thread that writes: jobs that arrive together share one transaction and one fsync (group commit).

It knows SQLite and nothing of turns. A job's result is given out after its commit, never before.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bridge import metrics
from bridge.errors import StoreUnavailable

T = TypeVar("T")

BATCH_MAX = 256
"""Jobs in one transaction."""
JOBS_MAX = 10_000
"""Jobs that may wait; beyond this the store says that it is unavailable."""

_OF_ONE_JOB = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Errors that say nothing about the database."""


@dataclass(slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    then: Callable[[Any], None] | None
    failed: Callable[[], None] | None
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Writer:
    """Owns the only connection that writes and checkpoints."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` must allow use from another thread and be in autocommit mode."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(
        self,
        work: Callable[[sqlite3.Connection], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> T:
        """Run `work` in a transaction; after the commit run `then` on the event loop, or `failed` when there was
        none, also when the caller was cancelled meanwhile. May raise StoreUnavailable, and what `work` raises."""
        if self._closed or self._jobs.qsize() >= JOBS_MAX:
            if failed:
                failed()
            raise StoreUnavailable("the store is closed" if self._closed else f"more than {JOBS_MAX} writes wait")
        job = _Job(work, then, failed, self._loop.create_future())
        self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Finish what is queued and close the connection. Blocks; call it on the event loop, so that no write can
        come in behind it."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            batch = [job] if (job := self._jobs.get()) else []
            closing = not batch
            while batch and len(batch) < BATCH_MAX and not self._jobs.empty():
                if (job := self._jobs.get()) is None:
                    closing = True
                    break
                batch.append(job)
            if batch:
                started = time.perf_counter()
                self._commit(batch)
                metrics.STORE_COMMIT_SECONDS.observe(time.perf_counter() - started)
                metrics.STORE_BATCH.observe(len(batch))
                with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                    self._loop.call_soon_threadsafe(self._give_out, batch)
        self._connection.close()

    def _commit(self, batch: list[_Job]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._work(job)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            for job in batch:
                job.error = StoreUnavailable(f"sqlite cannot write: {error}")
                job.error.__cause__ = error
            with suppress(sqlite3.Error):  # the next BEGIN reports a database that cannot even roll back
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _work(self, job: _Job) -> None:
        """One job fails alone, unless the database itself failed."""
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except Exception as error:  # handed to the caller, which knows what it means
            if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE_JOB):
                raise
            job.error = error
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")

    def _give_out(self, batch: list[_Job]) -> None:
        for job in batch:
            if job.error is None and job.then:
                job.then(job.result)
            if job.error is not None and job.failed:
                job.failed()
            if job.future.cancelled():
                continue
            if job.error:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)
