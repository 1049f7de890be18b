"""A process that was stopped, and goes on when somebody else may have its work: it sends nothing.

The store says so whenever it is asked. What is tried here is the moment after its answer: the clock jumps as it does
for a process that is stopped between the answer and the call.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from bridge import leases
from bridge.delivery.messages import Messages
from bridge.delivery.outbox import Outbox
from bridge.delivery.pacing import Pace
from bridge.errors import LeaseLost
from bridge.leases import Lease
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings
from bridge.ports import Claim, Page, Parcel, Step
from bridge.stores.memory import MemoryStore, Settings
from bridge.turn import LEASE_S, TurnRunner
from tests.contract.stores import conversation_id, message, must_claim
from tests.fakes.core import Acting, empty_store
from tests.fakes.recording_channel import Platform, RecordingChannel
from tests.fakes.server import echo


@dataclass
class Clock:
    """Of one process."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def stopped_for(self, seconds: float) -> None:
        self.now += seconds


# ---------------------------------------------------------------- the clock of a lease


def test_a_lease_ends_when_it_was_not_prolonged_in_time() -> None:
    clock = Clock()
    lease = Lease(15.0, clock)
    clock.now += 14.9
    lease.check()
    with lease.renewed():
        pass
    clock.now += 14.9
    lease.check()
    clock.now += 0.2
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_lease_counts_from_the_question_not_from_the_answer() -> None:
    """Stopped while the answer was under way: the store counts from before."""
    clock = Clock()
    lease = Lease(15.0, clock)
    with lease.renewed():
        clock.stopped_for(45.0)
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_renewal_that_fails_prolongs_nothing() -> None:
    clock = Clock()
    lease = Lease(15.0, clock)
    clock.now += 10.0
    with suppress(ValueError), lease.renewed():
        raise ValueError
    clock.now += 10.0
    with pytest.raises(LeaseLost):
        lease.check()


async def test_tasks_work_under_the_lease_that_they_began_under_and_others_under_none() -> None:
    clock = Clock()

    async def work() -> str:
        await asyncio.sleep(1)
        try:
            leases.check()
        except LeaseLost:
            return "lost"
        return "may"

    with leases.held(Lease(15.0, clock)):
        inside = asyncio.create_task(work())
    outside = asyncio.create_task(work())
    clock.stopped_for(45.0)
    assert [await inside, await outside] == ["lost", "may"]


# ---------------------------------------------------------------- messages of a turn


@pytest.mark.parametrize("kind", ["post", "edit", "delete"])
async def test_no_message_is_touched_after_a_stop_between_the_check_and_the_call(platform: Platform, kind: str) -> None:
    clock, store = Clock(), empty_store()
    await store.accept(message("e1"))
    claim = await must_claim(store)
    lease = Lease(LEASE_S, clock)
    stops: list[float] = []

    async def guard() -> None:
        with lease.renewed():
            await store.renew(claim, lease_s=LEASE_S)
        clock.stopped_for(stops.pop() if stops else 0.0)

    async def record(step: Step) -> None:
        await store.record(claim, step)

    channel = RecordingChannel(platform)
    pace = Pace(store, channel.limits(claim.turn.address), claim.turn.id)
    messages = Messages(channel, claim, pace, guard=guard, record=record)
    with leases.held(lease):
        if kind != "post":
            await messages.write(Page(claim=claim, text="Hello", number=0))
        before = len(platform.calls)
        stops.append(3 * LEASE_S)
        with pytest.raises(LeaseLost):
            await (messages.trim(0) if kind == "delete" else messages.write(Page(claim=claim, text="More", number=0)))
        assert len(platform.calls) == before


class Stopping(MemoryStore):
    """Its process is stopped right after the answer to one of its renewals."""

    def __init__(self, platform: Platform, stop_at: int) -> None:
        super().__init__(Settings())
        self.clock = Clock()
        self.renewals = 0
        self.calls_then = -1
        self._platform = platform
        self._stop_at = stop_at

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        await super().renew(claim, lease_s=lease_s)
        self.renewals += 1
        if self.renewals == self._stop_at:
            self.clock.stopped_for(3 * LEASE_S)
            self.calls_then = len(self._platform.calls)


async def test_a_turn_that_is_stopped_after_whatever_answer_sends_nothing_more(platform: Platform) -> None:
    stopped = 0
    while True:
        store = Stopping(platform, stopped + 1)
        await store.accept(message("e1"))
        claim = await must_claim(store)
        runner = TurnRunner(
            store=store,
            channels={"widget": RecordingChannel(platform)},
            brain=Acting(echo),
            apology=lambda turn: "Sorry.",
            anew=lambda text: "Again:",
            reader=FileReader(settings=FilesSettings()),
            turns_max=5,
            clock=store.clock,
        )
        try:
            await runner.run(claim, asyncio.Event())
        except LeaseLost:
            assert len(platform.calls) == store.calls_then
            stopped += 1
        else:
            break
    assert stopped == store.renewals >= 1
    assert await store.turn(claim.turn.id)


# ---------------------------------------------------------------- parcels


async def test_a_parcel_that_was_held_for_too_long_is_not_carried_and_stays() -> None:
    clock, store = Clock(), empty_store()
    carried: list[str] = []

    class Carrier:
        async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
            if parcel.attempts == 1:
                clock.stopped_for(500.0)
            leases.check()
            carried.append(parcel.id)

        async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
            raise AssertionError(why)

    await store.enqueue(Parcel(id="p1", conversation_id=conversation_id(), body='{"kind": "letter"}'))
    running = asyncio.ensure_future(Outbox(store, {}, {"letter": Carrier()}, clock).run())
    await asyncio.sleep(60)
    assert carried == []
    assert (await store.gauges()).parcels == 1
    await asyncio.sleep(120)  # its lease has ended: whoever takes it now carries it
    assert carried == ["p1"]
    assert (await store.gauges()).parcels == 0
    running.cancel()
    await asyncio.wait([running])
