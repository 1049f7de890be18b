"""How answers look in a private chat on Telegram while they are written, against a stand-in that enforces its limits.

The stand-in (30 ms a call) is this process; the server is one of its own, on SQLite, and a script writes 60 words a
second. When each word showed is read from the history of the message.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bench._process import started
from bench._words import Seen, question, seen
from tests.fakes.telegram_chats import Room
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook

LATENCY_S = 0.03
WORDS = 200
CHATS = 5
PATIENCE_S = 30.0
SECRET = "the-secret-of-the-webhook"


def run() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    print(f"{CHATS} private chats, one after the other, an answer of {WORDS} words each;")
    print("  target: mean lag under 700 ms, no 429, no parse error, no unchanged edit")
    with tempfile.TemporaryDirectory() as name:
        async with TelegramServer.start(latency_s=LATENCY_S, local=True) as telegram:
            environ = {
                "BRIDGE_SERVER__PORT": "0",
                "BRIDGE_SERVER__LOG_LEVEL": "warning",
                "BRIDGE_STORE__URL": f"sqlite:///{name}/bridge.db",
                "BRIDGE_CHANNELS__TELEGRAM__ENABLED": "true",
                "BRIDGE_CHANNELS__TELEGRAM__API_URL": telegram.url,
                "BRIDGE_CHANNELS__TELEGRAM__REGISTER_WEBHOOK": "false",
                "TELEGRAM_BOT_TOKEN": telegram.token,
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
            }
            with started(Path(name), "bench._serve", **environ) as (_, url):
                telegram.updates.set_webhook(Webhook(f"{url}/telegram/webhook", SECRET), drop_pending=False)
                answers = [await _ask(telegram, telegram.private()) for _ in range(CHATS)]
    complete = [answer for answer in answers if answer]
    refusals = ", ".join(f"{count} {method} {status}" for (method, status), count in telegram.refusals.items())
    print(
        f"  {len(complete)} of {CHATS} complete, first text {_ms([a.first_s for a in complete])}, mean lag"
        f" {_ms([a.mean_s for a in complete])}, last word {_ms([a.last_s for a in complete])}, complete"
        f" {_ms([a.complete_s for a in complete])} (medians); {refusals or 'no refusals'},"
        f" {len(telegram.violations)} violations"
    )


async def _ask(telegram: TelegramServer, room: Room) -> Seen | None:
    """Ask, and wait for the whole answer; None when it does not come."""
    asked_at = time.monotonic()
    telegram.say(room, question(WORDS))
    result = None
    while result is None and time.monotonic() < asked_at + PATIENCE_S:
        await asyncio.sleep(0.1)
        answers = telegram.answers(room)
        writing = any(label.startswith("⏹") for message in answers for row in message.buttons for label, _ in row)
        if answers and not writing:
            versions = sorted((v.at_monotonic, v.text) for message in answers for v in message.versions)
            result = seen(WORDS, versions, asked_at, final_at=versions[-1][0])
    return result


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ms"


if __name__ == "__main__":
    run()
