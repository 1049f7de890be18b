"""The Model port over the Claude API. The only file that imports Anthropic's SDK.

One attempt a call: who asks again, and when, is decided above. The SDK's own retries would sleep for as long as a
`retry-after` says.
"""

import asyncio
import logging
import time
from typing import Any

import anthropic
import httpx2
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import SecretStr

from bridge import metrics
from bridge.brain import claude_request
from bridge.brain.claude_answer import InvalidRequest, StreamedAnswer, failure
from bridge.brain.claude_body import Body
from bridge.brain.settings import ClaudeSettings, TierName, TierSettings
from bridge.errors import BridgeError, ModelRejected, ModelUnavailable, ModelUnreadable
from bridge.ports import ModelReply, ModelRequest, Writer

_log = logging.getLogger(__name__)

_END_GRACE_S = 0.5
"""How long the connection may take to end after the last event; read to its end, it serves the next answer too."""


class Claude:
    """One tier of Claude. Close it with `aclose`."""

    def __init__(self, settings: ClaudeSettings, key: SecretStr, *, tier: TierName | None = None) -> None:
        self._settings = settings
        self._tier_name: TierName = tier or settings.tier
        self._tier: TierSettings = getattr(settings.tiers, self._tier_name)
        self._client = anthropic.AsyncAnthropic(
            api_key=key.get_secret_value(),
            base_url=settings.base_url,
            max_retries=0,
            # Pings keep a read from ever timing out: the watchdogs below look at text instead.
            timeout=anthropic.Timeout(settings.total_s, connect=settings.connect_s),
            # aiohttp's reader, which parses in C, takes a third of the CPU of the SDK's own transport.
            http_client=anthropic.DefaultAioHttpClient(),
            open_telemetry=False,
        )

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """Answer, block by block, as it comes. May raise any ModelError, also after something was written, and
        InvalidRequest, a bug, when the API calls the request itself wrong."""
        result = ""
        try:
            reply = await self._answer(request, writer)
            result = "truncated" if reply.truncated else "answered"
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            metrics.MODEL_CALLS.labels(self._tier.model, result).inc()
        self._count_tokens(reply)
        return reply

    async def _answer(self, request: ModelRequest, writer: Writer) -> ModelReply:
        answer = StreamedAnswer(request.sources, writer)
        first_text_s = self._tier.first_text_s + (self._settings.files_s if request.files else 0.0)
        try:
            await self._read(Body(claude_request.body(request, self._tier)), answer, first_text_s)
        except (anthropic.APIError, httpx2.HTTPError, httpx2.StreamError, TimeoutError, UnicodeDecodeError) as error:
            # After the last event it does not matter any more how the connection ended.
            if not answer.over:
                meant = _translated(error)
                if request.files and isinstance(meant, InvalidRequest):
                    raise ModelUnreadable(str(meant)) from error
                raise meant from error
        return answer.reply(self._tier.model)

    async def _read(self, body: Body, answer: StreamedAnswer, first_text_s: float) -> None:
        """Feed the answer until the connection ends. Raises TimeoutError when no text comes for too long."""
        started = time.monotonic()
        clock = asyncio.get_running_loop().time
        spoke = False
        limits = self._settings
        # Raw events: building the SDK's event objects costs as much CPU as all the rest together.
        # The loop is never left early, so that no half-read generator stays behind.
        async with (
            asyncio.timeout(limits.total_s),
            asyncio.timeout(first_text_s) as quiet,
            await self._post(body) as stream,
        ):
            async for event in anthropic.AsyncStream.raw_events(stream.response):
                if event.data and answer.feed(event.data):
                    quiet.reschedule(clock() + limits.idle_text_s)
                    if not spoke:
                        spoke = True
                        first = metrics.FIRST_MODEL_TEXT_SECONDS.labels(self._tier.model)
                        first.observe(time.monotonic() - started)
                elif answer.over:
                    quiet.reschedule(clock() + _END_GRACE_S)

    async def _post(self, body: Body) -> anthropic.AsyncStream[RawMessageStreamEvent]:
        """What `messages.create` does, but for the body, which that would write as one string."""
        return await self._client.post(
            "/v1/messages",
            content=body,
            options={"headers": {"Content-Length": str(body.size_bytes)}},
            cast_to=Message,
            stream=True,
            stream_cls=anthropic.AsyncStream[RawMessageStreamEvent],
        )

    def _count_tokens(self, reply: ModelReply) -> None:
        for kind in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"):
            metrics.MODEL_TOKENS.labels(reply.model, kind.removesuffix("_tokens")).inc(getattr(reply.usage, kind))

    async def check(self) -> str:
        """Ask the API about key and model, without spending a token; one line for the operator.
        May raise ModelError, whose message names the fix."""
        model = self._tier.model
        try:
            response = await self._client.models.with_raw_response.retrieve(model)
            info = response.http_response.json()
            if not isinstance(info, dict) or info.get("id") != model:
                raise ModelUnavailable(f"{self._settings.base_url} does not answer like the Claude API")
            return self._verdict(info)
        except (anthropic.APIError, httpx2.HTTPError, ValueError) as error:
            raise self._explained(error) from error

    def _verdict(self, info: dict[str, Any]) -> str:
        key = f"claude.tiers.{self._tier_name}"
        if info.get("lifecycle") == "retired":
            raise ModelRejected(f"{info['id']!r} is retired: set {key}.model to a current model")
        capabilities = info.get("capabilities") or {}
        kinds = capabilities.get("thinking", {}).get("types", {})
        if kinds.get(self._tier.thinking, {}).get("supported") is False:
            offered = ", ".join(repr(kind) for kind, it in kinds.items() if it.get("supported"))
            raise ModelRejected(
                f"{info['id']!r} refuses {key}.thinking = {self._tier.thinking!r}: it takes 'default', {offered}"
            )
        limit = info.get("max_tokens")
        if isinstance(limit, int) and limit < self._tier.output_tokens_max:
            raise ModelRejected(f"{info['id']!r} gives at most {limit} tokens: lower {key}.output_tokens_max")
        retires = f", deprecated, retires {info.get('retires_at')}" if info.get("lifecycle") == "deprecated" else ""
        return f"{info['id']} answers for the {self._tier_name} tier at {self._settings.base_url}{retires}"

    def _explained(self, error: Exception) -> BridgeError:
        match error:
            case anthropic.AuthenticationError():
                return ModelRejected(f"the API refuses ANTHROPIC_API_KEY ({error.status_code}): set a valid key")
            case anthropic.PermissionDeniedError():
                return ModelRejected(f"the key in ANTHROPIC_API_KEY may not use {self._tier.model!r} ({error.message})")
            case anthropic.NotFoundError():
                key = f"claude.tiers.{self._tier_name}.model"
                return ModelRejected(f"there is no model {self._tier.model!r} for this key: correct {key}")
            case anthropic.APIConnectionError() | httpx2.HTTPError():
                url = self._settings.base_url
                return ModelUnavailable(f"{url} cannot be reached ({error}): check claude.base_url, network and proxy")
            case ValueError():
                return ModelUnavailable(f"{self._settings.base_url} does not answer like the Claude API")
            case _:
                return _translated(error)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def _translated(error: Exception) -> BridgeError:
    match error:
        case anthropic.APIStatusError():
            return failure(
                status=error.status_code,
                kind=error.type,
                message=error.api_message or error.message,
                error_code=error.error_code,
                retry_after=error.response.headers.get("retry-after"),
            )
        case TimeoutError():
            return ModelUnavailable("no text came for too long")
        case _:
            return ModelUnavailable(f"the connection failed: {type(error).__name__} {error}")
