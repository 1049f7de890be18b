"""The Transcriber port over OpenAI's `/audio/transcriptions`, which other servers speak too (Groq, speaches ...)."""

from collections.abc import Mapping

from pydantic import SecretStr

from bridge.errors import ModelUnavailable
from bridge.media.settings import TranscriberSettings


class OpenAITranscriber:
    """Close it with `aclose`."""

    def __init__(self, settings: TranscriberSettings, key: SecretStr | None) -> None:
        self._settings = settings
        self._key = key

    async def transcribe(self, data: bytes, media_type: str, name: str) -> str:
        raise ModelUnavailable("not yet")

    async def aclose(self) -> None:
        """Close the connections."""


def build(settings: TranscriberSettings, secrets: Mapping[str, SecretStr]) -> OpenAITranscriber | None:
    """Ready to ask; nothing is sent yet. None when no server is named. May raise ConfigError."""
    return OpenAITranscriber(settings, secrets.get("OPENAI_API_KEY")) if settings.base_url else None
