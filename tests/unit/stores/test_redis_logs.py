"""Logs on Redis: what one process appends, readers in every other get at once, and nothing is missed whatever happens
to the connection that tells of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bridge.errors import StoreUnavailable
from bridge.stores._tails import Tails
from bridge.stores.redis import RedisStore, build, logs
from bridge.stores.redis.listener import Listener
from bridge.stores.redis.part import Settings
from bridge.types import new_id
from tests.contract.stores import ENTRIES_MAX, eventually
from tests.fakes.redis_server import RedisServer

LONG_S = 60.0
"""A wait that no test sees the end of: what is missed at first is never found."""
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = _started(tmp_path_factory.mktemp("redis"))
    yield server
    server.close()


def _started(folder: Path) -> RedisServer:
    server = RedisServer(folder)
    server.start()
    return server


class Stores:
    """Several processes' stores on one server, with a prefix of the test's own."""

    def __init__(self, server: RedisServer, stack: AsyncExitStack) -> None:
        self._settings = Settings(url=server.url, prefix=new_id(), entries_max=ENTRIES_MAX)
        self._stack = stack

    async def open(self, **more: Any) -> RedisStore:
        return await self._stack.enter_async_context(build(self._settings.model_copy(update=more)))


@pytest.fixture
async def stores(server: RedisServer) -> AsyncIterator[Stores]:
    async with AsyncExitStack() as stack:
        yield Stores(server, stack)


async def _read(store: RedisStore, log: str, after: int = 0, wait_s: float = LONG_S) -> list[str]:
    return [entry.body for entry in await store.read(log, after=after, limit=99, wait_s=wait_s)]


async def _all(store: RedisStore, log: str, total: int) -> list[int]:
    """The ids that a reader gets, one call after the other as streams do, until it has so many."""
    ids: list[int] = []
    while len(ids) < total:
        ids += [entry.id for entry in await store.read(log, after=ids[-1] if ids else 0, limit=7, wait_s=LONG_S)]
    return ids


async def _told(store: RedisStore, channel: str) -> int:
    """How many connections listen to a log."""
    key = store._server.keys("log", channel)
    return int((await store._server.call("PUBSUB", "NUMSUB", key))[1])


async def _scripts(store: RedisStore) -> int:
    """How many the server has run."""
    told = await store._server.call("INFO", "commandstats")
    found = re.search(r"cmdstat_evalsha:calls=(\d+)", told)
    assert found
    return int(found[1])


async def _heard(store: RedisStore, log: str) -> None:
    """Wait until somebody listens to the log."""
    await eventually(lambda: _told(store, log), within_s=PATIENCE_S)


async def test_readers_in_another_process_are_told_at_once(stores: Stores) -> None:
    writer, reader = await stores.open(), await stores.open()
    async with asyncio.timeout(PATIENCE_S):
        for text in ("one", "två\n2 3", "", "x" * (logs.TOLD_MAX + 1)):
            reading = asyncio.create_task(_read(reader, "events:a", after=await writer.append("events:a", "before")))
            await _heard(writer, "events:a")
            await writer.append("events:a", text, "and", "more")
            assert await reading == [text, "and", "more"]


async def test_what_is_told_costs_no_look_each(stores: Stores) -> None:
    writer, reader = await stores.open(), await stores.open()
    async with asyncio.timeout(PATIENCE_S):
        readings = [asyncio.create_task(_all(reader, "events:a", 50)) for _ in range(20)]
        await _heard(writer, "events:a")
        await asyncio.sleep(0)
        before = await _scripts(writer)
        for n in range(50):
            await writer.append("events:a", str(n))
        assert await asyncio.gather(*readings) == [list(range(1, 51))] * 20
        assert await _scripts(writer) - before <= 50 + 20


async def test_no_reader_misses_an_entry_that_comes_as_it_begins(stores: Stores) -> None:
    writer, reader = await stores.open(), await stores.open()
    async with asyncio.timeout(PATIENCE_S):
        for n in range(100):
            reading = asyncio.create_task(_read(reader, f"events:{n}"))
            for _ in range(n % 10):
                await asyncio.sleep(0)
            await writer.append(f"events:{n}", "1")
            assert await reading == ["1"]


async def test_the_connection_that_tells_is_killed_again_and_again(stores: Stores) -> None:
    total, chance = 400, Random(1)
    writer, reader = [await stores.open(entries_max=total) for _ in range(2)]

    async def write() -> None:
        for n in range(total):
            await writer.append("events:a", str(n))
            if n % 20 == 13:
                await writer._server.call("CLIENT", "KILL", "TYPE", "pubsub")
            await asyncio.sleep(chance.choice([0.0, 0.001, 0.005]))

    async with asyncio.timeout(PATIENCE_S):
        readings = [asyncio.create_task(_all(reader, "events:a", total)) for _ in range(5)]
        await _heard(writer, "events:a")
        await write()
        assert await asyncio.gather(*readings) == [list(range(1, total + 1))] * 5


async def test_a_restart_of_the_server_costs_a_waiting_reader_nothing(tmp_path: Path) -> None:
    server = _started(tmp_path / "own")
    try:
        async with AsyncExitStack() as stack:
            both = Stores(server, stack)
            writer, reader = await both.open(), await both.open()
            await writer.append("events:a", "1")
            async with asyncio.timeout(PATIENCE_S):
                waiting = [asyncio.create_task(_read(reader, f"events:{name}", after=1)) for name in "aab"]
                await _heard(writer, "events:b")
                server.kill()
                with pytest.raises(StoreUnavailable):
                    await reader.read("events:a", after=1, limit=9)
                server.start()
                await writer.append("events:b", "1", "2")
                await writer.append("events:a", "2")
                assert await asyncio.gather(*waiting) == [["2"], ["2"], ["2"]]
    finally:
        server.close()


async def test_700_logs_are_watched_at_once_on_one_connection(stores: Stores) -> None:
    writer, reader = await stores.open(), await stores.open()
    async with asyncio.timeout(PATIENCE_S):
        readings = [asyncio.create_task(_read(reader, f"events:{n}")) for n in range(700)]
        for n in (0, 350, 699):
            await _heard(writer, f"events:{n}")
        await writer._server.call("CLIENT", "KILL", "TYPE", "pubsub")
        for n in range(700):
            await writer.append(f"events:{n}", str(n))
        assert await asyncio.gather(*readings) == [[str(n)] for n in range(700)]
        kinds = await writer._server.call("CLIENT", "LIST", "TYPE", "pubsub")
        assert len(kinds.split("\n")) <= 3, "one for each store that listens"


async def test_nobody_listens_to_a_log_that_nobody_watches(stores: Stores) -> None:
    writer = await stores.open()
    names, tails = [f"events:{n}" for n in range(30)], Tails()
    quick = Listener(writer._server, tails, linger_s=0.2, quiet_s=0.1)
    try:
        for _ in range(2):
            for name in names:
                with quick.watching(name):
                    await quick.heard(name)
                    assert await _told(writer, name) == 1
                    await writer.append(name, "1")

            async def nobody() -> bool:
                return sum([await _told(writer, name) for name in names]) == 0

            await eventually(nobody, within_s=PATIENCE_S)
            assert quick._watches == {}
            assert tails._tails == {}
    finally:
        await quick.close()


async def test_a_connection_without_signs_of_life_is_given_up(tmp_path: Path) -> None:
    server = _started(tmp_path / "own")
    try:
        async with AsyncExitStack() as stack:
            writer = await Stores(server, stack).open()
            quick = Listener(writer._server, Tails(), quiet_s=0.1)
            with quick.watching("events:a") as watch:
                await quick.heard("events:a")
                server.freeze()

                async def lost() -> bool:
                    return not watch.heard.done()

                await eventually(lost, within_s=PATIENCE_S)
                with pytest.raises(StoreUnavailable):
                    await quick.heard("events:a")
                server.thaw()

                async def found() -> bool:
                    return watch.heard.done()

                await eventually(found, within_s=PATIENCE_S)
            await quick.close()
    finally:
        server.close()


async def test_a_log_of_a_quiet_conversation_is_forgotten_unless_somebody_watches(stores: Stores) -> None:
    day_s = 86_400
    store = await stores.open(quiet_days=4.0 / day_s)
    await store.append("audit", "1", key="k")
    await store.append("events:gone", "1", key="k")
    await store.append("events:watched", "1", key="k")

    until = asyncio.get_running_loop().time() + 5.0
    while asyncio.get_running_loop().time() < until:
        await store.read("events:watched", after=1, limit=1, wait_s=0.3)
    assert await store.append("events:gone", "2", key="k") == 1
    assert await store.append("events:watched", "2", key="k") == 1
    assert await store.append("audit", "2", key="k") == 1
    assert await store.append("events:watched", "2") == 2


async def test_what_leaves_a_log_takes_its_key_along(stores: Stores) -> None:
    store = await stores.open()
    for n in range(3 * ENTRIES_MAX):
        await store.append("a", str(n), key=f"k{n}")
    kept = [entry.id for entry in await store.read("a", after=0, limit=9_999)]
    assert ENTRIES_MAX <= len(kept) <= ENTRIES_MAX + 50
    keys = int(await store._server.call("HLEN", store._server.keys("log-keys", "a")))
    assert keys == len(kept)
    assert await store.append("a", "again", key="k0") == kept[-1] + 1
    assert await store.append("a", "again", key=f"k{kept[0] - 1}") == kept[0]
