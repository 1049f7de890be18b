"""The index in memory: everything a search needs, immutable. Knows no files."""

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from bridge.brain.knowledge import lexical
from bridge.brain.knowledge.chunk import embedded_text
from bridge.brain.knowledge.lexical import Postings
from bridge.brain.knowledge.load import Stamp
from bridge.brain.knowledge.vectors import Rows
from bridge.brain.knowledge.words import primary, terms
from bridge.types import Passage


class Manifest(BaseModel, frozen=True, extra="forbid"):
    """What an index was made of, and what belongs to it."""

    format: int
    version: str
    built_at: datetime
    recipe: str
    """The settings that shape the chunks."""
    embedder_id: str
    """Empty when the embedder did not answer and there are no vectors."""
    unseen_idf: dict[str, float]
    """By language: how rare a term is that no chunk has."""
    stamps: dict[str, Stamp]
    """Every document file by its document id, used or not."""
    files: dict[str, str]
    """The sha256 of every file of the index."""


class Passages:
    """The chunks in order, read from the mapped file when asked for."""

    def __init__(self, lines: mmap.mmap | bytes, offsets: NDArray[np.int64]) -> None:
        self._lines = lines
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, chunk: int) -> Passage:
        return Passage(**json.loads(self._lines[self._offsets[chunk] : self._offsets[chunk + 1]]))

    def __iter__(self) -> Iterator[Passage]:
        return (self[chunk] for chunk in range(len(self)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Index:
    """Chunk `i` has passage `i`, row `i`, digest `i` and number `i` in the postings of its language."""

    manifest: Manifest
    passages: Passages
    postings: Mapping[str, Postings]
    """By language."""
    rows: Rows
    digests: NDArray[np.uint8]
    """The sha256 of each chunk's embedded text, shape (size, 32)."""
    firsts: NDArray[np.int64]
    """The first chunk of every document; each answer of a FAQ is a document of its own."""

    @property
    def size(self) -> int:
        return len(self.passages)

    @property
    def version(self) -> str:
        return self.manifest.version


def digest(passage: Passage) -> bytes:
    """Equal for chunks that have the same vector."""
    return sha256(embedded_text(passage).encode()).digest()


def postings(passages: Sequence[Passage]) -> dict[str, Postings]:
    """The words of the chunks, by language."""
    numbers: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        numbers.setdefault(primary(passage.language), []).append(number)
    return {
        language: lexical.build([terms(embedded_text(passages[i]), language) for i in of_language], of_language)
        for language, of_language in sorted(numbers.items())
    }


def firsts(passages: Sequence[Passage]) -> NDArray[np.int64]:
    """The chunks that begin a document; every answer of a FAQ is one of its own."""
    begins = [
        passage.kind == "faq" or before is None or before.kind == "faq" or passage.doc_id != before.doc_id
        for before, passage in zip([None, *passages], passages, strict=False)
    ]
    return np.flatnonzero(begins).astype(np.int64)
