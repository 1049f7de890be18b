"""A Retriever that finds what it was given and keeps what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.types import Passage


@dataclass(slots=True)
class FakeRetriever:
    passages: Sequence[Passage] = ()
    asked: list[str] = field(default_factory=list)

    async def search(self, query: str, limit: int) -> Sequence[Passage]:
        self.asked.append(query)
        return self.passages[:limit]
