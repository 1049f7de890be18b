"""Embedders behind an API: what they send, how long they try, and what they do not believe."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from bridge.brain.knowledge.embedders import cohere, openai, voyage
from bridge.brain.knowledge.embedders._http import TEXT_CHARS_MAX, TEXTS_MAX, HttpEmbedder, Kind, Patience
from bridge.errors import ConfigError, EmbedderError
from tests.fakes.embedding_server import KEY, Changed, Drop, EmbeddingServer, Hang, Play, Raw, Status, embedding_server

HURRIED: dict[Kind, Patience] = {
    "query": Patience(2, 1.0, base_s=0.01),
    "document": Patience(4, 2.0, base_s=0.01, cap_s=0.02),
}


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server() as started:
        yield started


@pytest.fixture
async def embedder(server: EmbeddingServer) -> AsyncIterator[HttpEmbedder]:
    built = voyage.build(voyage.Settings(base_url=f"{server.url}/voyage"), {"VOYAGE_API_KEY": SecretStr(KEY)})
    hurried = HttpEmbedder(built._api, built._settings, HURRIED)
    yield hurried
    await hurried.close()
    await hurried.close()


async def test_texts_go_in_batches_and_empty_ones_do_not_go(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    await embedder.embed(["", *(f"text {number}" for number in range(TEXTS_MAX + 3))], "document")
    assert [len(body["input"]) for body in server.requests] == [TEXTS_MAX, 3]
    assert {body["input_type"] for body in server.requests} == {"document"}
    await embedder.embed(["x" * 50_000], "query")
    assert server.requests[-1]["input_type"] == "query"
    assert len(server.requests[-1]["input"][0]) == TEXT_CHARS_MAX


@pytest.mark.parametrize("play", [Status(429), Status(500), Status(503, body="<html>"), Drop()])
async def test_trouble_that_passes_is_waited_out(server: EmbeddingServer, embedder: HttpEmbedder, play: Play) -> None:
    server.script.extend([play, play])
    assert (await embedder.embed(["bike"], "document"))[0].any()
    assert len(server.requests) == 3


async def test_the_wait_that_the_server_names_is_kept(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    server.script.append(Status(429, headers={"Retry-After": "0.3"}))
    started = asyncio.get_running_loop().time()
    await embedder.embed(["bike"], "document")
    assert asyncio.get_running_loop().time() - started >= 0.3


@pytest.mark.parametrize("kind", ["query", "document"])
async def test_trouble_that_stays_ends_in_an_error(server: EmbeddingServer, embedder: HttpEmbedder, kind: Kind) -> None:
    server.script.extend([Status(503)] * 20)
    with pytest.raises(EmbedderError, match="503"):
        await embedder.embed(["bike"], kind)
    assert len(server.requests) == HURRIED[kind].attempts_max


async def test_nobody_waits_longer_than_the_total(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    server.script.append(Hang())
    started = asyncio.get_running_loop().time()
    with pytest.raises(EmbedderError, match="no answer in 1 s"):
        await embedder.embed(["bike"], "query")
    server.script.append(Status(429, headers={"Retry-After": "3600"}))
    with pytest.raises(EmbedderError, match="429"):
        await embedder.embed(["bike"], "query")
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_server_that_is_not_there_is_an_error() -> None:
    built = openai.build(openai.Settings(base_url="http://127.0.0.1:9"), {})
    hurried = HttpEmbedder(built._api, built._settings, HURRIED)
    with pytest.raises(EmbedderError, match="gave no answer"):
        await hurried.embed(["bike"], "query")
    await hurried.close()


async def test_a_bad_key_is_not_tried_again_and_not_told(server: EmbeddingServer) -> None:
    settings = voyage.Settings(base_url=f"{server.url}/voyage")
    embedder = voyage.build(settings, {"VOYAGE_API_KEY": SecretStr("wrong-and-secret")})
    with pytest.raises(EmbedderError, match="401") as caught:
        await embedder.embed(["bike"], "document")
    assert "wrong-and-secret" not in str(caught.value)
    await embedder.close()


async def test_an_unknown_model_is_an_error_at_once(server: EmbeddingServer) -> None:
    settings = voyage.Settings(base_url=f"{server.url}/voyage", model="voyage-99")
    embedder = voyage.build(settings, {"VOYAGE_API_KEY": SecretStr(KEY)})
    with pytest.raises(EmbedderError, match="not found"):
        await embedder.embed(["bike"], "document")
    assert len(server.requests) == 1
    await embedder.close()


def shortened(rows: list[Any]) -> list[Any]:
    return [{**row, "embedding": row["embedding"][:-1]} for row in rows]


def with_number(number: float) -> Callable[[list[Any]], list[Any]]:
    return lambda rows: [{**row, "embedding": [number, *row["embedding"][1:]]} for row in rows]


@pytest.mark.parametrize(
    "play",
    [
        Raw(b"<html>busy</html>"),
        Raw(b"[" * 100_000),
        Raw(b"[]"),
        Raw(b"{}"),
        Raw(b'{"data": null}'),
        Raw(b'{"data": [{"index": 0}]}'),
        Raw(b'{"data": [{"index": 0, "embedding": "text"}, {"index": 1, "embedding": [1]}]}'),
        Changed(lambda rows: rows[:-1]),
        Changed(lambda rows: rows[:1] * 2),
        Changed(lambda rows: [*rows, rows[-1]]),
        Changed(shortened),
        Changed(with_number(float("nan"))),
        Changed(with_number(float("inf"))),
        Changed(lambda rows: [{**row, "embedding": [0.0] * len(row["embedding"])} for row in rows]),
        Status(302, headers={"Location": "http://elsewhere.example"}),
        Status(204, body=""),
    ],
)
async def test_an_answer_that_is_not_right_is_refused(
    server: EmbeddingServer, embedder: HttpEmbedder, play: Play
) -> None:
    server.script.append(play)
    with pytest.raises(EmbedderError):
        await embedder.embed(["bike", "shop"], "document")
    assert len(server.requests) == 1


async def test_rows_are_put_in_order_by_their_index(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    expected = await embedder.embed(["bike", "shop", "lock"], "document")
    server.script.append(Changed(lambda rows: rows[::-1]))
    assert np.array_equal(await embedder.embed(["bike", "shop", "lock"], "document"), expected)


async def test_rows_of_any_length_become_unit_rows(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    server.script.append(Changed(lambda rows: [{**r, "embedding": [7 * x for x in r["embedding"]]} for r in rows]))
    assert np.allclose(np.linalg.norm(await embedder.embed(["bike"], "query"), axis=1), 1)


async def test_a_cancelled_call_leaves_the_embedder_usable(server: EmbeddingServer, embedder: HttpEmbedder) -> None:
    server.script.append(Hang())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(embedder.embed(["bike"], "document"), 0.05)
    assert (await embedder.embed(["bike"], "document"))[0].any()


async def test_cohere_is_told_what_the_text_is_for(server: EmbeddingServer) -> None:
    embedder = cohere.build(cohere.Settings(base_url=f"{server.url}/cohere/"), {"COHERE_API_KEY": SecretStr(KEY)})
    await embedder.embed(["bike"], "query")
    await embedder.embed(["bike"], "document")
    assert [body["input_type"] for body in server.requests] == ["search_query", "search_document"]
    await embedder.close()


async def test_models_of_fixed_length_are_not_asked_for_another(server: EmbeddingServer) -> None:
    old = cohere.Settings(base_url=f"{server.url}/cohere", model="embed-multilingual-v3.0", dimensions=1024)
    local = openai.Settings(base_url=f"{server.url}/openai", model="nomic-embed-text", dimensions=768)
    for embedder in (
        cohere.build(old, {"COHERE_API_KEY": SecretStr(KEY)}),
        openai.build(local, {"OPENAI_API_KEY": SecretStr(KEY)}),
    ):
        assert (await embedder.embed(["bike"], "document")).shape == (1, embedder.dimensions)
        await embedder.close()


def test_openai_itself_needs_a_key() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        openai.build(openai.Settings(), {})


def test_vectors_of_different_models_have_different_ids() -> None:
    secrets = {"VOYAGE_API_KEY": SecretStr(KEY)}
    settings = [voyage.Settings(), voyage.Settings(model="voyage-4-lite"), voyage.Settings(dimensions=512)]
    assert len({voyage.build(each, secrets).id for each in settings}) == 3
