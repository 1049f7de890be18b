"""A Retriever that finds what it was given and keeps what it was asked. Its documents are those of its passages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.brain.knowledge.paths import below
from bridge.types import Passage


@dataclass(slots=True)
class FakeRetriever:
    passages: Sequence[Passage] = ()
    asked: list[str] = field(default_factory=list)

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        self.asked.append(query)
        matches = below(under).fullmatch
        return [passage for passage in self.passages if not under or matches(passage.doc_id)][: max(0, limit)]

    async def whole(self, passages: Sequence[Passage], chunks_max: int) -> Sequence[Passage]:
        documents = dict.fromkeys(passage.doc_id for passage in passages)
        known = [passage for document in documents for passage in self.passages if passage.doc_id == document]
        return (known or list(passages))[: max(0, chunks_max)]

    def current(self, passage: Passage) -> bool:
        return any(_unscored(passage) == _unscored(known) for known in self.passages)


def _unscored(passage: Passage) -> Passage:
    """Where it was found says nothing of what it says."""
    return replace(passage, score=0.0)
