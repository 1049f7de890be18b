"""The two kinds of scores: words must equal rank-bm25's, coarse vectors must rank like exact ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from bridge.brain.knowledge.lexical import K1, B, Postings, build, lucene_idf
from bridge.brain.knowledge.vectors import INT8_ROWS_MIN, coarsened
from bridge.ports import Vectors

WORDS = st.sampled_from([f"word{number}" for number in range(12)])
CORPORA = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=12).filter(any)


def scores(postings: Postings, query: list[str], size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = np.zeros(size)
    postings.add(found, query)
    return found


@given(CORPORA, st.lists(WORDS | st.just("unseen"), max_size=8))
def test_words_score_as_rank_bm25_scores_them(corpus: list[list[str]], query: list[str]) -> None:
    ours = scores(build(corpus, range(len(corpus)), okapi_idf=True), query, len(corpus))
    theirs = BM25Okapi(corpus, k1=K1, b=B).get_scores(query)
    assert np.abs(ours - theirs).max() <= 1e-9


@given(CORPORA, st.lists(WORDS, max_size=8))
def test_the_default_idf_is_lucenes(corpus: list[list[str]], query: list[str]) -> None:
    lucene = BM25Okapi(corpus, k1=K1, b=B)
    holders = {word: sum(word in chunk for chunk in corpus) for word in lucene.idf}
    lucene.idf = {word: float(lucene_idf(len(corpus), np.array(n))) for word, n in holders.items()}
    ours = scores(build(corpus, range(len(corpus))), query, len(corpus))
    assert np.abs(ours - lucene.get_scores(query)).max() <= 1e-9
    assert (ours >= 0).all()


def test_chunk_numbers_are_the_index_own() -> None:
    found = scores(build([["a"], ["b", "a"]], [4, 7]), ["b"], 9)
    assert np.flatnonzero(found).tolist() == [7]


@pytest.mark.parametrize("corpus", [[], [[]], [[], []]])
def test_chunks_without_words_are_no_trouble(corpus: list[list[str]]) -> None:
    postings = build(corpus, range(len(corpus)))
    assert not scores(postings, ["a"], len(corpus)).any()
    assert postings.share(["a"], 0) == 0


def test_the_share_weighs_rare_words_more() -> None:
    postings = build([["bike", "rare"], ["bike", "blue"], ["bike", "red"]], range(3))
    assert postings.share(["bike", "rare"], 0) == pytest.approx(1)
    assert 0.5 < postings.share(["rare", "blue"], 0) + 1e-9 < 0.51
    assert 0 < postings.share(["bike", "rare"], 1) < 0.2
    assert postings.share(["bike", "neverseen"], 1) < postings.share(["bike", "rare"], 1)
    assert postings.share([], 0) == 0


def unit_rows(count: int, dimensions: int, seed: int = 1) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_few_rows_are_exact() -> None:
    rows = unit_rows(100, 32)
    assert np.allclose(coarsened(rows).cosines(rows[3]), rows @ rows[3], atol=1e-6)


def test_many_rows_are_coarse_and_near_enough() -> None:
    exact = unit_rows(INT8_ROWS_MIN + 77, 64)
    exact[5] = 0
    rows = coarsened(exact)
    assert rows.coarse.dtype == np.int8
    for query in unit_rows(5, 64, seed=2):
        cosines, truth = rows.cosines(query), exact @ query
        assert np.abs(cosines - truth).max() < 0.01
        best = np.argsort(-cosines)[:40]
        assert set(np.argsort(-truth)[:10]) <= set(best)
        assert np.allclose(rows.exact_cosines(query, best), truth[best], atol=1e-6)


def test_rows_without_dimensions_are_allowed() -> None:
    none = np.zeros((INT8_ROWS_MIN, 0), np.float32)
    assert not coarsened(none).cosines(np.zeros(0, np.float32)).any()
