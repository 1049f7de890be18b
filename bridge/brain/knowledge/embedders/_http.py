"""An embedder behind an HTTP API: batches, retries, and believes no answer it has not checked. Knows no vendor."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import numpy as np
from pydantic import BaseModel, Field

from bridge.errors import EmbedderError
from bridge.ports import Vectors

TEXTS_MAX = 32
"""Texts in one request: below every vendor's limit, and an answer that parses in milliseconds."""
TEXT_CHARS_MAX = 8_000
"""Longer texts are cut, so that the densest script stays below every vendor's token limit."""
RESPONSE_BYTES_MAX = 16_000_000
ERROR_CHARS_MAX = 200

Kind = Literal["query", "document"]
Body = Callable[[Sequence[str], Kind], dict[str, Any]]
Rows = Callable[[Any], Sequence[Any]]


class HttpSettings(BaseModel, frozen=True, extra="forbid"):
    """What all embedders behind an API have in common."""

    base_url: str = Field(pattern=r"^https?://\S+$", description="Where the API is; a proxy or a test stand-in.")
    model: str = Field(min_length=1, description="The vendor's name of the model.")
    dimensions: int = Field(ge=1, le=8192, description="The length of its vectors.")
    timeout_s: float = Field(30.0, gt=0, le=600, description="The longest wait for one answer, in seconds.")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on. Waits double from `base_s` to `cap_s`, each shortened at random so that clients spread out."""

    attempts_max: int
    total_s: float
    base_s: float = 0.5
    cap_s: float = 20.0


PATIENCE: Mapping[Kind, Patience] = {
    "query": Patience(attempts_max=2, total_s=4.0, base_s=0.1),
    "document": Patience(attempts_max=6, total_s=180.0),
}
"""A customer waits for a query; nobody waits for a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One vendor's dialect."""

    name: str
    url: str
    headers: Mapping[str, str]
    body: Body
    """The JSON to send for some texts."""
    rows: Rows
    """The vectors in an answer, in the order of the texts. May raise KeyError, TypeError, ValueError."""


class _Again(Exception):
    """Worth another attempt; after `wait_s` if the server said so."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class HttpEmbedder:
    """An Embedder that asks an API. All its languages are taken as known."""

    def __init__(self, api: Api, settings: HttpSettings, patience: Mapping[Kind, Patience] = PATIENCE) -> None:
        self._api = api
        self._settings = settings
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    @property
    def id(self) -> str:
        return f"{self._api.name}/{self._settings.model}/{self._settings.dimensions}"

    @property
    def dimensions(self) -> int:
        return self._settings.dimensions

    def coverage(self, text: str) -> float:
        return 1.0 if text.strip() else 0.0

    async def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        cleaned = [text[:TEXT_CHARS_MAX].encode(errors="replace").decode().strip() for text in texts]
        filled = [i for i, text in enumerate(cleaned) if text]
        for start in range(0, len(filled), TEXTS_MAX):
            batch = filled[start : start + TEXTS_MAX]
            rows[batch] = self._checked(await self._patiently([cleaned[i] for i in batch], kind), len(batch))
        return rows

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _patiently(self, texts: Sequence[str], kind: Kind) -> Any:
        patience = self._patience[kind]
        deadline = asyncio.get_running_loop().time() + patience.total_s
        for attempt in range(1, patience.attempts_max + 1):
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._ask(self._api.body(texts, kind))
            except TimeoutError as error:
                raise EmbedderError(f"{self._api.name} gave no answer in {patience.total_s:g} s") from error
            except _Again as error:
                wait_s = error.wait_s
                if wait_s is None:
                    wait_s = random.uniform(0, min(patience.cap_s, patience.base_s * 2**attempt))
                late = asyncio.get_running_loop().time() + wait_s > deadline
                if attempt == patience.attempts_max or late:
                    raise EmbedderError(f"{self._api.name}: {error}, {attempt} times") from error
            await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, body: dict[str, Any]) -> Any:
        """One request. May raise _Again, EmbedderError."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s))
        try:
            async with self._session.post(
                self._api.url, json=body, headers=self._api.headers, allow_redirects=False
            ) as response:
                raw = await _limited(response)
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise _Again(f"gave no answer ({type(error).__name__})") from error
        if response.status == 429 or response.status >= 500:
            raise _Again(f"answered {response.status}", _retry_after_s(response.headers.get("Retry-After")))
        if response.status != 200:
            said = raw.decode(errors="replace")[:ERROR_CHARS_MAX]
            raise EmbedderError(f"{self._api.name} answered {response.status}: {said!r}")
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise EmbedderError(f"{self._api.name} answered with something else than JSON") from error

    def _checked(self, answer: Any, count: int) -> Vectors:
        """The answer's vectors as unit rows. May raise EmbedderError."""
        try:
            rows = np.array(self._api.rows(answer), np.float32)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EmbedderError(f"{self._api.name}: the answer is not of the known form") from error
        if rows.shape != (count, self.dimensions):
            raise EmbedderError(f"{self._api.name}: vectors of shape {rows.shape}, not {(count, self.dimensions)}")
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
            raise EmbedderError(f"{self._api.name}: a vector is empty or not finite")
        unit: Vectors = (rows / lengths).astype(np.float32)
        return unit


def by_index(entries: Sequence[Any]) -> list[Any]:
    """The `embedding` of each entry in the order of their `index`, which must be 0, 1, 2 ... May raise ValueError."""
    ordered = sorted(entries, key=lambda entry: entry["index"])
    if [entry["index"] for entry in ordered] != list(range(len(ordered))):
        raise ValueError("indices are missing or double")
    return [entry["embedding"] for entry in ordered]


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > RESPONSE_BYTES_MAX:
            raise EmbedderError(f"the answer is larger than {RESPONSE_BYTES_MAX:,} bytes")
    return bytes(body)


def _retry_after_s(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return max(0.0, seconds)
