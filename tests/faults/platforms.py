"""People on Slack, Telegram and WhatsApp, whose stand-ins send again on their own schedules; and what they see in the
end, judged by the windows that each platform leaves open."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_world import SLACK_SECRETS, is_final
from tests.fakes.telegram_bridge import SECRET
from tests.fakes.telegram_chats import Room
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook
from tests.fakes.twilio_server import SENDER, TwilioServer
from tests.fakes.whatsapp_world import PUBLIC, TWILIO_SECRETS
from tests.faults.checker import Complaint
from tests.faults.history import Asked, History, Shown, now
from tests.faults.people import Where, until
from tests.faults.server import QUESTION

SCALE = 0.02
"""Of the real times between repetitions: Slack's minute becomes 1.2 s."""
SLACK_RETRIES_S = (0.0, 60.0, 300.0)
FOLLOW_S = 0.02
STOP = "⏹"


@dataclass(slots=True)
class Platforms:
    """Mutable. What the stand-ins post goes through one address, wherever bridge listens just now."""

    slack: SlackServer
    telegram: TelegramServer
    twilio: TwilioServer
    proxy: FaultProxy
    history: History
    _threads: list[tuple[str, str]] = field(default_factory=list)
    _rooms: list[Room] = field(default_factory=list)
    _persons: list[str] = field(default_factory=list)
    asking: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """With them the server knows all three."""
        return {
            "BRIDGE_SERVER__PUBLIC_URL": PUBLIC,
            "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
            "BRIDGE_CHANNELS__SLACK__API_URL": f"{self.slack.url}/api/",
            "BRIDGE_CHANNELS__TELEGRAM__ENABLED": "true",
            "BRIDGE_CHANNELS__TELEGRAM__API_URL": self.telegram.url,
            "BRIDGE_CHANNELS__TELEGRAM__REGISTER_WEBHOOK": "false",
            "BRIDGE_CHANNELS__WHATSAPP__ENABLED": "true",
            "BRIDGE_CHANNELS__WHATSAPP__API_URL": self.twilio.url,
            "BRIDGE_CHANNELS__WHATSAPP__FROM": SENDER,
            "BRIDGE_CHANNELS__WHATSAPP__SENT_WAIT_S": "0.5",
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            **SLACK_SECRETS,
            **TWILIO_SECRETS,
        }

    def all_ask(self) -> None:
        """One new person on each platform asks something."""
        for ask in (self._on_slack, self._on_telegram, self._on_whatsapp):
            self.asking.append(asyncio.create_task(ask(len(self.asking))))

    async def _on_slack(self, number: int) -> None:
        channel = self.slack.team.direct("U2").id
        before = len(self.slack.people.deliveries)
        thread = await self.slack.people.say("U2", channel, f"{QUESTION} ({number})")
        if any(delivery.taken for delivery in self.slack.people.deliveries[before:]):
            self._threads.append((channel, thread))
            self.history.add(Asked("slack", thread, thread, now()))

    async def _on_telegram(self, number: int) -> None:
        room = self.telegram.private()
        message = self.telegram.say(room, f"{QUESTION} ({number})")
        mine = [update.id for update in self.telegram.updates.pending.values() if update.queue == room.id]
        await until(lambda: not any(each in self.telegram.updates.pending for each in mine), 120.0)
        self._rooms.append(room)
        self.history.add(Asked("telegram", str(room.id), str(message.id), now()))

    async def _on_whatsapp(self, number: int) -> None:
        person = f"whatsapp:+49151{number:08d}"
        before = len(self.twilio.attempts)
        sid = await self.twilio.says(f"{QUESTION} ({number})", person)
        if any(200 <= attempt.status < 300 for attempt in self.twilio.attempts[before:]):
            self._persons.append(person)
            self.history.add(Asked("whatsapp", person, sid, now()))

    def shown(self) -> Iterator[Shown]:
        """What everybody sees now."""
        for channel, thread in self._threads:
            for message in self.slack.answers(channel, thread):
                yield Shown("slack", thread, message.ts, message.shown, is_final(message))
        for room in self._rooms:
            for answer in self.telegram.answers(room):
                writing = any(label.startswith(STOP) for row in answer.buttons for label, _ in row)
                yield Shown("telegram", str(room.id), str(answer.id), answer.text, not writing)
        for person in self._persons:
            for bubble in self.twilio.visible(person):
                yield Shown("whatsapp", person, bubble.sid, bubble.text, complete=True)

    async def rest(self, within_s: float, still_s: float = 1.0) -> bool:
        """Everybody has a complete answer; then it is written down what all see."""

        def over() -> bool:
            complete = {(shown.channel, shown.conversation) for shown in self.shown() if shown.complete}
            asked = {(asked.channel, asked.conversation) for asked in self.history.asked()}
            return all(task.done() for task in self.asking) and asked <= complete

        rested = await until(over, within_s)
        await asyncio.sleep(still_s)
        self.history.add(*self.shown())
        for task in self.asking:
            if task.done() and (error := task.exception()):
                raise error
        return rested


