"""Input of any shape: hostile, malformed, huge, empty, twice, out of order. Never a 5xx, never a word of ours or of
theirs in the answer, and never a message lost that was accepted."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.server import Server
from tests.fakes.server_thread import server_thread
from tests.fakes.widget_client import check_grammar, parsed
from tests.scenario.test_raw_http import TELLTALES

MARKER = "hk7marker"
BRIEF = settings(
    max_examples=800, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
PATHS = (
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/widget.js",
    "/widget/session",
    "/widget/messages",
    "/widget/events",
    "/widget/turns/{turn}/stop",
    "/widget/turns/{turn}/retry",
    "/widget/turns/{turn}/feedback",
)
HEADERS = (
    "Authorization",
    "Origin",
    "Last-Event-ID",
    "Content-Type",
    "Content-Encoding",
    "Transfer-Encoding",
    "Accept-Encoding",
    "Accept",
    "Expect",
    "Connection",
    "Upgrade",
    "Cookie",
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "Access-Control-Request-Method",
    "X-Forwarded-For",
    "X-HTTP-Method-Override",
)


class Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage() + str(record.exc_info))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Nothing that is sent may end in an unexpected exception, wherever it is caught."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    with server_thread() as started:
        yield started
    logging.getLogger().removeHandler(errors)
    assert errors.lines == []


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return str(requests.post(f"{server.url}/widget/session", timeout=5).json()["token"])


def raw(server: Server, request: bytes) -> bytes:
    """Send bytes on a connection of their own; what came back until the answer was whole, or silence."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=1) as connection:
        try:
            connection.sendall(request)
            while not _whole(answer, head_only=request.startswith(b"HEAD")):
                piece = connection.recv(65_536)
                if not piece:
                    break
                answer = (answer + piece).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        except OSError:
            pass
    return answer


def _whole(answer: bytes, *, head_only: bool) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    bodiless = head_only or b"event-stream" in head or re.match(rb"\S+ (204|304) ", head)
    return bool(found and (bodiless or (length and len(body) >= int(length[1]))))


def check(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/\d\.\d (\d{3})", head)
    assert status, answer[:100]
    assert int(status[1]) < 500, answer
    assert MARKER.encode() not in answer
    assert b"Server: bridge\r\n" in head + b"\r\n"
    if int(status[1]) >= 400:
        assert not TELLTALES.search(answer), answer
        assert len(body) < 200


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30).map(lambda text: MARKER + text),
    st.sampled_from(["\ud800", "\0", "", " ", "x" * 5_000, "../../" + MARKER, "{{7*7}}" + MARKER, "' OR 1=1 --"]),
)
values = st.recursive(
    anything,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)
named = st.dictionaries(
    st.sampled_from(["client_msg_id", "text", "identity", "rating", "comment", "token", MARKER]), values, max_size=6
)
bodies = st.one_of(
    named.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200).map(lambda data: data + MARKER.encode()),
    st.sampled_from(
        [
            b"",
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b'{"text": ' + b"9" * 10_000 + b"}",
            b'{"text": "a", "text": "b", "client_msg_id": "1", "client_msg_id": "2"}',
            '{"text": "hk7marker"}'.encode("utf-16"),
            b'{"text": "\xff\xfe hk7marker"}',
            b"x" * 1_200_000,
        ]
    ),
)
header_values = st.one_of(
    st.binary(max_size=60).map(lambda data: re.sub(rb"[\r\n\0]", b"", data) + MARKER.encode()),
    st.sampled_from([b"", b"null", b"0", b"-1", b"9" * 40, b"gzip", b"chunked", b"100-continue", b"close", b"*/*"]),
    st.integers(min_value=0, max_value=3).map(lambda n: b"Bearer " + b"." * n + MARKER.encode()),
)
segments = st.one_of(
    st.text(max_size=20).map(lambda text: quote(MARKER + text, safe="")),
    st.sampled_from(["%00", "%ff%fe", "..", "%2e%2e%2f", "a" * 3_000, "%", "?x=" + MARKER, "#" + MARKER, "", "//"]),
)


