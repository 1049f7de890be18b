"""The index as a search sees it: immutable. Knows not how it is kept on disk, but for the file of its passages."""

import json
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from pathlib import Path

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
    """Names what it says: two builds of the same have the same."""
    built_at: datetime
    recipe: str
    """The settings that shape the chunks."""
    embedder_id: str
    """Empty when the embedder did not answer and there are no vectors."""
    unseen_idf: dict[str, float]
    """By language: how rare a term is that no chunk has."""
    stamps: dict[str, Stamp]
    """Every document file by its document id, used or not."""
    quarantined: list[str]
    """Documents that were kept out because they talk to the assistant, with the line."""
    files: dict[str, str]
    """The sha256 of every file of the index."""
    sizes: dict[str, int] = {}
    """Of every file, in bytes."""


class Passages:
    """The chunks in order, read from their file when asked for: a search needs a handful. Not mapped into memory,
    since a page that is not there would hold up the whole interpreter, and a read holds up one thread."""

    def __init__(self, file: Path, offsets: NDArray[np.int64]) -> None:
        """Chunk `i` is the JSON from byte `offsets[i]` to `offsets[i + 1]`."""
        self._offsets = offsets
        self._descriptor = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, chunk: int) -> Passage:
        start, end = int(self._offsets[chunk]), int(self._offsets[chunk + 1])
        return Passage(**json.loads(os.pread(self._descriptor, end - start, start)))

    def __iter__(self) -> Iterator[Passage]:
        return (self[chunk] for chunk in range(len(self)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Index:
    """Chunk `i` has passage `i`, row `i`, digest `i` and number `i` in the postings of its language."""

    name: str
    """Its folder, which no other build has; empty for what was never built."""
    manifest: Manifest
    passages: Passages
    postings: Mapping[str, Postings]
    """By language."""
    rows: Rows
    digests: NDArray[np.uint8]
    """The sha256 of each chunk's embedded text, shape (size, 32)."""
    firsts: NDArray[np.int64]
    """The first chunk of every document; each answer of a FAQ is a document of its own."""
    keys: NDArray[np.uint64]
    """What names each chunk together with what it says, rising."""
    numbers: NDArray[np.int64]
    """The chunk of each key."""

    @property
    def size(self) -> int:
        return len(self.passages)

    @property
    def version(self) -> str:
        return self.manifest.version

    def number(self, passage: Passage) -> int | None:
        """The chunk that says what this passage says, wherever it was found before; None when there is none now."""
        wanted = key(passage)
        place = int(np.searchsorted(self.keys, wanted))
        return int(self.numbers[place]) if place < len(self.keys) and self.keys[place] == wanted else None

    def document(self, chunk: int) -> range:
        """The chunks of the document that a chunk belongs to."""
        of = int(np.searchsorted(self.firsts, chunk, side="right")) - 1
        return range(int(self.firsts[of]), int(self.firsts[of + 1]) if of + 1 < len(self.firsts) else self.size)


def nothing() -> Index:
    """An index without a chunk, which serves until there is one."""
    manifest = Manifest(
        format=0,
        version="",
        built_at=datetime.fromtimestamp(0, UTC),
        recipe="",
        embedder_id="",
        unseen_idf={},
        stamps={},
        quarantined=[],
        files={},
    )
    none = np.zeros(0, np.int64)
    return Index(
        name="",
        manifest=manifest,
        passages=Passages(Path(os.devnull), np.zeros(1, np.int64)),
        postings={},
        rows=Rows(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int8), np.zeros(0, np.float32)),
        digests=np.zeros((0, 32), np.uint8),
        firsts=none,
        keys=np.zeros(0, np.uint64),
        numbers=none,
    )


def key(passage: Passage) -> np.uint64:
    """Equal for chunks that say the same under the same title and address: an id holds a digest of its text."""
    named = "\0".join((passage.chunk_id, passage.title, passage.url)).encode(errors="replace")
    return np.uint64(int.from_bytes(blake2b(named, digest_size=8).digest(), "big"))


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
