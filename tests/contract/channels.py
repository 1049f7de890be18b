"""How the contract suite drives each channel, and sees what people see."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bridge import plugins
from bridge.channels import widget
from bridge.channels.widget.events import log_name
from bridge.channels.widget.settings import Settings
from bridge.ports import EditableChannel
from bridge.stores.memory import MemoryStore
from bridge.types import Address, new_id
from tests.contract.stage_slack import slack_stage
from tests.contract.stage_telegram import telegram_stage
from tests.contract.stage_whatsapp import whatsapp_stage
from tests.fakes.context import channel_context

NAMES = plugins.names("bridge.channels")


OWN_STORE = ("widget",)
"""Channels whose platform is our own store: they check the lease in the same write, and every write can be repeated."""


EDITABLE = tuple(name for name in NAMES if name != "whatsapp")
"""Channels whose messages can change."""


class Stage(Protocol):
    """A channel in front of its platform."""

    channel: EditableChannel
    store: MemoryStore
    to: Address
    """Where somebody can be written to."""

    def another(self) -> EditableChannel:
        """The same channel in another process, in front of the same platform."""

    def shown(self, markdown: str) -> str:
        """How people see a text that is complete."""

    async def finals(self, address: Address) -> list[str]:
        """The final texts that people see, oldest first."""

    async def drafts(self, address: Address) -> str:
        """What people see of an answer that is not final yet."""


@dataclass(slots=True)
class WidgetStage:
    """People see what the conversation's events add up to."""

    channel: EditableChannel
    store: MemoryStore
    to: Address = field(default_factory=lambda: Address("widget", new_id()))

    def another(self) -> EditableChannel:
        return widget.build(Settings(), channel_context(self.store))

    def shown(self, markdown: str) -> str:
        return markdown

    async def finals(self, address: Address) -> list[str]:
        texts, finals = await self._read(address)
        assert all(texts[turn] == text for turn, text in finals), "the pieces do not add up to the final"
        return [text for _, text in finals]

    async def drafts(self, address: Address) -> str:
        texts, _ = await self._read(address)
        return "".join(texts.values())

    async def _read(self, address: Address) -> tuple[dict[str, str], list[tuple[str, str]]]:
        texts: dict[str, str] = {}
        finals = []
        for entry in await self.store.read(log_name(address.key), after=0, limit=1_000):
            kind, _, body = entry.body.partition("\n")
            data = json.loads(body)
            turn = data["turn_id"]
            match kind:
                case "delta":
                    texts[turn] = texts.get(turn, "") + data["text"]
                case "reset":
                    texts[turn] = ""
                case "done":
                    finals.append((turn, data["text"]))
                    texts.setdefault(turn, "")
        return texts, finals


@asynccontextmanager
async def stage(name: str, store: MemoryStore) -> AsyncIterator[Stage]:
    match name:
        case "slack":
            async with slack_stage(store) as started:
                yield started
        case "widget":
            yield WidgetStage(widget.build(Settings(), channel_context(store)), store)
        case "telegram":
            async with telegram_stage(store) as started:
                yield started
        case "whatsapp":
            async with whatsapp_stage(store) as started:
                yield started
        case _:
            raise NotImplementedError(f"say here how the contract suite drives {name}")
