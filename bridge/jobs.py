"""What apscheduler runs on a timer. A job's failure is logged and counted; the timer goes on."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge import metrics
from bridge.logs import event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `every_s` seconds; a run that is due while the last one still works is left out."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


@contextmanager
def running(jobs: Sequence[Job]) -> Iterator[None]:
    """Run the jobs while the body runs."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for job in jobs:
        scheduler.add_job(
            _contained, "interval", args=[job], seconds=job.every_s, id=job.name, max_instances=1, coalesce=True
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _contained(job: Job) -> None:
    try:
        await job.run()
    except Exception as error:  # the next run may go well
        metrics.BUGS.labels("jobs").inc()
        event(log, "job failed", level=logging.ERROR, job=job.name, exc_info=error)
