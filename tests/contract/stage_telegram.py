"""Telegram in front of its stand-in, for the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bridge.channels import telegram
from bridge.channels.telegram.places import place
from bridge.channels.telegram.settings import Settings
from bridge.markdown.entities import entities
from bridge.ports import EditableChannel
from bridge.stores.memory import MemoryStore
from bridge.types import Address
from tests.fakes.context import channel_context
from tests.fakes.telegram_chats import Message
from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_server import TelegramServer

SECRET = "the-secret-of-the-webhook"
UNHURRIED = Limits(chat_spacing_s=0.0, group_calls=1_000, bot_calls=1_000)
"""Pacing is delivery's task, which does not stand in this suite."""
DONE = {"👍", "🔄"}
"""What the buttons below a message that is complete begin with."""


@dataclass(slots=True)
class TelegramStage:
    """A private chat."""

    channel: EditableChannel
    store: MemoryStore
    to: Address
    server: TelegramServer

    def another(self) -> EditableChannel:
        return _channel(self.server, self.store)

    def shown(self, markdown: str) -> str:
        return entities(markdown, ())[0] or "…"

    async def finals(self, address: Address) -> list[str]:
        return [message.text for message in self._answers(address) if _complete(message)]

    async def drafts(self, address: Address) -> str:
        return "".join(message.text for message in self._answers(address) if not _complete(message))

    def _answers(self, address: Address) -> list[Message]:
        return self.server.answers(self.server.rooms[place(address).chat])


def _complete(message: Message) -> bool:
    return any(label[0] in DONE for row in message.buttons for label, _ in row)


def _channel(server: TelegramServer, store: MemoryStore) -> EditableChannel:
    secrets = {"TELEGRAM_BOT_TOKEN": server.token, "TELEGRAM_WEBHOOK_SECRET": SECRET}
    return telegram.build(Settings(api_url=server.url), channel_context(store, secrets))


@asynccontextmanager
async def telegram_stage(store: MemoryStore) -> AsyncIterator[TelegramStage]:
    async with TelegramServer.start(limits=UNHURRIED) as server:
        channel = _channel(server, store)
        chat = server.private()
        try:
            yield TelegramStage(channel, store, Address("telegram", str(chat.id)), server)
        finally:
            await channel.close()
        assert server.violations == []
