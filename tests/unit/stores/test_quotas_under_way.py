"""A platform counts a call when it arrives, not when it leaves: however long calls take, no window holds too many."""

import asyncio
from collections.abc import Coroutine
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ports import Bucket
from bridge.stores._quotas import QuotasInMemory
from tests.fakes.virtual_time import VirtualTimeLoop

LITTLE = 1e-6


@settings(max_examples=60, deadline=None)
@given(
    bucket=st.builds(
        Bucket, st.just("b"), capacity=st.sampled_from([1, 2, 3.8, 5]), refill_per_s=st.sampled_from([0.25, 0.98, 25.0])
    ),
    callers=st.integers(1, 6),
    way_s=st.sampled_from([0.0, 0.3, 4.0]),
    luck=st.randoms(use_true_random=False),
)
def test_no_window_holds_more_arrivals_than_the_platform_allows(
    bucket: Bucket, callers: int, way_s: float, luck: Random
) -> None:
    arrived: list[float] = []

    async def act() -> None:
        quotas = QuotasInMemory()

        async def call() -> None:
            for _ in range(12):
                while wait_s := await quotas.spend(bucket, call_s=60.0):  # noqa: ASYNC110
                    await asyncio.sleep(wait_s)
                await asyncio.sleep(luck.uniform(0.0, way_s))
                arrived.append(asyncio.get_running_loop().time())
                await asyncio.sleep(luck.uniform(0.0, way_s))
                await quotas.ended(bucket)
                await asyncio.sleep(luck.choice([0.0, 0.0, 3.0 / bucket.refill_per_s]))

        await asyncio.gather(*(call() for _ in range(callers)))

    _in_virtual_time(act())
    assert len(arrived) == 12 * callers
    for end, until in enumerate(arrived):
        for start in range(end):
            allowed = bucket.capacity + (until - arrived[start]) * bucket.refill_per_s
            assert end - start + 1 <= allowed + LITTLE


def test_a_call_whose_end_nobody_tells_is_forgotten() -> None:
    async def act() -> None:
        quotas, bucket = QuotasInMemory(), Bucket("b", 1, 1.0)
        await quotas.ended(bucket)
        assert await quotas.spend(bucket, call_s=60.0) == 0.0
        await asyncio.sleep(59)
        assert await quotas.spend(bucket) > 0.0
        await asyncio.sleep(3)
        assert await quotas.spend(bucket) > 0.0  # from now on it counts as ended
        await asyncio.sleep(1)
        assert await quotas.spend(bucket) == 0.0

    _in_virtual_time(act())


def _in_virtual_time(story: Coroutine[None, None, None]) -> None:
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(story)
    finally:
        loop.close()
