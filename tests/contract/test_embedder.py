"""What every embedder must do. The suite runs over every embedder there is, the vendors' against a stand-in."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from bridge import plugins
from bridge.brain.knowledge import embedders
from bridge.brain.knowledge.embedders import open_embedder
from bridge.ports import Embedder
from tests.fakes.embedding_server import KEY, EmbeddingServer, embedding_server
from tests.unit.knowledge.shared import use_embedder

NAMES = plugins.names(embedders.__name__)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{embedders.__name__}.{name}")


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server() as started:
        yield started


@pytest.fixture(params=NAMES)
async def embedder(request: pytest.FixtureRequest, server: EmbeddingServer) -> AsyncIterator[Embedder]:
    if request.param == "use":
        yield use_embedder()
        return
    plugin = module(request.param)
    remote = {"base_url": f"{server.url}/{request.param}"}
    secrets = {name: SecretStr(KEY) for name in plugin.SECRETS}
    async with open_embedder(plugin, plugin.Settings(**remote), secrets) as opened:
        yield opened


def test_all_four_are_there() -> None:
    assert set(NAMES) >= {"cohere", "openai", "use", "voyage"}


@pytest.mark.parametrize("name", NAMES)
def test_the_file_has_what_a_plug_in_needs(name: str) -> None:
    plugin: Any = module(name)
    assert issubclass(plugin.Settings, BaseModel)
    assert plugin.Settings.model_config["frozen"]
    assert all(field.description for field in plugin.Settings.model_fields.values())
    assert isinstance(plugin.SECRETS, tuple)
    with pytest.raises(ValidationError):
        plugin.Settings(no_such_key=1)


async def test_rows_are_unit_and_of_the_promised_length(embedder: Embedder) -> None:
    rows = await embedder.embed(["How do I return a bike?", "Öffnungszeiten am Samstag", "退货"], "document")
    assert rows.dtype == np.float32
    assert rows.shape == (3, embedder.dimensions)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


async def test_an_empty_text_is_a_row_of_zeros_among_the_others(embedder: Embedder) -> None:
    rows = await embedder.embed(["", "bike", " \n\t", "shop"], "document")
    assert np.isfinite(rows).all()
    assert not rows[0].any()
    assert not rows[2].any()
    alone = await embedder.embed(["shop"], "document")
    assert np.allclose(rows[3], alone[0], atol=1e-5)


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert (await embedder.embed([], "query")).shape == (0, embedder.dimensions)


async def test_the_order_of_many_texts_is_kept(embedder: Embedder) -> None:
    texts = [
        f"article number {number} about {word}"
        for number in range(20)
        for word in ("tyres", "brakes", "lights", "locks", "care")
    ]
    rows = await embedder.embed(texts, "document")
    for place in (0, 41, 99):
        alone = (await embedder.embed([texts[place]], "document"))[0]
        assert int((rows @ alone).argmax()) == place


async def test_any_text_can_be_embedded(embedder: Embedder) -> None:
    nasty = ["\ud800 lone", "\x00\x01", "ﷺ" * 60, "🚲" * 50, "a" * 50_000, "e\u0301" * 200, "\u202e right to left"]
    rows = await embedder.embed(nasty, "query")
    assert np.isfinite(rows).all()
    lengths = np.linalg.norm(rows, axis=1)
    assert ((abs(lengths - 1) < 1e-4) | (lengths == 0)).all()


async def test_related_texts_are_nearer_than_others(embedder: Embedder) -> None:
    rows = await embedder.embed(["return a bike", "how to return a bike to us", "battery charger voltage"], "document")
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


async def test_coverage_is_a_share(embedder: Embedder) -> None:
    assert embedder.coverage("How do I return a bike?") == 1
    assert all(0 <= embedder.coverage(text) <= 1 for text in ("", " ", "मेरी साइकिल", "\ud800", "x" * 9_999))


async def test_calls_may_run_at_the_same_time(embedder: Embedder) -> None:
    first, second = await asyncio.gather(
        embedder.embed(["chain", "saddle"], "document"), embedder.embed(["chain"], "document")
    )
    assert np.allclose(first[0], second[0], atol=1e-5)


async def test_the_id_names_the_model(embedder: Embedder) -> None:
    assert embedder.id == embedder.id.strip() != ""
    assert len(embedder.id) < 100


async def test_the_example_in_the_documentation_works() -> None:
    guide = Path(__file__).parents[2] / "docs" / "adding-an-embedder.md"
    source = guide.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    example: Any = ModuleType("letters")
    exec(source, example.__dict__)
    async with open_embedder(example, example.Settings(alphabet="aeiou"), {}) as letters:
        rows = await letters.embed(["a queue", "", "oo"], "query")
        assert rows.shape == (3, 5)
        assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 1], atol=1e-5)
        assert (await letters.embed([], "document")).shape == (0, 5)
        assert letters.coverage("aexx") == 0.5
