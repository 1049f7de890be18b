"""Turns on Redis beyond the contract: several processes, the doorbell, and what stays behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from redis import Redis

from bridge import config, parts
from bridge.errors import LeaseLost, StoreUnavailable
from bridge.ports import Step
from bridge.stores.redis import RedisStore, Settings, build
from bridge.stores.redis.doorbell import Doorbell
from bridge.stores.redis.inbox import DAY_S
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.server import Server
from bridge.types import Outcome, new_id
from tests.contract.stores import (
    LONG_S,
    SHORT_S,
    answer,
    answered,
    conversation_id,
    eventually,
    message,
    must_claim,
    redis_server,
)

WITHIN_S = 20.0


@pytest.fixture
def prefix() -> str:
    return new_id()


@pytest.fixture
async def stores(prefix: str) -> AsyncIterator[list[RedisStore]]:
    """Three processes of one business."""
    settings = Settings(url=redis_server().url, prefix=prefix, turns_max=50, quiet_days=10, seen_days=2)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(build(settings)) for _ in range(3)]


@pytest.fixture
def operator() -> Iterator[Redis]:
    with Redis.from_url(redis_server().url, decode_responses=True) as opened:
        yield opened


def kept(operator: Redis, prefix: str) -> list[str]:
    """What there is of a business, without what belongs to nobody's turn."""
    names = [key.removeprefix(f"{{{prefix}}}:") for key in operator.scan_iter(f"{{{prefix}}}:*")]
    return sorted(name for name in names if not name.startswith(("schema", "fence", "arrivals", "look:", "check")))


# ---------------------------------------------------------------- several processes


async def test_claimers_of_all_processes_are_served_each_with_a_turn_of_its_own(stores: list[RedisStore]) -> None:
    waiting = [asyncio.create_task(must_claim(store, wait_s=WITHIN_S)) for store in stores for _ in range(3)]
    await asyncio.sleep(0.1)
    await asyncio.gather(*(stores[0].accept(message(f"e{n}", f"key{n}")) for n in range(9)))
    claims = await asyncio.gather(*waiting)
    assert len({claim.turn.id for claim in claims}) == len({claim.fence for claim in claims}) == 9


async def test_a_process_takes_over_what_another_left_without_any_traffic(stores: list[RedisStore]) -> None:
    dead, alive, _ = stores
    await dead.accept(message("e1"))
    left = await must_claim(dead, lease_s=SHORT_S)
    taken = await must_claim(alive, wait_s=WITHIN_S)
    assert (taken.turn.id, taken.attempts) == (left.turn.id, 2)
    for late in (dead.renew(left, lease_s=LONG_S), dead.finish(left, answered(left))):
        with pytest.raises(LeaseLost):
            await late


async def test_a_message_joins_the_waiting_turn_whoever_accepts_it(stores: list[RedisStore]) -> None:
    turns = {(await store.accept(message(f"e{n}"))).turn_id for n, store in enumerate(stores)}
    assert len(turns) == 1
    assert not (await stores[2].accept(message("e0"))).fresh
    assert [inbound.event_id for inbound in (await must_claim(stores[1])).turn.inbounds] == ["e0", "e1", "e2"]


async def test_many_workers_never_share_a_conversation_and_keep_its_order(stores: list[RedisStore]) -> None:
    owned: set[str] = set()
    seen: dict[str, list[str]] = {}

    async def work(store: RedisStore) -> None:
        while claim := await store.claim(lease_s=LONG_S, wait_s=1.0):
            key = claim.turn.address.key
            assert key not in owned
            owned.add(key)
            seen.setdefault(key, []).extend(inbound.event_id for inbound in claim.turn.inbounds)
            await asyncio.sleep(0.002)
            owned.discard(key)
            await store.finish(claim, answered(claim))

    async def talk(key: str) -> None:
        for n in range(20):
            await stores[n % 3].accept(message(f"{key}{n:02}", key))
            await asyncio.sleep(0.001)

    await asyncio.gather(*(talk(f"key{n}") for n in range(6)), *(work(store) for store in stores for _ in range(2)))
    assert seen == {key: [f"{key}{n:02}" for n in range(20)] for key in (f"key{n}" for n in range(6))}


# ---------------------------------------------------------------- the doorbell


async def test_whoever_waits_is_woken_long_before_he_would_look_himself(
    stores: list[RedisStore], prefix: str, operator: Redis
) -> None:
    server = Server(redis_server().url, Keys(prefix))
    doorbell = Doorbell(server)
    async with asyncio.timeout(WITHIN_S):
        for n in range(20):
            waiting = [asyncio.create_task(doorbell.wait(10 * WITHIN_S)) for _ in range(2)]
            await asyncio.sleep(0.005 * (n % 4))
            await stores[0].accept(message(f"e{n}"))
            await asyncio.gather(*waiting)
            await answer(stores[0])
    assert operator.llen(f"{{{prefix}}}:bell") == 0
    await doorbell.close()
    await server.close()


