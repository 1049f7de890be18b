"""Voyage AI's embedding models, https://docs.voyageai.com/reference/embeddings-api."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from bridge.brain.knowledge.embedders._http import Api, HttpEmbedder, HttpSettings, Kind, by_index

SECRETS: tuple[str, ...] = ("VOYAGE_API_KEY",)
REQUIRED = SECRETS


class Settings(HttpSettings):
    """Which model, and where."""

    base_url: str = Field("https://api.voyageai.com", pattern=r"^https?://\S+$", description="Where the API is.")
    model: str = Field("voyage-4", min_length=1, description="The model; others need their own `dimensions`.")
    dimensions: int = Field(1024, ge=1, le=8192, description="256, 512, 1024 or 2048 with the models of series 4.")


def build(settings: Settings, secrets: Mapping[str, SecretStr]) -> HttpEmbedder:
    """Ready to ask; nothing is sent yet."""

    def body(texts: Sequence[str], kind: Kind) -> dict[str, Any]:
        return {
            "input": list(texts),
            "model": settings.model,
            "input_type": kind,
            "output_dimension": settings.dimensions,
            "truncation": True,
        }

    api = Api(
        name="voyage",
        url=f"{settings.base_url.rstrip('/')}/v1/embeddings",
        headers={"Authorization": f"Bearer {secrets['VOYAGE_API_KEY'].get_secret_value()}"},
        body=body,
        rows=lambda answer: by_index(answer["data"]),
    )
    return HttpEmbedder(api, settings)
