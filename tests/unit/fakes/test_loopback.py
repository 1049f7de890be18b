"""The end of a stand-in is the end of all its connections."""

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import web
from yarl import URL

from tests.fakes.loopback import on_loopback


@pytest.mark.parametrize("rounds", range(6))
async def test_who_connects_while_it_ends_is_not_kept_waiting(rounds: int) -> None:
    """In whichever round of the loop that is."""
    async with on_loopback(web.Application()) as at:
        url = URL(at)
        client = socket.create_connection((url.host, url.port))
        for _ in range(rounds):
            await asyncio.sleep(0)
    with client, suppress(ConnectionResetError):
        client.setblocking(False)
        assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 1), 5) == b""


async def test_its_port_is_free_again() -> None:
    async with on_loopback(web.Application()) as at:
        port = URL(at).port
    async with on_loopback(web.Application(), port=port or 0) as again:
        assert again == at
