"""What channels do beside their routes, cut off: it ends, and what is known of it is true."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from bridge.channels.slack import sockets
from bridge.channels.whatsapp.ledger import Ledger
from bridge.channels.whatsapp.posting import Poster
from bridge.stores.memory import MemoryStore, Settings


async def test_a_socket_that_is_given_up_is_told_as_lost() -> None:
    """Another process may have the socket next, and this one later again: it must not believe that it has listened."""

    async def greet(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/", greet)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told: list[bool] = []
    heard = asyncio.Event()

    def connected(yes: bool) -> None:
        told.append(yes)
        heard.set()

    async def open_url() -> str:
        return f"ws://127.0.0.1:{runner.addresses[0][1]}/"

    async def hear(_: object) -> None:
        return None

    listening = asyncio.ensure_future(sockets.listen(open_url, hear, connected))
    await heard.wait()
    assert told == [True]
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert told == [True, False]
    await runner.cleanup()


async def test_who_waits_for_the_status_of_a_message_ends_when_it_is_told_of_at_that_moment() -> None:
    ledger = Ledger(MemoryStore(Settings()), "whatsapp:+1")
    settings, context = SimpleNamespace(sent_wait_s=30.0), SimpleNamespace(business={})
    poster = Poster(cast(Any, settings), cast(Any, context), cast(Any, None), ledger)
    bell = ledger.bell("SM1")
    waiting = asyncio.ensure_future(poster._outcome("SM1"))
    for _ in range(10):
        await asyncio.sleep(0)
    # The wait inside has ended when the cancellation comes, and nobody has looked at it.
    bell.set()
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=20.0)
    assert waiting.cancelled()
