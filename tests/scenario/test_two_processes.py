"""What processes share through a store on a real Redis: two of each object, as two processes have them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.brain.breaker import CALLS_MIN, Breaker
from bridge.brain.cache.rung import Answers
from bridge.brain.hints import Hints
from bridge.brain.prices import NANO
from bridge.feedback import rate
from bridge.leader import Shared
from bridge.ports import Bucket, Cap, Store
from tests.contract.stores import Opener
from tests.fakes.fake_embedder import FakeEmbedder
from tests.fakes.fake_retriever import FakeRetriever
from tests.unit.brain.cache.test_rung import ASKED, HOURS, NEVER, REPLY, RETURNS, asked, said
from tests.unit.brain.made import turn

Two = tuple[Store, Store]


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Two]:
    """Two ways to one store, each with connections of its own."""
    opener = Opener("redis", tmp_path)
    async with opener.open() as one, opener.open() as two:
        yield one, two


def _answers(store: Store) -> Answers:
    current = FakeRetriever([HOURS, RETURNS]).current
    return Answers(store, NEVER, FakeEmbedder(), business="Acme", version=lambda: "v1", current=current)


async def test_an_answer_that_one_keeps_another_gives_and_a_thumb_down_takes_it_from_both(stores: Two) -> None:
    one, two = map(_answers, stores)
    await one.keep(asked(name="t1"), REPLY)
    await two.refresh()
    assert await said(two, asked(name="t9")) is not None

    await rate(stores[1], turn(ASKED, name="t9"), "down", "wrong")
    for answers in (one, two):
        await answers.refresh()
        assert await said(answers, asked()) is None


async def test_the_budget_of_a_day_is_one(stores: Two) -> None:
    cap = Cap("day:2026-11-22", 10 * NANO, 3_600.0)

    async def spends(n: int) -> bool:
        return await stores[n % 2].set_aside(f"r{n}", NANO, [cap], lease_s=600.0) is None

    assert sum(await asyncio.gather(*(spends(n) for n in range(30)))) == 10
    assert {(await store.booked([cap.account]))[0] for store in stores} == {10 * NANO}


async def test_a_bucket_is_one(stores: Two) -> None:
    bucket = Bucket("some:limit", 8.0, 0.001)
    waits = await asyncio.gather(*(stores[n % 2].spend(bucket) for n in range(20)))
    assert sum(wait == 0 for wait in waits) == 8
    await stores[0].pause(Bucket("some:other", 8.0, 8.0), 30.0)
    assert await stores[1].spend(Bucket("some:other", 8.0, 8.0)) > 20


async def test_a_model_that_fails_for_one_is_tried_with_care_by_the_other(stores: Two) -> None:
    breakers, now = [Breaker(), Breaker()], 1_000.0
    hints = [Hints(store, {"a:model": breaker}, lambda: now) for store, breaker in zip(stores, breakers, strict=True)]
    for _ in range(CALLS_MIN):
        ticket = breakers[0].admit(now)
        assert ticket
        breakers[0].failed(ticket, now, took_s=10.0)
    for each in hints:
        await each.exchange()
    assert [breaker.state(now) for breaker in breakers] == ["open", "half_open"]


async def test_one_holds_a_lease_and_gives_it_up_to_the_other(stores: Two) -> None:
    working: list[int] = []
    begun = [asyncio.Event(), asyncio.Event()]

    async def work(n: int) -> None:
        assert not working
        working.append(n)
        begun[n].set()
        try:
            await asyncio.Event().wait()
        finally:
            working.remove(n)

    processes = [Shared(store) for store in stores]
    tasks = []
    for n, process in enumerate(processes):
        tasks.append(asyncio.create_task(process.lease("a socket").doing(lambda n=n: work(n))))  # type: ignore[misc]
        async with asyncio.timeout(20):
            await begun[0].wait()
    assert not begun[1].is_set()
    tasks[0].cancel()
    async with asyncio.timeout(20):
        await begun[1].wait()
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert sum([await process.once("a job", 60.0) for process in processes]) == 1