@asynccontextmanager
async def platforms(history: History) -> AsyncIterator[Platforms]:
    async with AsyncExitStack() as stack:
        retries = (*(seconds * SCALE for seconds in SLACK_RETRIES_S), 10.0, 20.0)
        slack = await stack.enter_async_context(SlackServer.start(retry_delays_s=retries))
        telegram = await stack.enter_async_context(TelegramServer.start(local=True))
        telegram.updates.retry_scale = 0.3
        options: dict[str, Any] = {"webhook_path": "/twilio/whatsapp#rc=5&rp=all"}
        twilio = await stack.enter_async_context(TwilioServer.start(public_url=PUBLIC, **options))
        proxy = await stack.enter_async_context(FaultProxy.start("127.0.0.1", 9))
        url = f"http://127.0.0.1:{proxy.listens_at}"
        slack.target, twilio.target = f"{url}/slack/events", url
        telegram.updates.set_webhook(Webhook(f"{url}/telegram/webhook", SECRET), drop_pending=False)
        made = Platforms(slack, telegram, twilio, proxy, history)
        try:
            yield made
        finally:
            for task in made.asking:
                task.cancel()
            await asyncio.gather(*made.asking, return_exceptions=True)


@asynccontextmanager
async def followed(made: Platforms, where: Where) -> AsyncIterator[None]:
    """What the platforms post reaches bridge, wherever it listens."""

    async def follow() -> None:
        while True:
            if where.url:
                made.proxy.port = int(where.url.rpartition(":")[2])
            await asyncio.sleep(FOLLOW_S)

    following = asyncio.create_task(follow())
    try:
        yield
    finally:
        following.cancel()


def judge(history: History) -> list[Complaint]:
    """Every broken promise on platforms. A message on Telegram that was posted and never noted is an orphan, with the
    beginning of the answer or all of it: counted by `orphans`, no broken promise while there are no more than
    crashes."""
    shown: dict[tuple[str, str], list[Shown]] = defaultdict(list)
    for each in history.shown():
        shown[each.channel, each.conversation].append(each)
    found = []
    for channel, conversation in {(asked.channel, asked.conversation) for asked in history.asked()}:
        seen = shown[channel, conversation]
        complete = [each for each in seen if each.complete]
        if not complete:
            found.append(Complaint("lost", f"{channel} {conversation}: accepted, and nobody sees a whole answer"))
        found += _said_twice(channel, conversation, complete)
        if channel != "telegram" and len(seen) > len(complete):
            found.append(Complaint("partial", f"{channel} {conversation}: a message looks as if more were coming"))
    if (left := orphans(history)) > len(history.strikes()):
        found.append(Complaint("partial", f"telegram: {left} orphans of {len(history.strikes())} crashes"))
    return found


def _said_twice(channel: str, conversation: str, complete: Sequence[Shown]) -> Iterator[Complaint]:
    texts = Counter(each.text for each in complete)
    for text, count in texts.items():
        if count > 1 and channel != "telegram":
            yield Complaint("doubled", f"{channel} {conversation}: people see {count} times {text[:40]!r}")
    if channel in ("slack", "telegram") and len(texts) > 1:
        yield Complaint("doubled", f"{channel} {conversation}: people see {len(texts)} answers")


def orphans(history: History) -> int:
    """Messages on Telegram that were begun and never went on, and those that say again what another one says."""
    shown = [each for each in history.shown() if each.channel == "telegram"]
    whole = [(each.conversation, each.text) for each in shown if each.complete]
    return len(shown) - len(set(whole))
