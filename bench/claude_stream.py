"""CPU that a streamed answer of Claude costs us: the answer path runs for every word of every conversation.

The stand-in for the API runs in a process of its own, so that only the client's CPU counts.
"""

import asyncio
import statistics
import time

from pydantic import SecretStr

from bench._process import stand_in
from bridge.brain.claude import Claude
from bridge.brain.marked import MarkedText
from bridge.brain.settings import ClaudeSettings
from bridge.ports import ModelRequest
from bridge.types import Passage
from tests.fakes.claude_server import KEY

ANSWERS = 40
ROUNDS = 5
WORDS = 200
TOGETHER = 10
"""Answers that stream at the same time in the second measurement."""
_FAKE = ("tests.fakes.claude_server", "--port", "0", "--piece-s")
_SENTENCE = "You may send it back within thirty days of the delivery. "


def run() -> None:
    """Measure and print."""
    print(f"One answer of about {WORDS} words, two passages, over loopback HTTP; process time of the client,")
    print(f"median of {ROUNDS} rounds of {ANSWERS} answers; one event a token, as the API sends them.")
    with stand_in(*_FAKE, "0.0") as url:
        words, alone = asyncio.run(_measure(url, together=1))
        print(f"  one after the other, as fast as it comes: {alone * 1000:.1f} ms CPU an answer of {words} words")
    with stand_in(*_FAKE, "0.002") as url:
        _, slow = asyncio.run(_measure(url, together=TOGETHER))
        print(f"  {TOGETHER} at a time, every token in a packet of its own: {slow * 1000:.1f} ms CPU an answer")


async def _measure(url: str, together: int) -> tuple[int, float]:
    """Words of an answer, and seconds of CPU that one costs."""
    claude = Claude(ClaudeSettings(base_url=url), SecretStr(KEY))
    # The stand-in answers with one whole block of each of two passages.
    passages = tuple(_passage(number) for number in range(2))
    request = ModelRequest(
        system="You are kind. " * 200, question="How long?", passages=passages, facts="It is Friday."
    )
    draft = MarkedText(lambda _: None)
    await claude.complete(request, draft)
    words = len(draft.text.split())
    costs = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(ANSWERS // together):
            await asyncio.gather(*(claude.complete(request, MarkedText(lambda _: None)) for _ in range(together)))
        costs.append((time.process_time() - started) / ANSWERS)
    await claude.aclose()
    return words, statistics.median(costs)


def _passage(number: int) -> Passage:
    # One list item stays in one text block, however long it is.
    text = "- " + _SENTENCE * (WORDS // 2 // len(_SENTENCE.split()))
    return Passage(
        chunk_id=f"chunk-{number}",
        doc_id="doc.md",
        title="Returns",
        section="",
        url="",
        updated="2026-11-01",
        language="en",
        text=text,
    )


if __name__ == "__main__":
    run()
