"""Many conversations at once in one process: how much longer their answers take than one alone, through the widget.

Visitors and their event streams are this process; the server is one of its own, on SQLite, and a script writes 60
words a second for each conversation, a few at a time.
"""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import aiohttp

from bench._process import cpu_s, quantile, started
from bench._words import question
from tests.fakes.widget_client import Visitor

CONVERSATIONS = 200
WITHIN_S = 1.0
QUIET_ROUNDS = 5
WORDS = 200
TOGETHER = (3, 1)
"""Words of one piece: as the API sends them, for which the target is, and the worst there is."""
PATIENCE_S = 60.0
SETTINGS = {
    "BRIDGE_SERVER__PORT": "0",
    "BRIDGE_SERVER__LOG_LEVEL": "warning",
    "BRIDGE_SERVER__TURNS_MAX": "256",
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": "100000",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "100000",
}


def run() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    print(f"{CONVERSATIONS} conversations begun within {WITHIN_S:.0f} s, an answer of {WORDS} words each;")
    print("  target: none takes longer than 1.3 times what it takes alone")
    with tempfile.TemporaryDirectory() as name:
        environ = SETTINGS | {"BRIDGE_STORE__URL": f"sqlite:///{name}/bridge.db"}
        with started(Path(name), "bench._serve", **environ) as (process, url):
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                visitors = [await Visitor(http, url).begin() for _ in range(CONVERSATIONS)]
                for together in TOGETHER:
                    await _compare(process, visitors, together)


async def _compare(process: subprocess.Popen[str], visitors: Sequence[Visitor], together: int) -> None:
    quiet = statistics.median([await _ask(visitors[0], 0.0, together) for _ in range(QUIET_ROUNDS)])
    before_s = cpu_s(process)
    waits = [number * WITHIN_S / CONVERSATIONS for number in range(CONVERSATIONS)]
    asking = [_ask(visitor, wait_s, together) for visitor, wait_s in zip(visitors, waits, strict=True)]
    times = await asyncio.gather(*asking)
    server_s = (cpu_s(process) - before_s) / CONVERSATIONS
    p50, p99 = (quantile(times, share) for share in (0.5, 0.99))
    print(
        f"  {together} words at a time: alone {quiet:.2f} s; together p50 {p50:.2f} s, p99 {p99:.2f} s,"
        f" max {max(times):.2f} s: {max(times) / quiet:.2f} times at the worst;"
        f" {1000 * server_s:.0f} ms of the server's CPU an answer"
    )


async def _ask(visitor: Visitor, wait_s: float, together: int) -> float:
    """Seconds from the question to the end of its answer, as the visitor's stream tells it."""
    await asyncio.sleep(wait_s)
    asked_at = time.monotonic()
    turn_id = await visitor.say(question(WORDS, together=together))
    async with asyncio.timeout(PATIENCE_S), aclosing(visitor.events()) as events:  # type: ignore[type-var]
        async for event in events:
            if event.type == "done" and event.turn_id == turn_id:
                return time.monotonic() - asked_at
    raise AssertionError("the stream ended before the answer")


if __name__ == "__main__":
    run()
