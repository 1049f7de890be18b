"""What is too much is refused, with the time to come back, and costs nobody else anything."""

import asyncio
import io
import zlib

import pytest

from tests.fakes.server import start_server
from tests.fakes.widget_client import Visitor, another, visiting


async def test_a_flood_of_messages_is_refused_and_told_when_to_come_back() -> None:
    settings = {
        "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": 5,
        "BRIDGE_CHANNELS__WIDGET__MESSAGES_PER_MINUTE": 60,
    }
    async with start_server(settings=settings) as server, visiting(server.url) as visitor:
        bodies = [{"client_msg_id": str(n), "text": f"message {n}"} for n in range(12)]
        answers = await asyncio.gather(*(visitor.post("/widget/messages", body) for body in bodies))

        refused = [headers for status, _, headers in answers if status == 429]
        kept = [answer["turn_id"] for status, answer, _ in answers if status == 202]
        assert (len(kept), len(refused)) == (5, 7)
        assert all(1 <= int(headers["Retry-After"]) <= 60 for headers in refused)
        for turn_id in set(kept):
            await visitor.read_turn(turn_id)
        assert await (await another(visitor)).say("I am somebody else")


async def test_a_flood_of_sessions_is_refused() -> None:
    settings = {"BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": 4}
    async with start_server(settings=settings) as server, visiting(server.url) as visitor:
        answers = await asyncio.gather(*(visitor.http.post(f"{server.url}/widget/session") for _ in range(8)))

        assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 5
        assert await visitor.begin(), "a visitor who is here already is not counted"


@pytest.mark.parametrize("path", ["/widget/messages", "/widget/session", "/widget/turns/x/feedback", "/nowhere"])
async def test_a_body_that_is_too_large_is_refused(visitor: Visitor, path: str) -> None:
    async def pieces() -> object:
        for _ in range(40):
            yield b"x" * 50_000

    for data in (io.BytesIO(b"x" * 1_100_000), pieces()):
        async with visitor.http.post(visitor.url + path, data=data, headers=visitor.headers) as answer:
            assert answer.status in ((413, 404) if path == "/nowhere" else (413,))
            assert await answer.json() in (
                {"error": "The request is too large."},
                {"error": "There is nothing here."},
            )
    assert await visitor.ask("Hello?")


async def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(visitor: Visitor) -> None:
    bomb = zlib.compress(b'{"text": "' + b"x" * 50_000_000)
    headers = visitor.headers | {"Content-Encoding": "deflate"}
    async with visitor.http.post(visitor.url + "/widget/messages", data=bomb, headers=headers) as answer:
        assert answer.status == 413


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "Hello?"},
        {"client_msg_id": "1"},
        {"client_msg_id": "", "text": "Hello?"},
        {"client_msg_id": 1, "text": "Hello?"},
        {"client_msg_id": "1", "text": ""},
        {"client_msg_id": "1", "text": "  \n\t "},
        {"client_msg_id": "1", "text": "\0\0"},
        {"client_msg_id": "1", "text": None},
        {"client_msg_id": "1", "text": ["Hello?"]},
        {"client_msg_id": "1", "text": "x" * 4_001},
        {"client_msg_id": "x" * 129, "text": "Hello?"},
        {"client_msg_id": "nul\0", "text": "Hello?"},
        {"client_msg_id": "half \ud800", "text": "Hello?"},
        [],
        None,
        "Hello?",
    ],
)
async def test_a_message_that_says_nothing_is_refused(visitor: Visitor, body: object) -> None:
    status, answer, _ = await visitor.post("/widget/messages", body)

    assert (status, answer) == (400, {"error": "The request cannot be read."})


async def test_half_a_surrogate_pair_in_a_text_does_no_harm(visitor: Visitor) -> None:
    assert (await visitor.ask("half \ud83d and \0 nul"))["text"] == "You said: half ? and  nul "
