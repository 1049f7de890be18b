"""A bucket that all chats of a bot share: slow calls of some cost the others nothing."""

import asyncio

import pytest

from bridge.channels.telegram.places import Place
from bridge.channels.telegram.quota import BOT_BURST, BOT_PER_S, Quota
from bridge.delivery.pacing import FINAL_WAIT_S, Pace
from bridge.errors import RateLimited
from bridge.ports import Bucket, Limits, Quotas
from bridge.stores._quotas import UNDER_WAY_LOOK_S, QuotasInMemory
from tests.fakes.core import empty_store

BOT = 1


def pace(store: Quotas, chat: int) -> Pace:
    buckets = Quota(store, BOT).buckets(Place(chat))
    return Pace(store, Limits(size_max=100, post=buckets, edit=buckets), f"turn {chat}")


@pytest.mark.parametrize("call_s", [0.15, 0.3, 1.0])
async def test_many_chats_together_get_what_the_platform_allows_however_slow_calls_are(call_s: float) -> None:
    store = empty_store()
    loop = asyncio.get_running_loop()
    began, left_at = loop.time(), list[float]()

    async def chat(number: int) -> None:
        mine = pace(store, number)
        while loop.time() < began + 20:
            if wait_s := await mine.draft("edit", 1.0):
                await asyncio.sleep(wait_s)
                continue
            left_at.append(loop.time())
            await asyncio.sleep(call_s)
            await mine.ended()

    await asyncio.gather(*(chat(number) for number in range(1, 61)))
    assert len(left_at) >= 0.9 * 20 * BOT_PER_S
    for first, at in enumerate(left_at):
        assert len([later for later in left_at[first:] if later < at + 1]) <= BOT_BURST + BOT_PER_S


async def test_calls_that_hang_stop_no_other_chat() -> None:
    store = empty_store()
    for chat in range(1, 21):
        await pace(store, chat).final("post")  # and nobody tells that it has ended
    began = asyncio.get_running_loop().time()
    await pace(store, 99).final("post")
    assert asyncio.get_running_loop().time() - began < 0.2

    with pytest.raises(RateLimited):
        await pace(store, 1).final("post")
    assert asyncio.get_running_loop().time() - began < FINAL_WAIT_S + 1


async def test_one_more_call_to_a_chat_waits_for_none_of_another() -> None:
    store = empty_store()
    quota = Quota(store, BOT)
    first = pace(store, 1)
    await first.final("post")
    for chat in range(2, 22):
        await quota.spare(Place(chat))
    await quota.spare(Place(1))  # counted from the end of the one before
    began = asyncio.get_running_loop().time()
    await pace(store, 99).final("post")
    assert asyncio.get_running_loop().time() - began < 0.2

    # What was spared is under way itself: the next call to the chat waits for its end.
    asking = asyncio.create_task(pace(store, 1).final("post"))
    await asyncio.sleep(5)
    assert not asking.done()
    await first.ended()
    await asyncio.wait_for(asking, 2.1)


async def test_who_waits_for_the_end_of_a_call_asks_seldom() -> None:
    """Nobody knows when it ends: what the bucket gains in the meantime says nothing."""
    store, bucket = QuotasInMemory(), Bucket("quick", 2, 25.0)
    for _ in range(2):
        assert await store.spend(bucket, call_s=60.0) == 0.0
    await asyncio.sleep(5)
    assert await store.spend(bucket) >= UNDER_WAY_LOOK_S
    await store.ended(bucket)
    assert await store.spend(bucket) == pytest.approx(1 / 25.0, abs=1e-3)  # nothing else is waited for
    assert await store.spend(bucket, tokens=2.0) >= UNDER_WAY_LOOK_S
