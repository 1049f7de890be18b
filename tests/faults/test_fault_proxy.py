"""The proxy with which the fault suite breaks the network is itself as it should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.fakes.fault_proxy import FaultProxy

SOON_S = 20.0
NEVER_S = 0.3


@asynccontextmanager
async def echo() -> AsyncIterator[FaultProxy]:
    """A proxy before a server that says everything back."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(1_000):
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, FaultProxy.start("127.0.0.1", server.sockets[0].getsockname()[1], seed=1) as proxy:
        yield proxy


@asynccontextmanager
async def client(proxy: FaultProxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.listens_at)
    try:
        yield reader, writer
    finally:
        writer.close()


async def said_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    writer.write(data)
    async with asyncio.timeout(SOON_S):
        return await reader.readexactly(len(data))


async def until_it_breaks(reader: asyncio.StreamReader) -> bytes:
    got = b""
    async with asyncio.timeout(SOON_S):
        with suppress(ConnectionError):
            while piece := await reader.read(100):
                got += piece
    return got


async def test_a_good_proxy_changes_nothing_and_hands_the_end_on() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        data = bytes(range(256)) * 4_000
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(SOON_S):
            assert await reader.read(-1) == data
    assert (proxy.connections, proxy.resets) == (1, 0)


async def test_latency_delays_and_keeps_what_follows_as_close_as_it_was() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        proxy.up.latency_s = proxy.down.latency_s = 0.25
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert await said_back(reader, writer, b"one") == b"one"
        assert loop.time() - started >= 0.5
        proxy.heal()
        started = loop.time()
        for number in range(5):
            writer.write(b"x%d" % number)
            await asyncio.sleep(0)
        async with asyncio.timeout(SOON_S):
            assert await reader.readexactly(10) == b"x0x1x2x3x4"


async def test_silence_breaks_nothing_and_what_was_sent_arrives_after_it() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        assert await said_back(reader, writer, b"before") == b"before"
        proxy.silence()
        writer.write(b"held")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NEVER_S):
                await reader.read(10)
        proxy.heal()
        async with asyncio.timeout(SOON_S):
            assert await reader.readexactly(4) == b"held"


async def test_each_direction_is_silent_on_its_own() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        proxy.down.silent = True
        writer.write(b"done, and nobody hears of it")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NEVER_S):
                await reader.read(10)
        proxy.down.silent = False
        async with asyncio.timeout(SOON_S):
            assert await reader.readexactly(4) == b"done"


async def test_a_connection_is_cut_after_so_many_bytes() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        proxy.down.cut_after = 5
        writer.write(b"0123456789")
        assert len(await until_it_breaks(reader)) <= 5
        assert proxy.resets == 1


async def test_a_trickle_is_slow_and_whole() -> None:
    async with echo() as proxy, client(proxy) as (reader, writer):
        proxy.down.bytes_per_s = 100
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert await said_back(reader, writer, b"0123456789" * 2) == b"0123456789" * 2
        assert loop.time() - started >= 0.15


async def test_open_connections_are_reset_and_new_ones_refused_until_it_is_healed() -> None:
    async with echo() as proxy:
        async with client(proxy) as (reader, writer):
            assert await said_back(reader, writer, b"x") == b"x"
            proxy.reset()
            async with asyncio.timeout(SOON_S):
                with pytest.raises(ConnectionError):
                    await reader.read(1)
        proxy.refuses = True
        async with client(proxy) as (reader, writer):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await said_back(reader, writer, b"x")
        proxy.heal()
        async with client(proxy) as (reader, writer):
            assert await said_back(reader, writer, b"x") == b"x"


async def test_a_share_of_what_is_sent_breaks_its_connection() -> None:
    async with echo() as proxy:
        proxy.dropped_share = 0.2
        broken = 0
        for _ in range(60):
            async with client(proxy) as (reader, writer):
                try:
                    await said_back(reader, writer, b"x")
                except (ConnectionError, asyncio.IncompleteReadError):
                    broken += 1
        assert proxy.resets == broken
        assert 3 <= broken <= 30


async def test_a_server_that_is_not_there_is_a_reset() -> None:
    taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    taken.close()
    await taken.wait_closed()
    async with FaultProxy.start("127.0.0.1", port) as proxy, client(proxy) as (reader, _):
        assert await until_it_breaks(reader) == b""
