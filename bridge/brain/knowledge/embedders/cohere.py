"""Cohere's embedding models, https://docs.cohere.com/reference/embed."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, SecretStr

from bridge.brain.knowledge.embedders._http import Api, HttpEmbedder, HttpSettings, Kind

SECRETS: tuple[str, ...] = ("COHERE_API_KEY",)
REQUIRED = SECRETS


class Settings(HttpSettings):
    """Which model, and where."""

    base_url: str = Field("https://api.cohere.com", pattern=r"^https?://\S+$", description="Where the API is.")
    model: str = Field("embed-v4.0", min_length=1, description="The model; others need their own `dimensions`.")
    dimensions: int = Field(1024, ge=1, le=8192, description="256, 512, 1024 or 1536 with embed-v4.0.")


def build(settings: Settings, secrets: Mapping[str, SecretStr]) -> HttpEmbedder:
    """Ready to ask; nothing is sent yet."""

    def body(texts: Sequence[str], kind: Kind) -> dict[str, Any]:
        fixed = "-v3.0" in settings.model or "-v2.0" in settings.model
        return {
            "texts": list(texts),
            "model": settings.model,
            "input_type": f"search_{kind}",
            "embedding_types": ["float"],
            "truncate": "END",
            **({} if fixed else {"output_dimension": settings.dimensions}),
        }

    api = Api(
        name="cohere",
        url=f"{settings.base_url.rstrip('/')}/v2/embed",
        headers={"Authorization": f"Bearer {secrets['COHERE_API_KEY'].get_secret_value()}"},
        body=body,
        rows=lambda answer: answer["embeddings"]["float"],
    )
    return HttpEmbedder(api, settings)
