"""The Model port over OpenAI's `/chat/completions`, which many servers speak: GPT, Gemini, Ollama, vLLM ...

One attempt a call, as with Claude: who asks again, and when, is decided above.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, Field, SecretStr, model_validator

from bridge import metrics
from bridge.brain import backup_request
from bridge.brain.backup_answer import StreamedChat, ToolsRefused, failure, refuses_tools
from bridge.brain.calls import counted
from bridge.brain.settings import ANTHROPIC_URL, SECRET_OF, ClaudeSettings, TierSettings, TiersSettings
from bridge.errors import BridgeError, ConfigError, ModelRejected, ModelUnavailable, ModelUnreadable
from bridge.logs import event
from bridge.ports import Model, ModelReply, ModelRequest, Writer
from bridge.types import Usage

_log = logging.getLogger(__name__)

OPENAI_HOST = "api.openai.com"
EVENT_CHARS_MAX = 1_000_000
ERROR_BYTES_MAX = 64_000
CHECK_S = 10.0
_END_GRACE_S = 0.5

LimitName = Literal["max_tokens", "max_completion_tokens"]


class BackupSettings(BaseModel, frozen=True, extra="forbid"):
    """A model of another provider, asked when Claude does not answer: any server that speaks OpenAI's chat
    completions, or Claude at Bedrock or Vertex. The key, if it wants one, comes from the environment: OPENAI_API_KEY,
    or those of Bedrock and Vertex as for `[claude]`."""

    provider: Literal["openai", "bedrock", "vertex"] = Field(
        "openai", description="`openai` is every server that speaks as OpenAI's does. With the others, set region."
    )
    region: str = Field("", description="The region of bedrock or vertex.")
    project: str = Field("", description="The Google Cloud project, for vertex.")
    base_url: str = Field(
        "",
        pattern=r"^(https?://\S+[^/\s])?$",
        description="Where the server is, with its version: 'https://api.openai.com/v1', "
        "'https://generativelanguage.googleapis.com/v1beta/openai', 'http://127.0.0.1:11434/v1'. Empty: no backup with "
        "`openai`, the provider's own address with the others.",
    )
    model: str = Field("", description="The model's name there. Its price stands in [prices]; 0 for one of your own.")
    output_tokens_max: int = Field(800, ge=1, le=20_000, description="The longest visible answer, in tokens.")
    thinking_tokens_max: int = Field(
        0, ge=0, le=100_000, description="Tokens more for a model that thinks before it writes."
    )
    effort: str | None = Field(
        None, description="How hard a thinking model tries ('low' ...); leave out for models without this setting."
    )
    limit_name: LimitName | None = Field(
        None,
        description="The name of the output limit: newer models of OpenAI refuse 'max_tokens', other servers know "
        "nothing else. Left out: by the host.",
    )
    connect_s: float = Field(3.0, gt=0, description="Seconds until the connection stands.")
    first_text_s: float = Field(8.0, gt=0, description="Seconds until the first word; then the answer is given up.")
    idle_text_s: float = Field(10.0, gt=0, description="Seconds of silence between two words of an answer.")
    total_s: float = Field(60.0, gt=0, description="Seconds for a whole answer.")

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if (self.base_url or self.provider != "openai") and not self.model:
            raise ValueError("with base_url, or another provider than openai, set model too")
        if self.provider != "openai" and not self.region:
            raise ValueError(f"with provider = {self.provider!r}, set region")
        if self.provider == "vertex" and not self.project:
            raise ValueError("with provider = 'vertex', set project")
        if self.provider != "openai":
            self.claude()  # what it does not take is told at the start
        return self

    @property
    def limits(self) -> TierSettings | Self:
        """What says how much it may write: of Claude, as its tier is asked."""
        return self if self.provider == "openai" else self.claude().tiers.sonnet

    def claude(self) -> ClaudeSettings:
        """Of Claude at bedrock or vertex, asked as the tier that the model's name speaks of is asked."""
        assert self.provider != "openai"
        defaults = TiersSettings()
        tier: TierSettings = next(
            (getattr(defaults, name) for name in ("haiku", "opus") if name in self.model), defaults.sonnet
        )
        changed: dict[str, Any] = {
            "model": self.model,
            "output_tokens_max": self.output_tokens_max,
            "first_text_s": self.first_text_s,
        }
        changed["thinking_tokens_max"] = max(tier.thinking_tokens_max, self.thinking_tokens_max)
        changed["effort"] = self.effort or tier.effort
        return ClaudeSettings(
            provider=self.provider,
            region=self.region,
            project=self.project,
            base_url=self.base_url or ANTHROPIC_URL,
            tier="sonnet",
            tiers=TiersSettings(sonnet=TierSettings(**(tier.model_dump() | changed))),
            system_ttl="5m",  # it is asked during outages only
            connect_s=self.connect_s,
            idle_text_s=self.idle_text_s,
            total_s=max(self.total_s, self.first_text_s, defaults.opus.first_text_s),
        )

    def tokens_max(self, visible: int | None = None, *, roomier: bool = False) -> int:
        """The most that one call can put out, thinking included, when a person is to read at most `visible`; twice as
        much when that was too little before."""
        most = min(visible or self.output_tokens_max, self.output_tokens_max) + self.thinking_tokens_max
        return 2 * most if roomier else most


