"""The Model port over the Claude API.

One attempt a call: who asks again, and when, is decided above. The SDK's own retries would sleep for as long as a
`retry-after` says.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import anthropic
import httpx2
from pydantic import SecretStr

from bridge import metrics
from bridge.brain import claude_check, claude_request
from bridge.brain.calls import counted
from bridge.brain.claude_answer import InvalidRequest, StreamedAnswer, failure, tokens
from bridge.brain.claude_client import Client
from bridge.brain.settings import ClaudeSettings, TierName, TierSettings
from bridge.errors import BridgeError, ConfigError, ModelError, ModelRejected, ModelUnavailable, ModelUnreadable
from bridge.logs import event as log_event
from bridge.ports import (
    Exchange,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolResult,
    ToolRound,
    ToolSpec,
    Writer,
)
from bridge.types import Usage

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_END_GRACE_S = 0.5
"""How long the connection may take to end after the last event; read to its end, it serves the next answer too."""

_FAILURES = (anthropic.APIError, httpx2.HTTPError, httpx2.StreamError, TimeoutError, UnicodeDecodeError)
"""Of the API and of the way there."""

_NOT_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout)

_STRICTNESS = re.compile(r"strict|grammar|schema", re.IGNORECASE)
"""What the API says of tools that it makes no grammar of: there are limits on it that nobody knows beforehand."""

_CALL = ToolCall(id="toolu_1", name="look_up", args={"what": "weather"})
_SAMPLE = ModelRequest(
    system="You are kind.",
    history=(Exchange(question="Hello", answer="Hello!", facts="It is Friday.", done="Nothing."),),
    question="How are you?",
    facts="It is Saturday.",
    tools=(
        ToolSpec(
            name=_CALL.name,
            description="Looks something up.",
            schema={
                "type": "object",
                "properties": {"what": {"type": "string"}},
                "required": ["what"],
                "additionalProperties": False,
            },
        ),
    ),
    rounds=(
        ToolRound(
            said=({"type": "tool_use", "id": _CALL.id, "name": _CALL.name, "input": dict(_CALL.args or {})},),
            calls=(_CALL,),
            results=(ToolResult(call_id=_CALL.id, text="It rains."),),
        ),
    ),
)
"""Has every part that not every model takes."""


class Claude:
    """One tier of Claude. Close it with `aclose`."""

    def __init__(
        self, settings: ClaudeSettings, key: SecretStr | None, *, tier: TierName | None = None, table: str = ""
    ) -> None:
        """`table` is where the operator set it, if not in `[claude]`. May raise ConfigError: the provider lacks a key,
        or the package that finds one."""
        self._settings = settings
        self._tier_name: TierName = tier or settings.tier
        self._set_in = table
        self._tier: TierSettings = getattr(settings.tiers, self._tier_name)
        self._client = Client(settings, key)
        self._strict = True
        """Tools are told as strict ones, as long as the API takes that."""

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """Answer, block by block, as it comes. May raise any ModelError, also after something was written, and
        InvalidRequest, a bug, when the API calls the request itself wrong."""
        reply = await counted(self._tier.model, self._answer(request, writer))
        self._count_tokens(reply.usage)
        return reply

    async def _answer(self, request: ModelRequest, writer: Writer) -> ModelReply:
        return await self._told(request.tools, lambda: self._once(request, writer))

    async def _told(self, tools: Sequence[ToolSpec], attempt: Callable[[], Awaitable[_T]]) -> _T:
        """What an attempt gives. When the API cannot make a grammar of these tools there is a second one, and from then
        on none of them is strict. Raises what the attempt raises."""
        try:
            return await attempt()
        except InvalidRequest as error:
            if not self._about_strictness(tools, error):
                raise
            self._strict = False
            words = "the API does not take these tools as strict ones: they go as plain ones from now on"
            log_event(_log, words, level=logging.WARNING, model=self._tier.model, error=error)
        return await attempt()

    async def _once(self, request: ModelRequest, writer: Writer) -> ModelReply:
        answer = StreamedAnswer(request.sources, writer, request.written)
        fields = claude_request.body(request, self._tier, self._settings.system_ttl, strict=self._strict)
        try:
            await self._read(fields, answer, self._first_text_s(request))
        except _FAILURES as error:
            # After the last event it does not matter any more how the connection ended.
            if not answer.over:
                meant = _translated(error, answer.counted)
                if (
                    request.files
                    and isinstance(meant, InvalidRequest)
                    and not self._about_strictness(request.tools, meant)
                ):
                    raise ModelUnreadable(str(meant), usage=Usage()) from error
                raise meant from error
        return answer.reply(self._tier.model)

    def _about_strictness(self, tools: Sequence[ToolSpec], error: InvalidRequest) -> bool:
        return bool(tools) and self._strict and bool(_STRICTNESS.search(str(error)))

    def _first_text_s(self, request: ModelRequest) -> float:
        """How long to wait for the first word: as long as the model may take, and nobody longer than they would."""
        patience_s = self._tier.first_text_s + (self._settings.files_s if request.files else 0.0)
        if request.first_text_by is None:
            return patience_s
        return min(patience_s, request.first_text_by - asyncio.get_running_loop().time())

    async def _read(self, fields: Mapping[str, Any], answer: StreamedAnswer, first_text_s: float) -> None:
        """Feed the answer until the connection ends. Raises TimeoutError when neither text nor more of a call comes for
        too long."""
        started = time.monotonic()
        clock = asyncio.get_running_loop().time
        spoke = False
        limits = self._settings
        # Raw events: building the SDK's event objects costs as much CPU as all the rest together.
        # The loop is never left early, so that no half-read generator stays behind.
        async with (
            asyncio.timeout(limits.total_s),
            asyncio.timeout(first_text_s) as quiet,
            await self._client.stream(fields) as stream,
        ):
            async for event in anthropic.AsyncStream.raw_events(stream.response):
                if event.data and answer.feed(event.data):
                    quiet.reschedule(clock() + limits.idle_text_s)
                    if not spoke and answer.wrote:
                        spoke = True
                        first = metrics.FIRST_MODEL_TEXT_SECONDS.labels(self._tier.model)
                        first.observe(time.monotonic() - started)
                elif answer.over:
                    quiet.reschedule(clock() + _END_GRACE_S)

    def _count_tokens(self, usage: Usage) -> None:
        for kind in ("input", "output", "cache_read", "cache_write", "cache_write_1h"):
            metrics.MODEL_TOKENS.labels(self._tier.model, kind).inc(getattr(usage, f"{kind}_tokens"))

    async def warm(self, system: str, tools: Sequence[ToolSpec] = ()) -> Usage:
        """Put tools and a system prompt into the cache before the first question needs them; what it took. May raise
        ModelError, InvalidRequest."""
        return await self._told(tools, lambda: self._warm_once(system, tools))

    async def _warm_once(self, system: str, tools: Sequence[ToolSpec]) -> Usage:
        ttl = self._settings.system_ttl
        try:
            async with asyncio.timeout(self._tier.first_text_s):
                fields = claude_request.warming(system, self._tier, ttl, tools=tools, strict=self._strict)
                message = await self._client.create(fields)
        except _FAILURES as error:
            raise _translated(error, None) from error
        usage = tokens(message.usage.to_dict())
        self._count_tokens(usage)
        return usage

    async def count(self, request: ModelRequest) -> int:
        """The tokens that the model would read, asked of the API. May raise ModelError, InvalidRequest."""
        return await self._told(request.tools, lambda: self._count_once(request))

    async def _count_once(self, request: ModelRequest) -> int:
        try:
            async with asyncio.timeout(self._tier.first_text_s):
                return await self._client.count(claude_request.counted(request, self._tier, strict=self._strict))
        except _FAILURES as error:
            raise _translated(error, Usage()) from error

    async def check(self) -> str:
        """Ask the API about key, model and whether it takes requests as this tier writes them, without spending a
        token; one line for the operator. May raise ModelError, whose message names the fix."""
        try:
            info = await self._client.model(self._tier.model)
            if info is not None:
                self._judge(info)
        except (*_FAILURES, ValueError) as error:
            raise self._explained(error) from error
        await self._try_shape()
        url = self._settings.base_url if self._settings.provider == "anthropic" else self._settings.provider
        return f"{self._tier.model} answers for the {self._tier_name} tier at {url}{claude_check.retires(info or {})}"

    def _judge(self, info: Mapping[str, Any]) -> None:
        if info.get("id") != self._tier.model:
            raise ModelUnavailable(f"{self._settings.base_url} does not answer like the Claude API")
        if wrong := list(claude_check.problems(info, self._tier, self._table)):
            raise ModelRejected("; ".join(wrong))

    async def _try_shape(self) -> None:
        """Counting judges a request like answering does, and is free."""
        try:
            await self.count(_SAMPLE)
        except InvalidRequest as error:
            told = f"{self._tier.model!r} refuses requests of the {self._tier_name} tier ({error})"
            raise ModelRejected(
                f"{told}: correct {self._table}, perhaps its system_messages, thinking or effort"
            ) from error

    @property
    def _table(self) -> str:
        return self._set_in or f"claude.tiers.{self._tier_name}"

    def _explained(self, error: Exception) -> BridgeError:
        secret = self._settings.secret
        match error:
            case anthropic.AuthenticationError():
                return ModelRejected(f"the API refuses {secret} ({error.status_code}): set a valid key")
            case anthropic.PermissionDeniedError():
                return ModelRejected(f"the key in {secret} may not use {self._tier.model!r} ({error.message})")
            case anthropic.NotFoundError():
                return ModelRejected(
                    f"there is no model {self._tier.model!r} for this key: correct {self._table}.model"
                )
            case anthropic.APIConnectionError() | httpx2.HTTPError():
                settings, table = self._settings, self._set_in or "claude"
                url = settings.base_url if settings.provider == "anthropic" else settings.provider
                return ModelUnavailable(f"{url} cannot be reached ({error}): check {table}.base_url, network and proxy")
            case ValueError():
                return ModelUnavailable(f"{self._settings.base_url} does not answer like the Claude API")
            case _:
                return _translated(error, None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def check(settings: ClaudeSettings, key: SecretStr | None) -> str:
    """Check every tier; one line for the operator. May raise ConfigError with everything that is wrong."""
    good: list[str] = []
    wrong: list[str] = []
    async with AsyncExitStack() as stack:
        for name in TierName.__args__:  # type: ignore[attr-defined]
            claude = Claude(settings, key, tier=name)
            stack.push_async_callback(claude.aclose)
            try:
                good.append(await claude.check())
            except ModelError as error:
                wrong.append(str(error))
    if wrong:
        raise ConfigError(list(dict.fromkeys(wrong)))
    return "; ".join(good)


def _translated(error: Exception, counted: Usage | None) -> BridgeError:
    match error:
        case anthropic.APIStatusError():
            return failure(
                status=error.status_code,
                kind=error.type,
                message=error.api_message or error.message,
                error_code=error.error_code,
                retry_after=error.response.headers.get("retry-after"),
                usage=counted,
            )
        case TimeoutError():
            return ModelUnavailable("no text came for too long", usage=counted)
        case _:
            told = f"the connection failed: {type(error).__name__} {error}"
            return ModelUnavailable(told, usage=Usage() if isinstance(error.__cause__, _NOT_REACHED) else counted)
