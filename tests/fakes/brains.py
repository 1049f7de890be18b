"""Scripted brains for scenarios: one that waits for the test, one that breaks, one that counts."""

import asyncio
from dataclasses import dataclass, field

from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Progress, Reply, TextDelta, Turn


@dataclass(slots=True)
class Gate:
    """Says half of its answer, waits to be let through, and says the rest. Keeps the turns it was asked."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Turn] = field(default_factory=list)
    stuck: str = ""
    """Only questions that hold this word wait."""
    running: int = 0
    running_max: int = 0

    async def __call__(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        self.asked.append(turn)
        self.running += 1
        self.running_max = max(self.running_max, self.running)
        try:
            emit(Progress("thinking"))
            emit(TextDelta("So: "))
            if self.stuck in turn.question:
                await self.open.wait()
            emit(TextDelta(turn.question))
            return Reply(text=f"So: {turn.question}", outcome=Outcome.ANSWERED, rung="gate")
        finally:
            self.running -= 1

    async def reached(self, turns: int) -> None:
        """Wait until so many turns were begun."""
        async with asyncio.timeout(10):
            while True:
                if len(self.asked) >= turns:
                    return
                await asyncio.sleep(0.005)


async def broken(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Starts well and breaks."""
    emit(TextDelta("I am sure that"))
    raise RuntimeError("a bug in the brain")
