"""Timers: what each process does for itself, and what one of them does for all."""

import logging
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from bridge.errors import StoreUnavailable
from bridge.jobs import Job, running
from bridge.leader import ONCE_SHARE, Shared
from bridge.stores.memory import MemoryStore, Settings
from tests.fakes.core import until

EVERY_S = 0.2


async def test_a_job_runs_once_in_an_interval_in_one_of_three_processes_unless_it_is_local() -> None:
    store = MemoryStore(Settings())
    local, once = Counter[int](), Counter[int]()

    def jobs(process: int) -> list[Job]:
        async def here() -> None:
            local[process] += 1

        async def for_all() -> None:
            once[process] += 1

        return [Job("local", EVERY_S, here), Job("for all", EVERY_S, for_all, once=True)]

    with ExitStack() as first, ExitStack() as others:
        began = time.monotonic()
        first.enter_context(running(jobs(0), Shared(store)))
        await until(lambda: once[0] > 0, within_s=30)
        for process in (1, 2):
            others.enter_context(running(jobs(process), Shared(store)))
        await until(lambda: once.total() >= 10 and min(local[n] for n in range(3)) >= 5, within_s=30)
        assert once.total() <= (time.monotonic() - began) / (EVERY_S * ONCE_SHARE) + 1
        assert local.total() > once.total()

        first.close()  # the others go on
        done = once.total()
        await until(lambda: once.total() >= done + 3, within_s=30)


@pytest.mark.parametrize(("error", "level"), [(StoreUnavailable("away"), "WARNING"), (KeyError("x"), "ERROR")])
async def test_a_failure_is_told_and_the_timer_goes_on(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    times = 0

    async def fails() -> None:
        nonlocal times
        times += 1
        raise error

    with caplog.at_level(logging.INFO, "bridge"), running([Job("fails", EVERY_S, fails)]):
        await until(lambda: times >= 3, within_s=30)
    assert {record.levelname for record in caplog.records} == {level}
