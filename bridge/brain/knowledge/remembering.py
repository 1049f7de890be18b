"""An embedder that embeds a question once, however many ask for its vector: retrieval, routing, the cache."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np

from bridge.ports import Embedder, Vectors

QUESTIONS_MAX = 1_000
"""So many of the newest questions' vectors are kept: 2 MB with 512 dimensions, 12 MB with 3,072."""


Found = dict[bytes, Vectors]
"""Vectors by the digest of their text."""


@dataclass(eq=False, slots=True)
class _Request:
    """One call of the embedder, shared by everyone who waits for one of its texts."""

    task: asyncio.Task[Found]
    waiting: int = 0


class Remembering:
    """An Embedder around another. Only questions are remembered, and by a digest: nobody's words are kept."""

    def __init__(self, embedder: Embedder, *, questions_max: int = QUESTIONS_MAX) -> None:
        self._embedder = embedder
        self._questions_max = questions_max
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._requests: dict[bytes, _Request] = {}
        """By text: what is being embedded right now."""

    @property
    def id(self) -> str:
        return self._embedder.id

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def coverage(self, text: str) -> float:
        return self._embedder.coverage(text)

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        if kind != "query" or len(texts) > self._questions_max:
            return await self._embedder.embed(texts, kind)
        keys = [_digest(text) for text in texts]
        found = {key: self._vectors[key] for key in keys if key in self._vectors}
        for key in found:
            self._vectors.move_to_end(key)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            found |= await self._embedded(new)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, self.dimensions), np.float32)

    async def _embedded(self, texts: dict[bytes, str]) -> Found:
        """Vectors that are not remembered. May raise EmbedderError."""
        if own := {key: text for key, text in texts.items() if key not in self._requests}:
            request = _Request(asyncio.create_task(self._ask(own)))
            self._requests |= dict.fromkeys(own, request)
            request.task.add_done_callback(lambda _: self._over(request))
        requests = {self._requests[key] for key in texts}
        for request in requests:
            request.waiting += 1
        found: Found = {}
        try:
            for request in requests:
                found |= await asyncio.shield(request.task)
        finally:
            for request in requests:
                request.waiting -= 1
                if not request.waiting:  # nobody else wants it: nothing is left running
                    self._over(request)
                    request.task.cancel()
        return found

    def _over(self, request: _Request) -> None:
        """Whoever comes from now on asks anew."""
        self._requests = {key: other for key, other in self._requests.items() if other is not request}

    async def _ask(self, texts: dict[bytes, str]) -> Found:
        rows = await self._embedder.embed(list(texts.values()), "query")
        found = {key: np.array(row, np.float32) for key, row in zip(texts, rows, strict=True)}
        self._vectors |= found
        while len(self._vectors) > self._questions_max:
            self._vectors.popitem(last=False)
        return found


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
