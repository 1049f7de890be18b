"""What callers see of a Redis server that is dead, frozen, full, or back: always StoreUnavailable, always soon, and
nothing that was said to be done is lost."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bridge.errors import StoreUnavailable
from bridge.ports import Accepted, Bucket, Step
from bridge.stores.redis import RedisStore, Settings, build
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.line import CALL_S
from bridge.stores.redis.server import Script, Server
from bridge.types import Inbound
from tests.contract.stores import LONG_S, SHORT_S, answered, conversation_id, eventually, message, must_claim, parcel
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.redis_server import RedisServer

SOON_S = 2.0
"""Within which a sender has to hear that its message cannot be kept. Tests give a busy machine as much again."""
AT_ONCE = 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path / "redis")
    running.start()
    yield running
    running.close()


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[RedisStore]:
    async with build(Settings(url=server.url)) as opened:
        yield opened


async def refused(calls: list[Awaitable[object]]) -> float:
    """How long the slowest took to be StoreUnavailable."""
    began = time.monotonic()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {StoreUnavailable}
    return time.monotonic() - began


def _die(server: RedisServer) -> None:
    server.kill()


def _freeze(server: RedisServer) -> None:
    server.freeze()


@pytest.mark.parametrize("end", [_die, _freeze], ids=["dead", "frozen"])
async def test_every_verb_says_soon_that_nothing_can_be_kept(
    store: RedisStore, server: RedisServer, end: Callable[[RedisServer], None]
) -> None:
    await store.accept(message("e0"))
    claim = await must_claim(store)
    end(server)
    bucket = Bucket("b", 1, 1)
    calls: list[Awaitable[object]] = [
        store.accept(message("e1")),
        store.claim(lease_s=LONG_S, wait_s=0.0),
        store.claim(lease_s=LONG_S, wait_s=5.0),
        store.renew(claim, lease_s=LONG_S),
        store.record(claim, Step(key="k", kind="post", state="done")),
        store.finish(claim, answered(claim)),
        store.park(claim, delay_s=0.0),
        store.conversation(conversation_id(), turns_max=9),
        store.turn(claim.turn.id),
        store.unfinished(conversation_id()),
        store.enqueue(parcel("p1")),
        store.take(lease_s=LONG_S, limit=9),
        store.spend(bucket),
        store.put("k", "v"),
        store.get("k"),
        store.append("log", "body"),
        store.read("log", after=0, limit=9),
        store.gauges(),
        store.check(),
    ]
    assert await refused(calls) < 2 * SOON_S


@pytest.mark.parametrize("end", [_die, _freeze], ids=["dead", "frozen"])
async def test_many_callers_wait_no_longer_than_one(
    store: RedisStore, server: RedisServer, end: Callable[[RedisServer], None]
) -> None:
    await store.accept(message("e0"))
    end(server)
    for n in range(3):
        took = await refused([store.accept(message(f"e{n}{i}", f"key{i}")) for i in range(AT_ONCE)])
        assert took < 2 * SOON_S
    assert CALL_S < SOON_S


async def test_calls_that_come_one_after_the_other_wait_no_longer_each(store: RedisStore, server: RedisServer) -> None:
    """Each comes while those before it still wait for the frozen server."""
    server.freeze()
    took: list[float] = []

    async def call(n: int) -> None:
        took.append(await refused([store.accept(message(f"e{n}"))]))

    async with asyncio.TaskGroup() as group:
        for n in range(60):
            group.create_task(call(n))
            await asyncio.sleep(0.05)
    assert max(took) < 2 * SOON_S


async def test_a_server_that_takes_no_more_bytes_is_a_dead_one(store: RedisStore, server: RedisServer) -> None:
    """More is to be said than the sockets between us hold: whoever sends waits, and nobody else may wait with it. What
    was not sent is let go of, with its connection."""
    await store.accept(message("e0"))
    server.freeze()
    for n in range(2):
        long = [message(f"e{n}{i}", f"key{i}", text="x" * 60_000) for i in range(AT_ONCE)]
        async with asyncio.timeout(20.0):
            assert await refused([store.accept(each) for each in long]) < 2 * SOON_S
    server.thaw()
    assert await eventually(lambda: _answered(store), within_s=20.0)
    with Redis.from_url(server.url) as beside:
        # Ours, the doorbell's, and this one.
        assert await eventually(lambda: asyncio.to_thread(lambda: len(beside.client_list()) <= 3), within_s=20.0)


async def test_a_host_that_swallows_packets_is_a_dead_one() -> None:
    """Connections to it neither come about nor fail."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as hole:
        stuffing = [socket.socket() for _ in range(8)]
        for each in stuffing:
            each.setblocking(False)
            each.connect_ex(hole.getsockname())
        server = Server(f"redis://127.0.0.1:{hole.getsockname()[1]}/0", Keys("bridge"))
        assert await refused([server.call("GET", "k") for _ in range(AT_ONCE)]) < 2 * SOON_S
        await server.close()
        for each in stuffing:
            each.close()


