"""Texts that must land after their turn has ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from bridge import metrics
from bridge.delivery.outbox import ATTEMPTS_MAX, LOOK_S, Outbox
from bridge.errors import ChannelUnavailable, MessageGone, RateLimited, StoreUnavailable, Unconfirmed, Undeliverable
from bridge.ports import Bucket, Claim, Page, Parcel
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, ConversationId, Inbound, MessageRef, Turn
from tests.fakes.core import empty_store, message, running, until
from tests.fakes.recording_channel import PlainChannel, Platform


@asynccontextmanager
async def _open(
    platform: Platform, store: MemoryStore | None = None, channel: PlainChannel | None = None
) -> AsyncIterator[tuple[Outbox, Turn, MemoryStore]]:
    """An outbox that runs, and a turn that has ended."""
    kept = store or empty_store()
    channel = channel or PlainChannel(platform)
    async with running(channel, store=kept) as core:
        turn = await core.finished(await core.say("Hello?"))
    await asyncio.sleep(60)
    platform.calls.clear()
    platform.messages.clear()
    outbox = Outbox(kept, {channel.name: channel})
    task = asyncio.ensure_future(outbox.run())
    yield outbox, turn, kept
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _texts(platform: Platform) -> list[str]:
    return [shown.text for shown in platform.room()]


async def _empty(store: MemoryStore) -> None:
    async with asyncio.timeout(1_000_000):
        while True:
            if not (await store.gauges()).parcels:
                return
            await asyncio.sleep(1)


async def test_texts_of_a_conversation_land_in_order_and_when_they_are_due(whatsapp: Platform) -> None:
    async with _open(whatsapp) as (outbox, turn, store):
        began_at = asyncio.get_running_loop().time()
        whatsapp.will("post", ChannelUnavailable("down"), ChannelUnavailable("down"))
        await outbox.put(turn, "one", 30.0)
        await outbox.put(turn, "two", 0.0)
        await _empty(store)

    assert _texts(whatsapp) == ["one", "two"]
    assert whatsapp.of("post")[0].at - began_at >= 30


@pytest.mark.parametrize("there", [False, True])
async def test_a_text_that_was_lost_is_looked_for_before_it_is_posted_again(whatsapp: Platform, there: bool) -> None:
    whatsapp.will("post!" if there else "post", None, Unconfirmed("timed out"))
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, "one", 0.0)
        await _empty(store)

    assert _texts(whatsapp) == ["one"]
    assert [call.kind for call in whatsapp.calls] == ["post", "find", *([] if there else ["post"])]


async def test_two_texts_of_one_turn_are_told_apart(whatsapp: Platform) -> None:
    """That the first is there does not mean that the second is."""
    whatsapp.will("post", None, None, Unconfirmed("timed out"))
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, "one", 0.0)
        await outbox.put(turn, "two", 0.0)
        await _empty(store)

    assert _texts(whatsapp) == ["one", "two"]


async def test_the_platforms_wait_is_obeyed_by_the_outbox_and_by_everybody(whatsapp: Platform) -> None:
    whatsapp.will("post", None, RateLimited("be quiet", retry_after_s=45))
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, "one", 0.0)
        await until(lambda: len(whatsapp.of("post")) == 1)
        async with running(PlainChannel(whatsapp), store=store) as core:
            await core.finished(await core.say("And now?"))
        await _empty(store)

    assert sorted(_texts(whatsapp)) == ["You said: And now? ", "one"]


async def test_our_own_queue_is_no_refusal_of_the_platform(whatsapp: Platform) -> None:
    """Waiting for quota must not take the quota of the others away."""
    async with _open(whatsapp) as (outbox, turn, store):
        began_at = asyncio.get_running_loop().time()
        bucket = whatsapp.limits_in("room").post[-1]
        for number in range(9):
            await store.hold(bucket, f"other{number}", ttl_s=10_000)
        await outbox.put(turn, "one", 0.0)
        await asyncio.sleep(30)
        for number in range(9):
            await store.release(bucket, f"other{number}")
        assert await store.spend(bucket, tokens=0.0, reserve=3.0) == 0.0  # all but its own place
        await _empty(store)

    assert _texts(whatsapp) == ["one"]
    assert asyncio.get_running_loop().time() - began_at < 100


async def test_a_text_that_never_lands_is_given_up(whatsapp: Platform) -> None:
    whatsapp.will("post", None, *[ChannelUnavailable("down")] * 1_000)
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, "one", 0.0)
        await _empty(store)

    assert len(whatsapp.of("post")) == ATTEMPTS_MAX


async def test_what_can_never_be_delivered_is_not_tried_again(whatsapp: Platform) -> None:
    whatsapp.will("post", None, Undeliverable("blocked"))
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, "one", 0.0)
        await _empty(store)

    assert len(whatsapp.of("post")) == 1


class Forgetful(MemoryStore):
    """Cannot settle one of its parcels at first."""

    refused = False

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        if not self.refused:
            self.refused = True
            raise StoreUnavailable("away")
        await super().settle(parcel, retry_in_s=retry_in_s)


async def test_a_store_that_fails_for_one_text_cuts_no_other_off(whatsapp: Platform) -> None:
    store = Forgetful(Settings(), clock=asyncio.get_running_loop().time)
    async with _open(whatsapp, store) as (outbox, turn, _):
        async with running(PlainChannel(whatsapp), store=store) as core:
            other = await core.finished((await core.dispatch.receive(message("Hi", "other"))).turn_id)
        await outbox.put(turn, "one", 0.0)
        await outbox.put(other, "two", 0.0)
        whatsapp.latency_s = 5.0
        await _empty(store)

    assert _texts(whatsapp) == ["one"]
    assert [shown.text for shown in whatsapp.room("other")][-1] == "two"


class Away(MemoryStore):
    """From when something was posted it is away for a while, for everything that the outbox has to write then."""

    platform: Platform

    def _reached(self) -> None:
        if self.platform.of("post") and asyncio.get_running_loop().time() < self.platform.of("post")[0].at + 20.0:
            raise StoreUnavailable("away")

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        self._reached()
        await super().settle(parcel, retry_in_s=retry_in_s)

    async def release(self, bucket: Bucket, holder: str) -> None:
        self._reached()
        await super().release(bucket, holder)

    async def ended(self, bucket: Bucket) -> None:
        self._reached()
        await super().ended(bucket)


class Blind(PlainChannel):
    """Nothing can be found on its platform."""

    async def find(self, to: Address, page: Page) -> None:
        return None


async def test_what_landed_while_the_store_went_away_does_not_land_again(whatsapp: Platform) -> None:
    store = Away(Settings(), clock=asyncio.get_running_loop().time)
    store.platform = Platform()
    async with _open(whatsapp, store, Blind(whatsapp)) as (outbox, turn, _):
        store.platform = whatsapp
        await outbox.put(turn, "one", 0.0)
        await _empty(store)

    assert _texts(whatsapp) == ["one"]
    assert [call.kind for call in whatsapp.calls] == ["post"]


class Odd(PlainChannel):
    """Has a bug: it posts nothing for one room."""

    async def post(self, to: Address, page: Page) -> MessageRef:
        if to.key == "odd":
            raise KeyError("Location")
        return await super().post(to, page)


async def test_a_text_that_fails_unexpectedly_stops_no_other_and_is_given_up(
    whatsapp: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    bugs = metrics.BUGS.labels("outbox")
    before = bugs._value.get()
    async with _open(whatsapp, channel=Odd(whatsapp)) as (outbox, turn, store):
        odd = replace(turn.inbounds[0], event_id="odd", address=Address("recording", "odd"))
        claim = await _claimed(store, odd)
        await store.finish(claim, claim.turn)
        await store.enqueue(Parcel(id="a" * 32, conversation_id=ConversationId("unreadable"), body="{}"))
        await outbox.put(claim.turn, "one", 0.0)
        await outbox.put(turn, "two", 0.0)
        await until(lambda: _texts(whatsapp) == ["two"], within_s=5)
        await _empty(store)

    assert bugs._value.get() == before + 2 * ATTEMPTS_MAX
    given_up = [record for record in caplog.records if record.message == "outbox gave up"]
    assert {record.fields["turn"] for record in given_up} == {"?", claim.turn.id}  # type: ignore[attr-defined]
    assert {record.levelname for record in given_up} == {"ERROR"}


async def _claimed(store: MemoryStore, inbound: Inbound) -> Claim:
    await store.accept(inbound)
    claim = await store.claim(lease_s=10, wait_s=1)
    assert claim
    return claim


async def test_a_slow_text_does_not_delay_the_others(whatsapp: Platform) -> None:
    async with _open(whatsapp) as (outbox, turn, store):
        async with running(PlainChannel(whatsapp), store=store) as core:
            other = await core.finished((await core.dispatch.receive(message("Hi", "other"))).turn_id)
        whatsapp.latency_s = 40.0
        await outbox.put(turn, "one", 0.0)
        await until(lambda: len(whatsapp.of("post")) == 2)
        whatsapp.latency_s = 0.0
        await outbox.put(other, "two", 0.0)
        await until(lambda: len(whatsapp.room("other")) == 2, within_s=5)
        assert _texts(whatsapp) == []
        await _empty(store)

    assert _texts(whatsapp) == ["one"]


async def test_a_long_text_goes_in_several_messages(whatsapp: Platform) -> None:
    text = "\n\n".join(f"Paragraph {number}: " + "it goes on a little. " * 30 for number in range(5))
    async with _open(whatsapp) as (outbox, turn, store):
        await outbox.put(turn, text, 0.0)
        await _empty(store)

    assert " ".join(_texts(whatsapp)).split() == text.split()
    assert [shown.last for shown in whatsapp.room()] == [False] * (len(whatsapp.room()) - 1) + [True]


async def test_a_shutdown_gives_back_what_waits_for_quota(whatsapp: Platform) -> None:
    """Nobody sees that it is cut off, and another process has it at once."""
    clock = asyncio.get_running_loop().time
    async with _open(whatsapp) as (outbox, turn, store):
        bucket = whatsapp.limits_in("room").post[-1]
        while not await store.spend(bucket):
            pass
        for number in range(int(10 * bucket.refill_per_s)):  # who is before us, for ten seconds
            await store.hold(bucket, f"other{number}", ttl_s=15.0)
        await outbox.put(turn, "one", 0.0)
        await asyncio.sleep(2)
        assert (await store.gauges()).parcels == 1
        began_at = clock()
    assert clock() - began_at < 2
    (parcel,) = await store.take(lease_s=60, limit=5)
    assert parcel.attempts == 2
    assert not whatsapp.of("post")


async def test_a_shutdown_lets_a_post_end(whatsapp: Platform) -> None:
    store = empty_store()
    async with _open(whatsapp, store) as (outbox, turn, _):
        whatsapp.latency_s = 5.0
        await outbox.put(turn, "one", 0.0)
        await until(lambda: len(whatsapp.of("post")) == 1)

    assert _texts(whatsapp) == ["one"]
    assert (await store.gauges()).parcels == 0


class Carrying:
    """A carrier that ends as it is told."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.carried: list[tuple[str, int]] = []
        self.lost: list[tuple[str, str]] = []

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        self.carried.append((body["what"], parcel.attempts))
        if self.ends and (end := self.ends.pop(0)):
            raise end

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        self.lost.append((body["what"], why))


