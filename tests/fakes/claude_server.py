"""Stands in for the Claude API over HTTP: keeps state, refuses what the real one refuses, plays failures by script.

Without a script it composes a cited answer from the search results it is sent. By hand:
`python -m tests.fakes.claude_server --port 4010`, then BRIDGE_CLAUDE__BASE_URL=http://127.0.0.1:4010.
"""

import argparse
import asyncio
import base64
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes import claude_rules, claude_tools
from tests.fakes.claude_cache import PromptCache
from tests.fakes.claude_rules import Refusal
from tests.fakes.loopback import on_loopback

KEY = "sk-ant-test-key"

# ---------------------------------------------------------------- what a script may say


@dataclass(frozen=True, slots=True)
class Block:
    """One content block of an answer: its pieces as they stream, and the search results it cites. The pieces of a
    `tool_use` are those of its JSON."""

    pieces: tuple[str, ...]
    cites: tuple[int, ...] = ()
    kind: str = "text"
    name: str = ""
    """Of the tool that is called."""
    id: str = ""
    """Of the call; by default the server makes one."""


@dataclass(frozen=True, slots=True)
class Answer:
    blocks: tuple[Block, ...]
    stop_reason: str | None = "end_turn"
    stop_details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, or only pings, for some time."""

    seconds: float
    ping_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer step by step, as broken as a test likes; the body just ends after the last step."""

    steps: Sequence[Event | bytes | Pause | Reset]


Play = Refusal | Answer | Stream

VERTEX_PATH = "/projects/{project}/locations/{region}/publishers/anthropic/models"
OUTAGES = {
    429: Refusal(429, "rate_limit_error", "This request would exceed your rate limit"),
    500: Refusal(500, "api_error", "Internal server error"),
    529: Refusal(529, "overloaded_error", "Overloaded"),
}

