"""How much of the knowledge base goes along with a question: by the size that its route asks for."""

from collections.abc import Sequence

from bridge.brain.knowledge.settings import Settings
from bridge.brain.route import ContextSize
from bridge.brain.tokens import estimate
from bridge.ports import Retriever
from bridge.types import Passage


async def context(retriever: Retriever, query: str, size: ContextSize, settings: Settings) -> tuple[Passage, ...]:
    """The passages for a question, in the order in which they should be sent; empty when the knowledge base has nothing
    near enough. At least the best passage goes along, the others as far as the size's tokens reach."""
    sizes = settings.sizes
    match size:
        case "focused":
            found = await retriever.search(query, settings.passages_max)
            return _fitting(found, found, sizes.focused_tokens_max)
        case "extended":
            found = await retriever.search(query, sizes.extended_passages_max)
            return _fitting(found, found, sizes.extended_tokens_max)
        case "catalogue":
            found = await retriever.search(query, settings.passages_max)
            offered = await retriever.search(query, sizes.catalogue_passages_max, settings.catalogue)
            known = {passage.chunk_id for passage in found}
            both = (*found, *(passage for passage in offered if passage.chunk_id not in known))
            return _fitting(both, found, sizes.catalogue_tokens_max)
        case "full":
            found = await retriever.search(query, settings.passages_max)
            # An entry of a FAQ has no more to say than itself.
            documents = [*dict.fromkeys(passage.doc_id for passage in found if passage.kind == "article")]
            wanted = documents[: sizes.full_documents_max]
            best = [passage for passage in found if passage.doc_id in wanted]
            whole = await retriever.whole(best, sizes.full_chunks_max) if best else ()
            known = {passage.chunk_id for passage in whole}
            others = [passage for passage in found if passage.chunk_id not in known]
            return _fitting((*whole, *others), found, sizes.full_tokens_max)


def tokens(passage: Passage) -> int:
    """Of a passage as it is sent, estimated."""
    return estimate(passage.title, passage.section, passage.text)


def _fitting(passages: Sequence[Passage], first: Sequence[Passage], tokens_max: int) -> tuple[Passage, ...]:
    """As many of the passages as fit, in their order; those that were found `first`, best of all the best one, have the
    right of way before what stands around them."""
    best = [passage.chunk_id for passage in first]
    rank = {chunk_id: place for place, chunk_id in enumerate(best)}
    order = sorted(range(len(passages)), key=lambda i: (rank.get(passages[i].chunk_id, len(best)), i))
    kept: set[int] = set()
    left = tokens_max
    for i in order:
        needed = tokens(passages[i])
        if not kept or needed <= left:
            kept.add(i)
            left -= needed
    return tuple(passage for i, passage in enumerate(passages) if i in kept)
