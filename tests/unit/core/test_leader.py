"""Leases: one process at a time does what one process may do, whatever the store and the machines do."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from bridge.errors import StoreUnavailable
from bridge.leader import HOLD_S, KIND, LEASE_S, LOOK_S, RENEW_S, Alone, Shared, StoredLease
from bridge.ports import Claim, Parcel, Record
from bridge.stores.memory import MemoryStore, Settings

T = TypeVar("T")


class Line:
    """One process's way to the store that all share: it may be slow, and lose calls or their answers."""

    def __init__(self, store: MemoryStore, mood: random.Random | None = None) -> None:
        self._store = store
        self._mood = mood
        self.cut = False

    async def load_record(self, kind: str, id: str) -> Record | None:
        return await self._called(lambda: self._store.load_record(kind, id))

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        return await self._called(lambda: self._store.save_records(*records))

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        return await self._called(lambda: self._store.put(key, value, ttl_s=ttl_s, if_absent=if_absent))

    async def open_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        raise NotImplementedError

    async def due_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        raise NotImplementedError

    async def get(self, key: str) -> str | None:
        raise NotImplementedError

    async def delete(self, key: str) -> bool:
        raise NotImplementedError

    async def _called(self, call: Callable[[], Awaitable[T]]) -> T:
        if self.cut:
            raise StoreUnavailable("the line is cut")
        if self._mood is None:
            return await call()
        await asyncio.sleep(self._mood.uniform(0.0, 0.9))
        if self._mood.random() < 0.1:
            raise StoreUnavailable("the call is lost")
        result = await call()
        await asyncio.sleep(self._mood.uniform(0.0, 0.9))
        if self._mood.random() < 0.1:
            raise StoreUnavailable("the answer is lost")
        return result


class Process:
    """Mutable: one that wants the lease, and notes when it works."""

    def __init__(self, line: Line, working: set["Process"]) -> None:
        self.clock = asyncio.get_running_loop().time
        self.line = line
        self.working = working
        self.times = 0
        self.lease: StoredLease = Shared(line, self.clock).lease("the socket")
        self.task = asyncio.ensure_future(self.lease.doing(self._work))

    async def _work(self) -> None:
        assert not self.working, "two at once"
        self.working.add(self)
        self.times += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.working.discard(self)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(Settings())


async def test_one_of_three_works_and_the_next_begins_when_it_gives_up(store: MemoryStore) -> None:
    working: set[Process] = set()
    processes = [Process(Line(store), working) for _ in range(3)]
    await asyncio.sleep(10 * LEASE_S)
    (first,) = working
    assert sum(process.times for process in processes) == 1

    await first.stop()
    assert not working
    await asyncio.sleep(LOOK_S + 0.1)
    assert len(working) == 1

    for process in processes:
        await process.stop()
    assert not working


async def test_one_that_dies_is_replaced_once_its_lease_is_over(store: MemoryStore) -> None:
    working: set[Process] = set()
    first = Process(Line(store), working)
    await asyncio.sleep(1)
    second = Process(Line(store), working)
    await asyncio.sleep(30)
    assert working == {first}

    # What a process that was killed would do: nothing.
    first.lease.keep = None  # type: ignore[method-assign, assignment]
    first.line.cut = True
    died_at = asyncio.get_running_loop().time()
    async with asyncio.timeout(10 * LEASE_S):
        while second not in working:  # noqa: ASYNC110 # the clock jumps
            await asyncio.sleep(0.1)
    took_s = asyncio.get_running_loop().time() - died_at
    assert LEASE_S - RENEW_S <= took_s <= LEASE_S + 2 * LOOK_S

    first.line.cut = False
    await asyncio.sleep(30)
    assert working == {second}
    for process in (first, second):
        await process.stop()


async def test_one_that_cannot_reach_the_store_has_stopped_before_another_may_begin(store: MemoryStore) -> None:
    working: set[Process] = set()
    process = Process(Line(store), working)
    await asyncio.sleep(20)
    process.line.cut = True
    await asyncio.sleep(HOLD_S + 0.1)
    assert not working

    process.line.cut = False
    await asyncio.sleep(2 * LOOK_S)
    assert working == {process}, "it was nobody else's meanwhile"
    assert process.times == 2
    await process.stop()


@pytest.mark.parametrize("seed", range(40))
async def test_never_two_at_once_over_lines_that_lose_calls_and_answers(store: MemoryStore, seed: int) -> None:
    """Each process also comes and goes, and is cut off for a while. `_work` fails where another works."""
    mood = random.Random(seed)
    working: set[Process] = set()
    processes = [Process(Line(store, random.Random(f"{seed} {n}")), working) for n in range(4)]
    begun, idle_s, longest_idle_s = 0, 0.0, 0.0
    for _ in range(400):
        place = mood.randrange(4)
        process = processes[place]
        match mood.random():
            case luck if luck < 0.03:
                begun += process.times
                await process.stop()
                processes[place] = Process(process.line, working)
            case luck if luck < 0.08:
                process.line.cut = not process.line.cut
        await asyncio.sleep(0.5)
        holders = [process for process in processes if process.lease.held]
        assert len(holders) <= 1
        idle_s = 0.0 if working or all(process.line.cut for process in processes) else idle_s + 0.5
        longest_idle_s = max(longest_idle_s, idle_s)
    for process in processes:
        process.line.cut = False
        if process.task.done():
            process.task.result()
    assert begun + sum(process.times for process in processes) > 1
    assert longest_idle_s < 60
    for process in processes:
        await process.stop()


async def test_work_that_fails_is_told_and_its_lease_is_free(store: MemoryStore) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Shared(store, asyncio.get_running_loop().time).lease("the socket").doing(fails)
    kept = await store.load_record(KIND, "the socket")
    assert kept
    assert not kept.body


async def test_work_that_swallows_a_cancellation_ends_all_the_same(store: MemoryStore) -> None:
    begun, swallowed = asyncio.Event(), 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.ensure_future(Shared(store, asyncio.get_running_loop().time).lease("the socket").doing(stubborn))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=10 * LEASE_S)
    assert task.cancelled()
    kept = await store.load_record(KIND, "the socket")
    assert kept
    assert not kept.body


async def test_once_in_an_interval() -> None:
    clock = asyncio.get_running_loop().time
    store = MemoryStore(Settings(), clock=clock)
    processes = [Shared(store, clock) for _ in range(3)]
    for _ in range(5):
        assert sum([await process.once("tidy", 10.0) for process in processes]) == 1
        await asyncio.sleep(10.0)
    # The one that did it is gone: another does it in the next interval.
    assert [await process.once("tidy", 10.0) for process in processes[1:]] == [True, False]


async def test_whose_store_is_nobody_elses_does_everything_at_once() -> None:
    alone, begun = Alone(), asyncio.Event()

    async def work() -> None:
        begun.set()

    task = asyncio.ensure_future(alone.lease("the socket").doing(work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun.is_set()
    assert alone.held
    assert await alone.once("tidy", 1.0)
    assert not task.done()
    task.cancel()
