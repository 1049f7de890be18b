"""The classifier that runs here, on the vector that the search needs anyway."""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bridge.brain.knowledge.retrieval import COVERAGE_MIN, clean
from bridge.brain.route import Category
from bridge.brain.routing.examples import Example
from bridge.brain.routing.learning import CATEGORIES, Learned, learn
from bridge.errors import EmbedderError
from bridge.logs import event
from bridge.ports import Embedder
from bridge.types import new_id

_log = logging.getLogger(__name__)

FORMAT = 1
"""Raised whenever something else is learned from the same examples."""
FILE = "routing.npz"
LOCK = "routing.lock"
BUSY_S = 0.5
"""How often is looked while another process learns."""
WAIT_S = 60.0
"""Another process that has not learned by then hangs: it is not waited for."""
UNFINISHED_KEPT_S = 300.0
"""What a process that died in writing left behind is removed after so long."""


class Local:
    """Knows nothing until `prepare` has learned, or found what an earlier start or another process learned from the
    same examples with the same embedder. It is kept in `folder`, and may be deleted."""

    def __init__(
        self, embedder: Embedder, examples: Sequence[Example], folder: Path, *, wait_s: float = WAIT_S
    ) -> None:
        self._embedder = embedder
        self._examples = examples
        self._file = folder / FILE
        self._wait_s = wait_s
        self._learned: Learned | None = None
        self._away = False

    @property
    def ready(self) -> bool:
        return self._learned is not None

    async def prepare(self) -> None:
        """Learn, unless it has; what costs time runs in a thread. Of the processes that share the folder one learns,
        and the others wait for it. When the embedder is away, call it again later."""
        patient_until = time.monotonic() + self._wait_s
        while not self._learned and self._examples:
            self._learned = await asyncio.to_thread(self._kept)
            if self._learned:
                return
            with await asyncio.to_thread(self._lock) as alone:
                if alone or time.monotonic() > patient_until:
                    return await self._learn()
            await asyncio.sleep(BUSY_S)

    async def _learn(self) -> None:
        self._learned = await asyncio.to_thread(self._kept)  # by whoever had the lock until now
        if self._learned:
            return
        try:
            vectors = await self._embedder.embed([clean(example.text) for example in self._examples], "query")
        except EmbedderError as error:
            event(_log, "routing_not_learned", level=logging.WARNING, error=str(error))
            return
        learned = await asyncio.to_thread(learn, vectors, [example.category for example in self._examples])
        await asyncio.to_thread(self._keep, learned)
        self._learned = learned
        event(_log, "routing_learned", examples=len(self._examples), embedder=self._embedder.id)

    async def probabilities(self, query: str) -> dict[Category, float] | None:
        """How sure each category is; None when nothing can be said. The query is embedded as the search embeds it."""
        text = clean(query)
        if self._learned is None or not text:
            return None
        if await asyncio.to_thread(self._embedder.coverage, text) < COVERAGE_MIN:
            return None
        try:
            vectors = await self._embedder.embed([text], "query")
        except EmbedderError:
            return None  # the search says so in the log
        return self._learned.probabilities(vectors[0])

    def _key(self) -> str:
        """Names what is learned from with what."""
        parts = [str(FORMAT), self._embedder.id, str(self._embedder.dimensions)]
        parts += [f"{example.category}\t{example.text}" for example in self._examples]
        return sha256("\0".join(parts).encode(errors="replace")).hexdigest()

    def _kept(self) -> Learned | None:
        """What was learned before; None when there is nothing, or it is from something else."""
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if str(kept["key"]) != self._key():
                    return None
                learned = Learned(np.asarray(kept["vectors"], np.float32), np.asarray(kept["coefficients"], np.float32))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        count = len(self._examples)
        shapes = (learned.vectors.shape, learned.coefficients.shape)
        if shapes != ((count, self._embedder.dimensions), (count + 1, len(CATEGORIES))):
            return None
        return learned if bool(np.isfinite(learned.coefficients).all()) else None

    def _keep(self, learned: Learned) -> None:
        """For the next start and the other processes; without it they learn again."""
        new = self._file.with_suffix(f".{new_id()}.new")
        try:
            with new.open("wb") as file:
                np.savez(file, vectors=learned.vectors, coefficients=learned.coefficients, key=np.array(self._key()))
            os.replace(new, self._file)
        except OSError as error:
            event(_log, "routing_not_kept", level=logging.WARNING, error=type(error).__name__)
        for old in self._file.parent.glob(f"{self._file.stem}.*.new"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > UNFINISHED_KEPT_S:
                    old.unlink()

    def _lock(self) -> AbstractContextManager[object]:
        """Held while no other process learns; holds None while one does. Whoever dies lets it go. Where nothing can be
        written or locked, each learns for itself."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            file = (self._file.parent / LOCK).open("w")
        except OSError:
            return nullcontext(self)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return nullcontext(None)
        except OSError:
            pass
        return file
