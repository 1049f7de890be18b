"""The Transcriber port over OpenAI's `/audio/transcriptions`, which other servers speak too (Groq, speaches ...)."""

import asyncio
import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bridge.errors import (
    ConfigError,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
)
from bridge.media.settings import AUDIO_BYTES_MAX, TranscriberSettings
from bridge.media.twice import twice
from bridge.retry_after import seconds

CONNECT_S = 3.0
RESPONSE_BYTES_MAX = 1_000_000
OPENAI_HOST = "api.openai.com"

_ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
}
_CODE = re.compile(r"[a-z_]{1,40}")


class OpenAITranscriber:
    """Close it with `aclose`."""

    def __init__(self, settings: TranscriberSettings, key: SecretStr | None) -> None:
        self._settings = settings
        self._url = f"{settings.base_url}/audio/transcriptions"
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._session: aiohttp.ClientSession | None = None

    async def transcribe(self, data: bytes, media_type: str, name: str) -> str:
        """What is said; "" when nothing is. The recording is sent under a name of ours: OpenAI goes by its ending and
        does not know some that phones give, and the person's own is nobody's business. May raise ModelError."""
        if len(data) > AUDIO_BYTES_MAX:
            raise ModelOverflow(f"a recording of {len(data):,} bytes, more than {AUDIO_BYTES_MAX:,}")
        timeout_s = self._settings.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await twice(lambda: self._ask(data, media_type), ModelOverloaded, ModelUnavailable)
        except TimeoutError as error:
            raise ModelUnavailable(f"the transcriber gave no answer in {timeout_s:g} s") from error

    async def _ask(self, data: bytes, media_type: str) -> str:
        """One request. May raise ModelError."""
        if self._session is None or self._session.closed:
            # The whole is timed above.
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S))
        form = aiohttp.FormData()
        form.add_field("model", self._settings.model)
        ending = _ENDINGS.get(media_type, "bin")
        # As a file, else aiohttp would put a copy of it into the message of an error.
        form.add_field("file", io.BytesIO(data), filename=f"voice.{ending}", content_type=media_type)
        try:
            async with self._session.post(
                self._url, data=form, headers=self._headers, allow_redirects=False
            ) as response:
                raw = await _limited(response)
        except (aiohttp.ClientError, OSError) as error:
            # Its own message may hold the address with a password in it.
            raise ModelUnavailable(f"the transcriber gave no answer ({type(error).__name__})") from error
        answer = _json(raw)
        if response.status != 200:
            raise _failure(response.status, answer, response.headers.get("Retry-After"))
        text = answer.get("text")
        if not isinstance(text, str):
            raise ModelUnavailable("the transcriber answered with something else than a text")
        return text.strip()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()


def build(settings: TranscriberSettings, secrets: Mapping[str, SecretStr]) -> OpenAITranscriber | None:
    """Ready to ask; nothing is sent yet. None when no server is named. May raise ConfigError."""
    if not settings.base_url:
        return None
    key = secrets.get("OPENAI_API_KEY")
    if key is None and urlsplit(settings.base_url).hostname == OPENAI_HOST:
        raise ConfigError(["transcriber: set OPENAI_API_KEY in the environment, or base_url to a server without a key"])
    return OpenAITranscriber(settings, key)


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > RESPONSE_BYTES_MAX:
            raise ModelUnavailable(f"the transcriber's answer is larger than {RESPONSE_BYTES_MAX:,} bytes")
    return bytes(body)


def _json(raw: bytes) -> dict[str, Any]:
    """The object it holds; an empty one when it holds anything else."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _failure(status: int, answer: Mapping[str, Any], retry_after: str | None) -> ModelError:
    """What an error means to us. The server's own words stay out: they may quote the key, or what was said."""
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    said = f"the transcriber answered {status} {code}".strip()
    if status in (401, 402, 403, 404) or code == "insufficient_quota":
        return ModelRejected(f"{said}: check [transcriber] and OPENAI_API_KEY")
    if status == 429:
        return ModelOverloaded(said, retry_after_s=seconds(retry_after))
    if status == 413:
        return ModelOverflow(said)
    if 400 <= status < 500 and status not in (408, 409):
        return ModelRefused(said)
    return ModelUnavailable(said)
