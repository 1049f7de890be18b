"""The tools that a configuration offers, to be looked at: nothing is asked for, opened or written."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge import parts
from bridge.backends import opening
from bridge.config import Config
from bridge.ports import ToolSpec
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.toolbox import toolbox
from bridge.types import Passage


@dataclass(frozen=True, slots=True)
class _Nothing:
    """A knowledge base that nobody asks."""

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        return ()

    async def whole(self, passages: Sequence[Passage], chunks_max: int) -> Sequence[Passage]:
        return ()

    def current(self, passage: Passage) -> bool:
        return False


async def offered(config: Config) -> Sequence[ToolSpec]:
    """As models are told of them; those of MCP servers come besides, when the server runs."""
    backend = opening.build(config.backend, config.secrets, config.store.settings.url)
    try:
        nothing_kept = MemoryStore(MemorySettings())
        box = toolbox(config.tools, nothing_kept, parts.voice(config), retriever=_Nothing(), backend=backend)
        return box.gateway.specs
    finally:
        if backend:
            await backend.aclose()
