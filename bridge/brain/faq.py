"""The rung of the FAQ: the answer of an entry that asks the same, in the business's own words.

It stands between the models: what was written for just this question is better than what a lesser model makes of it.
"""

from dataclasses import dataclass, replace

from bridge.brain.cascade import Question
from bridge.brain.extractive import Extractive
from bridge.ports import Emit
from bridge.types import Reply


@dataclass(frozen=True, slots=True)
class Faq:
    """Shares with `extractive` what was found for a question."""

    extractive: Extractive

    @property
    def name(self) -> str:
        return "faq"

    async def prepare(self, question: Question) -> None:
        """Find what can be quoted."""
        await self.extractive.prepare(question)

    async def answer(self, question: Question, emit: Emit) -> Reply | None:
        """None when no entry asks the same."""
        reply = await self.extractive.entry(question, emit)
        return replace(reply, rung=self.name) if reply else None
