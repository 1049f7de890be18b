"""How many exchanges in a row resolved nothing."""

from collections.abc import Awaitable, Callable, Sequence
from difflib import SequenceMatcher

from bridge.brain import prompt
from bridge.brain.routing.rules import folded
from bridge.errors import StoreUnavailable
from bridge.types import Outcome, Turn, TurnId

SAME_SHARE = 0.85
"""Of two questions that ask the same, as far as their letters show."""
CHARS_MAX = 400
"""So much of a question is compared."""
PHRASE = "phrase"
"""The rung of sentences that answer no question."""

Disliked = Callable[[TurnId], Awaitable[bool]]
"""Whether an answer got a thumb down. May raise StoreUnavailable."""

_WAITS = ("identity", "approval")
"""Ends of calls that are no end of the matter."""
_NOTHING = (Outcome.UNKNOWN, Outcome.FAILED)


async def unresolved(turns: Sequence[Turn], asking: Turn, disliked: Disliked) -> int:
    """Counted back from the turn that is asking. Ends where something was resolved, or people had it."""
    count = 0
    later = asking
    for turn in reversed(turns):
        reply = turn.reply
        if reply is None or prompt.by_people(turn) or reply.ticket or reply.escalation_reason:
            break
        if reply.rung == PHRASE and reply.outcome is Outcome.UNKNOWN:
            continue  # nothing was asked that could be read
        if any(action.outcome in _WAITS for action in reply.trace.actions):
            break  # it goes on as soon as that is settled
        if not (reply.outcome in _NOTHING or _again(turn, later) or await _disliked(turn, disliked)):
            break
        count += 1
        later = turn
    return count


def same(one: str, other: str) -> bool:
    """Both ask the same, figure for figure."""
    one, other = folded(one[:CHARS_MAX]), folded(other[:CHARS_MAX])
    if not one or [sign for sign in one if sign.isdigit()] != [sign for sign in other if sign.isdigit()]:
        return False
    return one == other or SequenceMatcher(None, one, other).ratio() >= SAME_SHARE


def _again(turn: Turn, later: Turn) -> bool:
    return same(turn.question, later.question) or any(inbound.retry_of == turn.id for inbound in later.inbounds)


async def _disliked(turn: Turn, disliked: Disliked) -> bool:
    try:
        return await disliked(turn.id)
    except StoreUnavailable:
        return False
