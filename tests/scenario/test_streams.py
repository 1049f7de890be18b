"""The event stream: resumed anywhere, read by several, never faster than its reader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from bridge.channels.widget.events import entry, log_name
from bridge.errors import StoreUnavailable
from bridge.ports import Emit, Entry
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Conversation, Outcome, Reply, TextDelta, Turn
from tests.fakes.brains import Gate
from tests.fakes.server import Server, start_server
from tests.fakes.widget_client import Visitor, visiting


async def test_a_reader_that_resumes_anywhere_gets_the_same_bytes(visitor: Visitor) -> None:
    await visitor.ask("What does a service cost, and when can I bring my bike? ✓")
    events = await visitor.read_turn(await visitor.say("And a second one?"))
    whole = [event.raw for event in events]
    last = events[-1].id

    for position in range(last):
        rest = await visitor.read_until(lambda event: event.id == last, after=position)
        assert [event.raw for event in rest] == whole[position:]


async def test_two_readers_see_the_same(gated: Visitor, gate: Gate) -> None:
    turn_id = await gated.say("Hello?")
    readers = [asyncio.create_task(gated.read_turn(turn_id)) for _ in range(2)]
    await asyncio.sleep(0.05)
    gate.open.set()

    one, two = await asyncio.gather(*readers)

    assert one == two


async def test_a_stream_is_what_browsers_and_proxies_need(visitor: Visitor) -> None:
    async with visitor.stream() as stream:
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["Cache-Control"] == "no-store, no-transform"
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert await stream.content.readline() == b"retry: 2000\n"


@pytest.mark.parametrize(("cursor", "status"), [("", 200), ("0", 200), ("999", 200), ("-1", 400), ("x", 400)])
async def test_what_a_cursor_may_be(visitor: Visitor, cursor: str, status: int) -> None:
    headers = visitor.headers | {"Last-Event-ID": cursor}
    async with visitor.http.get(visitor.url + "/widget/events", headers=headers) as answer:
        assert answer.status == status


async def test_a_silent_stream_is_kept_alive() -> None:
    settings = {"BRIDGE_CHANNELS__WIDGET__HEARTBEAT_S": 0.05}
    async with start_server(settings=settings) as server, visiting(server.url) as visitor, visitor.stream() as stream:
        assert await stream.content.readexactly(len("retry: 2000\n\n:\n\n:\n\n")) == b"retry: 2000\n\n:\n\n:\n\n"


async def test_no_more_streams_than_allowed_and_places_are_freed_at_once() -> None:
    settings = {"BRIDGE_CHANNELS__WIDGET__STREAMS_MAX": 3}
    async with start_server(settings=settings) as server, visiting(server.url) as visitor:
        open_streams = [await visitor.http.get(f"{visitor.url}/widget/events", headers=visitor.headers) for _ in "123"]

        async with visitor.stream() as refused:
            assert refused.status == 429
            assert int(refused.headers["Retry-After"]) >= 1
        open_streams[0].close()
        async with asyncio.timeout(30):
            while (status := await _status(visitor)) != 200:
                assert status == 429
                await asyncio.sleep(0.01)
        for stream in open_streams:
            stream.close()


async def _status(visitor: Visitor) -> int:
    async with visitor.stream() as stream:
        return stream.status


async def test_a_conversation_of_many_cuts_arrives_whole(gated: Visitor, gate: Gate) -> None:
    """The reader loses its connection after every few bytes, and comes back with its cursor."""
    gate.open.set()
    turns = [await gated.say(f"question {n} " + "x" * 500) for n in range(8)]
    await gated.read_turn(turns[-1])
    whole = b"".join(event.raw for event in await gated.read_turn(turns[-1]))

    seen, after, cuts = b"", 0, 0
    while len(seen) < len(whole):
        async with gated.stream(after) as stream:
            await stream.content.readuntil(b"\n\n")
            part = b""
            with suppress(asyncio.IncompleteReadError, aiohttp.ClientError):
                part = await stream.content.readexactly(min(700 + 97 * cuts, len(whole) - len(seen)))
        complete = part[: part.rfind(b"\n\n") + 2] if b"\n\n" in part else b""
        seen += complete
        after += complete.count(b"\n\n")
        cuts += 1

    assert seen == whole
    assert cuts > 5


async def test_a_slow_reader_costs_no_memory(server: Server, visitor: Visitor) -> None:
    """What it has not read stays in the store: the server reads on only as the reader does."""
    body = entry("message", {"text": "x" * 10_000})
    for _ in range(200):
        await server.store.append(log_name(visitor.key), *[body] * 20)

    async with visitor.stream() as stream:
        handed_out = 0
        while handed_out != (now := _reads(server.store)):
            handed_out = now
            await asyncio.sleep(0.3)
        assert 0 < handed_out <= 10  # of 21; the first of them fill the sockets' own buffers
        assert stream.status == 200


class Counting(MemoryStore):
    """Counts how often its logs were read."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.reads = 0

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> list[Entry]:
        self.reads += 1
        return list(await super().read(log, after=after, limit=limit, wait_s=wait_s))


def _reads(store: object) -> int:
    assert isinstance(store, Counting)
    return store.reads


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with start_server(store=Counting()) as started:
        yield started


class Broken(MemoryStore):
    """A store whose logs go away while somebody reads them."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.error: Exception | None = None

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> list[Entry]:
        found = list(await super().read(log, after=after, limit=limit, wait_s=min(wait_s, 0.05)))
        if self.error:
            raise self.error
        return found


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ZeroDivisionError("a bug")], ids=["away", "bug"])
async def test_whatever_breaks_an_open_stream_ends_it_and_nothing_else_is_written(error: Exception) -> None:
    store = Broken()
    async with start_server(store=store) as server, visiting(server.url) as visitor:
        await visitor.ask("Hello?")
        async with visitor.stream(after=10_000) as stream:
            await stream.content.readuntil(b"\n\n")
            store.error = error
            rest, cut = b"", False
            try:
                rest = await stream.content.read()
            except aiohttp.ClientPayloadError:
                cut = True

        assert rest == b""
        assert cut is isinstance(error, ZeroDivisionError), "a store that is away is an orderly end"


async def test_the_text_is_whole_however_fast_it_comes() -> None:
    async def chatter(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        said = ""
        for number in range(2_000):
            emit(TextDelta(f"{number} "))
            said += f"{number} "
            if number % 50 == 0:
                await asyncio.sleep(0.001)
        return Reply(text=said, outcome=Outcome.ANSWERED)

    settings = {"BRIDGE_CHANNELS__WIDGET__EDIT_INTERVAL_S": 0}
    async with start_server(chatter, settings=settings) as server, visiting(server.url) as visitor:
        events = await visitor.read_turn(await visitor.say("Go!"))

        assert events[-1].data["text"].startswith("0 1 2 ")
        assert len(events) > 5
