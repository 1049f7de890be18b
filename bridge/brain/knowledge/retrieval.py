"""Finds the passages that matter for a question: meaning and words together. Knows the index, not who asks.

Meaning is the cosine of two vectors, words are BM25; both are brought to the same scale (how many standard deviations
a chunk stands above the mean of all chunks) and added. Where there is no vector worth having, words decide alone.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge import metrics
from bridge.brain.knowledge.blas import use_one_thread
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.paths import below
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.words import primary, terms
from bridge.errors import EmbedderError
from bridge.logs import event
from bridge.ports import Embedder, Vectors
from bridge.types import Passage

QUERY_CHARS_MAX = 2_000
PASSAGES_MAX = 50
COVERAGE_MIN = 0.7
"""Of a question's tokens, the embedder must know this share; with fewer its vector is noise."""
WEIGHED_MAX = 40
"""So many of the best documents are weighed exactly when the rows are coarse."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

log = logging.getLogger(__name__)


class HybridRetriever:
    """A Retriever over an index that can be swapped while searches run."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings) -> None:
        self._embedder = embedder
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="retrieval")
        self._embedder_away = False
        use_one_thread()
        self.swap(index)

    @property
    def size(self) -> int:
        """Chunks in the index."""
        return self._index.size

    @property
    def version(self) -> str:
        return self._index.version

    def swap(self, index: Index) -> None:
        """Use another index from the next search on."""
        self._index = index
        self._chosen: dict[tuple[str, tuple[str, ...]], NDArray[np.bool_]] = {}
        metrics.INDEX_CHUNKS.set(index.size)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        index, text = self._index, clean(query)
        limit = min(limit, PASSAGES_MAX)
        if not text or not index.size or limit < 1:
            return ()
        with metrics.RETRIEVAL_SECONDS.time():
            vector = await self._vector(index, text)
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, self._rank, index, text, vector, limit, tuple(under))
        if not found:
            metrics.RETRIEVAL_EMPTY.inc()
        return found

    async def whole(self, passages: Sequence[Passage], chunks_max: int) -> Sequence[Passage]:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, completed, self._index, passages, chunks_max
        )

    def current(self, passage: Passage) -> bool:
        return self._index.number(passage) is not None

    def _rank(
        self, index: Index, text: str, vector: Vectors | None, limit: int, under: tuple[str, ...]
    ) -> tuple[Passage, ...]:
        return rank(index, text, vector, limit, self._settings, self._allowed(index, under))

    def _allowed(self, index: Index, under: tuple[str, ...]) -> NDArray[np.bool_] | None:
        """Which chunks are of documents below these paths; None of all."""
        if not under:
            return None
        if (index.version, under) not in self._chosen:
            # Read once: the paths of all documents, and the patterns come from the settings.
            self._chosen[index.version, under] = chosen(index, under)
        return self._chosen[index.version, under]

    async def _vector(self, index: Index, text: str) -> Vectors | None:
        """The question's vector, None when words alone must do."""
        if index.manifest.embedder_id != self._embedder.id:
            return None
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._thread, self._embedder.coverage, text) < COVERAGE_MIN:
            return None
        try:
            vectors = await self._embedder.embed([text], "query")
        except EmbedderError as error:
            if not self._embedder_away:
                event(log, "embedder_away", level=logging.WARNING, embedder=self._embedder.id, error=str(error))
            self._embedder_away = True
            return None
        if self._embedder_away:
            event(log, "embedder_back", embedder=self._embedder.id)
        self._embedder_away = False
        return np.asarray(vectors[0])


def clean(query: str) -> str:
    """The query without what no model or tokenizer can use, and not longer than `QUERY_CHARS_MAX`."""
    text = query[:QUERY_CHARS_MAX].encode(errors="replace").decode()
    return _CONTROL.sub(" ", text).strip()


def chosen(index: Index, under: Sequence[str]) -> NDArray[np.bool_]:
    """For each chunk whether its document's path matches one of these patterns. Reads the paths: blocks."""
    matches = below(under).fullmatch
    documents = [bool(matches(index.passages[first].doc_id)) for first in index.firsts.tolist()]
    return np.repeat(np.array(documents, np.bool_), np.diff(np.append(index.firsts, index.size)))


def completed(index: Index, passages: Sequence[Passage], chunks_max: int) -> tuple[Passage, ...]:
    """See Retriever.whole; blocks. A passage that is no longer in the index stays as it is, at the end."""
    kept = passages[: max(0, chunks_max)]
    numbers = [index.number(passage) for passage in kept]
    found = [number for number in dict.fromkeys(numbers) if number is not None]
    documents = list(dict.fromkeys(index.document(number) for number in found))
    gone = [passage for passage, number in zip(kept, numbers, strict=True) if number is None]
    wanted = set(found)
    for document in documents:
        of_document = [number for number in found if number in document]
        others = sorted(set(document) - wanted, key=lambda n: (min(abs(n - number) for number in of_document), n))
        wanted.update(others[: chunks_max - len(wanted) - len(gone)])
    known = dict(zip(numbers, kept, strict=True))
    complete = [known.get(n) or index.passages[n] for document in documents for n in document if n in wanted]
    return (*complete, *gone)


