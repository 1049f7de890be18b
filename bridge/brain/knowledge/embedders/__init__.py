"""Embedders, one file each; `open_embedder` makes one ready and closes it again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Protocol

from pydantic import BaseModel, SecretStr

from bridge.ports import Embedder


class ClosableEmbedder(Embedder, Protocol):
    """What every embedder's `build` returns: an Embedder that holds a thread or connections until it is closed."""

    async def close(self) -> None:
        """Give everything back; harmless when done twice."""


@asynccontextmanager
async def open_embedder(
    module: ModuleType, settings: BaseModel, secrets: Mapping[str, SecretStr]
) -> AsyncIterator[Embedder]:
    """The embedder of a module of this package, built in a thread: a model may take seconds to load.
    May raise ConfigError, EmbedderError."""
    embedder: ClosableEmbedder = await asyncio.to_thread(module.build, settings, secrets)
    try:
        yield embedder
    finally:
        await embedder.close()
