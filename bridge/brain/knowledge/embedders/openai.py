"""OpenAI's embedding models, and every server that speaks their `/v1/embeddings` (Ollama, vLLM, LiteLLM ...)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from bridge.brain.knowledge.embedders._http import Api, HttpEmbedder, HttpSettings, Kind, by_index
from bridge.errors import ConfigError

SECRETS: tuple[str, ...] = ("OPENAI_API_KEY",)
"""Optional: a server of one's own may ask for none."""

OPENAI_URL = "https://api.openai.com"


class Settings(HttpSettings):
    """Which model, and where."""

    base_url: str = Field(OPENAI_URL, pattern=r"^https?://\S+$", description="Where the API is, without `/v1`.")
    model: str = Field(
        "text-embedding-3-small", min_length=1, description="The model; others need their own `dimensions`."
    )
    dimensions: int = Field(
        1536, ge=1, le=8192, description="The length of its vectors; shortened by the text-embedding-3 models alone."
    )


def build(settings: Settings, secrets: Mapping[str, SecretStr]) -> HttpEmbedder:
    """Ready to ask; nothing is sent yet. May raise ConfigError."""
    key = secrets.get("OPENAI_API_KEY")
    if key is None and settings.base_url.startswith(OPENAI_URL):
        raise ConfigError(["embedders.openai: set OPENAI_API_KEY in the environment, or base_url to a server without"])

    def body(texts: Sequence[str], kind: Kind) -> dict[str, Any]:
        shortened = {"dimensions": settings.dimensions} if settings.model.startswith("text-embedding-3") else {}
        return {"input": list(texts), "model": settings.model, "encoding_format": "float", **shortened}

    api = Api(
        name="openai",
        url=f"{settings.base_url.rstrip('/')}/v1/embeddings",
        headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
        body=body,
        rows=lambda answer: by_index(answer["data"]),
    )
    return HttpEmbedder(api, settings)
