"""How the contract suite drives each channel, and sees what people see."""

import json
from dataclasses import dataclass
from typing import Protocol

from bridge import plugins
from bridge.channels import widget
from bridge.channels.widget.events import log_name
from bridge.channels.widget.settings import Settings
from bridge.ports import EditableChannel
from bridge.stores.memory import MemoryStore
from bridge.types import Address, new_id
from tests.fakes.context import channel_context

NAMES = plugins.names("bridge.channels")


class Stage(Protocol):
    """A channel in front of its platform."""

    channel: EditableChannel
    store: MemoryStore

    async def finals(self, address: Address) -> list[str]:
        """The final texts that people see, oldest first."""

    async def drafts(self, address: Address) -> str:
        """What people see of an answer that is not final yet."""


@dataclass(slots=True)
class WidgetStage:
    """People see what the conversation's events add up to."""

    channel: EditableChannel
    store: MemoryStore

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


def stage(name: str, store: MemoryStore) -> Stage:
    match name:
        case "widget":
            return WidgetStage(widget.build(Settings(), channel_context(store)), store)
    raise NotImplementedError(f"say here how the contract suite drives {name}")


def address(name: str) -> Address:
    return Address(name, new_id())
