"""BM25 as a matrix: rank-bm25 counts, numpy scores. Pure; knows terms and chunk numbers, no text.

The weight of a term in a chunk does not depend on the query, so it is worked out when the index is built, and a search
only adds up the columns of its terms. Each language has a matrix of its own: which words are rare is a matter of the
language, and a few German pages must not make every German word look rare beside a hundred English ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

K1 = 1.5
B = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The columns of the matrix behind each other: term `i` has `chunks[starts[i]:starts[i + 1]]` and their weights."""

    terms: Mapping[str, int]
    idf: NDArray[np.floating[Any]]
    starts: NDArray[np.int64]
    chunks: NDArray[np.integer[Any]]
    """Rising within a term."""
    weights: NDArray[np.floating[Any]]
    unseen_idf: float
    """Of a term that no chunk has."""

    def add(self, scores: NDArray[np.floating[Any]], terms: Sequence[str]) -> None:
        """Add every chunk's BM25 score for these terms to `scores`. A term that comes twice counts twice."""
        for term in terms:
            if (number := self.terms.get(term)) is not None:
                column = slice(self.starts[number], self.starts[number + 1])
                scores[self.chunks[column]] += self.weights[column]

    def share(self, terms: Sequence[str], chunk: int) -> float:
        """How much of the terms the chunk holds, 0 to 1, each term weighted by how rare it is."""
        held = total = 0.0
        for term in set(terms):
            number = self.terms.get(term)
            if number is None:
                total += self.unseen_idf
                continue
            column = self.chunks[self.starts[number] : self.starts[number + 1]]
            place = int(np.searchsorted(column, chunk))
            total += float(self.idf[number])
            held += float(self.idf[number]) if place < len(column) and column[place] == chunk else 0.0
        return held / total if total else 0.0


def build(corpus: Sequence[Sequence[str]], numbers: Sequence[int], *, okapi_idf: bool = False) -> Postings:
    """The matrix of chunks `numbers` (rising) with terms `corpus`. With `okapi_idf` its scores are rank-bm25's own."""
    unseen_idf = float(lucene_idf(len(corpus), np.zeros(1))[0])
    if not any(corpus):
        none = np.zeros(0)
        return Postings({}, none, np.zeros(1, np.int64), np.zeros(0, np.int64), none, unseen_idf)
    counted = BM25Okapi(corpus, k1=K1, b=B)
    terms = {term: number for number, term in enumerate(sorted(counted.idf))}
    distinct = [len(counts) for counts in counted.doc_freqs]
    term = np.fromiter((terms[t] for t in chain.from_iterable(counted.doc_freqs)), np.int64, sum(distinct))
    count = np.fromiter(chain.from_iterable(c.values() for c in counted.doc_freqs), np.float64, sum(distinct))
    chunk = np.repeat(np.arange(len(corpus)), distinct)
    order = np.argsort(term, kind="stable")
    holders = np.bincount(term)
    idf = np.array([counted.idf[t] for t in terms]) if okapi_idf else lucene_idf(len(corpus), holders)
    length = np.array(counted.doc_len)[chunk] / counted.avgdl
    weight = idf[term] * count * (K1 + 1) / (count + K1 * (1 - B + B * length))
    starts = np.append(0, np.cumsum(holders))
    return Postings(terms, idf, starts, np.asarray(numbers, np.int64)[chunk[order]], weight[order], unseen_idf)


def lucene_idf(size: int, holders: NDArray[Any]) -> NDArray[np.float64]:
    """How rare terms are that `holders` of `size` chunks have; never negative, unlike Okapi's."""
    return np.log1p((size - holders + 0.5) / (holders + 0.5))
