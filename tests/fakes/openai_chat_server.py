"""Stands in for a server that speaks OpenAI's `/v1/chat/completions`: refuses what such servers refuse, plays failures
by script, streams as they do.

Without a script it answers from the sources it is sent, with their numbers in brackets. By hand:
`python -m tests.fakes.openai_chat_server --port 4030`, then BRIDGE_BACKUP__BASE_URL=http://127.0.0.1:4030/v1 and
BRIDGE_BACKUP__MODEL=gpt-test.
"""

import argparse
import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.fakes.loopback import on_loopback

KEY = "sk-test-chat-key"
MODEL = "gpt-test"
CHARS_PER_TOKEN = 4
CONTEXT_TOKENS = 128_000

Dialect = Literal["openai", "ollama", "gemini"]
_COMMON = {"model", "messages", "stream", "stream_options", "response_format", "reasoning_effort", "tools"}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LIMITS: dict[Dialect, set[str]] = {
    # OpenAI's newer models refuse the old name; Ollama reads over the new one; Google refuses what it does not know.
    "openai": {"max_completion_tokens"},
    "ollama": {"max_tokens"},
    "gemini": {"max_tokens", "max_completion_tokens"},
}


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this error instead."""

    status: int
    code: str | None = None
    message: str = "as scripted"
    headers: dict[str, str] = field(default_factory=dict)
    param: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in pieces, and how it ends; None: it just stops."""

    pieces: tuple[str, ...]
    finish: str | None = "stop"
    thinking: tuple[str, ...] = ()
    usage: bool = True
    done: bool = True
    calls: tuple[dict[str, Any], ...] = ()
    """Pieces of calls, each as it stands in a delta."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What goes over the line as it is; a number is so many seconds of silence."""

    steps: Sequence[bytes | float]


class Hang:
    """Never answer."""


class Drop:
    """Close the connection without an answer."""


Play = Status | Answer | Steps | Hang | Drop


def say(*pieces: str, finish: str | None = "stop") -> Answer:
    return Answer(pieces, finish)


def call(name: str, *pieces: str, index: int = 0, id: str = "", **besides: Any) -> tuple[dict[str, Any], ...]:
    """The pieces of one call, as OpenAI's server streams them: its name first, then its arguments bit by bit."""
    made = {"index": index, "id": id or f"call_{index}", "type": "function", **besides}
    first = made | {"function": {"name": name, "arguments": ""}}
    return first, *({"index": index, "function": {"arguments": piece}} for piece in pieces)


def calls(*asked: tuple[dict[str, Any], ...], said: Sequence[str] = (), finish: str = "tool_calls") -> Answer:
    """An answer that calls."""
    return Answer(tuple(said), finish, calls=tuple(piece for one in asked for piece in one))


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]})


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


