"""Stands in for the embedding APIs of Voyage AI, OpenAI and Cohere: refuses what they refuse, plays failures by script.

The vectors are made from the words of a text, so that searches against it mean something.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.fake_embedder import vector
from tests.fakes.loopback import on_loopback

KEY = "test-embedding-key"
OVERLONG_CHARS = 32_000

VOYAGE_MODELS = {"voyage-4": (256, 512, 1024, 2048), "voyage-law-2": (1024,)}
OPENAI_MODELS = {"text-embedding-3-small": (1536,), "nomic-embed-text": (768,)}
COHERE_MODELS = {"embed-v4.0": (256, 512, 1024, 1536), "embed-multilingual-v3.0": (1024,)}

VOYAGE_TEXTS_MAX = 1000
OPENAI_TEXTS_MAX = 2048
COHERE_TEXTS_MAX = 96


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status instead."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "as scripted"}'


@dataclass(frozen=True, slots=True)
class Raw:
    """Answer 200 with this body."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Changed:
    """Answer as usual, but with the rows (and, where there are entries, their order) changed."""

    change: Callable[[list[Any]], list[Any]]


class Hang:
    """Never answer."""


class Drop:
    """Close the connection without an answer."""


Play = Status | Raw | Changed | Hang | Drop


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class EmbeddingServer:
    url: str = ""
    script: deque[Play] = field(default_factory=deque)
    """What the next requests get, one each; afterwards everything works."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Every body that came with a good key."""

    async def voyage(self, request: web.Request) -> web.StreamResponse:
        def rows(body: dict[str, Any]) -> list[Any]:
            texts = _texts(body, "input", VOYAGE_TEXTS_MAX)
            dimensions = _dimensions(body, "output_dimension", VOYAGE_MODELS)
            _one_of(body, "input_type", ("query", "document", None))
            return _entries(texts, dimensions)

        return await self._answer(request, rows, lambda rows: {"object": "list", "data": rows, "model": "voyage"})

    async def openai(self, request: web.Request) -> web.StreamResponse:
        def rows(body: dict[str, Any]) -> list[Any]:
            texts = _texts(body, "input", OPENAI_TEXTS_MAX)
            if "input_type" in body:
                raise Refused(400, "Unrecognized request argument supplied: input_type")
            dimensions = body.get("dimensions") or _dimensions(body, "", OPENAI_MODELS)
            return _entries(texts, dimensions)

        return await self._answer(request, rows, lambda rows: {"object": "list", "data": rows, "usage": {}})

    async def cohere(self, request: web.Request) -> web.StreamResponse:
        def rows(body: dict[str, Any]) -> list[Any]:
            texts = _texts(body, "texts", COHERE_TEXTS_MAX)
            _one_of(body, "input_type", ("search_query", "search_document"))
            if body.get("embedding_types") != ["float"]:
                raise Refused(400, "embedding_types is required")
            if "output_dimension" in body and body["model"] != "embed-v4.0":
                raise Refused(400, "output_dimension is not supported by this model")
            return [vector(t, _dimensions(body, "output_dimension", COHERE_MODELS)).tolist() for t in texts]

        return await self._answer(request, rows, lambda rows: {"id": "1", "embeddings": {"float": rows}})

    async def _answer(
        self, request: web.Request, rows: Callable[[dict[str, Any]], list[Any]], answer: Callable[[list[Any]], Any]
    ) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"message": "invalid api token"}, status=401)
        body = await request.json()
        self.requests.append(body)
        play = self.script.popleft() if self.script else None
        match play:
            case Status():
                return web.Response(status=play.status, headers=play.headers, text=play.body)
            case Raw():
                return web.Response(body=play.body, content_type="application/json")
            case Hang():
                await asyncio.sleep(3600)
            case Drop():
                assert request.transport
                request.transport.abort()
        try:
            found = rows(body)
        except Refused as refused:
            return web.json_response({"message": str(refused)}, status=refused.status)
        return web.json_response(answer(play.change(found) if isinstance(play, Changed) else found))


@asynccontextmanager
async def embedding_server() -> AsyncIterator[EmbeddingServer]:
    """Voyage at `/voyage/v1/embeddings`, OpenAI at `/openai/v1/embeddings`, Cohere at `/cohere/v2/embed`."""
    state = EmbeddingServer()
    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/voyage/v1/embeddings", state.voyage)
    app.router.add_post("/openai/v1/embeddings", state.openai)
    app.router.add_post("/cohere/v2/embed", state.cohere)
    async with on_loopback(app, cancels=True) as state.url:
        yield state


def _texts(body: dict[str, Any], key: str, texts_max: int) -> list[str]:
    texts = body.get(key)
    if not isinstance(texts, list) or not texts:
        raise Refused(400, f"{key} must be a list that is not empty")
    if len(texts) > texts_max:
        raise Refused(400, f"at most {texts_max} texts a request")
    if any(not isinstance(text, str) or not text or len(text) > OVERLONG_CHARS for text in texts):
        raise Refused(400, "a text is empty or too long")
    return texts


def _dimensions(body: dict[str, Any], key: str, models: Mapping[str, tuple[int, ...]]) -> int:
    allowed = models.get(body.get("model", ""))
    if allowed is None:
        raise Refused(404, f"model {body.get('model')!r} not found")
    dimensions: int = body.get(key) or allowed[0]
    if dimensions not in allowed:
        raise Refused(400, f"dimensions {dimensions} are not among {allowed}")
    return dimensions


def _one_of(body: dict[str, Any], key: str, values: Sequence[Any]) -> None:
    if body.get(key) not in values:
        raise Refused(400, f"{key} must be one of {values}")


def _entries(texts: Sequence[str], dimensions: int) -> list[dict[str, Any]]:
    return [{"index": i, "embedding": vector(text, dimensions).tolist()} for i, text in enumerate(texts)]