@BRIEF
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "hk7marker"]),
    path=st.sampled_from(PATHS),
    segment=segments,
    headers=st.lists(st.tuples(st.sampled_from(HEADERS), header_values), max_size=5),
    body=bodies,
    signed=st.booleans(),
)
def test_any_request_gets_a_clean_answer(
    server: Server,
    token: str,
    method: str,
    path: str,
    segment: str,
    headers: list[tuple[str, bytes]],
    body: bytes,
    signed: bool,
) -> None:
    target = path.format(turn=segment) if "{turn}" in path else path + segment.removeprefix("/")
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: x", b"Content-Length: %d" % len(body)]
    lines += [name.encode() + b": " + value for name, value in headers]
    if signed:
        lines.append(b"Authorization: Bearer " + token.encode())

    answer = raw(server, b"\r\n".join(lines) + b"\r\n\r\n" + body)

    # Nothing comes back for what is not a whole request, such as one whose body never arrives.
    if answer:
        check(answer)


@BRIEF
@given(data=st.binary(min_size=1, max_size=400))
def test_any_bytes_get_a_clean_answer_or_none(server: Server, data: bytes) -> None:
    answer = raw(server, data + b"\r\n\r\n" + MARKER.encode() + b"\r\n\r\n")

    if answer:
        check(answer)


@settings(BRIEF, max_examples=200)
@given(body=bodies, path=st.sampled_from(["/widget/session", "/widget/messages"]), chunk=st.integers(1, 5_000))
def test_any_body_in_pieces_gets_a_clean_answer(server: Server, token: str, body: bytes, path: str, chunk: int) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = body[:20_000]
    pieces = [body[at : at + chunk] for at in range(0, len(body), chunk)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)

    check(raw(server, head.encode() + chunks + b"0\r\n\r\n"))


actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 6)),
        st.tuples(st.sampled_from(["stop", "retry", "feedback"]), st.integers(0, 6)),
        st.tuples(st.sampled_from(["garbage", "unsigned", "other"]), st.integers(0, 6)),
    ),
    min_size=5,
    max_size=40,
)


@settings(BRIEF, max_examples=50)
@given(actions=actions)
def test_whatever_is_sent_every_accepted_message_is_answered(server: Server, actions: list[tuple[str, int]]) -> None:
    """Duplicates, unknown turns, retries of retries and garbage in between."""
    with requests.Session() as http:
        began = http.post(f"{server.url}/widget/session", timeout=5).json()
        headers = {"Authorization": f"Bearer {began['token']}"}
        stored: dict[str, str] = {}
        turns: list[str] = []

        def post(path: str, body: Any, signed: bool = True) -> requests.Response:
            return http.post(server.url + path, json=body, headers=headers if signed else {}, timeout=5)

        for action, number in actions:
            turn = turns[number % len(turns)] if turns else "nobody"
            if action == "say":
                name = f"m{number}"
                answer = post("/widget/messages", {"client_msg_id": name, "text": f"question {number}"})
                assert answer.status_code == 202
                assert stored.setdefault(name, answer.json()["turn_id"]) == answer.json()["turn_id"]
            elif action == "garbage":
                answer = post("/widget/messages", [number])
            elif action == "unsigned":
                answer = post("/widget/messages", {"client_msg_id": "x", "text": "x"}, signed=False)
            else:
                answer = post(f"/widget/turns/{turn}/{action}", {"rating": "up"})
            assert answer.status_code < 500
            if answer.status_code == 202 and "turn_id" in answer.json():
                turns.append(answer.json()["turn_id"])

        _check_answers(server, headers, set(turns), set(stored))


def _check_answers(server: Server, headers: dict[str, str], turns: set[str], questions: set[str]) -> None:
    if not turns:
        return
    events = []
    with requests.get(f"{server.url}/widget/events", headers=headers, stream=True, timeout=5) as stream:
        block: list[bytes] = []
        left = set(turns)
        for line in stream.iter_lines(chunk_size=1):
            block.append(line + b"\n")
            if line:
                continue
            if event := parsed(block):
                events.append(event)
                if event.type == "done":
                    left.discard(event.turn_id)
            block = []
            if not left:
                break
    check_grammar(events)
    # A turn that says several times what it is doing names its questions each time.
    asked = {(event.turn_id, one["client_msg_id"]) for event in events for one in event.data.get("questions", ())}
    assert sorted(name for _, name in asked) == sorted(questions)