def rank(
    index: Index,
    query: str,
    vector: Vectors | None,
    limit: int,
    settings: Settings,
    allowed: NDArray[np.bool_] | None = None,
) -> tuple[Passage, ...]:
    """The search itself: blocks, and gives the same for the same. A passage's score is its cosine with the question or,
    without a vector, the share of the question's words that it holds; below the floor nothing is found. Chunks that are
    not `allowed` are not there."""
    documents = limit - min(settings.more_chunks, limit // 3)
    words = np.zeros(index.size, np.float32)
    for language, postings in index.postings.items():
        postings.add(words, terms(query, language))
    if allowed is not None:
        if not allowed.any():
            return ()
        words *= allowed
    if vector is not None:
        fused, best, top = _by_both(index, query, vector, words, limit, settings.weight, allowed)
        floor = settings.floor
        best = _deepened(fused, index.firsts, best, documents, limit)
        scores = index.rows.exact_cosines(vector, np.array(best, np.int64)).tolist()
    else:
        best = _deepened(words, index.firsts, _best(words, index.firsts, limit).tolist(), documents, limit)
        best = [chunk for chunk in best if words[chunk] > 0]
        scores = [_share(index, query, chunk) for chunk in best]
        top, floor = max(scores, default=0.0), settings.words_floor
    if not best or top < floor:
        return ()
    return tuple(
        replace(index.passages[chunk], score=min(1.0, max(0.0, score)))
        for chunk, score in zip(best, scores, strict=True)
    )


def _by_both(
    index: Index,
    query: str,
    vector: Vectors,
    words: NDArray[np.float32],
    limit: int,
    weight: float,
    allowed: NDArray[np.bool_] | None,
) -> tuple[NDArray[Any], list[int], float]:
    """The score of every chunk, the best chunks of the best documents, and the best cosine of them all.

    Words count as much as the passage that fits them best holds of the question: a French question shares only
    accidents with English pages, and those must not look like the best of matches.
    """
    cosines = index.rows.cosines(vector)
    mean, deviation = _moments(cosines)
    of_words = (1.0 - weight) * _share(index, query, int(words.argmax())) * _standard(words, *_moments(words))
    fused = weight * _standard(cosines, mean, deviation) + of_words
    if allowed is not None:
        fused[~allowed] = -np.inf
        cosines = cosines[allowed]
    best = _best(fused, index.firsts, max(limit, WEIGHED_MAX) if len(index.rows.coarse) else limit)
    exact = index.rows.exact_cosines(vector, best)
    order = np.argsort(-(weight * _standard(exact, mean, deviation) + of_words[best]), kind="stable")[:limit]
    return fused, best[order].tolist(), float(cosines.max())


def _deepened(
    scores: NDArray[Any], firsts: NDArray[np.int64], best: list[int], documents: int, limit: int
) -> list[int]:
    """The best chunk of each of the first `documents`, then the next best chunks of these same documents: what answers
    a question often stands on the right page, a section away from what matches best. Other documents fill up."""
    kept = best[:documents]
    ends = np.append(firsts[1:], len(scores))
    found = np.searchsorted(firsts, kept, side="right") - 1
    others = {chunk for d in found for chunk in range(firsts[d], ends[d])} - set(kept)
    more = sorted(others, key=lambda chunk: (-scores[chunk], chunk))[: limit - documents]
    return (kept + more + best[documents:])[:limit]


def _share(index: Index, query: str, chunk: int) -> float:
    """How much of the question's words the chunk holds, rare words counting more."""
    language = primary(index.passages[chunk].language)
    return index.postings[language].share(terms(query, language), chunk)


def _moments(scores: NDArray[Any]) -> tuple[float, float]:
    return float(scores.mean()), float(scores.std())


def _standard(scores: NDArray[Any], mean: float, deviation: float) -> NDArray[Any]:
    """Deviations above the mean; zero where all scores are the same."""
    return (scores - mean) / deviation if deviation > 1e-9 else np.zeros_like(scores)


def _best(scores: NDArray[Any], firsts: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """The best chunk of each of the `limit` best documents, best first; the earlier one where scores are the same.
    A document whose score is minus infinity is not there."""
    of_document = np.maximum.reduceat(scores, firsts)
    ends = np.append(firsts[1:], len(scores))
    limit = min(limit, len(firsts))
    documents = np.sort(np.argpartition(-of_document, limit - 1)[:limit])
    documents = documents[np.argsort(-of_document[documents], kind="stable")]
    documents = documents[of_document[documents] > -np.inf]
    return np.array([firsts[d] + scores[firsts[d] : ends[d]].argmax() for d in documents], np.int64)