class _Refused(Exception):
    def __init__(self, status: int, code: str | None, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param


@dataclass(slots=True)
class ChatServer:
    key: str = KEY
    """"" for a server that asks for none, as people run at home."""
    dialect: Dialect = "openai"
    piece_s: float = 0.0
    url: str = ""
    """With `/v1`."""
    script: deque[Play] = field(default_factory=deque)
    """What the next requests get, one each; afterwards everything works."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Every body that was accepted."""
    refused: list[str] = field(default_factory=list)
    """What the rules refused, scripted refusals left out."""
    open_streams: int = 0
    tools: bool = True
    """False for a model that can call none."""
    signs: bool = False
    """Its calls carry a signature that has to come back, as Google's do."""

    def play(self, *plays: Play) -> None:
        """Answer the next requests with these, one each."""
        self.script.extend(plays)

    async def models(self, request: web.Request) -> web.StreamResponse:
        try:
            self._judge_key(request)
        except _Refused as refused:
            return self._error(refused)
        name = f"models/{MODEL}" if self.dialect == "gemini" else MODEL
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"}]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        try:
            self._judge_key(request)
            body = await request.json()
            _judge(body, self.dialect)
            if body.get("tools") and not self.tools:
                raise _Refused(400, None, f"registry.ollama.ai/library/{MODEL} does not support tools")
            if self.signs:
                _judge_signatures(body["messages"])
        except _Refused as refused:
            self.refused.append(refused.message)
            return self._error(refused)
        self.requests.append(body)
        play = self.script.popleft() if self.script else compose(body)
        match play:
            case Status():
                scripted = _Refused(play.status, play.code, play.message, play.param)
                return self._error(scripted, play.headers)
            case Hang():
                await asyncio.sleep(3600)
            case Drop():
                assert request.transport
                request.transport.abort()
        assert isinstance(play, (Answer, Steps))
        return await self._stream(request, body, play)

    def _judge_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if self.key and given != f"Bearer {self.key}":
            raise _Refused(401, "invalid_api_key", f"Incorrect API key provided: {given}")

    def _error(self, refused: _Refused, headers: dict[str, str] | None = None) -> web.Response:
        error: dict[str, Any] = {"message": refused.message, "type": "invalid_request_error", "param": refused.param}
        answer: Any = {"error": error | {"code": refused.code}}
        if self.dialect == "gemini":
            answer = [{"error": {"code": refused.status, "message": refused.message, "status": refused.code}}]
        return web.json_response(answer, status=refused.status, headers=headers)

    async def _stream(self, request: web.Request, body: dict[str, Any], play: Answer | Steps) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self.open_streams += 1
        try:
            await response.prepare(request)
            steps = play.steps if isinstance(play, Steps) else list(self._steps(body, play))
            for step in steps:
                if isinstance(step, bytes):
                    await response.write(step)
                else:
                    await asyncio.sleep(step)
            await response.write_eof()
        finally:
            self.open_streams -= 1
        return response

    def _steps(self, body: dict[str, Any], answer: Answer) -> Sequence[bytes | float]:
        limit = body.get("max_completion_tokens" if self.dialect == "openai" else "max_tokens")
        pieces, finish = _within(answer, limit)
        steps: list[bytes | float] = [chunk({"role": "assistant", "content": ""})]
        steps += [chunk({"reasoning": thought}) for thought in answer.thinking]
        for piece in pieces:
            steps += [chunk({"content": piece}), self.piece_s]
        steps += [chunk({"tool_calls": [piece]}) for piece in answer.calls]
        if finish is not None:
            steps.append(chunk({}, finish))
        if answer.usage and (body.get("stream_options") or {}).get("include_usage"):
            prompt = _tokens(json.dumps(body["messages"]))
            called = _tokens(json.dumps(answer.calls)) if answer.calls else 0
            usage = {"prompt_tokens": prompt, "completion_tokens": sum(map(_tokens, pieces)) + called}
            steps.append(_event({"id": "chatcmpl-1", "choices": [], "usage": usage}))
        if answer.done:
            steps.append(b"data: [DONE]\n\n")
        return steps


def _judge(body: Any, dialect: Dialect) -> None:
    """May raise _Refused."""
    if not isinstance(body, dict):
        raise _Refused(400, None, "We could not parse the JSON body of your request.")
    for name in body.keys() - _COMMON - _LIMITS[dialect]:
        if dialect != "ollama":
            raise _Refused(400, "unsupported_parameter", f"Unsupported parameter: '{name}'", name)
    if body.get("model") != MODEL:
        raise _Refused(404, "model_not_found", f"The model `{body.get('model')}` does not exist")
    if body.get("stream_options") and not body.get("stream"):
        raise _Refused(400, None, "stream_options is only allowed when stream is enabled", "stream_options")
    limits = [body[name] for name in _LIMITS[dialect] if name in body]
    if any(not isinstance(limit, int) or limit < 1 for limit in limits):
        raise _Refused(400, "integer_below_min_value", "Invalid output limit")
    _judge_tools(body.get("tools"))
    _judge_messages(body.get("messages"), [tool["function"]["name"] for tool in body.get("tools") or ()])


def _judge_tools(tools: Any) -> None:
    if tools is None:
        return
    if not isinstance(tools, list) or not tools:
        raise _Refused(400, "invalid_value", "[] is too short - 'tools'", "tools")
    for tool in tools:
        function = tool.get("function") or {}
        if tool.get("type") != "function" or set(function) != {"name", "description", "parameters"}:
            raise _Refused(400, None, "a tool is a function", "tools")
        if not _NAME.fullmatch(function["name"]) or function["parameters"].get("type") != "object":
            raise _Refused(400, "invalid_function_parameters", "Invalid name or schema for function", "tools")


_NEXT = {"system": ("user",), "user": ("assistant",), "assistant": ("user",), "tool": ("user", "assistant", "tool")}


def _judge_messages(messages: Any, tools: Sequence[str]) -> None:
    """As the strictest template of a model wants them: one system message, then the two in turn; behind calls of tools
    that are offered, a result for each, in order."""
    if not isinstance(messages, list) or not messages:
        raise _Refused(400, None, "messages: at least one is required", "messages")
    expected: tuple[str, ...] = ("system",)
    owed: list[str] = []
    for message in messages:
        _judge_message(message, tools)
        role = message["role"]
        if role not in expected:
            raise _Refused(400, None, "Conversation roles must alternate user/assistant/user/assistant", "messages")
        if role == "tool" and message["tool_call_id"] != owed.pop(0):
            raise _Refused(400, None, "a result belongs to no call, or is out of order", "messages")
        owed += [call["id"] for call in message.get("tool_calls", ())]
        expected = ("tool",) if owed else _NEXT[role]
    if owed or messages[-1]["role"] not in ("user", "tool"):
        raise _Refused(400, None, "the last message must be the user's", "messages")
    if (tokens := sum(_tokens(message["content"] or "") for message in messages)) > CONTEXT_TOKENS:
        said = f"This model's maximum context length is {CONTEXT_TOKENS} tokens; your messages have {tokens}"
        raise _Refused(400, "context_length_exceeded", said, "messages")


def _judge_message(message: Any, tools: Sequence[str]) -> None:
    besides = {"tool": {"tool_call_id"}, "assistant": {"tool_calls"} if "tool_calls" in message else set()}
    if set(message) != {"role", "content"} | besides.get(message.get("role"), set()):
        raise _Refused(400, None, "a message has a role and a text", "messages")
    if message["content"] is None and message.get("tool_calls"):
        pass
    elif not isinstance(message["content"], str) or not message["content"].strip():
        raise _Refused(400, None, "a message must not be empty", "messages")
    ids = [call["id"] for call in message.get("tool_calls", ())]
    if len(set(ids)) < len(ids) or ("tool_calls" in message and not ids):
        raise _Refused(400, None, "calls have an id each", "messages")
    for call in message.get("tool_calls", ()):
        if call["type"] != "function" or call["function"]["name"] not in tools:
            raise _Refused(400, None, "what is called is not offered", "messages")
        try:
            args = json.loads(call["function"]["arguments"])
        except ValueError:
            args = None
        if not isinstance(args, dict):
            raise _Refused(400, None, "arguments are no JSON object", "messages")


def _judge_signatures(messages: Sequence[dict[str, Any]]) -> None:
    for call in (call for message in messages for call in message.get("tool_calls", ())):
        if not call.get("extra_content", {}).get("google", {}).get("thought_signature"):
            raise _Refused(400, "INVALID_ARGUMENT", "Function call is missing a thought_signature", "messages")


def _tokens(text: str) -> int:
    return len(text) // CHARS_PER_TOKEN + 1


def _within(answer: Answer, limit: int | None) -> tuple[tuple[str, ...], str | None]:
    """The pieces that the output limit leaves room for; thinking counts."""
    left = (limit or 1_000_000) - sum(map(_tokens, answer.thinking))
    kept: list[str] = []
    for piece in answer.pieces:
        left -= _tokens(piece)
        if left < 0:
            return tuple(kept), "length"
        kept.append(piece)
    return answer.pieces, answer.finish


_SOURCE = re.compile(r"<source number=(\d+)>\n(.*?)\n\n(.*?)\n</source>", re.DOTALL)
_WORDS = re.compile(r"\w{3,}")


def compose(body: dict[str, Any]) -> Answer:
    """The sentence of the sources that shares most words with the last message, cited by its number."""
    asked = body["messages"][-1]["content"]
    wanted = set(_WORDS.findall(_SOURCE.sub("", asked).lower()))
    found = [
        (len(wanted & set(_WORDS.findall(sentence.lower()))), number, sentence.strip())
        for message in body["messages"]
        for number, _, text in _SOURCE.findall(message["content"] or "")
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if sentence.strip()
    ]
    if not found:
        return say(*re.findall(r"\s*\S+", "I do not have anything on that."))
    _, number, sentence = max(found, key=lambda one: one[0])
    return say(*re.findall(r"\s*\S{1,6}", f"{sentence} [{number}]"))


@asynccontextmanager
async def serving(server: ChatServer, *, port: int = 0) -> AsyncIterator[ChatServer]:
    """Run it on a loopback port for as long as the block lasts."""
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_get("/v1/models", server.models)
    async with on_loopback(app, port=port, cancels=True) as url:
        server.url = f"{url}/v1"
        yield server


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for OpenAI's chat completions.")
    parser.add_argument("--port", type=int, default=4030)
    options = parser.parse_args()
    async with serving(ChatServer(piece_s=0.01), port=options.port) as server:
        print(f"{server.url} (key: {KEY})", flush=True)  # noqa: T201 - a command line prints
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