OVERLOADED = Event("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
PING = Event("ping", {"type": "ping"})


def say(*texts: str, cites: tuple[int, ...] = (), stop_reason: str | None = "end_turn") -> Answer:
    """An answer of one text block."""
    return Answer((Block(texts, cites),) if texts else (), stop_reason)


def calls(*asked: tuple[str, Mapping[str, Any] | str], said: Sequence[str] = (), thinking: str | None = None) -> Answer:
    """An answer that calls tools: each by its name, with arguments, or with a text that stands in their place."""
    before = [] if thinking is None else [Block((thinking,) if thinking else (), kind="thinking")]
    if said:
        before.append(Block(tuple(said)))
    texts = [(name, args if isinstance(args, str) else json.dumps(args)) for name, args in asked]
    made = [Block(_pieces(text), kind="tool_use", name=name) for name, text in texts]
    return Answer((*before, *made), "tool_use")


def call(name: str, **args: Any) -> Answer:
    """An answer that calls one tool, and says nothing."""
    return calls((name, args))


# ---------------------------------------------------------------- the server


@dataclass(slots=True)
class ClaudeServer:
    """The state of a fake API. `requests` holds every body that was accepted or refused, oldest first."""

    key: str = KEY
    piece_s: float = 0.0
    script: deque[Play] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    """What the rules refused, scripted refusals left out."""
    open_streams: int = 0
    url: str = ""
    clock: Callable[[], float] = time.monotonic
    """Says how old a cache is, and whether an outage is over. A test may put its own in."""
    cache: PromptCache = field(default_factory=PromptCache)
    thoughts: claude_tools.Thoughts = field(default_factory=claude_tools.Thoughts)
    composes: Callable[[dict[str, Any]], Answer] = lambda body: compose(body)
    """Writes the answers that no script has."""
    _outage: tuple[Refusal, ...] = ()
    _outage_until: float = 0.0
    _refused: int = 0
    _ids: int = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=claude_rules.BODY_BYTES_MAX)
        app.add_routes(
            [
                web.post("/v1/messages", self._messages),
                web.post("/v1/messages/count_tokens", self._count_tokens),
                web.get("/v1/models/{id}", self._model),
                # As Vertex has it: the model is part of the path.
                web.post(VERTEX_PATH + "/count-tokens:rawPredict", self._count_tokens),
                web.post(VERTEX_PATH + "/{model}:streamRawPredict", self._messages),
                web.post(VERTEX_PATH + "/{model}:rawPredict", self._messages),
                # For whoever runs it as a process of its own: {"seconds": 60, "statuses": [529, 429]}.
                web.post("/outage", self._set_outage),
            ]
        )
        return app

    def refuse(self, *refusals: Refusal, seconds: float = float("inf")) -> None:
        """Refuse every question with these in turn, for so long by `clock`; no refusals end it."""
        self._outage, self._outage_until = refusals, self.clock() + seconds

    def _down(self) -> Refusal | None:
        if not self._outage or self.clock() >= self._outage_until:
            return None
        self._refused += 1
        return self._outage[self._refused % len(self._outage)]

    async def _set_outage(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.refuse(*(OUTAGES[status] for status in asked["statuses"]), seconds=asked["seconds"])
        return web.json_response({})

    def play(self, *plays: Play) -> None:
        """Answer the next requests with these, one each; after them comes the default again."""
        self.script.extend(plays)

    def _refuse(self, refusal: Refusal) -> web.Response:
        return web.json_response(
            refusal.body(self._next_id("req")), status=refusal.status, headers=dict(refusal.headers)
        )

    def _next_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}_{self._ids:06d}"

    async def _model(self, request: web.Request) -> web.Response:
        if refusal := claude_rules.judge_headers(request.headers, self.key):
            return self._refuse(refusal)
        if self.script:
            play = self.script.popleft()
            assert isinstance(play, Refusal), "a model look-up can only be refused by script"
            return self._refuse(play)
        name = request.match_info["id"]
        if name not in claude_rules.MODELS:
            return self._refuse(Refusal(404, "not_found_error", f"model: {name}"))
        return web.json_response(_model_info(name))

    async def _count_tokens(self, request: web.Request) -> web.Response:
        body = await self._judged(request, counting=True)
        if isinstance(body, web.Response):
            return body
        return web.json_response({"input_tokens": self.cache.look(body, self.clock()).total})

    async def _judged(self, request: web.Request, *, counting: bool = False) -> dict[str, Any] | web.Response:
        on_vertex = "project" in request.match_info
        refusal = claude_rules.judge_headers(request.headers, self.key, version=not on_vertex)
        body: Any = {}
        if refusal is None:
            try:
                body = await request.json()
                if on_vertex and body.pop("anthropic_version", None) not in claude_rules.VERSIONS:
                    refusal = claude_rules.bad("anthropic_version: a valid version is required")
                if model := request.match_info.get("model"):
                    body["model"] = model
                refusal = refusal or claude_rules.judge_body(body, counting=counting)
                if refusal is None and (wrong := next(self.thoughts.complaints(body), None)):
                    refusal = claude_rules.bad(wrong)
            except json.JSONDecodeError:
                refusal = claude_rules.bad("the request body is not valid JSON")
            except web.HTTPRequestEntityTooLarge:
                refusal = Refusal(413, "request_too_large", "Request exceeds the maximum size")
        self.requests.append(body)
        if refusal is not None:
            self.refusals.append(refusal)
            return self._refuse(refusal)
        assert isinstance(body, dict)
        return body

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await self._judged(request)
        if isinstance(body, web.Response):
            return body
        if body["max_tokens"] == 0:
            play: Play = self._down() or Answer((), "max_tokens")
        else:
            play = self._down() or (self.script.popleft() if self.script else self.composes(body))
        if isinstance(play, Refusal):
            return self._refuse(play)
        if not body.get("stream"):
            assert isinstance(play, Answer), "only a stream can break in the middle"
            whole = self._whole(body, play)
            self.cache.keep(body, self.clock())
            return web.json_response(whole)
        steps = play.steps if isinstance(play, Stream) else self.events(body, play)
        given = claude_tools.assembled([step.data for step in steps if isinstance(step, Event)])
        self.thoughts.give(body, given)
        return await self._stream(request, body, steps)

    async def _stream(
        self, request: web.Request, body: dict[str, Any], steps: Sequence[Event | bytes | Pause | Reset]
    ) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "request-id": self._next_id("req")}
        response = web.StreamResponse(headers=headers)
        self.open_streams += 1
        try:
            await response.prepare(request)
            for step in steps:
                await self._step(request, response, step)
                if isinstance(step, Event) and step.name == "message_start":
                    self.cache.keep(body, self.clock())
            await response.write_eof()
        except ConnectionError:
            pass  # the client left, or a Reset did it
        finally:
            self.open_streams -= 1
        return response

    async def _step(
        self, request: web.Request, response: web.StreamResponse, step: Event | bytes | Pause | Reset
    ) -> None:
        match step:
            case bytes():
                await response.write(step)
            case Event():
                await response.write(_sse(step))
                if self.piece_s and step.name == "content_block_delta":
                    await asyncio.sleep(self.piece_s)
            case Pause(seconds=seconds, ping_s=None):
                await asyncio.sleep(seconds)
            case Pause(seconds=seconds, ping_s=ping_s) if ping_s:
                for _ in range(int(seconds / ping_s)):
                    await response.write(_sse(PING))
                    await asyncio.sleep(ping_s)
            case Reset():
                await asyncio.sleep(0.02)  # what was written before gets out
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError

    # ------------------------------------------------------------ answers

    def events(self, body: dict[str, Any], answer: Answer) -> list[Event | bytes | Pause | Reset]:
        """A whole answer as the API streams it."""
        steps: list[Event | bytes | Pause | Reset] = [
            Event("message_start", {"type": "message_start", "message": self._start(body)}),
            PING,
        ]
        results = claude_rules.search_results(body)
        for index, block in enumerate(answer.blocks):
            steps += _block_events(index, block, results, self._next_id("toolu"))
        delta = {"stop_reason": answer.stop_reason, "stop_sequence": None, "stop_details": answer.stop_details}
        usage = {"output_tokens": _output_tokens(answer)}
        steps.append(Event("message_delta", {"type": "message_delta", "delta": delta, "usage": usage}))
        steps.append(Event("message_stop", {"type": "message_stop"}))
        return steps

    def _whole(self, body: dict[str, Any], answer: Answer) -> dict[str, Any]:
        message = self._start(body) | {"stop_reason": answer.stop_reason, "stop_details": answer.stop_details}
        message["usage"]["output_tokens"] = _output_tokens(answer)
        steps = self.events(body, answer)
        message["content"] = claude_tools.assembled([step.data for step in steps if isinstance(step, Event)])
        self.thoughts.give(body, message["content"])
        return message

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self._next_id("msg"),
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage(body),
        }

    def _usage(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.cache.look(body, self.clock()).usage() | {"output_tokens": 1}


def _sse(event: Event) -> bytes:
    return f"event: {event.name}\ndata: {json.dumps(event.data)}\n\n".encode()


def _block_events(index: int, block: Block, results: Sequence[dict[str, Any]], fresh: str) -> list[Event]:
    """`fresh` is an id that nothing has yet."""

    def delta(data: dict[str, Any]) -> Event:
        return Event("content_block_delta", {"type": "content_block_delta", "index": index, "delta": data})

    start: dict[str, Any] = {"type": block.kind}
    match block.kind:
        case "text":
            start |= {"text": "", "citations": [] if block.cites else None}
            deltas = [delta({"type": "text_delta", "text": piece}) for piece in block.pieces]
            deltas += [delta({"type": "citations_delta", "citation": _citation(results, i)}) for i in block.cites]
        case "thinking":
            start |= {"thinking": "", "signature": ""}
            deltas = [delta({"type": "thinking_delta", "thinking": piece}) for piece in block.pieces]
            signature = base64.b64encode(f"signed {fresh}".encode()).decode()
            deltas.append(delta({"type": "signature_delta", "signature": signature}))
        case "redacted_thinking":
            start |= {"data": f"{''.join(block.pieces)} {fresh}"}
            deltas = []
        case "tool_use":
            start |= {"id": block.id or fresh, "name": block.name, "input": {}, "caller": {"type": "direct"}}
            pieces = ("", *block.pieces)  # the first one is empty
            deltas = [delta({"type": "input_json_delta", "partial_json": piece}) for piece in pieces]
        case _:
            deltas = [delta({"type": f"{block.kind}_delta", "payload": piece}) for piece in block.pieces]
    return [
        Event("content_block_start", {"type": "content_block_start", "index": index, "content_block": start}),
        *deltas,
        Event("content_block_stop", {"type": "content_block_stop", "index": index}),
    ]


def _citation(results: Sequence[dict[str, Any]], index: int) -> dict[str, Any]:
    unknown: dict[str, Any] = {"source": "?", "title": "?", "content": [{"text": "?"}]}
    result = results[index] if 0 <= index < len(results) else unknown
    return {
        "type": "search_result_location",
        "search_result_index": index,
        "source": result["source"],
        "title": result["title"],
        "cited_text": result["content"][0]["text"],
        "start_block_index": 0,
        "end_block_index": 1,
    }


def _output_tokens(answer: Answer) -> int:
    return claude_rules.count_tokens(["".join(block.pieces) for block in answer.blocks])


def _model_info(name: str) -> dict[str, Any]:
    facts = claude_rules.MODELS[name]
    thinking = {kind: {"supported": kind in facts.thinking} for kind in ("adaptive", "between_tools", "disabled")}
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-10-07T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": facts.input_tokens_max,
        "max_tokens": facts.output_tokens_max,
        "capabilities": {
            "citations": {"supported": True},
            "structured_outputs": {"supported": True},
            "effort": {"supported": bool(facts.efforts)}
            | {level: {"supported": level in facts.efforts} for level in ("low", "medium", "high", "xhigh", "max")},
            "thinking": {"supported": True, "types": thinking | {"enabled": {"supported": False}}},
        },
    }


