"""What of a question's parts goes to a model, so that the request keeps its size. Pure."""

from collections.abc import Callable, Sequence

from bridge.brain.context import History, key
from bridge.brain.estimates import PASSAGE_TOKENS
from bridge.brain.tokens import estimate
from bridge.types import Passage

FULL = 0.8
"""From this share of the limit on something stays behind; the rest is for what an estimate does not see."""
PASSAGES_MIN = 3
"""So many go along as long as any of what was said before does: they outrank old turns."""


def fit(
    passages: Sequence[Passage],
    history: History,
    anew: Callable[[int], History],
    *,
    fixed: int,
    tokens_max: int,
) -> tuple[tuple[Passage, ...], History]:
    """The passages (in the order in which they are sent) and the history that go along. `fixed` tokens are taken
    already: instructions, question and facts. `anew(room)` tells the conversation in a new epoch, in at most `room`
    tokens.

    First the worst passages stay behind, down to the three best; then the epoch is closed, so that a summary stands
    for what was said; only then the rest of the passages.
    """
    room = int(FULL * tokens_max) - fixed
    kept = _fewer(passages, history, room, least=PASSAGES_MIN)
    if _taken(kept, history) <= room:
        return kept, history
    best = sorted(passages, key=lambda passage: -passage.score)[:PASSAGES_MIN]
    history = anew(max(0, room - _tokens(best)))
    kept = _fewer(passages, history, room, least=PASSAGES_MIN)
    return _fewer(kept, history, tokens_max - fixed, least=0), history


def _fewer(passages: Sequence[Passage], history: History, room: int, *, least: int) -> tuple[Passage, ...]:
    """Without the worst of those that the model does not have yet, as far as needed; `least` of them stay."""
    new = [passage for passage in passages if key(passage) not in history.sent]
    left = room - history.tokens
    kept = list(passages)
    tokens = _tokens(new)
    while len(new) > least and tokens > left:
        # Whole documents come in their own order; of equals the last is the worst.
        worst = min(reversed(new), key=lambda passage: passage.score)
        new.remove(worst)
        kept.remove(worst)
        tokens -= _tokens([worst])
    return tuple(kept)


def _taken(passages: Sequence[Passage], history: History) -> int:
    return history.tokens + _tokens([passage for passage in passages if key(passage) not in history.sent])


def _tokens(passages: Sequence[Passage]) -> int:
    return sum(estimate(one.title, one.section, one.text) + PASSAGE_TOKENS for one in passages)
