"""How well held-out messages are placed. The floors stand a little below what was measured: a change that makes it
worse fails here. `make bench` prints the figures themselves."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pytest

from bench.router import EXAMPLES, FRESH, HELD_OUT, Placed, followed, macro, placed
from bridge.brain.route import Category
from bridge.brain.routing.examples import read_examples
from bridge.ports import Vectors
from tests.unit.knowledge.shared import use_embedder

pytestmark = pytest.mark.timeout(240)  # two thousand messages are embedded, on whatever machine


class Once:
    """The embedder, which embeds what is learned from once for all tests here. Mutable: keeps it."""

    def __init__(self) -> None:
        self._embedder = use_embedder()
        self._kept: dict[tuple[str, ...], Vectors] = {}
        self.id, self.dimensions, self.coverage = self._embedder.id, self._embedder.dimensions, self._embedder.coverage

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        if len(texts) == 1:
            return await self._embedder.embed(texts, kind)
        assert kind == "query"
        if (known := tuple(texts)) not in self._kept:
            self._kept[known] = await self._embedder.embed(texts, kind)
        return self._kept[known]


@pytest.fixture(scope="module")
def embedder() -> Once:
    return Once()


@pytest.fixture(scope="module", params=[HELD_OUT, FRESH], ids=["held out", "fresh"])
def figures(request: pytest.FixtureRequest, embedder: Once) -> Placed:
    return asyncio.run(placed(embedder, request.param))


def test_there_are_enough_examples() -> None:
    counts = Counter(example.category for example in read_examples(EXAMPLES))
    assert all(counts[category] >= 60 for category in Category)
    languages = Counter(json.loads(line)["language"] for line in EXAMPLES.read_text(encoding="utf-8").splitlines())
    assert all(languages[language] >= 60 for language in ("en", "de", "es", "fr", "pt", "ja", "ar", "it", "nl"))


def test_nothing_that_is_measured_was_learned() -> None:
    lines = [line for source in (HELD_OUT, FRESH) for line in source.read_text(encoding="utf-8").splitlines()]
    held = {json.loads(line)["text"].lower() for line in lines}
    assert len(held) == len(lines)
    assert not held & {example.text.lower() for example in read_examples(EXAMPLES)}


def test_messages_are_placed_as_well_as_they_were(figures: Placed) -> None:
    assert macro(figures.forced) >= 0.85
    assert min(figures.forced.values()) >= 0.80


def test_sensitive_matters_are_found(figures: Placed) -> None:
    assert figures.sensitive_recall >= 0.95
    assert figures.sensitive_precision >= 0.70


def test_most_is_decided_here(figures: Placed) -> None:
    assert figures.local >= 0.75
    assert macro(figures.decided) >= 0.88


def test_sensitive_matters_are_found_in_the_middle_of_a_conversation(embedder: Once) -> None:
    assert asyncio.run(followed(embedder, HELD_OUT)) >= 0.95
