"""Requests to help desks, and how they fail, in the words of the outbox: again later, look first, or never."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from bridge.errors import ChannelUnavailable, RateLimited, Unconfirmed, Undeliverable
from bridge.retry_after import seconds

TIMEOUT = aiohttp.ClientTimeout(total=20.0, connect=5.0)
ANSWER_BYTES_MAX = 1024 * 1024
LIMITED_S = 60.0
"""How long to wait when a help desk does not say for how long."""
LIMITED_MAX_S = 3_600.0
REFUSED = frozenset({400, 410, 413, 415, 422})
"""It will never take this one. Everything else may be mended: a key, an address, a plan's limit."""


class Http:
    """One session for all sinks; made when it is first needed. Mutable."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Any]:
        """The status, below 300 or 404, and the answer's JSON (None when it is none). May raise RateLimited,
        ChannelUnavailable (nothing was done), Unconfirmed (it may have been), Undeliverable (it never will be)."""
        session = self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        try:
            async with session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
                status, said = answer.status, await answer.content.read(ANSWER_BYTES_MAX)
                wait_s = seconds(answer.headers.get("Retry-After"))
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise ChannelUnavailable(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unconfirmed(type(error).__name__) from error
        if status < 300 or status == 404:
            return status, _json(said)
        if status == 429:
            raise RateLimited("HTTP 429", retry_after_s=min(LIMITED_MAX_S, wait_s or LIMITED_S))
        if status in REFUSED:
            raise Undeliverable(f"HTTP {status}")
        # A 5xx may come after it was done.
        raise (Unconfirmed if status >= 500 else ChannelUnavailable)(f"HTTP {status}")

    async def close(self) -> None:
        if self._session:
            await self._session.close()


def _json(said: bytes) -> Any:
    try:
        return json.loads(said)
    except ValueError:
        return None
