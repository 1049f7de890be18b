"""What an operator sees and does: health, metrics, shutting down."""

import asyncio
import socket
from contextlib import suppress

import aiohttp
import pytest
from yarl import URL

from bridge.errors import ConfigError
from bridge.ports import Accepted
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Inbound
from tests.fakes.brains import Gate
from tests.fakes.server import Server, start_server
from tests.fakes.widget_client import Visitor, check_grammar, visiting

HEALTHY = {"ready": True, "role": "all", "store": {"ready": True}, "turns": {"ready": True, "running": 0}}


async def test_health_is_short_and_says_nothing_more(server: Server, visitor: Visitor) -> None:
    async with visitor.http.get(server.url + "/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"alive": True})
    async with visitor.http.get(server.url + "/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, HEALTHY)


async def test_metrics_count_what_happened(server: Server, visitor: Visitor) -> None:
    async def figures() -> dict[str, float]:
        async with visitor.http.get(server.url + "/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            lines = (line.rpartition(" ") for line in (await answer.text()).splitlines() if not line.startswith("#"))
            return {name: float(value) for name, _, value in lines}

    before = await figures()
    await visitor.ask("Where is my secret-marker parcel?")
    await visitor.post("/widget/messages", {})
    after = await figures()

    def risen(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert risen('bridge_messages_total{channel="widget",fresh="true"}') == 1
    assert risen('bridge_turns_total{channel="widget",outcome="answered",rung="echo"}') == 1
    assert risen('bridge_refused_total{reason="BadPayload"}') == 1
    assert risen("bridge_first_text_seconds_count") == 1
    assert risen("bridge_turn_seconds_count") == 1
    assert after["bridge_store_turns_waiting"] == after["bridge_store_turns_running"] == 0
    assert not any("secret-marker" in name or visitor.key in name for name in after)


async def test_answers_say_nothing_of_what_they_are_made_with(server: Server, visitor: Visitor) -> None:
    for path in ("/healthz", "/", "/widget.js", "/nowhere", "/widget/events"):
        async with visitor.http.get(server.url + path) as answer:
            assert answer.headers["Server"] == "bridge"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_demo_page_can_be_turned_off() -> None:
    settings = {"BRIDGE_CHANNELS__WIDGET__DEMO_PAGE": "false"}
    async with start_server(settings=settings) as server, aiohttp.ClientSession() as http:
        async with http.get(server.url + "/") as answer:
            assert answer.status == 404
        async with http.get(server.url + "/widget.js") as answer:
            assert answer.status == 200


async def test_a_shutdown_lets_running_answers_end() -> None:
    gate = Gate()
    settings = {"BRIDGE_SERVER__DRAIN_S": 5}
    async with start_server(gate, settings=settings) as server, visiting(server.url) as visitor:
        turn_id = await visitor.say("Hello?")
        reading = asyncio.create_task(visitor.read_turn(turn_id))
        await gate.reached(1)
        asyncio.get_running_loop().call_later(1.0, gate.open.set)
        server.stop()
        events = await reading

        assert events[-1].data["text"] == "So: Hello?"


async def test_what_a_shutdown_cuts_off_ends_in_the_next_life() -> None:
    """In the same message, with one status, and with text that adds up."""
    store, gate = MemoryStore(Settings()), Gate()
    async with start_server(gate, store=store) as first, visiting(first.url) as visitor:
        turn_id = await visitor.say("Hello?")
        await visitor.read_until(lambda event: event.type == "delta")
    gate.open.set()

    async with start_server(gate, store=store) as second, aiohttp.ClientSession() as http:
        visitor.http, visitor.url = http, second.url
        events = await visitor.read_turn(turn_id)

    check_grammar(events)
    assert [event.data for event in events if event.type == "done"] == [
        {"turn_id": turn_id, "text": "So: Hello?", "citations": [], "outcome": "answered"}
    ]


async def test_a_shutdown_with_open_streams_is_quick(server: Server, visitor: Visitor) -> None:
    loop = asyncio.get_running_loop()
    async with start_server() as other, visiting(other.url) as guest, guest.stream() as stream:
        await stream.content.readline()
        started = loop.time()
        other.stop()
        with suppress(aiohttp.ClientPayloadError):
            await stream.content.read()
        assert loop.time() - started < 20, "the stream was waited for"


@pytest.mark.parametrize("rounds", range(6))
async def test_who_connects_while_it_ends_is_not_kept_waiting(rounds: int) -> None:
    """In whichever round of the loop that is."""
    loop = asyncio.get_running_loop()
    async with start_server() as server:
        url = URL(server.url)
        client = socket.create_connection((url.host, url.port))
        for _ in range(rounds):
            await asyncio.sleep(0)
    with client, suppress(ConnectionResetError):
        client.setblocking(False)
        assert await asyncio.wait_for(loop.sock_recv(client, 1), 5) == b""


async def test_a_channel_that_cannot_be_built_leaves_the_port_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "BRIDGE_SERVER__PORT": port,
        "BRIDGE_CHANNELS__TELEGRAM__ENABLED": "true",
        "TELEGRAM_BOT_TOKEN": "none",
        "TELEGRAM_WEBHOOK_SECRET": "a-secret",
    }
    with pytest.raises(ExceptionGroup) as failed:
        async with start_server(settings=settings):
            raise AssertionError("it started")
    assert failed.group_contains(ConfigError, match="TELEGRAM_BOT_TOKEN")
    socket.create_server(("127.0.0.1", port)).close()


class SlowStore(MemoryStore):
    """Keeps a message only after a while."""

    KEEPS_S = 1.6

    async def accept(self, inbound: Inbound) -> Accepted:
        await asyncio.sleep(self.KEEPS_S)
        return await super().accept(inbound)


async def test_a_shutdown_answers_the_requests_that_have_begun() -> None:
    """A sender that hears nothing sends again, and to many senders nobody answers a second time."""
    async with start_server(store=SlowStore(Settings())) as server, visiting(server.url) as visitor:
        asyncio.get_running_loop().call_later(0.2, server.stop)
        assert await visitor.say("Hello?")
