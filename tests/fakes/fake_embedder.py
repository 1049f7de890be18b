"""An Embedder that needs no model: texts that share words have near vectors. Can go away; tells what it was asked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bridge.errors import EmbedderError
from bridge.ports import Vectors

_WORD = re.compile(r"\w+")


def vector(text: str, dimensions: int) -> Vectors:
    """Each word adds one to a place that depends on the word alone. A unit row; zeros for a blank text."""
    row = np.zeros(dimensions, np.float32)
    for word in _WORD.findall(text.lower()) or text.split():
        row[int.from_bytes(hashlib.sha256(word.encode(errors="replace")).digest()[:4], "big") % dimensions] += 1
    length = float(np.linalg.norm(row))
    return row / np.float32(length) if length else row


@dataclass(slots=True)
class FakeEmbedder:
    id: str = "fake/1"
    dimensions: int = 64
    covered: float = 1.0
    """What `coverage` says of every text."""
    away: bool = False
    """Set to make every call fail."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every (kind, text) embedded."""

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        if self.away:
            raise EmbedderError("the fake embedder is away")
        self.asked += [(kind, text) for text in texts]
        return (
            np.stack([vector(text, self.dimensions) for text in texts])
            if texts
            else np.zeros((0, self.dimensions), np.float32)
        )

    def coverage(self, text: str) -> float:
        return self.covered

    async def close(self) -> None:
        """Nothing is held."""
