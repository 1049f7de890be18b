"""Embedders, one file each; `open_embedder` makes the configured one ready and closes it again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from bridge import plugins
from bridge.errors import ConfigError
from bridge.ports import Embedder

PACKAGE = __name__


class ClosableEmbedder(Embedder, Protocol):
    """What `build` of every embedder returns: an Embedder that holds a thread or connections until it is closed."""

    async def close(self) -> None:
        """Give everything back. Harmless when done twice."""


@asynccontextmanager
async def open_embedder(name: str, options: BaseModel, secrets: Mapping[str, SecretStr]) -> AsyncIterator[Embedder]:
    """Build embedder `name` with its own Settings in a thread (a model may take seconds to load).

    May raise ConfigError, EmbedderError.
    """
    module: Any = plugins.load(PACKAGE, name, "knowledge.embedder")
    missing = [secret for secret in module.SECRETS if not secrets.get(secret)]
    if missing:
        raise ConfigError([f"knowledge.embedder: {name!r} needs {secret} in the environment" for secret in missing])
    embedder: ClosableEmbedder = await asyncio.to_thread(module.build, options, secrets)
    try:
        yield embedder
    finally:
        await embedder.close()