# ---------------------------------------------------------------- the default answer

_WORDS = re.compile(r"\w{3,}")
_ANSWER_BLOCKS_MAX = 2


def compose(body: dict[str, Any]) -> Answer:
    """A plausible answer from what was sent: the text blocks that share most words with the question, each cited; with
    a schema, the least that fits it."""
    if schema := body.get("output_config", {}).get("format"):
        return say(json.dumps(_least(schema["schema"])))
    if heard := _heard(body):
        return say(*_pieces(f"I looked that up: {heard}"))
    question = _question(body)
    asked = set(_WORDS.findall(question.lower()))
    ranked = sorted(
        (
            (-len(asked & set(_WORDS.findall(text["text"].lower()))), index, text["text"])
            for index, result in enumerate(claude_rules.search_results(body))
            for text in result["content"]
        ),
    )
    if not ranked:
        return say(*_pieces("I do not have anything on that, but I can put you in touch with a person on our team."))
    blocks = []
    for position, (_, index, text) in enumerate(ranked[:_ANSWER_BLOCKS_MAX]):
        blocks.append(Block(_pieces("\n\n" if position else "Here is what I found: ")))
        blocks.append(Block(_pieces(text.strip()), (index,)))
    blocks.append(Block(_pieces("\n\nIs there anything else I can help you with?")))
    return Answer(tuple(blocks))


