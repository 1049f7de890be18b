"""How answers come on WhatsApp, against a stand-in for Twilio that enforces its limits.

The stand-in (30 ms a call) and its people are this process; the server is one of its own, on SQLite, and a script
writes 60 words a second. Nothing can be edited here: a short answer is one message, a long one comes in a few.
"""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench._process import cpu_s, quantile, started
from bench._words import Seen, question, seen
from tests.fakes.twilio_server import SENDER, SID, TOKEN, TwilioServer

LATENCY_S = 0.03
PUBLIC = "https://chat.example.com"
LONG_PEOPLE, LONG = 5, 600
PEOPLE, PER_S, SHORT = 100, 50, 200
PATIENCE_S = 60.0


def run() -> None:
    """Measure and print."""
    asyncio.run(_long())
    asyncio.run(_many())


async def _long() -> None:
    print(f"{LONG_PEOPLE} people at once, an answer of {LONG} words each")
    async with _twilio() as (twilio, _):
        answers = [
            answer
            for answer in await asyncio.gather(*(_ask(twilio, number, LONG) for number in range(LONG_PEOPLE)))
            if answer
        ]
        bubbles = sum(len(twilio.visible(_person(number))) for number in range(LONG_PEOPLE)) / LONG_PEOPLE
    if answers:
        complete_s = statistics.median(answer.complete_s for answer in answers)
        print(
            f"  {len(answers)} complete, in {bubbles:.1f} messages each; the last one {_ms(complete_s)} after the last"
            f" word (median); {_trouble(twilio)}"
        )


async def _many() -> None:
    print(f"{PEOPLE} people write at {PER_S}/s, and each is answered with {SHORT} words")
    async with _twilio() as (twilio, process):
        await _ask(twilio, PEOPLE, SHORT)
        before_s, attempts = cpu_s(process), len(twilio.attempts)

        async def ask(number: int) -> Seen | None:
            await asyncio.sleep(number / PER_S)
            return await _ask(twilio, number, SHORT)

        answers = [answer for answer in await asyncio.gather(*map(ask, range(PEOPLE))) if answer]
        server_s = (cpu_s(process) - before_s) / PEOPLE
        # What tells us of our own messages is answered with 204.
        taken = [attempt.seconds for attempt in twilio.attempts[attempts:] if attempt.status == 200]
    p50, p99 = (_ms(quantile(taken, share)) for share in (0.5, 0.99))
    complete_s = quantile([answer.complete_s for answer in answers], 0.5)
    print(
        f"  {len(taken)} messages acknowledged: p50 {p50}, p99 {p99};"
        f" {len(answers)} of {PEOPLE} complete, {_ms(complete_s)} after the last word (median);"
        f" {_ms(server_s)} of the server's CPU an answer, its script included; {_trouble(twilio)}"
    )


@asynccontextmanager
async def _twilio() -> AsyncIterator[tuple[TwilioServer, subprocess.Popen[str]]]:
    """Twilio, and a server that people reach through it."""
    with tempfile.TemporaryDirectory() as name:
        async with TwilioServer.start(public_url=PUBLIC, latency_s=LATENCY_S) as twilio:
            environ = {
                "BRIDGE_SERVER__PORT": "0",
                "BRIDGE_SERVER__LOG_LEVEL": "warning",
                "BRIDGE_SERVER__PUBLIC_URL": PUBLIC,
                "BRIDGE_SERVER__TURNS_MAX": "256",
                "BRIDGE_STORE__URL": f"sqlite:///{name}/bridge.db",
                "BRIDGE_CHANNELS__WHATSAPP__ENABLED": "true",
                "BRIDGE_CHANNELS__WHATSAPP__API_URL": twilio.url,
                "BRIDGE_CHANNELS__WHATSAPP__FROM": SENDER,
                "TWILIO_ACCOUNT_SID": SID,
                "TWILIO_AUTH_TOKEN": TOKEN,
            }
            with started(Path(name), "bench._serve", **environ) as (process, twilio.target):
                yield twilio, process


async def _ask(twilio: TwilioServer, number: int, words: int) -> Seen | None:
    """Ask, and wait for the whole answer; None when it does not come."""
    asked_at = time.monotonic()
    await twilio.says(question(words), _person(number))
    result = None
    while result is None and time.monotonic() < asked_at + PATIENCE_S:
        await asyncio.sleep(0.1)
        # The clock of the event loop is time.monotonic.
        bubbles = [(bubble.at, bubble.text) for bubble in twilio.visible(_person(number))]
        result = seen(words, bubbles, asked_at, final_at=bubbles[-1][0]) if bubbles else None
    return result


def _person(number: int) -> str:
    return f"whatsapp:+4915100{number:05}"


def _trouble(twilio: TwilioServer) -> str:
    refusals = ", ".join(f"{count} times {error}" for error, count in twilio.refusals.items()) or "no refusals"
    return f"{refusals}, {len(twilio.violations)} violations"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    run()