async def test_a_claimer_whose_bell_is_cut_off_still_gets_its_turn(stores: list[RedisStore], operator: Redis) -> None:
    waiting = asyncio.create_task(must_claim(stores[0], wait_s=WITHIN_S))
    await asyncio.sleep(0.1)
    operator.client_kill_filter(_type="normal", skipme=True)
    await eventually(lambda: _accepted(stores[1]), within_s=WITHIN_S)
    assert (await waiting).turn.inbounds[0].event_id == "e1"


async def _accepted(store: RedisStore) -> bool:
    try:
        return bool((await store.accept(message("e1"))).turn_id)
    except StoreUnavailable:
        return False


async def test_a_process_that_does_not_wait_takes_no_ring_from_one_that_does(stores: list[RedisStore]) -> None:
    full, idle, _ = stores
    assert await full.claim(lease_s=LONG_S, wait_s=0.1) is None  # its bell listens for a little longer than it does
    waiting = asyncio.create_task(must_claim(idle, wait_s=WITHIN_S))
    await asyncio.sleep(0.1)
    await full.accept(message("e1"))
    assert await waiting


# ---------------------------------------------------------------- what stays


async def test_of_a_turn_that_has_ended_its_words_stay_and_nothing_else(
    stores: list[RedisStore], prefix: str, operator: Redis
) -> None:
    store = stores[0]
    turn_id = (await store.accept(message("e1", more_within_s=0.01))).turn_id
    claim = await must_claim(store)
    await store.record(claim, Step(key="k", kind="post", state="done"))
    await store.finish(claim, answered(claim))
    names = kept(operator, prefix)
    seen = [name for name in names if name.startswith("seen:")]
    assert len(seen) == 1
    conversation = conversation_id()
    assert sorted(set(names) - set(seen)) == [f"bodies:{conversation}", f"said:{conversation}", f"turn:{turn_id}"]
    for name, days in ((seen[0], 2), *((name, 10) for name in set(names) - set(seen))):
        left_s = operator.pttl(f"{{{prefix}}}:{name}") / 1000
        assert days * DAY_S - 600 < left_s <= days * DAY_S + 1
    assert set(operator.hgetall(f"{{{prefix}}}:turn:{turn_id}")) == {"conversation", "state", "by"}


async def test_a_conversation_keeps_its_newest_turns(stores: list[RedisStore], prefix: str, operator: Redis) -> None:
    store = stores[0]
    turns = []
    for n in range(60):
        turns.append((await store.accept(message(f"e{n}"))).turn_id)
        await answer(store, str(n))
    kept_turns = (await store.conversation(conversation_id(), turns_max=500)).turns
    assert [turn.id for turn in kept_turns] == turns[-50:]
    assert await store.turn(turns[0]) is None
    assert len([name for name in kept(operator, prefix) if name.startswith("turn:")]) == 50


async def test_a_turn_whose_messages_cannot_be_read_is_closed_and_the_next_is_served(
    stores: list[RedisStore], prefix: str, operator: Redis
) -> None:
    store = stores[0]
    bad = (await store.accept(message("e1", "bad"))).turn_id
    half = (await store.accept(message("e2", "half"))).turn_id
    await store.accept(message("e3", "half"))
    operator.lset(f"{{{prefix}}}:in:{bad}", 0, "not json")
    operator.lset(f"{{{prefix}}}:in:{half}", 0, "{}")
    await store.accept(message("e4", "good"))
    claim = await must_claim(store)
    assert claim.turn.inbounds[0].event_id == "e4"
    assert await store.turn(bad) is None
    closed = await store.turn(half)
    assert closed is not None
    assert closed.reply is not None
    assert closed.reply.outcome is Outcome.FAILED
    assert [inbound.event_id for inbound in closed.inbounds] == ["e3"]
    assert (await store.gauges()).turns_running == 1
    # Set aside for whoever looks into it, and not for ever.
    assert 0 < operator.pttl(f"{{{prefix}}}:in:{bad}") <= 10 * DAY_S * 1000 + 1000


# ---------------------------------------------------------------- as operators set it up


async def test_the_store_opens_by_the_configuration_with_the_password_of_the_environment(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "config.toml").write_text(f'[store]\nurl = "{redis_server().url}"\nprefix = "{new_id()}"\n')
    (folder / ".env").write_text("REDIS_PASSWORD=a-password-of-ours\n")
    read = config.read(folder / "config.toml", {})
    assert "a-password-of-ours" in read.secret_values
    async with parts.store(read) as store:
        await store.check()


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://ada@h:6380/0", "unix:///run/redis.sock"])
def test_every_way_to_a_server_is_this_store(tmp_path_factory: pytest.TempPathFactory, url: str) -> None:
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "config.toml").write_text(f'[store]\nurl = "{url}"\n')
    assert config.read(folder / "config.toml", {}).store.module.__name__ == "bridge.stores.redis"
