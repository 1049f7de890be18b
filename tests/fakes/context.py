"""What a channel is built with when there is no server around it."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from bridge.brain.phrases import PhrasesSettings, Voice, is_help, is_stop
from bridge.brain.settings import BusinessSettings
from bridge.ports import ChannelContext, Store
from bridge.types import ConversationId, Inbound, Turn, TurnId


async def _stop(turn_id: TurnId) -> None:
    """Nothing runs here."""


async def _stop_all(conversation_id: ConversationId) -> int:
    return 0


async def _amend(inbound: Inbound, deleted: bool) -> None:
    """Nothing runs here."""


async def _rate(turn: Turn, rating: str, comment: str) -> None:
    """Nobody counts here."""


async def _send_later(turn: Turn, text: str, delay_s: float) -> None:
    """Nothing is sent from here."""


VOICE = Voice(BusinessSettings(), PhrasesSettings())


def channel_context(store: Store, secrets: Mapping[str, str] | None = None, **other: Any) -> ChannelContext:
    """With our own phrases and a store; `other` replaces what a test wants to see."""
    parts: dict[str, Any] = {
        "receive": store.accept,
        "stop": _stop,
        "stop_all": _stop_all,
        "amend": _amend,
        "rate": _rate,
        "say": lambda name, text: VOICE.say(VOICE.language(text), name),
        "is_stop": is_stop,
        "is_help": is_help,
        "send_later": _send_later,
        "store": store,
        "public_url": "http://127.0.0.1",
        "origins": (),
        "secrets": {name: SecretStr(value) for name, value in (secrets or {}).items()},
        "business": {},
    }
    return ChannelContext(**parts | other)
