"""Claude's stand-in for load speaks what our client reads, as the full stand-in does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from bench.load.model import Connection, Model
from bridge.brain.claude import Claude
from bridge.brain.marked import MarkedText
from bridge.brain.settings import ClaudeSettings
from bridge.errors import ModelOverloaded
from bridge.ports import ModelRequest
from bridge.types import Passage
from tests.fakes.claude_server import KEY

TEXT = "You may send it back within thirty days. The parcel must be whole. We pay for the way."
PASSAGE = Passage(
    chunk_id="1", doc_id="a.md", title="Returns", section="", url="", updated="2026-11-01", language="en", text=TEXT
)
REQUEST = ModelRequest(system="You are kind.", question="How long?", passages=(PASSAGE,), facts="It is Friday.")


@asynccontextmanager
async def client(model: Model) -> AsyncIterator[Claude]:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(model), "127.0.0.1", 0)
    claude = Claude(ClaudeSettings(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), SecretStr(KEY))
    try:
        yield claude
    finally:
        await claude.aclose()
        server.close()


async def test_it_quotes_as_many_words_as_it_is_told_and_cites_each_sentence() -> None:
    async with client(Model(words=12)) as claude:
        draft = MarkedText(lambda _: None)
        reply = await claude.complete(REQUEST, draft)

    assert draft.text.count("[1]") == 2
    words = "".join(letter for letter in draft.text if letter.isalpha() or letter == " ").split()
    assert words == TEXT.replace(".", "").split()[:12]
    assert reply.usage.output_tokens > 0


async def test_one_connection_serves_one_answer_after_the_other() -> None:
    model = Model(words=6)
    async with client(model) as claude:
        for _ in range(3):
            await claude.complete(REQUEST, MarkedText(lambda _: None))

    assert model.answers == 3


async def test_an_outage_is_refused_as_the_api_does() -> None:
    model = Model(words=6)
    model.refuse([529], seconds=60)
    async with client(model) as claude:
        with pytest.raises(ModelOverloaded):
            await claude.complete(REQUEST, MarkedText(lambda _: None))
