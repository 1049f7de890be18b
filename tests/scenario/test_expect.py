"""An `Expect` header that aiohttp itself would stumble over."""

import asyncio

import pytest

from tests.fakes.server import start_server


@pytest.mark.parametrize("expect", [b"bananas", b"\xca\x9e", b""])
async def test_an_unknown_expectation_is_refused_in_our_own_words(expect: bytes) -> None:
    async with start_server() as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: " + expect + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 417")
    assert b"bananas" not in answer
    assert b"Server: bridge\r\n" in answer
