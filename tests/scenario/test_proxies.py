"""Limits by address count people, not the proxy in front of the server."""

import aiohttp

from tests.fakes.server import start_server

LIMITS = {
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": 1,
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_PER_MINUTE": 0.001,
}


async def _begin(url: str, forwarded_for: str) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/widget/session", headers={"X-Forwarded-For": forwarded_for}) as answer,
    ):
        return answer.status


async def test_people_behind_a_trusted_proxy_have_limits_of_their_own() -> None:
    settings = LIMITS | {"BRIDGE_SERVER__TRUSTED_PROXIES": '["127.0.0.1"]'}
    async with start_server(settings=settings) as server:
        assert [await _begin(server.url, "203.0.113.7"), await _begin(server.url, "203.0.113.7")] == [200, 429]
        assert await _begin(server.url, "203.0.113.8") == 200
        # The right-most address is the one that the proxy itself saw; what stands before it, anybody can write.
        assert await _begin(server.url, "198.51.100.1, 203.0.113.8, 127.0.0.1") == 429


async def test_proxies_may_be_named_by_their_network() -> None:
    settings = LIMITS | {"BRIDGE_SERVER__TRUSTED_PROXIES": '["10.0.0.0/8", "127.0.0.0/8"]'}
    async with start_server(settings=settings) as server:
        assert [await _begin(server.url, "203.0.113.7"), await _begin(server.url, "203.0.113.7")] == [200, 429]
        assert await _begin(server.url, "203.0.113.8, 10.1.2.3") == 200
        # What is no address is nobody's proxy: it counts as whoever wrote it.
        assert await _begin(server.url, "203.0.113.8, unknown") == 200
        assert await _begin(server.url, "203.0.113.9, unknown") == 429


async def test_nobody_else_is_believed() -> None:
    async with start_server(settings=LIMITS) as server:
        assert [await _begin(server.url, "203.0.113.7"), await _begin(server.url, "203.0.113.8")] == [200, 429]


async def test_pages_can_read_answers_that_come_through_a_proxy() -> None:
    settings = {"BRIDGE_SERVER__TRUSTED_PROXIES": '["127.0.0.1"]'}
    async with start_server(settings=settings) as server, aiohttp.ClientSession() as http:
        headers = {"X-Forwarded-For": "203.0.113.7", "Origin": server.url}
        for path in ("/widget/session", "/widget/messages"):
            async with http.post(server.url + path, headers=headers) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == server.url
