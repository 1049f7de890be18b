"""A question is embedded once, whoever asks, and nothing of it is left behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from bridge.brain.knowledge.remembering import Remembering
from bridge.errors import EmbedderError
from bridge.ports import Vectors
from tests.fakes.fake_embedder import FakeEmbedder, vector


@dataclass
class Slow(FakeEmbedder):
    """Answers when it is let, and counts who left before."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    left: int = 0

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        self.asked += [(kind, text) for text in texts]
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        if self.away:
            raise EmbedderError("away")
        return np.stack([vector(text, self.dimensions) for text in texts])


async def test_a_question_is_embedded_once() -> None:
    inner = FakeEmbedder()
    embedder = Remembering(inner)
    first = await embedder.embed(["where is my order"], "query")
    again = await embedder.embed(["where is my order", "another"], "query")
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(again[1], vector("another", 64))
    assert inner.asked == [("query", "where is my order"), ("query", "another")]


async def test_documents_pass_through() -> None:
    inner = FakeEmbedder()
    embedder = Remembering(inner)
    await embedder.embed(["a"], "document")
    await embedder.embed(["a"], "document")
    await embedder.embed(["a"], "query")
    assert [kind for kind, _ in inner.asked] == ["document", "document", "query"]


async def test_who_asks_at_the_same_time_shares_the_answer() -> None:
    inner = Slow()
    embedder = Remembering(inner)
    asking = [asyncio.create_task(embedder.embed(["a"], "query")) for _ in range(3)]
    asking.append(asyncio.create_task(embedder.embed(["b", "a"], "query")))
    await asyncio.sleep(0)
    inner.go.set()
    rows = await asyncio.gather(*asking)
    assert [text for _, text in inner.asked] == ["a", "b"]
    assert np.array_equal(rows[3][1], rows[0][0])


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    inner = Slow()
    embedder = Remembering(inner)
    first, second = (asyncio.create_task(embedder.embed(["a"], "query")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    inner.go.set()
    assert (await second).shape == (1, 64)
    assert first.cancelled()
    assert inner.left == 0


async def test_nothing_runs_when_everyone_left_and_who_comes_then_asks_anew() -> None:
    inner = Slow()
    embedder = Remembering(inner)
    leaving = asyncio.create_task(embedder.embed(["a"], "query"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    coming = asyncio.create_task(embedder.embed(["a"], "query"))  # before the cancelled call has ended
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    inner.go.set()
    assert (await coming).shape == (1, 64)
    assert inner.left == 1
    assert len(inner.asked) == 2


async def test_a_failure_is_everyones_and_is_forgotten() -> None:
    inner = Slow(away=True)
    embedder = Remembering(inner)
    asking = [asyncio.create_task(embedder.embed(["a"], "query")) for _ in range(2)]
    await asyncio.sleep(0)
    inner.go.set()
    for task in asking:
        with pytest.raises(EmbedderError):
            await task
    inner.away = False
    assert (await embedder.embed(["a"], "query")).shape == (1, 64)


async def test_the_newest_are_kept() -> None:
    inner = FakeEmbedder()
    embedder = Remembering(inner, questions_max=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await embedder.embed([text], "query")
    assert [text for _, text in inner.asked] == ["a", "b", "c", "b"]
    assert (await embedder.embed(["1", "2", "3"], "query")).shape == (3, 64)


async def test_any_text_and_none() -> None:
    embedder = Remembering(FakeEmbedder())
    assert (await embedder.embed([], "query")).shape == (0, 64)
    assert (await embedder.embed(["\ud800", "", ""], "query")).shape == (3, 64)


async def test_it_is_the_embedder_it_stands_for() -> None:
    inner = FakeEmbedder(id="x/1", covered=0.25)
    embedder = Remembering(inner)
    assert (embedder.id, embedder.dimensions, embedder.coverage("a")) == ("x/1", 64, 0.25)
