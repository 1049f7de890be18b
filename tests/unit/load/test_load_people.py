"""The people of the load suite against a real server in this process: they measure what happens, and all of it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bench.load.people import CONNECTIONS, People, quantiles
from bench.load.wire import Pool, Stream
from tests.fakes.loopback import on_loopback
from tests.fakes.server import start_server
from tests.fakes.server_thread import GENEROUS


@asynccontextmanager
async def people() -> AsyncIterator[People]:
    async with start_server(settings=GENEROUS) as server:
        yield People([await Pool(server.url, CONNECTIONS).open()], [server.url], random.Random(1), ["Where is it?"])


async def test_messages_at_a_rate_are_all_counted() -> None:
    async with people() as crowd:
        told = await crowd.send(rate=50, seconds=0.4, sessions=3)

    assert told["accepted"] == 20
    assert len(told["turns"]) == 20
    assert (told["unanswered"], told["not_sent"], told["refused"]) == (0, 0, {})
    assert told["ms"]["p50"] > 0


async def test_conversations_hear_a_first_text_before_the_end_of_each_answer() -> None:
    async with people() as crowd:
        told = await crowd.talk(people=3, warm_s=0.0, seconds=0.3, spread_s=0.0)

    assert told["answers"] >= 3
    assert told["outcomes"] == {"answered": told["answers"]}
    assert not told["failed"]
    assert told["first_ms"]["max"] <= told["complete_ms"]["max"]


async def test_questions_are_asked_in_conversations_that_there_are() -> None:
    async with people() as crowd:
        _, token = await crowd.session(0)
        told = await crowd.ask([token], each=3)

    assert told["answers"] == 3


async def test_idle_streams_are_opened_and_closed_to_the_number_wished() -> None:
    async with people() as crowd:
        assert await crowd.watch(5) == {"streams": 5}
        assert await crowd.watch(0) == {"streams": 0}


async def test_a_server_that_refuses_is_no_accepted_message() -> None:
    settings = GENEROUS | {
        "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": 5,
        "BRIDGE_CHANNELS__WIDGET__MESSAGES_PER_MINUTE": 1,
    }
    async with start_server(settings=settings) as server:
        crowd = People([await Pool(server.url, CONNECTIONS).open()], [server.url], random.Random(1), ["Where is it?"])
        told = await crowd.send(rate=100, seconds=0.2, sessions=1)

    assert told["accepted"] == 5
    assert told["refused"] == {"429": 15}


def test_quantiles() -> None:
    assert quantiles([float(n) for n in range(100)]) == {"p50": 50, "p95": 95, "p99": 99, "max": 99}
    assert quantiles([]) == {}


async def test_a_stream_that_the_server_ends_is_read_on() -> None:
    """The store went away for a moment, say: the answer ends, and the connection could be used again."""
    asked: list[str | None] = []
    piece = b'id: 7\nevent: delta\ndata: {"text": "Hel"}\n\n'
    end = b'id: 8\nevent: done\ndata: {"text": "Hello", "outcome": "answered"}\n\n'

    async def events(wanted: web.Request) -> web.StreamResponse:
        asked.append(wanted.headers.get("Last-Event-ID"))
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(wanted)
        await answer.write(piece if len(asked) == 1 else end)
        if len(asked) > 1:
            await asyncio.Event().wait()
        return answer

    app = web.Application()
    app.add_routes([web.get("/widget/events", events)])
    async with on_loopback(app, cancels=True) as url:
        stream = Stream(url, "token")
        stream.listen()
        await stream.open()
        _, outcome = await asyncio.wait_for(stream.ended(), 30)
        stream.close()

    assert outcome == "answered"
    assert asked == [None, "7"]
    assert stream.broken == 1
