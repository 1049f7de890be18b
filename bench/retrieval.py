"""Retrieval: how well the demonstration shop's questions are answered, how fast at three sizes, how fast an ingest is.

Every size runs in a process of its own, so that its memory is its own. Other work on the machine makes the times and
stalls longer; the processor time and the stall while idle tell how much.
"""

import asyncio
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rank_bm25 import BM25Okapi

from bridge.brain.knowledge.blocks import estimate_tokens
from bridge.brain.knowledge.chunk import embedded_text
from bridge.brain.knowledge.embedders import use
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.ingest import ingest
from bridge.brain.knowledge.retrieval import HybridRetriever, clean, rank
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index, write_index
from bridge.brain.knowledge.words import terms
from bridge.ports import Embedder, Vectors
from bridge.types import Passage

ROOT = Path(__file__).parents[1]
KB = ROOT / "kb"
QUESTIONS = ROOT / "tests" / "data" / "kb_questions.jsonl"
CROSSING = ROOT / "tests" / "data" / "kb_crossing.tsv"
"""Questions in other languages than the pages that answer them: language, question, documents."""
SIZES = (1_000, 10_000, 100_000)
QUERIES = 200
DIMENSIONS = 512


def run() -> None:
    """Print every figure with how it was measured."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_shop(Path(folder) / "shop"))
        for size in SIZES:
            path = Path(folder) / str(size)
            print(f"\n{size:,} chunks of the shop's sentences, {DIMENSIONS} dimensions")
            _apart(_build, path, size)
            _apart(_search, path)


def _apart(function: Callable[..., None], *arguments: object) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(function, *arguments).result()


# ---------------------------------------------------------------- quality


@dataclass(slots=True)
class Quality:
    """Shares of the questions. A question counts as answered by its documents only if it was not refused."""

    answerable: int = 0
    unanswerable: int = 0
    recall: float = 0.0
    """A right document is among those of the passages."""
    hit: float = 0.0
    """A right document is the first."""
    contained: float = 0.0
    """One of the passages holds the words of the answer."""
    kept: float = 0.0
    """An answerable question was not refused."""
    refused: float = 0.0
    """An unanswerable question was refused."""
    by_language: dict[str, float] = field(default_factory=dict)
    """Recall."""


async def quality(index: Index, embedder: Embedder, settings: Settings, *, words_only: bool = False) -> Quality:
    """Ask every question of the test set."""
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    vectors = await embedder.embed([clean(question["q"]) for question in questions], "query")
    found = Quality()
    recalled: dict[str, list[bool]] = {}
    for question, vector in zip(questions, vectors, strict=True):
        passages = rank(index, clean(question["q"]), None if words_only else vector, settings.passages_max, settings)
        if not question["docs"]:
            found.unanswerable += 1
            found.refused += not passages
            continue
        right = [passage.doc_id in question["docs"] for passage in passages]
        recalled.setdefault(question["language"], []).append(any(right))
        found.answerable += 1
        found.kept += bool(passages)
        found.recall += any(right)
        found.hit += any(right[:1])
        found.contained += any(question["must_contain"] in passage.text for passage in passages)
    for name in ("recall", "hit", "contained", "kept"):
        setattr(found, name, getattr(found, name) / found.answerable)
    found.refused /= found.unanswerable
    found.by_language = {language: statistics.fmean(hits) for language, hits in sorted(recalled.items())}
    return found


@dataclass(slots=True)
class Crossing:
    """Shares of the questions in other languages with a right document among seven passages."""

    questions: int = 0
    recall: float = 0.0
    articles: float = 0.0
    """The same when the FAQ, which touches on everything, does not count."""
    by_language: dict[str, float] = field(default_factory=dict)


async def crossing(index: Index, embedder: Embedder, settings: Settings) -> Crossing:
    """Ask every question whose answer is in another language."""
    rows = [line.split("\t") for line in CROSSING.read_text(encoding="utf-8").splitlines()]
    vectors = await embedder.embed([clean(question) for _, question, _ in rows], "query")
    found: dict[str, list[bool]] = {}
    articles = []
    for (language, question, right), vector in zip(rows, vectors, strict=True):
        passages = rank(index, clean(question), vector, settings.passages_max, settings)
        hits = {passage.doc_id for passage in passages} & set(right.split())
        found.setdefault(language, []).append(bool(hits))
        articles.append(bool(hits - {"faq.md"}))
    return Crossing(
        questions=len(rows),
        recall=statistics.fmean(hit for hits in found.values() for hit in hits),
        articles=statistics.fmean(articles),
        by_language={language: statistics.fmean(hits) for language, hits in sorted(found.items())},
    )


async def _shop(path: Path) -> None:
    started = time.perf_counter()
    embedder = use.build(use.Settings(), {})
    loaded_s = time.perf_counter() - started
    settings = Settings(path=KB, index_path=path)
    async with _heartbeat() as stalls:
        report = await ingest(settings, embedder)
    index = open_index(path)
    print(f"Ingest of kb/: {report.files} files, {report.chunks} chunks in {report.seconds:.1f} s", end="")
    print(f" ({report.embedded / report.seconds:.0f} chunks/s; the model loads in {loaded_s:.1f} s before)", end="")
    print(f"; stalls of the event loop: {_stalls(stalls)}")
    again = await ingest(settings, embedder)
    print(f"Ingest with nothing to do: {again.seconds * 1e3:.0f} ms")
    print("\nThe shop's questions, seven passages each: share of the answerable ones with a right document among the")
    print("seven / first / with the words of the answer; not refused; share of the unanswerable ones refused")
    open_floors = settings.model_copy(update={"floor": 0.0, "words_floor": 0.0})
    for name, with_settings, words_only in (
        ("default", settings, False),
        ("no floor", open_floors, False),
        ("meaning only, no floor", open_floors.model_copy(update={"weight": 1.0}), False),
        ("words only", settings, True),
        ("words only, no floor", open_floors, True),
    ):
        found = await quality(index, embedder, with_settings, words_only=words_only)
        print(f"  {name:24} {found.recall:.3f} / {found.hit:.3f} / {found.contained:.3f}", end="")
        print(f"   kept {found.kept:.3f}   refused {found.refused:.3f}")
        if name == "default":
            print(
                f"    of {found.answerable} answerable and {found.unanswerable} unanswerable; recall by language",
                end=" ",
            )
            print(", ".join(f"{language} {recall:.2f}" for language, recall in found.by_language.items()))
    print("  floors of the cosine, kept / refused:", end=" ")
    for floor in (0.18, 0.2, 0.22, 0.25, 0.3, 0.35):
        found = await quality(index, embedder, settings.model_copy(update={"floor": floor}))
        print(f"{floor:.2f}: {found.kept:.2f}/{found.refused:.2f}", end="  ")
    print("\n\nQuestions in other languages than the pages: a right document among the seven / without the FAQ")
    for name, weight in (("default", settings.weight), ("meaning only", 1.0)):
        crossed = await crossing(index, embedder, settings.model_copy(update={"weight": weight}))
        print(f"  {name:24} {crossed.recall:.3f} / {crossed.articles:.3f} of {crossed.questions};", end=" ")
        print(", ".join(f"{language} {recall:.2f}" for language, recall in crossed.by_language.items()))
    await _with_embedding(index, embedder, settings)
    await embedder.close()


async def _with_embedding(index: Index, embedder: Embedder, settings: Settings) -> None:
    retriever = HybridRetriever(index, embedder, settings)
    questions = [json.loads(line)["q"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()][:QUERIES]
    async with _heartbeat() as stalls:
        times = [await _timed(retriever, question) for question in questions]
    print(f"\nQuery with its embedding at {index.size} chunks: {_percentiles(times)};", end=" ")
    print(f"stalls of the event loop: {_stalls(stalls)}")
    retriever.close()


# ---------------------------------------------------------------- speed


@dataclass(slots=True)
class Free:
    """An embedder that costs nothing: a random direction."""

    id: str = "free"
    dimensions: int = DIMENSIONS

    async def embed(self, texts: Sequence[str], kind: str) -> Vectors:
        return _directions(len(texts), np.random.default_rng(len(texts[0])))

    def coverage(self, text: str) -> float:
        return 1.0


def _directions(count: int, chance: np.random.Generator) -> Vectors:
    rows = chance.standard_normal((count, DIMENSIONS), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def build(path: Path, size: int) -> Sequence[Passage]:
    """An index of chunks of about 300 tokens, their sentences drawn from the shop's documents."""
    chance = random.Random(size)
    text = " ".join(file.read_text(encoding="utf-8").split("---", 2)[2] for file in sorted(KB.rglob("*.md")))
    sentences = [sentence for sentence in text.replace("\n", " ").split(". ") if len(sentence) > 20]
    passages = []
    for number in range(size):
        chosen = [f"Case {chance.randrange(size)}"]
        while estimate_tokens(". ".join(chosen)) < 300:
            chosen.append(chance.choice(sentences))
        passages.append(_passage(number, ". ".join(chosen)))
    exact = _directions(size, np.random.default_rng(size))
    write_index(path, passages, exact, recipe="", embedder_id="free", stamps={})
    return passages


