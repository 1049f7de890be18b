"""What was looked up or done for an answer, in a few lines, as later answers are told of it. Pure."""

from collections.abc import Sequence

from bridge.brain import prompt
from bridge.brain.discreet import approves, without_secrets
from bridge.brain.imitation import without_imitation
from bridge.brain.invisible import without_invisible
from bridge.types import Action, Turn

LINE_CHARS_MAX = 240
DONE_CHARS_MAX = 1_200
"""Of all of it; what comes first stays."""

_OUTCOMES = {
    "done": "done",
    "failed": "it did not work, and nothing was done",
    "denied": "not allowed, and nothing was done",
    "identity": "nothing was done: the customer has to show first who they are",
    "approval": "not done: it waits for a person, who has not decided yet",
    "unknown": "nobody knows whether it was done; people look into it",
}


def done(turn: Turn, *, own: bool) -> str:
    """The lines of a turn, the same whenever they are told; "" when nothing was called. What was found is told only
    where it is the `own` matter of whoever asks now, and what waits for approval never."""
    lines = dict.fromkeys(_line(action, own=own) for action in (turn.reply.trace.actions if turn.reply else ()))
    kept: list[str] = []
    for line in lines:
        if line and sum(map(len, kept)) + len(line) <= DONE_CHARS_MAX:
            kept.append(line)
    return "\n".join(kept)


def acted(turn: Turn) -> bool:
    """Something was found or done for it, or is still to be decided, whatever became of the answer."""
    actions = turn.reply.trace.actions if turn.reply else ()
    return any(action.tool and action.outcome in ("done", "approval", "unknown") for action in actions)


def done_before(asking: Turn, turns: Sequence[Turn]) -> str:
    """What was called for the answers that are wanted anew now; without what was found, since it is told again to
    whoever asks later."""
    again = {inbound.retry_of for inbound in asking.inbounds}
    lines: list[str] = []
    for turn in reversed(turns):
        if turn.id in again:
            again |= {inbound.retry_of for inbound in turn.inbounds}
            lines[:0] = done(turn, own=False).splitlines()
    return "\n".join(dict.fromkeys(lines))


def of_one(turns: Sequence[Turn], asker: str) -> bool:
    """No customer but `asker` wrote in these turns."""
    told = (inbound for turn in turns if not prompt.by_people(turn) for inbound in turn.inbounds)
    return not asker or all(inbound.notice or inbound.sender.id == asker for inbound in told)


def _line(action: Action, *, own: bool) -> str:
    if not action.tool:  # a name that no tool has
        return ""
    line = f"{action.tool}: {_OUTCOMES[action.outcome]}"
    digest = " ".join(without_secrets(without_imitation(without_invisible(action.digest))).split())
    if own and digest and action.outcome == "done" and not approves(digest):
        line = f"{line}: {digest}"
    return line if len(line) <= LINE_CHARS_MAX else f"{line[: LINE_CHARS_MAX - 2]} …"
