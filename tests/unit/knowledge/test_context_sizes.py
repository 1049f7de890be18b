"""How much goes along with a question."""

import asyncio
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.context_sizes import context, tokens
from bridge.brain.knowledge.settings import Settings, SizesSettings
from bridge.brain.route import ContextSize
from bridge.types import Passage
from tests.fakes.fake_retriever import FakeRetriever
from tests.unit.knowledge.made import passage

SETTINGS = Settings(passages_max=3)
SHOP = [passage(f"Text {n}.", number=n, doc_id=f"{'products/' if n % 2 else ''}{n // 4}.md") for n in range(40)]


async def chosen(size: ContextSize, settings: Settings = SETTINGS, shop: list[Passage] = SHOP) -> list[int]:
    found = await context(FakeRetriever(shop), "a question", size, settings)
    return [int(each.chunk_id.partition("#")[2]) for each in found]


async def test_each_size_brings_more() -> None:
    assert await chosen("focused") == [0, 1, 2]
    assert await chosen("extended") == list(range(10))
    assert await chosen("catalogue") == [0, 1, 2, 3, 5, 7, 9, 11]
    assert await chosen("full") == [0, 2, 1, 3]


@pytest.mark.parametrize("size", get_args(ContextSize))
async def test_where_nothing_is_found_nothing_goes_along(size: ContextSize) -> None:
    assert await chosen(size, shop=[]) == []


async def test_without_a_catalogue_a_buyer_gets_what_fits() -> None:
    assert await chosen("catalogue", shop=[SHOP[0], SHOP[2]]) == [0, 2]


async def test_what_was_found_goes_before_what_stands_around_it() -> None:
    shop = [passage("word " * 60, number=n, doc_id=f"{n % 2}.md") for n in range(8)]
    sizes = SizesSettings(full_tokens_max=3 * tokens(shop[0]) + 1)
    settings = Settings(passages_max=2, sizes=sizes)
    assert await chosen("full", settings, shop) == [0, 2, 1], "both that were found, and one beside the best"


async def test_whole_documents_are_those_of_the_best_articles() -> None:
    faq = [replace(passage(f"Answer {n}.", number=n, doc_id="faq.md"), kind="faq") for n in range(3)]
    articles = [passage(f"Text {n}.", number=10 + n, doc_id=f"{n % 3}.md") for n in range(9)]
    shop = [faq[0], *articles[:3], *faq[1:], *articles[3:]]
    settings = Settings(passages_max=4, sizes=SizesSettings(full_documents_max=2))
    assert await chosen("full", settings, shop) == [10, 13, 16, 11, 14, 17, 0, 12], "then the others that were found"


@given(
    st.lists(st.integers(0, 2_000), min_size=1, max_size=20),
    st.sampled_from(get_args(ContextSize)),
    st.integers(200, 3_000),
)
def test_the_tokens_are_bounded_and_the_best_goes_along(lengths: list[int], size: ContextSize, tokens_max: int) -> None:
    shop = [passage("x" * length, number=n, doc_id=f"{n // 3}.md") for n, length in enumerate(lengths)]
    bounds = {name: tokens_max for name in SizesSettings.model_fields if name.endswith("tokens_max")}
    settings = Settings(sizes=SizesSettings.model_validate(bounds))
    found = asyncio.run(context(FakeRetriever(shop), "?", size, settings))
    assert shop[0] in found
    assert len(found) == 1 or sum(map(tokens, found)) <= tokens_max