def _build(path: Path, size: int) -> None:
    started = time.perf_counter()
    passages = build(path, size)
    print(f"  made in {time.perf_counter() - started:.1f} s, {_megabytes(path):.0f} MB on disk", flush=True)
    if size <= 10_000:
        _compare_with_rank_bm25(open_index(path), passages)


def _passage(number: int, text: str) -> Passage:
    return Passage(
        chunk_id=str(number),
        doc_id=f"{number // 4}.md",
        title=f"Article {number // 4}",
        section="",
        url="https://shop.example",
        updated="2026-11-01",
        language="en",
        text=text,
    )


def _compare_with_rank_bm25(index: Index, passages: Sequence[Passage]) -> None:
    theirs = BM25Okapi([terms(embedded_text(passage), "en") for passage in passages])
    queries = [terms(question, "en") for question in _questions()[:20]]
    postings = index.postings["en"]

    def ours(query: list[str]) -> None:
        postings.add(np.zeros(index.size, np.float32), query)

    slow, fast = _medians(theirs.get_scores, queries), _medians(ours, queries)
    print(f"  scores of all chunks by words: rank_bm25 {slow * 1e3:.2f} ms, ours {fast * 1e3:.3f} ms", end="")
    print(f" ({slow / fast:.0f} times faster)", flush=True)


