"""Every way in which the Claude API fails, played over HTTP against the real SDK, and what we make of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import anthropic
import httpx2
import pytest
from pydantic import SecretStr

from bridge.brain.claude import Claude
from bridge.brain.claude_answer import InvalidRequest
from bridge.errors import (
    BridgeError,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    ModelWordless,
)
from bridge.types import Usage
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import (
    KEY,
    OVERLOADED,
    Answer,
    Block,
    ClaudeServer,
    Event,
    Pause,
    Play,
    Reset,
    Stream,
    say,
)
from tests.unit.brain.made import drafted, passage, quick, request, told

BODY = {"model": "claude-sonnet-5-5", "messages": []}
HELLO = Answer((Block(("Hello", " there", ", friend.")),))


def cut(server: ClaudeServer, *instead: Event | bytes | Pause | Reset, after_pieces: int = 2) -> Stream:
    """A whole answer whose end is replaced by something worse."""
    return Stream([*server.events(BODY, HELLO)[: 3 + after_pieces], *instead])


@dataclass(frozen=True)
class Row:
    name: str
    play: Callable[[ClaudeServer], Play]
    error: type[BridgeError]
    shown: str = ""
    """What was given out before it failed."""


def refusal(status: int, kind: str, message: str = "no", *, error_code: str = "") -> Callable[[ClaudeServer], Play]:
    return lambda server: Refusal(status, kind, message, error_code=error_code)


ROWS = [
    Row("rate limit", refusal(429, "rate_limit_error"), ModelOverloaded),
    Row("ramp limit", refusal(429, "rate_limit_error", error_code="ramp_limit_exceeded"), ModelOverloaded),
    Row("overloaded", refusal(529, "overloaded_error"), ModelOverloaded),
    Row("spend limit", refusal(429, "rate_limit_error", error_code="enforced_spend_limit_reached"), ModelRejected),
    Row("contract limit", refusal(429, "rate_limit_error", error_code="contract_spend_limit_reached"), ModelRejected),
    Row("no credit", refusal(400, "invalid_request_error", "Your credit balance is too low"), ModelRejected),
    Row("on hold", refusal(400, "invalid_request_error", error_code="organization_on_hold"), ModelRejected),
    Row("wrong key", refusal(401, "authentication_error"), ModelRejected),
    Row("payment", refusal(402, "billing_error"), ModelRejected),
    Row("payment, in other words", refusal(402, "api_error"), ModelRejected),
    Row("not permitted", refusal(403, "permission_error"), ModelRejected),
    Row("no such model", refusal(404, "not_found_error"), ModelRejected),
    Row("too large", refusal(413, "request_too_large"), ModelOverflow),
    Row("too long", refusal(400, "invalid_request_error", "prompt is too long: 2 > 1 maximum"), ModelOverflow),
    Row("window", lambda _: say("Hello", stop_reason="model_context_window_exceeded"), ModelOverflow, "Hello"),
    Row("timeout", refusal(408, "timeout_error"), ModelUnavailable),
    Row("conflict", refusal(409, "conflict_error"), ModelUnavailable),
    Row("internal", refusal(500, "api_error"), ModelUnavailable),
    Row("bad gateway", refusal(502, "api_error"), ModelUnavailable),
    Row("gateway timeout", refusal(504, "timeout_error"), ModelUnavailable),
    Row("our bug", refusal(400, "invalid_request_error", "messages.0: nonsense"), InvalidRequest),
    Row("our bug too", refusal(422, "invalid_request_error"), InvalidRequest),
    Row("overloaded in mid-stream", lambda s: cut(s, OVERLOADED), ModelOverloaded, "Hello there"),
    Row(
        "internal in mid-stream",
        lambda s: cut(s, Event("error", {"type": "error", "error": {"type": "api_error", "message": "x"}})),
        ModelUnavailable,
        "Hello there",
    ),
    Row("error without a body", lambda s: cut(s, b"event: error\ndata: oops\n\n"), ModelUnavailable, "Hello there"),
    Row("reset", lambda s: cut(s, Reset()), ModelUnavailable, "Hello there"),
    Row("reset before the first event", lambda s: Stream([Reset()]), ModelUnavailable),
    Row("end without message_stop", cut, ModelUnavailable, "Hello there"),
    Row(
        "end right before message_stop",
        lambda s: Stream(s.events(BODY, HELLO)[:-1]),
        ModelUnavailable,
        "Hello there, friend.",
    ),
    Row("empty body", lambda s: Stream([]), ModelUnavailable),
    Row("not a stream at all", lambda s: Stream([b"<html>Please sign in to the Wi-Fi</html>"]), ModelUnavailable),
    Row("broken JSON", lambda s: cut(s, b'event: x\ndata: {"type": "cont\n\n'), ModelUnavailable, "Hello there"),
    Row("JSON of another shape", lambda s: cut(s, b"event: x\ndata: [1]\n\n"), ModelUnavailable, "Hello there"),
    Row(
        "event without its parts",
        lambda s: cut(s, b'event: x\ndata: {"type": "message_delta"}\n\n'),
        ModelUnavailable,
        "Hello there",
    ),
    Row("broken UTF-8", lambda s: cut(s, b"event: x\ndata: \xff\xfe\n\n"), ModelUnavailable, "Hello there"),
    Row("no stop reason", lambda _: say("Hello", stop_reason=None), ModelUnavailable, "Hello"),
    Row("refusal", lambda _: Answer((), "refusal", {"type": "refusal", "category": "cyber"}), ModelRefused),
    Row("refusal after text", lambda _: say("Well", stop_reason="refusal"), ModelRefused, "Well"),
    Row("no text", lambda _: say(), ModelUnavailable),
    Row("only space", lambda _: say(" ", "\n\n"), ModelUnavailable),
    Row("limit reached while thinking", lambda _: say(stop_reason="max_tokens"), ModelWordless),
]


@asynccontextmanager
async def claude(server: ClaudeServer, **limits: float) -> AsyncIterator[Claude]:
    asking = Claude(quick(server.url, **limits), SecretStr(KEY))
    try:
        yield asking
    finally:
        await asking.aclose()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_each_failure_becomes_the_error_that_some_handler_decides_on(api: ClaudeServer, row: Row) -> None:
    api.play(row.play(api))
    shown: list[str] = []
    async with claude(api) as model:
        with pytest.raises(row.error) as raised:
            await model.complete(request(), drafted(shown))
    assert type(raised.value) is row.error
    assert "".join(shown) == row.shown
    assert len(api.requests) == 1, "the SDK must not try again by itself"


@pytest.mark.parametrize("row", [row for row in ROWS if issubclass(row.error, ModelError)], ids=lambda row: row.name)
async def test_each_error_tells_what_it_cost(api: ClaudeServer, row: Row) -> None:
    """What is turned away costs nothing; what began has read its request; and sometimes nobody knows."""
    play = row.play(api)
    api.play(play)
    async with claude(api) as model:
        with pytest.raises(ModelError) as raised:
            await model.complete(request(), drafted())
    usage = raised.value.usage
    if isinstance(play, Refusal):
        assert usage == Usage()
    elif isinstance(play, Answer) or (row.shown and isinstance(play, Stream)):
        assert usage is not None
        assert usage.prompt_tokens > 0 or usage.output_tokens > 0
    else:
        assert usage is None


async def test_what_was_never_reached_cost_nothing() -> None:
    model = Claude(quick("http://127.0.0.1:9"), SecretStr(KEY))
    with pytest.raises(ModelUnavailable) as raised:
        await model.complete(request(), drafted())
    await model.aclose()
    assert raised.value.usage == Usage()


@pytest.mark.parametrize(
    ("refused", "fix"),
    [
        (Refusal(401, "authentication_error", "no"), "set a valid key"),
        (Refusal(402, "billing_error", "no"), "add credit"),
        (Refusal(400, "invalid_request_error", "Your credit balance is too low"), "add credit"),
        (Refusal(403, "permission_error", "no"), "allow the key"),
        (Refusal(404, "not_found_error", "no"), "claude.tiers"),
        (Refusal(429, "rate_limit_error", "no", {}, "enforced_spend_limit_reached"), "raise the spend limit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_only_a_person_can_mend_names_the_fix(api: ClaudeServer, refused: Refusal, fix: str) -> None:
    api.play(refused)
    async with claude(api) as model:
        with pytest.raises(ModelRejected, match=fix):
            await model.complete(request(), drafted())


async def test_nobody_waits_longer_for_the_first_word_than_they_want(api: ClaudeServer) -> None:
    api.play(Stream([*api.events(BODY, HELLO)[:3], Pause(30, 0.02)]))
    loop = asyncio.get_running_loop()
    async with claude(api) as model:
        began = loop.time()
        with pytest.raises(ModelUnavailable, match="too long"):
            await model.complete(replace(request(), first_text_by=began + 0.2), drafted())
    assert loop.time() - began < 2
    await gone(api)


async def test_who_wants_the_whole_and_not_its_first_word_waits_as_long_as_the_model_may_take(
    api: ClaudeServer,
) -> None:
    async with claude(api) as model:
        reply = await told(model, replace(request(), first_text_by=float("inf")))
    assert reply.text


async def test_a_bug_of_ours_is_no_failure_of_the_model() -> None:
    """Else the cascade would take it for an outage, and nobody would look."""
    assert not issubclass(InvalidRequest, ModelError)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("3600", 3600.0), ("0.5", 0.5), (None, None), ("soon", None), ("inf", None)]
)
async def test_the_seconds_of_a_rate_limit_are_kept_and_not_slept(
    api: ClaudeServer, header: str | None, seconds: float | None
) -> None:
    headers = {} if header is None else {"retry-after": header}
    api.play(Refusal(429, "rate_limit_error", "slow down", headers=headers))
    started = asyncio.get_running_loop().time()
    async with claude(api) as model:
        with pytest.raises(ModelOverloaded) as raised:
            await model.complete(request(), drafted())
    assert raised.value.retry_after_s == seconds
    assert asyncio.get_running_loop().time() - started < 3


async def test_nobody_listens() -> None:
    model = Claude(quick("http://127.0.0.1:9"), SecretStr(KEY))
    with pytest.raises(ModelUnavailable, match="connection failed"):
        await model.complete(request(), drafted())
    await model.aclose()


@pytest.mark.parametrize("ping_s", [None, 0.02], ids=["silent", "pings"])
async def test_a_stall_before_the_first_word_is_given_up(api: ClaudeServer, ping_s: float | None) -> None:
    api.play(Stream([*api.events(BODY, HELLO)[:3], Pause(30, ping_s)]))
    async with claude(api, first_text_s=0.15) as model:
        with pytest.raises(ModelUnavailable, match="too long"):
            await asyncio.wait_for(model.complete(request(), drafted()), 5)
    await gone(api)


@pytest.mark.parametrize("ping_s", [None, 0.02], ids=["silent", "pings"])
async def test_a_stall_in_the_middle_is_given_up(api: ClaudeServer, ping_s: float | None) -> None:
    api.play(cut(api, Pause(30, ping_s)))
    shown: list[str] = []
    async with claude(api, idle_text_s=0.15) as model:
        with pytest.raises(ModelUnavailable, match="too long"):
            await asyncio.wait_for(model.complete(request(), drafted(shown)), 5)
    assert "".join(shown) == "Hello there"
    await gone(api)


async def test_an_answer_without_end_is_given_up(api: ClaudeServer) -> None:
    start = api.events(BODY, HELLO)[:4]
    api.play(Stream([*start, *[step for _ in range(500) for step in (start[3], Pause(0.02))]]))
    async with claude(api, total_s=0.4) as model:
        with pytest.raises(ModelUnavailable, match="too long"):
            await asyncio.wait_for(model.complete(request(), drafted()), 5)
    await gone(api)


async def test_a_slow_answer_is_not_a_stall(api: ClaudeServer) -> None:
    """Each word comes within the limit, all together take longer than it."""
    steps = api.events(BODY, Answer((Block(("one", " two", " three", " four", " five")),)))
    api.play(Stream([part for step in steps for part in (step, Pause(0.08))]))
    async with claude(api, first_text_s=0.4, idle_text_s=0.4) as model:
        reply = await told(model, request())
    assert reply.text == "one two three four five"


@pytest.mark.parametrize("end", [Pause(30), Reset()], ids=["stays open", "reset"])
async def test_a_connection_that_ends_badly_after_the_last_event_costs_nothing(
    api: ClaudeServer, end: Pause | Reset
) -> None:
    api.play(Stream([*api.events(BODY, HELLO), end]))
    async with claude(api) as model:
        reply = await asyncio.wait_for(told(model, request()), 3)
    assert reply.text == "Hello there, friend."


async def test_an_error_event_is_not_waited_upon(api: ClaudeServer) -> None:
    api.play(cut(api, OVERLOADED, Pause(30)))
    async with claude(api) as model:
        with pytest.raises(ModelOverloaded):
            await asyncio.wait_for(model.complete(request(), drafted()), 3)


@pytest.mark.parametrize("words", [0, 2], ids=["before the first word", "in the middle"])
async def test_cancelling_leaves_nothing_behind(api: ClaudeServer, words: int) -> None:
    api.play(cut(api, Pause(30, 0.02), after_pieces=words))
    shown: list[str] = []
    async with claude(api) as model:
        asking = asyncio.create_task(model.complete(request(), drafted(shown)))
        await until(lambda: api.open_streams == 1 and len(shown) == words)
        before = asyncio.all_tasks() - {asking}
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert asyncio.all_tasks() <= before
        # The model is not closed yet: it was the cancelled answer that gave its connection up.
        await gone(api)


async def test_errors_of_the_transport_are_all_the_same_to_us() -> None:
    """Those that no test can provoke at will over a loopback connection."""
    from bridge.brain.claude import _translated

    wire = httpx2.Request("POST", "http://x/")
    for error in (
        httpx2.ReadTimeout("", request=wire),
        httpx2.RemoteProtocolError("", request=wire),
        httpx2.StreamClosed(),
        anthropic.APITimeoutError(wire),
        anthropic.APIConnectionError(request=wire),
    ):
        assert isinstance(_translated(error, None), ModelUnavailable)


async def test_no_error_tells_the_key(api: ClaudeServer) -> None:
    api.play(Refusal(401, "authentication_error", "invalid x-api-key"))
    async with claude(api) as model:
        with pytest.raises(ModelRejected) as raised:
            await model.complete(request("secret question", [passage("secret passage")]), drafted())
    told = json.dumps([str(raised.value), repr(raised.value), str(raised.value.__cause__)])
    assert KEY not in told
    assert "secret" not in told


async def gone(api: ClaudeServer) -> None:
    """The server has seen the client leave."""
    await until(lambda: api.open_streams == 0)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come about within 3 seconds")


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        HEAD + b"zz\r\nnot a chunk\r\n",
        HEAD + b"10\r\nevent: ping\n",
        HEAD.replace(b"transfer-encoding: chunked", b"content-length: 900") + b"event: ping\n\n",
        HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n") + b"4\r\nnope\r\n0\r\n\r\n",
        b"",
    ],
    ids=["not HTTP", "no status", "no chunk", "half a chunk", "half a body", "not gzip", "nothing"],
)
async def test_broken_http_is_an_outage(sent: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        host, port = listening.sockets[0].getsockname()
        model = Claude(quick(f"http://{host}:{port}"), SecretStr(KEY))
        with pytest.raises(ModelUnavailable):
            await asyncio.wait_for(model.complete(request(), drafted()), 5)
        await model.aclose()
