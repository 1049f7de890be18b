"""Token buckets on Redis do, call by call, what those in memory do: any order of calls, at the same times."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.ports import Bucket
from bridge.stores._quotas import QuotasInMemory
from bridge.stores.redis.quotas import Quotas
from bridge.types import new_id
from tests.fakes.redis_clock import ServerTime
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.stores.machines import EXAMPLES
from tests.unit.stores.redis_parts import open_part

BUCKETS = st.builds(
    Bucket,
    st.sampled_from(["a", "b"]),
    capacity=st.sampled_from([1, 2, 3.8, 26]),
    refill_per_s=st.sampled_from([0.25, 0.98, 5.0]),
)
HOLDERS = st.sampled_from(["", "ada", "bob", "ève"])
RESERVES = st.sampled_from([0.0, 1.0, 2.5])
CALLS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(
        st.just("spend"),
        st.fixed_dictionaries(
            {
                "tokens": st.sampled_from([0.0, 1.0, 1.0, 2.0]),
                "reserve": RESERVES,
                "holder": HOLDERS,
                "call_s": st.sampled_from([0.0, 0.0, 0.6, 60.0]),
            }
        ),
    ),
    st.tuples(
        st.just("hold"),
        st.fixed_dictionaries(
            {"holder": HOLDERS, "ttl_s": st.sampled_from([0.4, 30.0]), "reserve": st.none() | RESERVES}
        ),
    ),
    st.tuples(st.just("release"), st.fixed_dictionaries({"holder": HOLDERS})),
    st.tuples(st.just("pause"), st.fixed_dictionaries({"wait_s": st.sampled_from([0.0, 0.5, 20.0])})),
    st.tuples(st.just("ended"), st.just({})),
)
SECONDS = st.sampled_from([0.0, 0.01, 0.3, 1.0, 7.0, 100.0])


@contextmanager
def _both() -> Iterator[tuple[Any, Any]]:
    """What a call returns in memory and on Redis, and how time passes in both."""
    memory_time, server_time, stack = VirtualTimeLoop(), ServerTime(), AsyncExitStack()
    memory = QuotasInMemory()
    redis = server_time.run_until_complete(stack.enter_async_context(open_part(Quotas, new_id(), server_time)))

    def call(verb: str, *args: Any, **more: Any) -> tuple[Any, Any]:
        there = memory_time.run_until_complete(getattr(memory, verb)(*args, **more))
        return there, server_time.run_until_complete(getattr(redis, verb)(*args, **more))

    def wait(seconds: float) -> None:
        memory_time.advance(seconds)
        server_time.advance(seconds)

    try:
        yield call, wait
    finally:
        server_time.run_until_complete(stack.aclose())
        server_time.close()
        memory_time.close()


@settings(max_examples=EXAMPLES or 25, derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(bucket=BUCKETS, calls=st.lists(st.tuples(SECONDS, CALLS), min_size=30, max_size=60))
def test_every_call_returns_what_it_does_in_memory(
    bucket: Bucket, calls: list[tuple[float, tuple[str, dict[str, Any]]]]
) -> None:
    with _both() as (call, wait):
        for seconds, (verb, how) in calls:
            wait(seconds)
            in_memory, on_redis = call(verb, bucket, **how)
            assert on_redis == (None if in_memory is None else pytest.approx(in_memory, abs=1e-4)), (verb, how)
