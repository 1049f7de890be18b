"""WhatsApp in front of the fake Twilio, for the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bridge.channels.whatsapp.written import marked
from bridge.stores.memory import MemoryStore
from bridge.types import Address
from tests.fakes.twilio_server import TwilioServer
from tests.fakes.whatsapp_world import NUMBER, channel_alone


@dataclass(slots=True)
class WhatsAppStage:
    """A person who has just written."""

    channel: Any
    """No EditableChannel: its messages cannot change."""
    store: MemoryStore
    to: Address
    twilio: TwilioServer

    def another(self) -> Any:
        raise NotImplementedError("nothing can be gone on with")

    def shown(self, markdown: str) -> str:
        return marked(markdown, ())

    async def finals(self, address: Address) -> list[str]:
        return self.twilio.texts(f"whatsapp:{address.key}")

    async def drafts(self, address: Address) -> str:
        return ""


@asynccontextmanager
async def whatsapp_stage(store: MemoryStore) -> AsyncIterator[WhatsAppStage]:
    async with channel_alone(store=store) as (twilio, channel, _):
        sid = await twilio.says("Hello?", reached=False)
        yield WhatsAppStage(channel, store, Address("whatsapp", NUMBER, {"sid": sid}), twilio)
        assert twilio.violations == []
