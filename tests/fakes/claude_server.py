"""Stands in for the Claude API over HTTP: keeps state, refuses what the real one refuses, plays failures by script.

Without a script it composes a cited answer from the search results it is sent. By hand:
`python -m tests.fakes.claude_server --port 4010`, then BRIDGE_CLAUDE__BASE_URL=http://127.0.0.1:4010.
"""

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes import claude_rules, claude_tools
from tests.fakes.claude_cache import PromptCache
from tests.fakes.claude_composed import compose
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_script import (
    OVERLOADED,
    PING,
    Answer,
    Block,
    Event,
    Pause,
    Play,
    Reset,
    Stream,
    block_events,
    call,
    calls,
    say,
)
from tests.fakes.loopback import on_loopback

__all__ = [
    "KEY",
    "OUTAGES",
    "OVERLOADED",
    "PING",
    "Answer",
    "Block",
    "ClaudeServer",
    "Event",
    "Pause",
    "Play",
    "Reset",
    "Stream",
    "call",
    "calls",
    "compose",
    "say",
    "serving",
]

KEY = "sk-ant-test-key"

VERTEX_PATH = "/projects/{project}/locations/{region}/publishers/anthropic/models"
OUTAGES = {
    429: Refusal(429, "rate_limit_error", "This request would exceed your rate limit"),
    500: Refusal(500, "api_error", "Internal server error"),
    529: Refusal(529, "overloaded_error", "Overloaded"),
}


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
            steps += block_events(index, block, results, self._next_id("toolu"))
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
