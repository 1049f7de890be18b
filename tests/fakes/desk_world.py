"""Customers on every channel, people at the desk in Slack, and the real server between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridge.brain.person import number
from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Reply, TextDelta, Turn
from tests.fakes.core import until
from tests.fakes.server import Answer, Server, echo
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import on_slack
from tests.fakes.telegram_bridge import SECRET as TELEGRAM_SECRET
from tests.fakes.telegram_chats import Media
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook
from tests.fakes.twilio_server import PERSON, SENDER, TwilioServer
from tests.fakes.twilio_values import File
from tests.fakes.whatsapp_world import PUBLIC, TWILIO_SECRETS
from tests.fakes.widget_client import Event, Visitor, visiting

CLEO, DANA = "U7", "U8"
CHANNELS = ("widget", "telegram", "whatsapp", "slack")
PATIENCE_S = 30.0


async def receptionist(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Calls a person when one is asked for, and says else what it was asked."""
    if "person" not in turn.question:
        return await echo(turn, conversation, emit)
    text = "I pass this on to my colleagues."
    emit(TextDelta(text))
    ticket = number(turn.id)
    return Reply(
        text=text, outcome=Outcome.ESCALATED, rung="person", escalation_reason="asked_for_person", ticket=ticket
    )


class Customer(Protocol):
    """Somebody who writes to us, on whatever channel."""

    async def say(self, text: str) -> None: ...

    async def send(self, picture: bytes) -> None: ...

    def shown(self) -> list[str]:
        """What they see of ours, oldest first, as plain as the platform shows it."""

    def files(self) -> list[bytes]:
        """The files of ours that they got."""


@dataclass(slots=True)
class OnWidget:
    visitor: Visitor
    _task: asyncio.Task[None] | None = None
    _events: dict[int, Event] = field(default_factory=dict)
    _files: list[bytes] = field(default_factory=list)

    async def say(self, text: str) -> None:
        await self.visitor.say(text)

    def shown(self) -> list[str]:
        texts: dict[str, str] = {}
        for _, event in sorted(self._events.items()):
            if event.type == "done" and event.data["text"]:
                texts[event.turn_id] = event.data["text"].strip()
            elif event.type == "message":
                name, said = event.data["name"], event.data["text"]
                texts[event.data["id"]] = "\n\n".join(filter(None, (name, said)))
        return [text for text in texts.values() if text]

    async def send(self, picture: bytes) -> None:
        raise NotImplementedError("the widget takes no files")

    def files(self) -> list[bytes]:
        return list(self._files)

    async def _fetch(self, path: str) -> None:
        async with self.visitor.http.get(f"{self.visitor.url}/widget/files/{path}") as answer:
            assert answer.status == 200
            self._files.append(await answer.read())

    async def listen(self) -> None:
        """Read the conversation's events until cancelled, also when the server was away."""
        while True:
            try:
                async for event in self.visitor.events(max(self._events, default=0)):
                    self._events[event.id] = event
                    for file in event.data.get("files", ()):
                        await self._fetch(file["path"])
            except Exception:  # the server has gone for a moment
                await asyncio.sleep(0.05)


@dataclass(slots=True)
class OnTelegram:
    telegram: TelegramServer
    room: Any

    async def say(self, text: str) -> None:
        self.telegram.say(self.room, text)

    async def send(self, picture: bytes) -> None:
        self.telegram.say(self.room, media=Media("photo", picture, "image/png"))

    def files(self) -> list[bytes]:
        sent = [message.service for message in self.telegram.answers(self.room)]
        ids = [service["photo"][-1]["file_id"] for service in sent if "photo" in service]
        return [self.telegram.files[id].content for id in ids]

    def shown(self) -> list[str]:
        return [message.text for message in self.telegram.answers(self.room)]


@dataclass(slots=True)
class OnWhatsApp:
    twilio: TwilioServer

    async def say(self, text: str) -> None:
        await self.twilio.says(text)

    async def send(self, picture: bytes) -> None:
        await self.twilio.sends(File(picture, "image/png"))

    def files(self) -> list[bytes]:
        return [bubble.file.content for bubble in self.twilio.visible() if bubble.file]

    def shown(self) -> list[str]:
        return self.twilio.texts(PERSON)


@dataclass(slots=True)
class OnSlack:
    slack: SlackServer
    user: str = "U5"
    thread: str = ""

    async def say(self, text: str) -> None:
        channel = self.slack.team.direct(self.user).id
        ts = await self.slack.people.say(self.user, channel, text, thread=self.thread)
        self.thread = self.thread or ts

    async def send(self, picture: bytes) -> None:
        file = self.slack.people.file("wheel.png", "image/png", picture)
        await self.slack.people.say(
            self.user, self.slack.team.direct(self.user).id, "", thread=self.thread, files=(file,)
        )

    def files(self) -> list[bytes]:
        direct = self.slack.team.direct(self.user).id
        shared = [message for message in self.slack.visible(direct, self.thread) if message.user != self.user]
        return [self.slack.team.files[file["id"]][1] for message in shared for file in message.files]

    def shown(self) -> list[str]:
        return [message.shown for message in self.slack.answers(self.slack.team.direct(self.user).id, self.thread)]


