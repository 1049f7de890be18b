"""Token buckets under any order of calls: no more than the platform allows in any window of time, places served in
order, and nobody starves."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from itertools import accumulate
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bridge.ports import Bucket, Quotas
from bridge.stores._quotas import QuotasInMemory
from bridge.stores.redis.quotas import Quotas as QuotasOnRedis
from bridge.types import new_id
from tests.fakes.redis_clock import ServerTime
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.stores.machines import run
from tests.unit.stores.redis_parts import open_part

T = TypeVar("T")

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0"))
TTL_S = 30.0
LITTLE = 1e-6
"""Redis counts in microseconds, in each of which little comes back."""
LITTLE_TOKENS = 1e-4

BUCKETS = st.builds(
    Bucket, st.just("b"), capacity=st.sampled_from([1, 2, 5, 26]), refill_per_s=st.sampled_from([0.25, 0.95, 5.0])
)
HOLDERS = st.sampled_from("abcd")
SECONDS = st.sampled_from([0.0, 0.01, 0.3, 1.0, 7.0, 40.0])
TOKENS = st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.0])
RESERVES = st.sampled_from([0.0, 0.0, 1.0, 2.5])


class QuotasMachine(RuleBasedStateMachine):
    """Remembers what was given out, to whom something was promised, and since when all must be quiet."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualTimeLoop | ServerTime = VirtualTimeLoop()
        self.stack = AsyncExitStack()
        self.quotas: Quotas = QuotasInMemory()
        self.given: list[tuple[float, float]] = []
        self.places: dict[str, float] = {}
        self.quiet_until = 0.0

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(call)

    @initialize(bucket=BUCKETS)
    def begin(self, bucket: Bucket) -> None:
        self.bucket = bucket

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.loop.advance(seconds)
        self.places = {holder: until for holder, until in self.places.items() if until > self.loop.time()}

    @rule(tokens=TOKENS, reserve=RESERVES, holder=st.one_of(st.just(""), HOLDERS))
    def spend(self, tokens: float, reserve: float, holder: str) -> None:
        wait_s = self.run(self.quotas.spend(self.bucket, tokens=tokens, reserve=reserve, holder=holder))
        assert wait_s >= 0.0
        if wait_s == 0.0:
            self._took(tokens, holder)

    @rule(tokens=TOKENS)
    def spend_as_soon_as_told(self, tokens: float) -> None:
        """The wait that is named is enough when nobody else takes anything."""
        if tokens + len(self.places) > self.bucket.capacity:
            return  # so much it never holds
        if wait_s := self.run(self.quotas.spend(self.bucket, tokens=tokens)):
            self.wait(wait_s + LITTLE)
            assert self.run(self.quotas.spend(self.bucket, tokens=tokens)) == 0.0
        self._took(tokens, "")

    @rule(holder=HOLDERS, ttl_s=st.sampled_from([1.0, TTL_S]))
    def queue(self, holder: str, ttl_s: float) -> None:
        assert self.run(self.quotas.hold(self.bucket, holder, ttl_s=ttl_s)) == 0.0
        self.places[holder] = self.loop.time() + ttl_s

    @rule(holder=HOLDERS, reserve=RESERVES)
    def hold(self, holder: str, reserve: float) -> None:
        if self.run(self.quotas.hold(self.bucket, holder, ttl_s=TTL_S, reserve=reserve)) == 0.0:
            self.places[holder] = self.loop.time() + TTL_S

    @rule(holder=HOLDERS)
    def release(self, holder: str) -> None:
        self.run(self.quotas.release(self.bucket, holder))
        self.places.pop(holder, None)

    @rule(wait_s=st.sampled_from([0.0, 0.5, 20.0]))
    def pause(self, wait_s: float) -> None:
        self.run(self.quotas.pause(self.bucket, wait_s))
        self.quiet_until = max(self.quiet_until, self.loop.time() + wait_s)

    @invariant()
    def no_window_holds_more_than_the_platform_allows(self) -> None:
        sums = list(accumulate((tokens for _, tokens in self.given), initial=0.0))
        for end, (until, _) in enumerate(self.given, start=1):
            for start in range(end):
                allowed = self.bucket.capacity + (until - self.given[start][0]) * self.bucket.refill_per_s
                assert sums[end] - sums[start] <= allowed + LITTLE_TOKENS

    def _took(self, tokens: float, holder: str) -> None:
        assert self.loop.time() >= self.quiet_until - LITTLE
        if not tokens:
            return
        self.given.append((self.loop.time(), tokens))
        before = list(self.places)[: list(self.places).index(holder)] if holder in self.places else list(self.places)
        self.places.pop(holder, None)
        # Whoever asked before can still have theirs, at once and in any case.
        for place, earlier in enumerate(before):
            look = self.quotas.spend(self.bucket, tokens=0.0, reserve=1.0, holder=earlier)
            assert self.run(look) == 0.0, f"{holder or 'a stranger'} was served before {earlier}, at {place}"


class OnRedis(QuotasMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop.close()
        self.loop = time = ServerTime()
        self.quotas = self.run(self.stack.enter_async_context(open_part(QuotasOnRedis, new_id(), time)))


@pytest.mark.parametrize(("machine", "examples"), [(QuotasMachine, 60), (OnRedis, 15)])
def test_quotas_keep_what_they_promise(machine: type[QuotasMachine], examples: int) -> None:
    run(machine, examples=examples, steps=40)


@settings(max_examples=EXAMPLES or 60, deadline=None)
@given(bucket=BUCKETS, finals=st.integers(1, 12), left=st.floats(0.0, 1.0), pause_s=st.sampled_from([0.0, 0.0, 10.0]))
def test_nobody_who_waits_starves_among_greedy_strangers(
    bucket: Bucket, finals: int, left: float, pause_s: float
) -> None:
    """However often others ask, each is served in the order of asking, and as soon as the bucket can give so much."""
    loop = VirtualTimeLoop()
    served: list[tuple[str, float]] = []

    async def act() -> None:
        quotas = QuotasInMemory()
        await quotas.spend(bucket, tokens=left * bucket.capacity)
        began = loop.time()
        for number in range(finals):
            await quotas.hold(bucket, str(number), ttl_s=10_000.0)
        if pause_s:
            await quotas.pause(bucket, pause_s)

        async def ask(name: str, holder: str, often_s: float) -> None:
            while wait_s := await quotas.spend(bucket, holder=holder):  # noqa: ASYNC110
                await asyncio.sleep(min(wait_s, often_s))
            served.append((name, loop.time() - began))

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(ask("stranger", "", 0.05))
            for number in reversed(range(finals)):
                group.create_task(ask(str(number), str(number), 1_000.0))

    try:
        loop.run_until_complete(act())
    finally:
        loop.close()
    at = {int(name): when for name, when in served if name != "stranger"}
    assert len(at) == finals
    for number in range(finals):
        assert at[number] >= at.get(number - 1, 0.0)
        assert at[number] <= pause_s + (number + 1) / bucket.refill_per_s + LITTLE
