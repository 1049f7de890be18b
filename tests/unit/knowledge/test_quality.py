"""How well the demonstration shop's questions are answered. The floors stand a little below what was measured:
a change that makes search worse fails here. `make bench` prints the figures themselves."""

import asyncio

import pytest

from bench.retrieval import Quality, crossing, quality
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.settings import Settings
from tests.unit.knowledge.shared import use_embedder


@pytest.fixture(scope="module")
def measured(shop: Index) -> Quality:
    return asyncio.run(quality(shop, use_embedder(), Settings()))


def test_the_set_is_there(measured: Quality) -> None:
    assert measured.answerable >= 200
    assert measured.unanswerable >= 50


@pytest.mark.parametrize(
    ("name", "floor"), [("recall", 0.90), ("hit", 0.68), ("contained", 0.80), ("kept", 0.93), ("refused", 0.35)]
)
def test_questions_are_answered_as_well_as_they_were(measured: Quality, name: str, floor: float) -> None:
    assert getattr(measured, name) >= floor


def test_no_language_is_left_behind(measured: Quality) -> None:
    assert set(measured.by_language) == {"ar", "de", "en", "es", "fr", "ru", "zh"}
    assert all(recall >= 0.75 for recall in measured.by_language.values()), measured.by_language


def test_words_alone_still_answer_english(shop: Index) -> None:
    found = asyncio.run(quality(shop, use_embedder(), Settings(), words_only=True))
    assert found.by_language["en"] >= 0.7


def test_a_question_finds_its_answer_in_another_language(shop: Index) -> None:
    crossed = asyncio.run(crossing(shop, use_embedder(), Settings()))
    assert crossed.questions >= 60
    assert set(crossed.by_language) == {"ar", "de", "es", "fr", "ja", "pt"}
    assert crossed.recall >= 0.95, crossed
    assert crossed.articles >= 0.8, crossed
    assert all(recall >= 0.85 for recall in crossed.by_language.values()), crossed


def test_words_of_another_language_do_not_drown_the_meaning(shop: Index) -> None:
    """What the words add may help or not, but not cost more than a question or two."""
    both = asyncio.run(crossing(shop, use_embedder(), Settings()))
    meaning = asyncio.run(crossing(shop, use_embedder(), Settings(weight=1.0)))
    assert both.recall >= meaning.recall - 0.03, (both, meaning)
    assert both.articles >= meaning.articles - 0.03, (both, meaning)
