"""How soon a customer reads what a colleague writes at the desk, on the widget, Telegram and Slack.

The stand-ins for the platforms (30 ms a call) are this process; the server is one of its own, on SQLite. Measured is
from Slack's event about the colleague's message until the customer sees it.
"""

import asyncio
import shutil
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench._process import quantile, started
from tests.fakes.core import until
from tests.fakes.desk_world import CLEO, Customer, OnSlack, OnTelegram, OnWidget
from tests.fakes.slack_people import button_of
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import SLACK_SECRETS
from tests.fakes.telegram_bridge import SECRET
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook
from tests.fakes.widget_client import visiting

LATENCY_S = 0.03
CUSTOMERS, MESSAGES = 3, 20
"""On each channel, and to each of them."""
EVERY_S = 1.3
"""A platform takes about one message a second for each of them."""
LOOK_S = 0.005
PATIENCE_S = 30.0
TARGETS_MS = {"widget": 400, "telegram": 700, "slack": 700}
ARTICLE = Path(__file__).parents[1] / "kb/shipping/missed-delivery.md"


def run() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    print(f"{CUSTOMERS} customers on each channel, {MESSAGES} messages of a colleague to each, one every {EVERY_S} s;")
    print("  target: visible within 400 ms (widget) and 700 ms (Telegram, Slack) of Slack's event at p95")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "kb").mkdir()
        shutil.copy(ARTICLE, folder / "kb")
        slack = await stack.enter_async_context(SlackServer.start(latency_s=LATENCY_S))
        telegram = await stack.enter_async_context(TelegramServer.start(latency_s=LATENCY_S, local=True))
        open_desk(slack, {CLEO: "Cleo"})
        environ = {
            "BRIDGE_SERVER__LOG_LEVEL": "warning",
            "BRIDGE_DESK__SLACK_CHANNEL": DESK,
            "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
            "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
            "BRIDGE_CHANNELS__TELEGRAM__ENABLED": "true",
            "BRIDGE_CHANNELS__TELEGRAM__API_URL": telegram.url,
            "BRIDGE_CHANNELS__TELEGRAM__REGISTER_WEBHOOK": "false",
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            **SLACK_SECRETS,
        }
        _, url = stack.enter_context(started(folder, "bridge", "serve", "--port", "0", **environ))
        slack.target = f"{url}/slack/events"
        telegram.updates.set_webhook(Webhook(f"{url}/telegram/webhook", SECRET), drop_pending=False)
        for channel, target_ms in TARGETS_MS.items():
            customers = [await _customer(channel, n, url, slack, telegram, stack) for n in range(CUSTOMERS)]
            waits = await asyncio.gather(*(_talk(slack, card, customer) for card, customer in customers))
            _report(channel, [wait for each in waits for wait in each], target_ms)


async def _customer(
    channel: str, number: int, url: str, slack: SlackServer, telegram: TelegramServer, stack: AsyncExitStack
) -> tuple[Message, Customer]:
    """Somebody whose conversation a colleague has, and its card."""
    customer: Customer
    if channel == "widget":
        customer = OnWidget(await stack.enter_async_context(visiting(url)))
        stack.callback(asyncio.create_task(customer.listen()).cancel)
    elif channel == "telegram":
        customer = OnTelegram(telegram, telegram.private(telegram.person(f"Ada {number}")))
    else:
        customer = OnSlack(slack, user=f"U10{number}")
    before = {message.ts for message in _cards(slack)}
    await customer.say("Can I speak to a person, please?")
    await until(lambda: len(_cards(slack)) > len(before), PATIENCE_S)
    (card,) = [message for message in _cards(slack) if message.ts not in before]
    await slack.people.press(CLEO, card, button_of(card, "Claim"))
    await until(lambda: len(customer.shown()) >= 2, PATIENCE_S)
    return card, customer


def _cards(slack: SlackServer) -> list[Message]:
    return [message for message in slack.visible(DESK) if not message.thread_ts and message.bot_id]


async def _talk(slack: SlackServer, card: Message, customer: Customer) -> list[float]:
    """Seconds that each message took; a message that never came counts as all the patience there is."""
    waits = []
    for number in range(MESSAGES):
        begun, text = time.monotonic(), f"message {number} of {MESSAGES}"
        await asyncio.gather(slack.people.say(CLEO, DESK, text, thread=card.ts), _seen(customer, text))
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(max(0.0, EVERY_S - waits[-1]))
    return waits


async def _seen(customer: Customer, text: str) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and not any(text in shown for shown in customer.shown()):  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)


def _report(channel: str, waits: list[float], target_ms: int) -> None:
    p50, p95, most = (1000 * quantile(waits, share) for share in (0.5, 0.95, 1.0))
    print(
        f"  {channel}: {len(waits)} messages, p50 {p50:.0f} ms, p95 {p95:.0f} ms, max {most:.0f} ms"
        f" (target: p95 under {target_ms} ms)"
    )


if __name__ == "__main__":
    run()
