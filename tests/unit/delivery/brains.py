"""Brains that write at a known pace, and ways to look at what the platform was asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Reply, TextDelta, TextReset, Turn
from tests.fakes.recording_channel import Call, Platform


@dataclass(slots=True)
class Writer:
    """Writes so many words, so many a second. Keeps when each state of its text was there. None begins again."""

    words: int = 200
    per_s: float = 20.0
    pieces: Sequence[str | None] | None = None
    states: list[tuple[float, str]] = field(default_factory=list)
    asked: list[Turn] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)

    async def __call__(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        self.asked.append(turn)
        self.conversations.append(conversation)
        text = ""
        for piece in self.pieces or [f"word{number} " for number in range(self.words)]:
            await asyncio.sleep(1 / self.per_s)
            emit(TextReset() if piece is None else TextDelta(piece))
            text = "" if piece is None else text + piece
            self.states.append((asyncio.get_running_loop().time(), text))
        return Reply(text=text, outcome=Outcome.ANSWERED)


def of_room(platform: Platform, room: str, *kinds: str) -> list[Call]:
    return [call for call in platform.calls if call.room == room and call.kind in kinds]


def between(calls: Sequence[Call], start: float, end: float) -> list[Call]:
    return [call for call in calls if start <= call.at < end]
