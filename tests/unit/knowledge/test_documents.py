"""Searching below paths, whole documents, and whether a passage still stands."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.retrieval import HybridRetriever, chosen, completed, rank
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index, write_index
from bridge.types import Passage
from tests.fakes.fake_embedder import FakeEmbedder, vector
from tests.unit.knowledge.made import passage

ANYTHING = Settings(floor=0, words_floor=0)

SHOP = [
    *(passage(f"The city bike, part {n}: blue frame.", number=n, doc_id="products/city.md") for n in range(6)),
    *(passage(f"The cargo bike, part {n}: a big box.", number=n, doc_id="products/cargo.md") for n in range(6, 9)),
    passage("Return a bike within thirty days.", number=9, doc_id="returns.md"),
    passage("A blue bike can be returned.", number=10, doc_id="faq.md", kind="faq"),
    passage("A helmet cannot.", number=11, doc_id="faq.md", kind="faq"),
]
CITY, CARGO = range(6), range(6, 9)


def index_of(path: Path, passages: list[Passage]) -> Index:
    exact = np.stack([vector(p.text, 64) for p in passages])
    write_index(path, passages, exact, recipe="", embedder_id="fake/1", stamps={})
    return open_index(path)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return index_of(tmp_path_factory.mktemp("index"), SHOP)


Made = Callable[..., HybridRetriever]


@pytest.fixture
def made(request: pytest.FixtureRequest, index: Index) -> Made:
    def make(embedder: FakeEmbedder, settings: Settings = ANYTHING) -> HybridRetriever:
        retriever = HybridRetriever(index, embedder, settings)
        request.addfinalizer(retriever.close)
        return retriever

    return make


@pytest.mark.parametrize("away", [False, True])
async def test_only_documents_below_the_paths_are_found(made: Made, away: bool) -> None:
    retriever = made(FakeEmbedder(away=away))
    assert (await retriever.search("return a blue bike", 1))[0].doc_id in ("returns.md", "faq.md")
    found = await retriever.search("return a blue bike", 9, ["products/**"])
    assert {each.doc_id for each in found} == {"products/city.md", "products/cargo.md"}
    assert found[0].doc_id == "products/city.md"
    assert {each.doc_id for each in await retriever.search("return a bike", 9, ["*.md"])} == {"returns.md", "faq.md"}
    assert await retriever.search("return a bike", 9, ["nowhere/**"]) == ()


@pytest.mark.parametrize("away", [False, True])
async def test_what_is_not_below_the_paths_does_not_lift_it_over_the_floor(made: Made, away: bool) -> None:
    retriever = made(FakeEmbedder(away=away), Settings(floor=0.6, words_floor=0.6))
    assert await retriever.search("return within thirty days", 5)
    assert await retriever.search("return within thirty days", 5, ["products/**"]) == ()


@given(st.text(max_size=40), st.sampled_from([("products/**",), ("faq.md",), ("*.md", "products/cargo.md")]))
def test_a_search_below_paths_is_a_search_among_fewer(index: Index, query: str, under: tuple[str, ...]) -> None:
    allowed = chosen(index, under)
    for asked in (vector(query, 64), None):
        found = rank(index, query, asked, 9, ANYTHING, allowed)
        assert all(allowed[index.number(each)] for each in found)
        assert len({each.chunk_id for each in found}) == len(found)


async def test_paths_are_those_of_the_index_that_serves(tmp_path: Path, made: Made) -> None:
    retriever = made(FakeEmbedder())
    await retriever.search("a bike", 5, ["products/**"])
    retriever.swap(index_of(tmp_path, [passage("A bike.", doc_id="a.md"), passage("A bike.", doc_id="products/b.md")]))
    assert [each.doc_id for each in await retriever.search("a bike", 5, ["products/**"])] == ["products/b.md"]


# ---------------------------------------------------------------- whole documents


def numbers(found: object) -> list[int]:
    assert isinstance(found, tuple)
    return [int(each.chunk_id.partition("#")[2]) for each in found]


async def test_a_whole_document_comes_in_its_own_order(made: Made) -> None:
    retriever = made(FakeEmbedder())
    assert numbers(await retriever.whole([SHOP[8], SHOP[2]], 50)) == [*CARGO, *CITY], "the best document first"
    assert numbers(await retriever.whole([SHOP[10]], 50)) == [10], "an answer of a FAQ is a document of its own"
    assert await retriever.whole([], 50) == ()
    assert await retriever.whole([SHOP[8]], 0) == ()


@pytest.mark.parametrize(
    ("given", "chunks_max", "expected"),
    [
        ([3], 3, [2, 3, 4]),
        ([5], 3, [3, 4, 5]),
        ([0, 5], 4, [0, 1, 4, 5]),
        ([3, 7], 2, [3, 7]),
        ([7, 3], 5, [6, 7, 8, 2, 3]),
        ([3, 7, 9], 2, [3, 7]),
    ],
)
async def test_where_not_all_fits_what_was_found_does(
    made: Made, given: list[int], chunks_max: int, expected: list[int]
) -> None:
    assert numbers(await made(FakeEmbedder()).whole([SHOP[n] for n in given], chunks_max)) == expected


def test_a_passage_keeps_its_score_and_one_that_is_gone_stays(index: Index) -> None:
    scored, gone = replace(SHOP[7], score=0.5), passage("Gone.", number=77, doc_id="gone.md")
    complete = completed(index, [gone, scored], 9)
    assert scored in complete
    assert numbers(complete) == [*CARGO, 77]


@given(st.lists(st.integers(0, len(SHOP) - 1), unique=True, max_size=6), st.integers(0, 14))
def test_whole_is_bounded_and_loses_nothing_that_was_found(index: Index, given: list[int], chunks_max: int) -> None:
    complete = numbers(completed(index, [SHOP[n] for n in given], chunks_max))
    assert len(complete) <= chunks_max
    assert len(set(complete)) == len(complete)
    assert set(given[:chunks_max]) <= set(complete)
    everything = {n for chunk in given for n in index.document(chunk)}
    assert set(complete) <= everything
    if len(everything) <= chunks_max:
        assert set(complete) == everything


# ---------------------------------------------------------------- whether it still stands


async def test_what_the_knowledge_base_says_is_current_until_it_says_something_else(tmp_path: Path, made: Made) -> None:
    retriever = made(FakeEmbedder())
    assert all(retriever.current(each) for each in SHOP)
    assert retriever.current(replace(SHOP[9], score=0.7, updated="2027-01-01"))
    for other in (
        replace(SHOP[9], chunk_id="returns.md#other"),
        replace(SHOP[9], title="Other"),
        replace(SHOP[9], url="https://elsewhere.example"),
    ):
        assert not retriever.current(other)
    retriever.swap(index_of(tmp_path, [SHOP[0]]))
    assert retriever.current(SHOP[0])
    assert not retriever.current(SHOP[9])
