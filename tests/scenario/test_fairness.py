"""One visitor cannot take what belongs to all, nor mix up what is stored."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import jwt

from bridge import feedback
from tests.fakes.server import start_server

STREAMS = {
    "BRIDGE_CHANNELS__WIDGET__STREAMS_PER_SESSION_MAX": 2,
    "BRIDGE_CHANNELS__WIDGET__STREAMS_PER_ADDRESS_MAX": 3,
}
IDENTITY_KEY = "the-secret-of-the-host-of-the-page"


async def _session(http: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, str]:
    async with http.post(f"{url}/widget/session", json=body) as answer:
        assert answer.status == 200
        return {"Authorization": f"Bearer {(await answer.json())['token']}"}


async def _send(http: aiohttp.ClientSession, url: str, headers: dict[str, str], name: str, text: str) -> str:
    body = {"client_msg_id": name, "text": text}
    async with http.post(f"{url}/widget/messages", json=body, headers=headers) as answer:
        assert answer.status == 202
        return str((await answer.json())["turn_id"])


async def _finished(store: Any, turn_id: str) -> None:
    for _ in range(3_000):
        if (turn := await store.turn(turn_id)) and turn.reply:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the turn did not end")


async def test_a_session_and_an_address_have_streams_of_their_own_limits() -> None:
    async with start_server(settings=STREAMS) as server, aiohttp.ClientSession() as http:
        first, second = await _session(http, server.url), await _session(http, server.url)
        streams = [await http.get(f"{server.url}/widget/events", headers=who) for who in (first, first, first, second)]
        assert [stream.status for stream in streams] == [200, 200, 429, 200]
        full = await http.get(f"{server.url}/widget/events", headers=second)
        assert full.status == 429
        for stream in streams:
            stream.close()
        # Places come back when the readers have gone.
        async with asyncio.timeout(30):
            while (again := await http.get(f"{server.url}/widget/events", headers=first)).status != 200:
                await _send(http, server.url, first, "wake", "wakes the readers that have gone")
                await asyncio.sleep(0.05)
        again.close()


async def test_an_identity_is_cleaned_before_it_names_a_sender() -> None:
    claims = {"sub": "us\0er\ud800", "name": "n" * 1_000 + "\udfff", "exp": int(time.time()) + 600}
    signed = jwt.encode(claims, IDENTITY_KEY, algorithm="HS256")
    settings = {"WIDGET_IDENTITY_SECRET": IDENTITY_KEY}
    async with start_server(settings=settings) as server, aiohttp.ClientSession() as http:
        who = await _session(http, server.url, identity=signed)
        turn = await server.store.turn(await _send(http, server.url, who, "1", "hello"))  # type: ignore[arg-type]
        assert turn is not None
        assert turn.inbounds[0].sender.id == "user?"
        assert len(turn.inbounds[0].sender.name) == 256


async def test_a_message_cannot_pass_for_a_retry() -> None:
    async with start_server() as server, aiohttp.ClientSession() as http:
        who = await _session(http, server.url)
        asked = await _send(http, server.url, who, "1", "hello")
        await _finished(server.store, asked)
        named = [await _send(http, server.url, who, name, "not a retry") for name in (f"r:{asked}", f"retry-{asked}")]
        async with http.post(f"{server.url}/widget/turns/{asked}/retry", headers=who) as answer:
            retried = (await answer.json())["turn_id"]
        turn = await server.store.turn(retried)
        assert turn is not None
        assert "hello" in [inbound.text for inbound in turn.inbounds if inbound.retry_of == asked]
        assert asked not in named


async def test_the_same_thumb_is_kept_once_and_a_blank_comment_is_none() -> None:
    async with start_server() as server, aiohttp.ClientSession() as http:
        who = await _session(http, server.url)
        turn_id = await _send(http, server.url, who, "1", "hello")
        bodies = [{"rating": "up"}, {"rating": "up", "comment": " \n"}, {"rating": "down", "comment": "too long"}]
        for body in bodies:
            async with http.post(f"{server.url}/widget/turns/{turn_id}/feedback", json=body, headers=who) as answer:
                assert answer.status == 204
        kept = [json.loads(entry.body) for entry in await server.store.read(feedback.LOG, after=0, limit=9)]
        assert [(each["rating"], each["comment"]) for each in kept] == [("up", ""), ("down", "too long")]
