"""Which pages may use the widget."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.server import Server, start_server
from tests.fakes.widget_client import Visitor, visiting

SHOP = "https://shop.example"
ROUTES = (
    ("POST", "/widget/session"),
    ("POST", "/widget/messages"),
    ("GET", "/widget/events"),
    ("POST", "/widget/turns/x/stop"),
    ("POST", "/widget/turns/x/retry"),
    ("POST", "/widget/turns/x/feedback"),
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    settings = {
        "BRIDGE_CHANNELS__WIDGET__ALLOWED_ORIGINS": f'["{SHOP}"]',
        "BRIDGE_SERVER__PUBLIC_URL": "https://chat.example/",
    }
    async with start_server(settings=settings) as started:
        yield started


@pytest.mark.parametrize("origin", [SHOP, "https://chat.example", "HTTPS://Shop.example"])
async def test_a_page_of_an_allowed_origin_may_talk(server: Server, origin: str) -> None:
    async with visiting(server.url, origin=origin) as visitor:
        assert await visitor.ask("Hello?")


async def test_the_servers_own_pages_may_talk(server: Server) -> None:
    for own in (server.url, server.url.replace("127.0.0.1", "localhost")):
        async with visiting(server.url, origin=own) as visitor:
            assert await visitor.ask("Hello?")


async def test_a_program_has_no_origin(server: Server) -> None:
    async with visiting(server.url) as visitor:
        assert await visitor.ask("Hello?")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://notshop.example",
        "https://shop.example/",
        "https://shop.example, https://evil.example",
        "file://",
    ],
)
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_page_of_another_origin_is_refused_everywhere(
    server: Server, visitor: Visitor, method: str, path: str, origin: str
) -> None:
    headers = visitor.headers | {"Origin": origin}
    for how in (method, "OPTIONS"):
        async with visitor.http.request(how, server.url + path, headers=headers, json={}) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert await answer.json() == {"error": "Not allowed from this page."}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_browser_may_ask_first(server: Server, visitor: Visitor, method: str, path: str) -> None:
    asking = {
        "Origin": SHOP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, last-event-id",
    }
    async with visitor.http.options(server.url + path, headers=asking) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert method in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert {"authorization", "content-type", "last-event-id"} <= {name.strip() for name in allowed.split(",")}
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


async def test_the_page_can_read_answers_also_refusals_and_streams(server: Server, visitor: Visitor) -> None:
    async with visiting(server.url, origin=SHOP) as shopper:
        good = await shopper.post("/widget/messages", {"client_msg_id": "1", "text": "Hello?"})
        bad = await shopper.post("/widget/messages", {})
        shopper.token = "nonsense"
        unknown = await shopper.post("/widget/messages", {})
        shopper.token = visitor.token
        async with shopper.stream() as stream:
            streamed = stream.headers

    assert [good[0], bad[0], unknown[0]] == [202, 400, 401]
    for headers in (good[2], bad[2], unknown[2], streamed):
        assert headers["Access-Control-Allow-Origin"] == SHOP
        assert "Retry-After" in headers["Access-Control-Expose-Headers"]
        assert headers["Vary"] == "Origin"


async def test_the_script_may_be_loaded_by_any_page(server: Server, visitor: Visitor) -> None:
    async with visitor.http.get(server.url + "/widget.js", headers={"Origin": "https://any.example"}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