async def test_after_a_restart_the_first_calls_already_work(store: RedisStore, server: RedisServer) -> None:
    """Dead connections are thrown away before they are used, scripts are sent again, and nothing is lost."""
    for n in range(50):
        await store.accept(message(f"e{n}", f"key{n}"))
    claim = await must_claim(store)
    server.kill()
    server.start()
    again = await asyncio.gather(*(store.accept(message(f"e{n}", f"key{n}")) for n in range(100)))
    assert [accepted.fresh for accepted in again] == [False] * 50 + [True] * 50
    await store.finish(claim, answered(claim))
    assert (await store.gauges()).turns_waiting == 99


async def test_after_a_restart_messages_still_stand_in_the_order_in_which_they_came(
    store: RedisStore, server: RedisServer
) -> None:
    """Also while the server does not know our scripts yet: a call that had to come again was overtaken."""
    server.kill()
    server.start()
    came = [f"e{n}" for n in range(300)]
    calls = []
    for n, event_id in enumerate(came):
        calls.append(asyncio.ensure_future(store.accept(message(event_id))))
        if n % 5 == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*calls)
    kept = []
    while claim := await store.claim(lease_s=LONG_S, wait_s=0.0):
        kept += [inbound.event_id for inbound in claim.turn.inbounds]
        await store.finish(claim, answered(claim))
    assert kept == came


async def test_after_a_restart_waiting_claimers_are_woken(store: RedisStore, server: RedisServer) -> None:
    waiting = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=60.0))
    await asyncio.sleep(0.2)
    server.kill()
    server.start()
    # A look that fell into the outage hears of it; its caller looks again.
    if waiting.done():
        assert isinstance(waiting.exception(), StoreUnavailable)
        waiting = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=60.0))
    await store.accept(message("e1"))
    async with asyncio.timeout(20.0):
        claim = await waiting
    assert claim is not None


async def test_a_frozen_server_that_thaws_serves_at_once_and_what_it_did_late_is_harmless(
    store: RedisStore, server: RedisServer
) -> None:
    server.freeze()
    assert await refused([store.accept(message("e1")), store.claim(lease_s=LONG_S, wait_s=0.0)]) < 2 * SOON_S
    server.thaw()
    assert await eventually(lambda: _answered(store), within_s=20.0)
    claim = await must_claim(store, wait_s=20.0)
    assert [inbound.event_id for inbound in claim.turn.inbounds] == ["e1"]
    assert claim.attempts == 1
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None


async def _answered(store: RedisStore) -> Accepted | None:
    try:
        return await store.accept(message("e1"))
    except StoreUnavailable:
        return None