class Backup:
    """One model. Close it with `aclose`."""

    def __init__(self, settings: BackupSettings, key: SecretStr | None) -> None:
        self._settings = settings
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        ours = urlsplit(settings.base_url).hostname == OPENAI_HOST
        self._limit = settings.limit_name or ("max_completion_tokens" if ours else "max_tokens")
        self._session: aiohttp.ClientSession | None = None
        self._tools = True
        """The server takes tools, as far as anybody knows."""

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """Answer, sentence by sentence, as it comes. May raise any ModelError, also after something was written, and
        InvalidRequest when the server calls the request itself wrong."""
        reply = await counted(self._settings.model, self._answer(request, writer))
        for kind in ("input_tokens", "output_tokens", "cache_read_tokens"):
            metrics.MODEL_TOKENS.labels(reply.model, kind.removesuffix("_tokens")).inc(getattr(reply.usage, kind))
        return reply

    async def _answer(self, request: ModelRequest, writer: Writer) -> ModelReply:
        if request.files:
            # Which of these models look at pictures nobody can tell: it is asked again without them.
            raise ModelUnreadable("the backup model gets no files", usage=Usage())
        try:
            return await self._once(request, writer)
        except ToolsRefused as error:
            self._tools = False
            event(_log, "the backup model takes no tools: it is asked without from now on", error=error)
        return await self._once(request, writer)

    async def _once(self, request: ModelRequest, writer: Writer) -> ModelReply:
        answer = StreamedChat(request.sources, writer, request.written)
        try:
            await self._read(request, answer)
        except (aiohttp.ClientError, OSError, UnicodeDecodeError) as error:  # a TimeoutError is an OSError
            # After the last words it does not matter any more how the connection ended.
            if not answer.complete:
                raise self._translated(error, answer.usage) from error
        return answer.reply(self._settings.model)

    async def _read(self, request: ModelRequest, answer: StreamedChat) -> None:
        """Feed the answer until it is over. Raises TimeoutError when neither text nor more of a call comes for too
        long."""
        started = time.monotonic()
        clock = asyncio.get_running_loop().time
        limits = self._settings
        first_text_by = clock() + limits.first_text_s
        if request.first_text_by is not None:
            first_text_by = min(first_text_by, request.first_text_by)
        spoke = False
        async with (
            asyncio.timeout(limits.total_s),
            asyncio.timeout_at(first_text_by) as quiet,
            self._opened().post(
                f"{limits.base_url}/chat/completions",
                json=self._body(request),
                headers=self._headers,
                allow_redirects=False,
            ) as response,
        ):
            if response.status != 200:
                raise await _refused(response, tools=self._tools and bool(backup_request.offered(request)))
            async for data in _events(response):
                if answer.feed(data):
                    quiet.reschedule(clock() + limits.idle_text_s)
                    if not spoke and answer.wrote:
                        spoke = True
                        first = metrics.FIRST_MODEL_TEXT_SECONDS.labels(limits.model)
                        first.observe(time.monotonic() - started)
                elif answer.complete:
                    # Read to its end, the connection serves the next answer too.
                    quiet.reschedule(clock() + _END_GRACE_S)

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        limits = self._settings
        fields = backup_request.body(request, model=limits.model, tools=self._tools)
        fields[self._limit] = limits.tokens_max(request.output_tokens_max, roomier=request.roomier)
        if limits.effort is not None:
            fields["reasoning_effort"] = limits.effort
        return fields

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # Everything but the connection is timed where it is read.
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._settings.connect_s)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session

    def _translated(self, error: Exception, usage: Usage | None) -> BridgeError:
        # Its own message may hold the address with a password in it.
        if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
            return ModelUnavailable(f"the backup model cannot be reached ({type(error).__name__})", usage=Usage())
        if isinstance(error, TimeoutError):
            return ModelUnavailable("no text came for too long", usage=usage)
        return ModelUnavailable(f"the connection failed ({type(error).__name__})", usage=usage)

    async def check(self) -> str:
        """Ask the server about key and model, without spending a token; one line for the operator. May raise
        ModelError, whose message names the fix."""
        url, model = self._settings.base_url, self._settings.model
        try:
            async with (
                asyncio.timeout(CHECK_S),
                self._opened().get(f"{url}/models", headers=self._headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise await _refused(response)
                listed = json.loads(await _beginning(response, EVENT_CHARS_MAX))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ModelUnavailable(
                f"the backup model's server gives no answer ({type(error).__name__}): check backup.base_url"
            ) from error
        entries = listed.get("data") if isinstance(listed, dict) else None
        names = {entry.get("id") for entry in entries or () if isinstance(entry, dict)}
        # Google calls them models/NAME.
        if not {model, f"models/{model}", f"{model}:latest"} & names:
            raise ModelRejected(f"there is no model {model!r}: correct backup.model")
        return f"{model} is the backup model"

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()


class Spare(Model, Protocol):
    """A model that is asked when Claude does not answer."""

    async def check(self) -> str:
        """One line for the operator. May raise BridgeError, whose message names the fix."""

    async def aclose(self) -> None: ...


def build(settings: BackupSettings, secrets: Mapping[str, SecretStr]) -> Spare | None:
    """Ready to ask; nothing is sent yet. None when no server is named. May raise ConfigError."""
    if settings.provider != "openai":
        from bridge.brain.claude import Claude  # importing the SDK takes seconds

        return Claude(settings.claude(), secrets.get(SECRET_OF[settings.provider]), table="backup")
    if not settings.base_url:
        return None
    key = secrets.get("OPENAI_API_KEY")
    if key is None and urlsplit(settings.base_url).hostname == OPENAI_HOST:
        raise ConfigError(["backup: set OPENAI_API_KEY in the environment, or base_url to a server without a key"])
    return Backup(settings, key)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """The data of the server-sent events. Comments keep a connection awake and say nothing."""
    rest = b""
    data: list[str] = []
    async for part in response.content.iter_any():
        *lines, rest = (rest + part).replace(b"\r\n", b"\n").split(b"\n")
        if len(rest) > EVENT_CHARS_MAX:
            raise ModelUnavailable("the stream holds a line without an end")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].decode().removeprefix(" "))
            elif not line.strip() and data:
                yield "\n".join(data)
                data.clear()
    if data:
        yield "\n".join(data)


async def _refused(response: aiohttp.ClientResponse, *, tools: bool = False) -> BridgeError:
    raw = await _beginning(response, ERROR_BYTES_MAX)
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        answer = {}
    if tools and refuses_tools(response.status, answer):
        return ToolsRefused(f"the backup model's server says {response.status}: it seems to take no tools")
    return failure(status=response.status, answer=answer, retry_after=response.headers.get("Retry-After"))


async def _beginning(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) >= bytes_max:
            break
    return bytes(body[:bytes_max])