def _least(schema: dict[str, Any]) -> Any:
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"const": value}:
            return value
        case {"type": "object"}:
            return {name: _least(inner) for name, inner in schema.get("properties", {}).items()}
        case {"type": kind}:
            return {"array": [], "string": "", "boolean": False, "null": None}.get(kind, 0)
        case _:
            return None


def _question(body: dict[str, Any]) -> str:
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    if isinstance(users[-1], str):
        return users[-1]
    return "\n".join(block["text"] for block in users[-1] if block["type"] == "text")


def _heard(body: dict[str, Any]) -> str:
    """What tools have told just now."""
    last = body["messages"][-1]["content"]
    results = [block for block in last if block["type"] == "tool_result"] if isinstance(last, list) else []
    contents = [result.get("content", "") for result in results]
    texts = [one if isinstance(one, str) else "".join(inner.get("text", "") for inner in one) for one in contents]
    return " ".join(filter(None, texts))


def _pieces(text: str) -> tuple[str, ...]:
    """About one token each, spaces at the front, as they come from the API."""
    return tuple(re.findall(r"\s*\S{1,8}|\s+\Z", text))


# ---------------------------------------------------------------- running it


@asynccontextmanager
async def serving(server: ClaudeServer, *, port: int = 0) -> AsyncIterator[ClaudeServer]:
    """Run it on a loopback port for as long as the block lasts. A client that leaves cancels its answer."""
    async with on_loopback(server.app(), port=port, cancels=True) as server.url:
        yield server


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the Claude API.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--piece-s", type=float, default=0.015, help="seconds between two pieces of an answer")
    options = parser.parse_args()
    async with serving(ClaudeServer(key=options.key, piece_s=options.piece_s), port=options.port) as server:
        print(f"{server.url} (key: {options.key})", flush=True)  # noqa: T201 - a command line prints
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