@dataclass(slots=True)
class DeskWorld:
    slack: SlackServer
    server: Server
    customer: Customer
    telegram: TelegramServer | None = None
    twilio: TwilioServer | None = None

    async def sees(self, *texts: str) -> None:
        """Wait until the customer sees exactly this, in this order."""
        try:
            await until(lambda: self.customer.shown() == list(texts), PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"the customer sees {self.customer.shown()}, not {list(texts)}") from None

    async def shown(self, count: int) -> list[str]:
        """What the customer sees, once there is so much."""
        try:
            await until(lambda: len(self.customer.shown()) >= count, PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"the customer sees {self.customer.shown()}") from None
        return self.customer.shown()

    async def form(self) -> dict[str, Any]:
        """The form that was opened last, once it is there."""
        await until(lambda: bool(self.slack.team.views), PATIENCE_S)
        return self.slack.team.views[-1]

    @property
    def cards(self) -> list[Message]:
        """What stands in the desk's channel outside of threads."""
        return [message for message in self.slack.visible(DESK) if not message.thread_ts and message.bot_id]

    async def card(self, count: int = 1) -> Message:
        await until(lambda: len(self.cards) >= count, PATIENCE_S)
        return self.cards[count - 1]

    def thread(self, card: Message) -> list[Message]:
        return [message for message in self.slack.visible(DESK, card.ts) if message.ts != card.ts]

    async def noted(self, card: Message, wanted: Callable[[list[str]], bool]) -> list[str]:
        """What the app wrote below a card, once it is as wanted."""

        def notes() -> list[str]:
            return [message.shown for message in self.thread(card) if message.bot_id]

        try:
            await until(lambda: wanted(notes()), PATIENCE_S)
        except TimeoutError:
            raise AssertionError(f"below the card stands {notes()}") from None
        return notes()

    async def reply(
        self, card: Message, text: str, *, by: str = CLEO, files: tuple[dict[str, Any], ...] = ()
    ) -> Message:
        ts = await self.slack.people.say(by, DESK, text, thread=card.ts, files=files)
        return self.slack.team.messages[DESK, ts]


@asynccontextmanager
async def desk_world(
    channel: str, answer: Answer = receptionist, *, store: Any = None, settings: Mapping[str, Any] | None = None
) -> AsyncIterator[DeskWorld]:
    """One customer on this channel, and Cleo and Dana at the desk."""
    async with AsyncExitStack() as stack:
        environ: dict[str, Any] = {"BRIDGE_DESK__SLACK_CHANNEL": DESK, **(settings or {})}
        telegram = twilio = None
        if channel == "telegram":
            telegram = await stack.enter_async_context(TelegramServer.start(local=True))
            wanted = {"ENABLED": "true", "API_URL": telegram.url, "MODE": "webhook", "REGISTER_WEBHOOK": "false"}
            environ |= {f"BRIDGE_CHANNELS__TELEGRAM__{name}": value for name, value in wanted.items()}
            environ |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET}
        if channel == "whatsapp":
            quick: dict[str, Any] = {"sent_s": 0.005, "delivered_s": 0.002, "read_s": 0.002}
            twilio = await stack.enter_async_context(TwilioServer.start(public_url=PUBLIC, **quick))
            wanted = {"ENABLED": "true", "API_URL": twilio.url, "FROM": SENDER, "SENT_WAIT_S": "0.5"}
            environ |= {f"BRIDGE_CHANNELS__WHATSAPP__{name}": value for name, value in wanted.items()}
            environ |= {"BRIDGE_SERVER__PUBLIC_URL": PUBLIC, **TWILIO_SECRETS}
        slack = await stack.enter_async_context(SlackServer.start())
        open_desk(slack, {CLEO: "Cleo", DANA: "Dana", "U5": "Ada"})
        _, server = await stack.enter_async_context(on_slack(answer, slack=slack, store=store, settings=environ))
        customer: Customer
        if telegram:
            telegram.updates.set_webhook(Webhook(f"{server.url}/telegram/webhook", TELEGRAM_SECRET), drop_pending=False)
            customer = OnTelegram(telegram, telegram.private(telegram.person("Ada")))
        elif twilio:
            twilio.target = server.url
            customer = OnWhatsApp(twilio)
        elif channel == "widget":
            customer = OnWidget(await stack.enter_async_context(visiting(server.url)))
            listening = asyncio.create_task(customer.listen())
            stack.callback(listening.cancel)
        else:
            customer = OnSlack(slack)
        yield DeskWorld(slack, server, customer, telegram, twilio)