async def test_a_claim_whose_answer_was_lost_is_given_again_at_once(store: RedisStore, server: RedisServer) -> None:
    """Not only when its lease has ended, and as the same attempt."""
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None  # the server knows the script from here on
    await store.accept(message("e1"))
    looking = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=0.0))
    # Frozen with the command in its socket: it is carried out when the server thaws, long after we gave up.
    server.freeze()
    assert await refused([looking]) < 2 * SOON_S
    server.thaw()
    with Redis.from_url(server.url) as beside:
        await eventually(lambda: asyncio.to_thread(beside.scard, "{bridge}:running"), within_s=20.0)
    claim = await must_claim(store)
    assert (claim.turn.inbounds[0].event_id, claim.attempts) == ("e1", 1)
    await store.finish(claim, answered(claim))
    assert (await store.gauges()).turns_running == 0


async def test_a_claimer_that_goes_away_while_it_asks_keeps_nothing(store: RedisStore, server: RedisServer) -> None:
    await store.accept(message("e1"))
    looking = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=0.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    looking.cancel()
    await asyncio.wait([looking])
    assert looking.cancelled()
    claim = await must_claim(store)
    assert claim.attempts == 1


async def test_a_turn_that_was_finished_without_our_hearing_of_it_is_finished(store: RedisStore) -> None:
    """Made again, and only so: by the same claim with the same words."""
    await store.accept(message("e1"))
    claim = await must_claim(store)
    turn = answered(claim)
    await store.finish(claim, turn)
    await store.finish(claim, turn)
    assert len((await store.conversation(conversation_id(), turns_max=9)).turns) == 1


async def test_a_full_server_keeps_no_new_message_and_lets_running_turns_end(tmp_path: Path) -> None:
    """With noeviction: it refuses what needs more memory, and says so; what is kept stays."""
    server = RedisServer(tmp_path / "redis", maxmemory="6mb")
    server.start()
    try:
        async with build(Settings(url=server.url)) as store:
            await store.accept(message("first", "first"))
            claim = await must_claim(store)
            ends = [await _kept(store, message(f"e{n}", f"key{n}", text="x" * 20_000)) for n in range(600)]
            kept = ends.count(True)
            assert 10 < kept < 600
            assert not ends[-1]
            await store.finish(claim, answered(claim))
            assert (await store.gauges()).turns_waiting == kept
            # Answering what is there makes room again.
            with Redis.from_url(server.url) as operator:
                operator.config_set("maxmemory", "60mb")
            assert (await store.accept(message("later"))).fresh
    finally:
        server.close()


async def _kept(store: RedisStore, inbound: Inbound) -> bool:
    try:
        return (await store.accept(inbound)).fresh
    except StoreUnavailable:
        return False


async def test_a_primary_that_has_become_a_replica_takes_nothing(store: RedisStore, server: RedisServer) -> None:
    with Redis.from_url(server.url) as operator:
        operator.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreUnavailable):
            await store.accept(message("e1"))
        operator.execute_command("REPLICAOF", "NO", "ONE")
    assert (await store.accept(message("e1"))).fresh


async def test_no_message_waits_behind_a_long_answer(server: RedisServer) -> None:
    """Readers that all come back at once, or one whose answer takes long on its way."""
    async with (
        FaultProxy.start("127.0.0.1", server.port) as way,
        build(Settings(url=f"redis://127.0.0.1:{way.listens_at}/0")) as store,
    ):
        await store.append("events:a", *["x" * 20_000] * 50)
        await store.accept(message("e0"))
        way.down.bytes_per_s = 50_000  # twenty seconds for all of it
        reading = asyncio.ensure_future(store.read("events:a", after=0, limit=50))
        await asyncio.sleep(0.2)
        assert (await store.accept(message("e1"))).fresh
        assert not reading.done()
        way.heal()
        await asyncio.wait([reading])