def _parcel(what: str, kind: str = "note") -> Parcel:
    body = json.dumps({"kind": kind, "what": what})
    return Parcel(id=what, conversation_id=ConversationId("desk:room"), body=body)


@asynccontextmanager
async def _carried_by(carrier: Carrying) -> AsyncIterator[tuple[Outbox, MemoryStore]]:
    store = empty_store()
    outbox = Outbox(store, {}, {"note": carrier})
    task = asyncio.ensure_future(outbox.run())
    await asyncio.sleep(0)
    yield outbox, store
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_parcel_goes_to_the_carrier_of_its_kind_at_once_and_the_next_follows_at_once() -> None:
    carrier = Carrying()
    async with _carried_by(carrier) as (outbox, store):
        await asyncio.sleep(0.5)
        began_at = asyncio.get_running_loop().time()
        await store.enqueue(*(_parcel(f"n{number}") for number in range(50)))
        outbox.wake()
        await until(lambda: len(carrier.carried) == 50)
        assert asyncio.get_running_loop().time() - began_at < LOOK_S / 2
    assert carrier.carried == [(f"n{number}", 1) for number in range(50)]


@pytest.mark.parametrize(
    ("ends", "tries", "lost"),
    [
        ([ChannelUnavailable("down"), None], 2, []),
        ([RateLimited("quiet", retry_after_s=3), Unconfirmed("?"), None], 3, []),
        ([ValueError("a bug"), None], 2, []),
        ([StoreUnavailable("away"), None], 2, []),
        ([Undeliverable("blocked")], 1, [("a", "blocked")]),
        ([MessageGone("gone")], 1, [("a", "gone")]),
        ([ChannelUnavailable("down")] * 200, ATTEMPTS_MAX, [("a", "it was tried for too long")]),
    ],
)
async def test_what_a_carrier_raises_says_whether_it_is_tried_again(
    ends: list[Exception | None], tries: int, lost: list[tuple[str, str]]
) -> None:
    carrier = Carrying(*ends)
    async with _carried_by(carrier) as (_, store):
        await store.enqueue(_parcel("a"))
        await _empty(store)
    assert [attempt for _, attempt in carrier.carried] == list(range(1, tries + 1))
    assert carrier.lost == lost


async def test_a_kind_that_nobody_carries_holds_nothing_up() -> None:
    carrier = Carrying()
    async with _carried_by(carrier) as (_, store):
        await store.enqueue(_parcel("a", kind="unheard of"), _parcel("b"))
        await _empty(store)
    assert carrier.carried == [("b", 1)]
