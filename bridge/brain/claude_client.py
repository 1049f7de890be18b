"""The client of Anthropic's SDK for whoever runs the models, and what only it knows of them."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import anthropic
import httpx2
from anthropic.types import Message, MessageTokensCount, RawMessageStreamEvent
from pydantic import SecretStr

from bridge.brain.claude_body import Body, in_base64
from bridge.brain.settings import ANTHROPIC_URL, SECRET_OF, ClaudeSettings, Provider
from bridge.errors import ConfigError, ModelRejected
from bridge.types import Usage

Events = anthropic.AsyncStream[RawMessageStreamEvent]


class Client:
    """Sends bodies to one provider. Every method may raise what the SDK raises, and ModelRejected when the machine
    has no credentials. Close it with `aclose`."""

    def __init__(self, settings: ClaudeSettings, key: SecretStr | None) -> None:
        """May raise ConfigError: the key or a package is missing."""
        self._provider = settings.provider
        self._sdk = _sdk(settings, key.get_secret_value() if key else None)

    async def stream(self, fields: Mapping[str, Any]) -> Events:
        """What `messages.create` does, but for the body, which that would write as one string."""
        if self._provider == "anthropic":
            body = Body(fields)
            how: dict[str, Any] = {"content": body, "options": {"headers": {"Content-Length": str(body.size_bytes)}}}
        else:
            # The SDK rewrites or signs what these get, so it has to be there as a whole.
            how = {"body": in_base64(fields)}
        return await self._post("/v1/messages", cast_to=Message, stream=True, stream_cls=Events, **how)  # type: ignore[no-any-return]

    async def create(self, fields: Mapping[str, Any]) -> Message:
        """A whole answer."""
        return await self._post("/v1/messages", cast_to=Message, body=in_base64(fields))  # type: ignore[no-any-return]

    async def count(self, fields: Mapping[str, Any]) -> int:
        """The tokens that a request reads."""
        path = "/v1/messages/count_tokens"
        counted: MessageTokensCount = await self._post(path, cast_to=MessageTokensCount, body=in_base64(fields))
        return counted.input_tokens

    async def _post(self, path: str, **how: Any) -> Any:
        try:
            return await self._sdk.post(path, **how)
        except (anthropic.APIError, httpx2.HTTPError, httpx2.StreamError, TimeoutError):
            raise
        except Exception as error:
            if self._provider == "anthropic":
                raise
            # Each cloud's own package looks for credentials, with errors of its own.
            told = f"no credentials for {self._provider} were found here ({type(error).__name__})"
            raise ModelRejected(f"{told}: set {SECRET_OF[self._provider]}", usage=Usage()) from error

    async def model(self, name: str) -> dict[str, Any] | None:
        """What the API says about a model; None where the provider cannot be asked. May raise ValueError."""
        if self._provider != "anthropic":
            return None
        response = await self._sdk.models.with_raw_response.retrieve(name)
        info = response.http_response.json()
        return info if isinstance(info, dict) else {}

    async def aclose(self) -> None:
        await self._sdk.close()


def _sdk(settings: ClaudeSettings, key: str | None) -> Any:
    """Typed loosely: the three have their methods in common, and no class."""
    base_url = settings.base_url if settings.base_url != ANTHROPIC_URL or settings.provider == "anthropic" else None
    common: dict[str, Any] = {
        "base_url": base_url,
        "max_retries": 0,
        # Pings keep a read from ever timing out: the watchdogs of Claude look at text instead.
        "timeout": anthropic.Timeout(settings.total_s, connect=settings.connect_s),
        # aiohttp's reader, which parses in C, takes a third of the CPU of the SDK's own transport.
        "http_client": anthropic.DefaultAioHttpClient(),
        "open_telemetry": False,
    }
    match settings.provider:
        case "anthropic":
            if key is None:
                raise ConfigError([f"claude.provider: set {SECRET_OF['anthropic']} in the environment or in .env"])
            return anthropic.AsyncAnthropic(api_key=key, **common)
        case "bedrock":
            _needs("botocore", "bedrock", key)
            from anthropic.lib.bedrock import AsyncAnthropicBedrockMantle

            return AsyncAnthropicBedrockMantle(api_key=key, aws_region=settings.region, **common)
        case "vertex":
            _needs("google.auth", "vertex", key)
            from anthropic.lib.vertex import AsyncAnthropicVertex

            return AsyncAnthropicVertex(access_token=key, region=settings.region, project_id=settings.project, **common)


def _needs(module: str, extra: Provider, key: str | None) -> None:
    """Without a key the provider's own package finds the machine's credentials."""
    if key is None and not _is_there(module):
        fix = f"set {SECRET_OF[extra]}, or install what finds credentials: pip install 'anthropic[{extra}]'"
        raise ConfigError([f"claude.provider: {fix}"])


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False