async def test_the_primary_that_took_its_place_behind_the_same_address_is_found(
    server: RedisServer, tmp_path: Path
) -> None:
    """As a failover of rented servers looks like: the old one goes on, as a replica, and keeps our connection."""
    other = RedisServer(tmp_path / "other")
    other.start()
    try:
        async with (
            FaultProxy.start("127.0.0.1", server.port) as address,
            build(Settings(url=f"redis://127.0.0.1:{address.listens_at}/0")) as store,
        ):
            await store.accept(message("e0"))
            with Redis.from_url(server.url) as operator:
                operator.execute_command("REPLICAOF", "127.0.0.1", other.port)
            address.port = other.port
            with pytest.raises(StoreUnavailable):
                await store.accept(message("e1"))
            assert await eventually(lambda: _answered(store), within_s=20.0)
    finally:
        other.close()


async def test_a_server_that_is_busy_with_somebody_elses_script_is_waited_for_and_not_believed(
    tmp_path: Path,
) -> None:
    server = RedisServer(tmp_path / "redis", busy_reply_threshold="50")
    server.start()
    try:
        async with build(Settings(url=server.url)) as store:
            await store.accept(message("e0"))
            with Redis.from_url(server.url) as beside, Redis.from_url(server.url) as operator:
                endless = asyncio.get_running_loop().run_in_executor(
                    None, lambda: _quietly(lambda: beside.eval("while true do end", 0))
                )
                await asyncio.sleep(0.3)
                assert await refused([store.accept(message("e1")) for _ in range(3)]) < 2 * SOON_S
                operator.script_kill()
                await endless
            answered_again = await eventually(lambda: _answered(store), within_s=20.0)
            assert answered_again is not None
            assert answered_again.fresh
    finally:
        server.close()


def _quietly(work: Callable[[], object]) -> None:
    with suppress(RedisError):  # killed, as the test wants
        work()


async def test_a_caller_that_goes_away_takes_no_answer_from_the_others(store: RedisStore) -> None:
    """Its command stays under way on the shared connection; its answer is nobody else's."""
    for n in range(50):
        calls = [asyncio.create_task(store.put(f"k{n}{i}", str(i))) for i in range(10)]
        gets = [asyncio.create_task(store.get(f"k{n}{i}")) for i in range(10)]
        for _ in range(n % 4):
            await asyncio.sleep(0)
        for gone in (*calls[::3], *gets[::2]):
            gone.cancel()
        answers = await asyncio.gather(*gets, return_exceptions=True)
        asked = {i: answer for i, answer in enumerate(answers) if not isinstance(answer, asyncio.CancelledError)}
        # What was not called off was done; what was, perhaps.
        assert {i: asked[i] for i in (1, 5, 7)} == {1: "1", 5: "5", 7: "7"}
        assert all(answer in (None, str(i)) for i, answer in asked.items())


async def test_a_lease_goes_on_through_a_restart(store: RedisStore, server: RedisServer) -> None:
    """Leases are kept as everything else is: a restart of the server gives no turn to a second worker."""
    await store.accept(message("e1"))
    claim = await must_claim(store, lease_s=LONG_S)
    server.kill()
    server.start()
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    await store.renew(claim, lease_s=SHORT_S)
    assert (await must_claim(store, wait_s=20.0)).fence > claim.fence


async def test_a_server_that_lost_its_last_second_gives_no_fence_twice(store: RedisStore, server: RedisServer) -> None:
    """As after a power cut: the claim is forgotten, its owner goes on. The next owner must not look like it."""
    await store.accept(message("e1"))
    before = await asyncio.to_thread(_copy, server)
    old = await must_claim(store)
    await asyncio.to_thread(_restore, server, before)
    new = await must_claim(store)
    assert new.fence > old.fence


def _copy(server: RedisServer) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()}


def _restore(server: RedisServer, files: dict[Path, bytes]) -> None:
    server.kill()
    for path, content in files.items():
        path.write_bytes(content)
    server.start()


def test_scripts_are_told_apart_by_what_they_say() -> None:
    assert Script("renew").sha != Script("record").sha
