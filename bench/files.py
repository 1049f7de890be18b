"""How long pictures, PDFs and recordings hold up the event loop on their way to Claude and to the transcriber.

The stand-ins run in processes of their own. Stalls hold what the machine does besides, as an idle loop shows; the CPU
of the loop's own thread from one heartbeat to the next does not.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from pydantic import SecretStr

from bench._process import stand_in
from bridge.brain.claude import Claude
from bridge.brain.marked import MarkedText
from bridge.brain.settings import ClaudeSettings
from bridge.media.openai_transcriber import OpenAITranscriber
from bridge.media.settings import TranscriberSettings
from bridge.ports import ModelRequest
from bridge.types import File
from tests.fakes import claude_server, samples, transcription_server

ROUNDS = 10
PICTURE_BYTES = 2_000_000
PICTURES = 8
RECORDING_BYTES = 10_000_000
IDLE_S = 0.5


def run() -> None:
    """Measure and print."""
    print(f"Longest stall of the event loop, median of {ROUNDS} rounds, over loopback HTTP; target 20 ms")
    asyncio.run(_measure())


async def _measure() -> None:
    await _report("nothing at all", partial(asyncio.sleep, IDLE_S))
    with stand_in("tests.fakes.claude_server", "--port", "0") as url:
        claude = Claude(ClaudeSettings(base_url=url), SecretStr(claude_server.KEY))
        for number in (0, 1, PICTURES):
            asked = partial(claude.complete, _request(number), MarkedText(lambda _: None))
            await _report(f"Claude, {number * PICTURE_BYTES / 1e6:.0f} MB of pictures", asked)
        await claude.aclose()
    with stand_in("tests.fakes.transcription_server", "--port", "0") as url:
        transcriber = OpenAITranscriber(TranscriberSettings(base_url=url), SecretStr(transcription_server.KEY))
        recording = samples.OGG + bytes(RECORDING_BYTES)
        heard = partial(transcriber.transcribe, recording, "audio/ogg", "")
        await _report(f"the transcriber, {RECORDING_BYTES / 1e6:.0f} MB of sound", heard)
        await transcriber.aclose()


def _request(pictures: int) -> ModelRequest:
    picture = File("", "image/png", samples.png(4_000, 3_000, bytes_min=PICTURE_BYTES))
    return ModelRequest(
        system="Be kind.",
        question="What is this?",
        facts="It is Friday.",
        files=(picture,) * pictures,
    )


async def _report(name: str, work: Callable[[], Awaitable[object]]) -> None:
    await work()
    stalls, busy = [], []
    for _ in range(ROUNDS):
        async with _heartbeat() as beats:
            await work()
        stalls.append(max(late for late, _ in beats))
        busy.append(max(cpu for _, cpu in beats))
    print(f"  {name}: {statistics.median(stalls) * 1e3:.1f} ms; {statistics.median(busy) * 1e3:.1f} ms of CPU at once")


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[list[tuple[float, float]]]:
    """A task sleeps for a millisecond again and again: how much later than asked for it woke up, and how much CPU the
    loop had used meanwhile."""
    beats: list[tuple[float, float]] = []

    async def beat() -> None:
        while True:
            due, used = time.perf_counter() + 0.001, time.thread_time()
            await asyncio.sleep(0.001)
            beats.append((time.perf_counter() - due, time.thread_time() - used))

    task = asyncio.create_task(beat())
    await asyncio.sleep(0)  # a stall at the very beginning counts, too
    try:
        yield beats
    finally:
        await asyncio.sleep(0.01)  # and one at the very end
        task.cancel()


if __name__ == "__main__":
    run()
