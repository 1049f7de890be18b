"""bridge's own share of the time to first text: from a message's departure to the model's request, all included.

A message goes in over HTTP, is stored on SQLite, claimed, its question embedded and looked up in 1,000 chunks, the
prompt put together; a stand-in for the model notes when it is asked. What the model then takes is not ours.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench._process import quantile
from bridge import app, config, parts
from bridge.brain.brain import Brain
from bridge.brain.knowledge.library import open_library
from bridge.brain.model_rung import ModelRung
from bridge.ports import ModelReply, ModelRequest, Writer
from bridge.types import Usage, new_id

DOCUMENTS = 250
SECTIONS = 4
QUESTIONS = 200
WARM_UP = 10
TARGET = "target: p50 under 25 ms"
_TOPICS = ("delivery", "refund", "warranty", "invoice", "battery", "appointment", "subscription", "voucher", "helmet")


class Clock:
    """Plays the model: notes when it is asked."""

    def __init__(self) -> None:
        self.asked_at: asyncio.Queue[float] = asyncio.Queue()
        self.passages = 0

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked_at.put_nowait(time.perf_counter())
        self.passages += len(request.passages)
        writer.write("Yes.")
        return ModelReply(model="stand-in", usage=Usage())


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_documents(folder / "kb")
        asyncio.run(_measure(folder))


async def _measure(folder: Path) -> None:
    clock = Clock()
    async with _server(folder, clock) as (url, chunks), aiohttp.ClientSession() as http:
        print(
            f"{QUESTIONS} questions, one after the other, each in a conversation of its own; {chunks} chunks; {TARGET}"
        )
        times = [await _ask(http, url, clock, number) for number in range(WARM_UP + QUESTIONS)][WARM_UP:]
    p50, p95, p99 = (1000 * quantile(times, share) for share in (0.5, 0.95, 0.99))
    found = clock.passages / (WARM_UP + QUESTIONS)
    print(f"  from message to model: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms; {found:.1f} passages each")


async def _ask(http: aiohttp.ClientSession, url: str, clock: Clock, number: int) -> float:
    async with http.post(f"{url}widget/session") as answer:
        headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    topic, other = _TOPICS[number % len(_TOPICS)], _TOPICS[number * 7 % len(_TOPICS)]
    text = f"How long does the {topic} of product {number % DOCUMENTS} take, and what about the {other}?"
    started = time.perf_counter()
    async with http.post(f"{url}widget/messages", json={"client_msg_id": new_id(), "text": text}, headers=headers):
        asked_at = await clock.asked_at.get()
    return asked_at - started


@asynccontextmanager
async def _server(folder: Path, clock: Clock) -> AsyncIterator[tuple[str, int]]:
    """The whole server with the stand-in as its only rung; yields its address and how many chunks it has."""
    environ = {
        "BRIDGE_STORE__URL": f"sqlite:///{folder}/bridge.db",
        "BRIDGE_SERVER__PORT": "0",
        "BRIDGE_KNOWLEDGE__PATH": str(folder / "kb"),
        "BRIDGE_KNOWLEDGE__INDEX_PATH": str(folder / "index"),
        "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "100000",
    }
    (folder / "config.toml").touch()
    settings = config.read(folder / "config.toml", environ)
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with parts.store(settings) as store, parts.embedder(settings) as embedder:
        library = await open_library(settings.knowledge, embedder, lambda done, total: None)
        voice = parts.voice(settings)
        rung = ModelRung("claude", {"sonnet": clock}, settings.prompt, voice)
        brain = Brain(
            retriever=library.retriever,
            rungs=[rung],
            voice=voice,
            prompt=settings.prompt,
            tier="sonnet",
            knowledge=settings.knowledge,
        )
        made = parts.Parts(store=store, brain=brain, apology=voice.apology)
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(settings, made, ready=lambda url, _: listening.set_result(url), stop=stop))
            yield await listening, library.retriever.size
            stop.set()
        library.close()


def _write_documents(folder: Path) -> None:
    folder.mkdir()
    for number in range(DOCUMENTS):
        sections = [_section(number, place) for place in range(SECTIONS)]
        head = f"---\ntitle: Product {number}\nurl: https://shop.example/{number}\nupdated: 2026-05-04\n"
        text = head + "language: en\naudience: public\n---\n\n" + "\n\n".join(sections) + "\n"
        (folder / f"{number}.md").write_text(text)


def _section(number: int, place: int) -> str:
    """About 250 tokens, so that each section is a chunk."""
    topic = _TOPICS[(number + place) % len(_TOPICS)]
    sentence = f"The {topic} of product {number} is handled by team {place} within {number % 9 + 1} working days."
    detail = f"Ask about the {topic} when it matters, and keep the paper of product {number} in part {place}."
    return f"## About the {topic}, part {place}\n\n" + " ".join([sentence, detail] * 7)


if __name__ == "__main__":
    run()
