"""Finds the answer to a question that asks the same in other words. Every gate must agree."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bridge.brain.cache.entries import Answer, Entries
from bridge.brain.cache.sense import sense
from bridge.ports import Vectors
from bridge.types import Passage

COSINE_MIN: Mapping[str, float] = MappingProxyType({"use-multilingual-3": 0.55})
"""By the embedder, found on the half of the pairs that is there for it. It is low since it is only the last of the
gates: pairs that must not merge are nearer to each other (median 0.88) than those that may (0.67)."""
COSINE_MIN_ELSE = 0.75
"""Of an embedder that nobody measured."""
BEST = 3
"""So many passages of a question are looked at for something new."""


def floor(embedder_id: str, wanted: float = 0.0) -> float:
    """How near two questions must be at least; what is `wanted` can only raise it."""
    return max(wanted, COSINE_MIN.get(embedder_id.partition("/")[0], COSINE_MIN_ELSE))


def candidates(entries: Entries, scope: str, text: str, language: str) -> Iterator[Answer]:
    """Answers to questions with the same numbers, signs and content."""
    asked = sense(text, language)
    return entries.alike(scope, asked) if asked else iter(())


def ranks(answer: Answer, found: Sequence[Passage]) -> bool:
    """What the answer rests on is found for this question too, and nothing stands among the best that the model was
    not shown: a document that is new may say something else."""
    known = {passage.chunk_id for passage in found}
    best = {passage.chunk_id for passage in found[:BEST]}
    return best <= answer.seen and all(passage.chunk_id in known for passage in answer.citations)


def near(answer: Answer, vector: Vectors | None, embedder_id: str, wanted: float = 0.0) -> bool:
    """Both questions mean about the same to this embedder."""
    if vector is None or answer.embedder != embedder_id:
        return False
    return answer.cosine(vector) >= floor(embedder_id, wanted)
