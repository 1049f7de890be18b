"""What one search costs in an index of so many chunks."""

import asyncio
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench import retrieval
from bench.load.machine import rss_mb
from bench.load.people import questions
from bench.load.plan import SEED
from bridge.brain.knowledge.retrieval import HybridRetriever
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index

WARM_UP = 10
SEARCHES = 200


def cost(folder: Path, size: int) -> dict[str, Any]:
    """Measured in a process of its own, after another has built the index; nothing is left of it."""
    _apart(_build, folder, size)
    found: dict[str, Any] = _apart(_search, folder, size)
    shutil.rmtree(folder)
    print(f"  {size:,} chunks: {found['cpu_ms']} ms a search", flush=True)
    return found


def _apart(work: Callable[[Path, int], Any], folder: Path, size: int) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, folder, size).result()


def _build(folder: Path, size: int) -> None:
    retrieval.build(folder, size)


def _search(folder: Path, size: int) -> dict[str, Any]:
    return asyncio.run(_searching(folder, size))


async def _searching(folder: Path, size: int) -> dict[str, Any]:
    before = rss_mb(os.getpid())
    retriever = HybridRetriever(open_index(folder), retrieval.Free(), Settings(path=retrieval.KB, floor=0.0))
    asked = questions()
    random.Random(SEED).shuffle(asked)
    for question in asked[:WARM_UP]:
        await retriever.search(question, 5)
    worked_s, times = time.process_time(), []
    for question in asked[:SEARCHES]:
        started = time.perf_counter()
        await retriever.search(question, 5)
        times.append(1000 * (time.perf_counter() - started))
    worked_s = time.process_time() - worked_s
    retriever.close()
    times.sort()
    return {
        "size": size,
        "messages": len(times),
        "cpu_ms": round(1000 * worked_s / len(times), 2),
        "ms": {"p50": round(times[len(times) // 2], 2), "p95": round(times[int(len(times) * 0.95)], 2)},
        "resident_mb": round(rss_mb(os.getpid()) - before, 1),
    }
