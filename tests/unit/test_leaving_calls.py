"""Calls to platforms and to a business's system: none leaves this process after the end of its lease."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge import leases
from bridge.backends.http.client import HttpBackend
from bridge.backends.http.settings import HttpSettings
from bridge.channels.slack.api import SlackApi
from bridge.channels.telegram.api import Api as TelegramApi
from bridge.channels.whatsapp.api import Api as TwilioApi
from bridge.errors import BridgeError, LeaseLost
from bridge.leases import Lease

DISCOUNT = {"customer_id": "C-1001", "amount": {"amount": 500, "currency": "GBP"}, "reason": "late"}


@asynccontextmanager
async def _listening() -> AsyncIterator[tuple[str, list[str]]]:
    """A platform that counts who comes."""
    came: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        came.append(request.path)
        return web.json_response({"ok": False, "error": "no"}, status=400)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", hear)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), came


async def _slack(url: str) -> None:
    async def token(team: str) -> str:
        await asyncio.sleep(0)
        return "xoxb-1"

    api = SlackApi(f"{url}/api/", timeout_s=5.0, token_of=token)
    try:
        await api.call("T1", "chat_postMessage", creates=True, channel="C1", text="x")
    finally:
        await api.close()


async def _slack_upload(url: str) -> None:
    api = SlackApi(f"{url}/api/", timeout_s=5.0, token_of=lambda team: asyncio.sleep(0, ""))
    try:
        await api.send(f"{url}/upload", b"x")
    finally:
        await api.close()


async def _telegram(url: str) -> None:
    api = TelegramApi(SecretStr("1:a"), url=url, call_s=5.0)
    try:
        await api.set_commands([])
    finally:
        await api.close()


async def _twilio(url: str) -> None:
    api = TwilioApi("AC" + "0" * 32, SecretStr("t"), url)
    try:
        await api.create(to="whatsapp:+1", from_="whatsapp:+2", body="x")
    finally:
        await api.close()


async def _backend(url: str) -> None:
    settings = {"base_url": url, "auth": "none", "operations": {"discount": {"path": "/discounts"}}}
    backend = HttpBackend(HttpSettings.model_validate(settings), {})
    try:
        await backend.call("discount", DISCOUNT, key="k")
    finally:
        await backend.aclose()


CALLS: dict[str, Callable[[str], Awaitable[None]]] = {
    "slack": _slack,
    "slack upload": _slack_upload,
    "telegram": _telegram,
    "twilio": _twilio,
    "backend": _backend,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_no_call_leaves_after_the_end_of_its_lease(call: Callable[[str], Awaitable[None]]) -> None:
    now = [1_000.0]
    async with _listening() as (url, came):
        with leases.held(Lease(15.0, lambda: now[0])):
            with pytest.raises(BridgeError):
                await call(url)
            assert len(came) == 1
            now[0] += 45.0
            with pytest.raises(LeaseLost):
                await call(url)
        assert len(came) == 1