def _medians(function: Callable[[list[str]], object], queries: Sequence[list[str]]) -> float:
    times = []
    for query in queries:
        started = time.perf_counter()
        function(query)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _search(path: Path) -> None:
    asyncio.run(_searching(path))


async def _searching(path: Path) -> None:
    started = time.perf_counter()
    index = open_index(path)
    opened_s = time.perf_counter() - started
    retriever = HybridRetriever(index, Free(), Settings(path=KB, floor=0.0))
    questions = _questions()
    for question in questions[:10]:
        await retriever.search(question, 5)
    async with _heartbeat() as idle:
        await asyncio.sleep(1)
    async with _heartbeat() as stalls:
        worked_s = time.process_time()
        times = [await _timed(retriever, question) for question in questions[:QUERIES]]
        worked_s = time.process_time() - worked_s
    print(f"  query without embedding, {len(times)} one after another: {_percentiles(times)},", end=" ")
    print(f"{worked_s / len(times) * 1e3:.1f} ms of processor time each")
    print(f"  stalls of the event loop: {_stalls(stalls)}; while idle: {_stalls(idle)}")
    print(f"  opened in {opened_s:.2f} s; peak memory of the process {_peak_megabytes():.0f} MB", flush=True)
    retriever.close()


def _questions() -> list[str]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [question["q"] for question in map(json.loads, lines) if question["language"] == "en"]


async def _timed(retriever: HybridRetriever, question: str) -> float:
    started = time.perf_counter()
    await retriever.search(question, 5)
    return time.perf_counter() - started


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[list[float]]:
    """How much later than asked for a task woke up that sleeps for a millisecond again and again."""
    late = [0.0]

    async def beat() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - started - 0.001)

    task = asyncio.create_task(beat())
    await asyncio.sleep(0)  # it begins before what it shall time
    try:
        yield late
    finally:
        task.cancel()


def _stalls(late: Sequence[float]) -> str:
    return f"p99 {statistics.quantiles(late, n=100)[98] * 1e3:.1f} ms, longest {max(late) * 1e3:.1f} ms"


def _percentiles(times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=20)
    return f"p50 {cuts[9] * 1e3:.1f} ms, p95 {cuts[18] * 1e3:.1f} ms"


def _megabytes(path: Path) -> float:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6


def _peak_megabytes() -> float:
    """Of this process alone; `getrusage` would give its parent's where that was larger."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024
