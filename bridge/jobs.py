"""What apscheduler runs on a timer. A job's failure is logged and counted; the timer goes on."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge import metrics
from bridge.errors import StoreUnavailable
from bridge.leader import Alone, Cluster
from bridge.logs import event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `every_s` seconds; a run that is due while the last one still works is left out."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]
    once: bool = False
    """One process of all that share the store does it in each interval: what it does is there for all. The others are
    for the process itself: what it holds in memory, and what its metrics show."""


@contextmanager
def running(jobs: Sequence[Job], cluster: Cluster | None = None) -> Iterator[None]:
    """Run the jobs while the body runs."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for job in jobs:
        scheduler.add_job(
            _contained,
            "interval",
            args=[job, cluster or Alone()],
            seconds=job.every_s,
            id=job.name,
            max_instances=1,
            coalesce=True,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _contained(job: Job, cluster: Cluster) -> None:
    try:
        if not job.once or await cluster.once(f"job:{job.name}", job.every_s):
            await job.run()
    except StoreUnavailable as error:
        event(log, "a job waits for the store", level=logging.WARNING, job=job.name, error=error)
    except Exception as error:  # the next run may go well
        metrics.BUGS.labels("jobs").inc()
        event(log, "job failed", level=logging.ERROR, job=job.name, exc_info=error)
