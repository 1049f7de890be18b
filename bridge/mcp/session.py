"""A session with an MCP server, as the rest of bridge sees it. Knows no protocol: that is `client.py`'s."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import SecretStr

from bridge.mcp.settings import McpServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A tool as its server describes it."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a tool answered."""

    texts: tuple[str, ...] = ()
    structured: Any = None
    left_out: tuple[str, ...] = ()
    """What else there was, by kind: "image"."""
    failed: bool = False


class Session(Protocol):
    """A session with a server, as long as it lasts."""

    @property
    def over(self) -> asyncio.Event:
        """Set at its end."""

    @property
    def changed(self) -> asyncio.Event:
        """Set when a listing has changed."""

    async def tools(self) -> Sequence[Listed]:
        """All that it lists. May raise BackendUnavailable."""

    async def call(self, name: str, args: Mapping[str, Any]) -> Answered:
        """May raise BackendUnavailable, which says whether it may have been done."""


@asynccontextmanager
async def connected(settings: McpServerSettings, secrets: Mapping[str, SecretStr]) -> AsyncIterator[Session]:
    """A session; the body is cancelled when its connection breaks. May raise BackendUnavailable, at its end, too."""
    # Importing the package takes most of a second: only where there is a server.
    from bridge.mcp import client

    async with client.connected(settings, secrets) as session:
        yield session
