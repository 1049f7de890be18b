"""Searching: what is found, what is refused, and how it goes on when the embedder does not."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.embedders.use import Use
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.retrieval import PASSAGES_MAX, QUERY_CHARS_MAX, HybridRetriever, clean, rank
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index, write_index
from bridge.brain.knowledge.vectors import INT8_ROWS_MIN, Rows
from bridge.ports import Vectors
from bridge.types import Passage
from tests.fakes.fake_embedder import FakeEmbedder, vector
from tests.unit.knowledge.made import passage

SETTINGS = Settings()
ANYTHING = Settings(floor=0, words_floor=0)

SHOP = [
    passage("Return a bike within thirty days of delivery.", number=0, doc_id="returns.md"),
    passage("Return label and parcel for accessories, bike excluded.", number=1, doc_id="returns.md"),
    passage("Delivery takes two days in the mainland.", number=2, doc_id="delivery.md"),
    passage("Battery warranty lasts two years.", number=3, doc_id="warranty.md"),
    passage("You have thirty days to return a bike.", number=4, doc_id="faq.md", kind="faq"),
    passage("Return helmets only in their box.", number=5, doc_id="faq.md", kind="faq"),
    passage("Fahrräder können Sie binnen dreißig Tagen zurückgeben.", number=6, doc_id="de.md", language="de"),
]


def index_of(path: Path, passages: Sequence[Passage], *, embedder_id: str = "fake/1", dimensions: int = 64) -> Index:
    exact = np.stack([vector(p.text, dimensions) for p in passages])
    write_index(path, passages, exact, recipe="", embedder_id=embedder_id, stamps={})
    return open_index(path)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return index_of(tmp_path_factory.mktemp("index"), SHOP)


Made = Callable[..., HybridRetriever]


@pytest.fixture
def made(request: pytest.FixtureRequest, index: Index) -> Made:
    def make(embedder: FakeEmbedder, *, settings: Settings = SETTINGS, index: Index = index) -> HybridRetriever:
        retriever = HybridRetriever(index, embedder, settings)
        request.addfinalizer(retriever.close)
        return retriever

    return make


async def test_the_nearest_passage_is_first_with_its_cosine(made: Made) -> None:
    query = "how many days to return a bike"
    found = await made(FakeEmbedder()).search(query, 5)
    assert found[0].text == "You have thirty days to return a bike."
    assert found[0].score == pytest.approx(float(vector(query, 64) @ vector(found[0].text, 64)), abs=1e-5)
    assert all(0 <= each.score <= 1 for each in found)


async def test_a_document_comes_once_and_every_answer_of_a_faq_for_itself(made: Made) -> None:
    settings = ANYTHING.model_copy(update={"more_chunks": 0})
    found = await made(FakeEmbedder(), settings=settings).search("return a bike or helmets", 6)
    documents = [each.doc_id for each in found]
    assert documents.count("returns.md") == 1
    assert documents.count("faq.md") == 2
    assert len(found) == 6


@pytest.mark.parametrize("words_only", [False, True])
async def test_the_last_places_go_to_more_of_the_documents_that_were_found(made: Made, words_only: bool) -> None:
    embedder = FakeEmbedder(id="other/1" if words_only else "fake/1")
    found = await made(embedder, settings=ANYTHING).search("return label for a bike", 3)
    documents = [each.doc_id for each in found]
    assert len({each.chunk_id for each in found}) == 3
    assert documents.count("returns.md") == 2
    assert documents[0] != documents[1], "the best of each document comes first"
    assert documents[2] == "returns.md"


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (3, 3), (10_000, 7), (0, 0), (-1, 0)])
async def test_the_limit_is_kept(made: Made, limit: int, expected: int) -> None:
    assert len(await made(FakeEmbedder(), settings=ANYTHING).search("return", limit)) == expected
    assert PASSAGES_MAX < 10_000


async def test_nothing_near_enough_is_nothing(made: Made) -> None:
    retriever = made(FakeEmbedder(), settings=Settings(floor=0.5, words_floor=0.5))
    assert await retriever.search("quantum chromodynamics lecture", 5) == ()
    assert await retriever.search("return a bike within thirty days", 5)


@pytest.mark.parametrize("query", ["", "   ", "\x00\x07", "\n\t"])
async def test_an_empty_question_finds_nothing(made: Made, query: str) -> None:
    embedder = FakeEmbedder()
    assert await made(embedder, settings=ANYTHING).search(query, 5) == ()
    assert embedder.asked == []


async def test_an_empty_index_finds_nothing(tmp_path: Path, made: Made) -> None:
    write_index(tmp_path, [], np.zeros((0, 64), np.float32), recipe="", embedder_id="fake/1", stamps={})
    retriever = made(FakeEmbedder(), index=open_index(tmp_path))
    assert await retriever.search("return a bike", 5) == ()
    assert retriever.size == 0


async def test_a_question_is_cut_before_anyone_works_on_it(made: Made) -> None:
    embedder = FakeEmbedder()
    await made(embedder).search("return " * 100_000, 5)
    ((_, text),) = embedder.asked
    assert len(text) <= QUERY_CHARS_MAX


@given(st.text(st.characters(), max_size=300), st.integers(1, 9))
def test_any_text_is_a_question(index: Index, query: str, limit: int) -> None:
    text = clean(query)
    text.encode()
    for asked in (vector(text, 64), None):
        found = rank(index, text, asked, limit, ANYTHING)
        assert len(found) <= limit
        assert all(0 <= each.score <= 1 for each in found)
        assert found == rank(index, text, asked, limit, ANYTHING)


# ---------------------------------------------------------------- without a vector


async def test_words_do_when_the_embedder_is_away_and_it_is_logged_once(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = FakeEmbedder()
    retriever = made(embedder)
    with caplog.at_level(logging.INFO, "bridge.brain.knowledge.retrieval"):
        for embedder.away in (True, True, False, False, True):
            found = await retriever.search("battery warranty", 5)
            assert found[0].doc_id == "warranty.md"
    assert [record.getMessage() for record in caplog.records] == ["embedder_away", "embedder_back", "embedder_away"]


async def test_a_language_the_model_does_not_know_is_searched_by_words(made: Made) -> None:
    embedder = FakeEmbedder(covered=0.5)
    found = await made(embedder).search("battery warranty", 5)
    assert found[0].doc_id == "warranty.md"
    assert embedder.asked == []


async def test_vectors_of_another_model_are_not_compared(made: Made) -> None:
    embedder = FakeEmbedder(id="fake/2", dimensions=128)
    assert (await made(embedder).search("battery warranty", 5))[0].doc_id == "warranty.md"
    assert embedder.asked == []


async def test_words_alone_have_a_floor_of_their_own(made: Made) -> None:
    embedder = FakeEmbedder(away=True)
    strict = made(embedder, settings=Settings(words_floor=0.8))
    assert (await strict.search("battery warranty", 5))[0].score == pytest.approx(1)
    assert await strict.search("battery of quantum chromodynamics lectures", 5) == ()
    assert await strict.search("nothing whatsoever matches", 5) == ()


async def test_a_question_is_read_in_the_language_of_each_passage(made: Made) -> None:
    found = await made(FakeEmbedder(away=True)).search("Fahrrad zurückgeben binnen dreißig Tage", 5)
    assert [each.doc_id for each in found] == ["de.md"]


def test_words_count_less_the_less_they_fit(index: Index) -> None:
    """Of a question whose words are nearly all unknown, one accidental match must not beat the meaning."""
    meaning = vector(SHOP[3].text, 64)
    accident = "voulez vous que mainland soit votre grande maison avec jardin"
    assert rank(index, accident, meaning, 1, ANYTHING)[0].doc_id == "warranty.md"
    assert rank(index, "mainland delivery two days", meaning, 1, ANYTHING)[0].doc_id == "delivery.md"


# ---------------------------------------------------------------- swapping, many chunks, threads


async def test_an_index_can_be_swapped(tmp_path: Path, made: Made) -> None:
    retriever = made(FakeEmbedder())
    newer = index_of(tmp_path, [passage("Return a bike within ninety days.", doc_id="new.md")])
    running = [asyncio.create_task(retriever.search("return a bike", 1)) for _ in range(20)]
    await asyncio.sleep(0)
    retriever.swap(newer)
    assert all(found for found in await asyncio.gather(*running))
    assert (await retriever.search("return a bike", 1))[0].doc_id == "new.md"
    assert (retriever.size, retriever.version) == (1, newer.version)


def test_coarse_rows_find_what_exact_rows_find(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    exact = chance.standard_normal((INT8_ROWS_MIN + 60, 64)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    passages = [passage("same words", number=number) for number in range(INT8_ROWS_MIN)]
    write_index(tmp_path, passages, exact[:INT8_ROWS_MIN], recipe="", embedder_id="e", stamps={})
    coarse = open_index(tmp_path)
    none = np.zeros((0, 64), np.int8)
    precise = replace(coarse, rows=Rows(coarse.rows.exact, none, np.zeros(0, np.float32)))
    assert len(coarse.rows.coarse) == INT8_ROWS_MIN
    for query in exact[INT8_ROWS_MIN:]:
        ours, theirs = (rank(index, "words", query, 5, ANYTHING) for index in (coarse, precise))
        assert [each.chunk_id for each in ours] == [each.chunk_id for each in theirs]
        assert [each.score for each in ours] == pytest.approx([each.score for each in theirs], abs=1e-5)


class Watched:
    """A model and tokenizer that note in which thread they work."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def encode(self, texts: Any, **_: Any) -> Any:
        self.threads.add(threading.current_thread().name)
        return np.ones((1, 512), np.float32) if isinstance(texts, list) else [5, 6, 7]


class WatchedRows(Rows):
    """Rows that note in which thread they are compared."""

    threads: ClassVar[set[str]] = set()

    def cosines(self, query: Vectors) -> Vectors:
        self.threads.add(threading.current_thread().name)
        return np.asarray(self.exact[:, 0])


async def test_nothing_heavy_runs_in_the_event_loop(index: Index) -> None:
    watched = Watched()
    embedder = Use(watched, watched)
    rows = WatchedRows(np.zeros((index.size, 512), np.float32), np.zeros((0, 512), np.int8), np.zeros(0, np.float32))
    manifest = index.manifest.model_copy(update={"embedder_id": embedder.id})
    retriever = HybridRetriever(replace(index, manifest=manifest, rows=rows), embedder, ANYTHING)
    await asyncio.gather(embedder.embed(["a", "b"], "document"), *(retriever.search("return", 1) for _ in range(8)))
    assert watched.threads == {"use_0", "retrieval_0"}
    assert rows.threads == {"retrieval_0"}
    retriever.close()
    await embedder.close()
