"""What processes tell each other of models that fail, each with its own breaker, over one store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bridge.brain.breaker import CALLS_MIN, OPEN_S, Breaker
from bridge.brain.hints import SLACK_S, Hints
from bridge.errors import StoreUnavailable
from bridge.stores.memory import MemoryStore, Settings

MODEL = "anthropic:some-model"


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Process:
    """Mutable: counts what it asked."""

    clock: Clock
    store: MemoryStore
    breaker: Breaker = field(default_factory=Breaker)
    asked: int = 0

    def __post_init__(self) -> None:
        self.hints = Hints(self.store, {MODEL: self.breaker}, self.clock)

    def ask(self, *, answers: bool) -> bool:
        """One question; False when it is not asked."""
        ticket = self.breaker.admit(self.clock())
        if ticket is None:
            return False
        self.asked += 1
        if answers:
            self.breaker.succeeded(ticket, self.clock())
        else:
            self.breaker.failed(ticket, self.clock(), took_s=10.0)
        return True

    @property
    def state(self) -> str:
        return self.breaker.state(self.clock())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def processes(clock: Clock) -> Sequence[Process]:
    store = MemoryStore(Settings(), clock=clock)
    return [Process(clock, store) for _ in range(3)]


async def _exchange(*processes: Process) -> None:
    for process in processes:
        await process.hints.exchange()


async def _fails(first: Process) -> None:
    for _ in range(CALLS_MIN):
        first.ask(answers=False)
    assert first.state == "open"
    await _exchange(first)


async def test_others_learn_with_one_question_what_one_has_found(processes: Sequence[Process]) -> None:
    first, second, third = processes
    await _fails(first)
    await _exchange(second, third)

    for other in (second, third):
        assert other.state == "half_open"
        assert other.ask(answers=False)
        assert other.state == "open"
        assert not other.ask(answers=False)
    assert [process.asked for process in processes] == [CALLS_MIN, 1, 1]


async def test_who_finds_that_it_answers_goes_on_whatever_one_process_says(
    processes: Sequence[Process], clock: Clock
) -> None:
    """Perhaps only its own network is broken; its words go on, and are heard once."""
    first, second, _ = processes
    await _fails(first)
    await _exchange(second)
    assert second.ask(answers=True)
    for _ in range(20):
        clock.now += 1.5
        first.ask(answers=False)
        await _exchange(first, second)
        assert second.state == "closed"
        assert second.ask(answers=True)
    assert first.state == "open"


async def test_what_one_takes_back_binds_nobody(processes: Sequence[Process], clock: Clock) -> None:
    first, second, _ = processes
    await _fails(first)
    await _exchange(second)
    assert second.state == "half_open", "and nobody has asked it"
    clock.now += OPEN_S + 0.1
    assert first.ask(answers=True)
    await _exchange(first, second)
    assert (first.state, second.state) == ("closed", "closed")


async def test_a_word_ends_with_the_process_that_said_it(processes: Sequence[Process], clock: Clock) -> None:
    first, second, _ = processes
    await _fails(first)
    await _exchange(second)
    clock.now += OPEN_S + SLACK_S + 0.1  # the first was killed
    await _exchange(second)
    assert second.state == "closed"


async def test_two_that_fail_leave_one_word(processes: Sequence[Process], clock: Clock) -> None:
    """Else the third would hear another one at each look."""
    first, second, third = processes
    await _fails(first)
    await _fails(second)
    await _exchange(third)
    assert third.ask(answers=True)
    for _ in range(5):
        clock.now += 1.5
        await _exchange(first, second, third)
        assert third.state == "closed"


async def test_a_question_that_tries_is_not_overtaken(processes: Sequence[Process], clock: Clock) -> None:
    first, second, _ = processes
    await _fails(first)
    await _exchange(second)
    ticket = second.breaker.admit(clock())
    assert ticket
    clock.now += OPEN_S + SLACK_S + 0.1
    await _exchange(second)
    assert second.state == "half_open"
    second.breaker.succeeded(ticket, clock())
    assert second.state == "closed"


class Away(MemoryStore):
    async def get(self, key: str) -> str | None:
        raise StoreUnavailable("away")


async def test_a_store_that_is_away_changes_nothing(clock: Clock) -> None:
    process = Process(clock, Away(Settings(), clock=clock))
    for answers in (True, False, True):
        process.ask(answers=answers)
        await _exchange(process)
        await asyncio.sleep(0)
    assert process.state == "closed"
    for _ in range(2 * CALLS_MIN):
        process.ask(answers=False)
    await _exchange(process)
    assert process.state == "open"
