"""What is hardly HTTP: broken, hostile and endless bytes on a socket. Every answer is short and says nothing."""

import asyncio
import re
from contextlib import suppress

import pytest

from bridge import __version__
from tests.fakes.server import Server, start_server
from tests.fakes.widget_client import Visitor, visiting

MARKER = b"hk7-marker"
TELLTALES = re.compile(
    rb"Traceback|File \"|line \d+|\.py|/work|/home|/usr|aiohttp|Python/|python|site-packages|<class|0x[0-9a-f]{6}"
    rb"|sqlite|Exception|Error:|" + re.escape(__version__.encode()),
    re.IGNORECASE,
)
HOST = b"Host: x\r\n"
JSON = b"Content-Type: application/json\r\n"


async def exchange(server: Server, data: bytes, within_s: float = 30.0) -> bytes:
    """Send bytes, close our side, and return all that comes back."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(within_s):
            writer.write(data)
            await writer.drain()
            answer = b""
            while piece := await reader.read(65_536):
                answer += piece
                if _complete(answer):
                    break
            return answer
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return bool(found and length and len(body) >= int(length[1]))


def check_answer(answer: bytes, *, status: str = "4..") -> None:
    """A refusal in our words: no version, path or trace, and nothing of what was sent."""
    assert re.match(rf"HTTP/\d\.\d ({status}) ".encode(), answer), answer[:200]
    assert b"Server: bridge\r\n" in answer
    assert MARKER not in answer.lower()
    assert not (found := TELLTALES.search(answer)), (found, answer)
    assert len(answer) < 1_500


BAD = {
    "not HTTP at all": b"hk7-marker\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hk7-marker" + bytes(range(64)) + b"\r\n\r\n",
    "no version": b"GET /hk7-marker\r\n\r\n",
    "wrong version": b"GET /hk7-marker HTTP/9.9\r\n\r\n",
    "version of nonsense": b"GET / HTTP/hk7-marker\r\n\r\n",
    "method of nonsense": b"G(ET)hk7-marker / HTTP/1.1\r\n" + HOST + b"\r\n",
    "long line": b"GET /hk7-marker" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "long header": b"GET / HTTP/1.1\r\nX-hk7-marker: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: hk7-marker\r\n" % n for n in range(500)) + b"\r\n",
    "header without a name": b"GET / HTTP/1.1\r\n: hk7-marker\r\n\r\n",
    "header without a colon": b"GET / HTTP/1.1\r\nhk7-marker\r\n\r\n",
    "header with NUL": b"GET / HTTP/1.1\r\nX: hk7\0-marker\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nX: a\r\n hk7-marker\r\n\r\n",
    "two lengths": b"POST /widget/session HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative length": b"POST /widget/session HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "length of nonsense": b"POST /widget/session HTTP/1.1\r\nContent-Length: hk7-marker\r\n\r\n",
    "huge length": b"POST /widget/session HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
    "length and chunks": b"POST /widget/session HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nhk7-marker",
    "unknown coding": b"POST /widget/session HTTP/1.1\r\nTransfer-Encoding: hk7-marker\r\n\r\n",
    "chunk size of nonsense": b"POST /widget/session HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\nhk7-marker\r\n",
    "chunk too long": b"POST /widget/session HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhk7-marker\r\n0\r\n\r\n",
    "huge chunk size": b"POST /widget/session HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\nhk7-marker",
    "gzip that is none": b"POST /widget/session HTTP/1.1\r\n"
    + HOST
    + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\nhk7-marker",
    "deflate that is none": b"POST /widget/messages HTTP/1.1\r\n"
    + HOST
    + b"Content-Encoding: deflate\r\nContent-Length: 10\r\n\r\nhk7-marker",
    "unknown expectation": b"POST /widget/session HTTP/1.1\r\n" + HOST + b"Expect: hk7-marker\r\n\r\n",
    "path of another host": b"GET http://hk7-marker.example/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "path without a slash": b"GET hk7-marker HTTP/1.1\r\n" + HOST + b"\r\n",
    "tunnel": b"CONNECT hk7-marker:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "encoded nonsense": b"GET /%zz%00%ff%c0%af../hk7-marker HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes in the path": b"GET /\xff\xfe\xc3\x28hk7-marker HTTP/1.1\r\n" + HOST + b"\r\n",
    "climbing": b"GET /../../etc/hk7-marker HTTP/1.1\r\n" + HOST + b"\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nX: hk7-marker\r\n" + HOST + b"\r\n",
    "wrong method": b"DELETE /widget/messages HTTP/1.1\r\nX: hk7-marker\r\n" + HOST + b"\r\n",
    "long turn id": b"POST /widget/turns/hk7-marker" + b"a" * 4_000 + b"/stop HTTP/1.1\r\n" + HOST + b"\r\n",
    "header bytes": b"POST /widget/messages HTTP/1.1\r\n" + HOST + b"Authorization: Bearer \xff\xfehk7-marker\r\n\r\n",
    "wanted upgrade": b"POST /widget/messages HTTP/1.1\r\n"
    + HOST
    + b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: hk7-marker\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_bytes_are_refused_without_a_word_of_them(server: Server, name: str) -> None:
    check_answer(await exchange(server, BAD[name]))


async def test_garbage_behind_a_good_request_is_refused_alone(server: Server) -> None:
    good = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(30):
        writer.write(good)
        first = await reader.readuntil(b'{"alive": true}')
        writer.write(b"hk7-marker garbage\r\n\r\n")
        second = await reader.read()
    writer.close()

    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    check_answer(second)


async def test_a_hundred_requests_at_once_on_one_connection_are_answered_in_order(server: Server) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for n in range(100):
        path = b"/healthz" if n % 2 else b"/nowhere"
        close = b"Connection: close\r\n" if n == 99 else b""
        writer.write(b"GET " + path + b" HTTP/1.1\r\n" + HOST + close + b"\r\n")
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()

    assert re.findall(rb"HTTP/1.1 (\d+) ", answer) == [b"404", b"200"] * 50


async def test_a_body_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr("bridge.web.BODY_S", 0.2)

    request = b"POST /widget/session HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\n{"

    check_answer(await exchange(server, request), status="408")


async def test_a_head_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that drips: each byte does not buy it time."""
    monkeypatch.setattr("bridge.web.IDLE_S", 0.3)
    async with start_server() as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\n")

        async def drip() -> None:
            while True:
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(30):
            with suppress(ConnectionResetError):  # what dripped in meanwhile was not read any more
                assert await reader.read() == b""
        dripping.cancel()
        writer.close()


async def test_half_a_request_holds_nobody_up(server: Server) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    open_ones = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in open_ones:
        writer.write(b"POST /widget/messages HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{")
    async with visiting(server.url) as visitor:
        assert await visitor.ask("Hello?")
    for _, writer in open_ones:
        writer.close()


async def test_nothing_accepted_is_lost_in_a_storm(visitor: Visitor, server: Server) -> None:
    storm = [asyncio.create_task(exchange(server, data)) for _ in range(5) for data in BAD.values()]
    turns = [await visitor.say(f"question {n}", f"{n}") for n in range(10)]
    again = [await visitor.say(f"question {n}", f"{n}") for n in reversed(range(10))]
    await asyncio.gather(*storm)

    assert again == turns[::-1]
    events = await visitor.read_turn(turns[-1])
    asked = [question["text"] for event in events if event.type == "status" for question in event.data["questions"]]
    assert asked == [f"question {n}" for n in range(10)]
