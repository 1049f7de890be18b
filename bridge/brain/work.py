"""What was called for one question, and what came of it: all that models which are asked one after the other for the
same answer have to know of each other."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bridge.ports import ToolResult, ToolRound
from bridge.types import Action, TurnId

_THOUGHTS = frozenset(["thinking", "redacted_thinking"])
"""Types of blocks that only the model reads that wrote them, and only below what it had read before."""
_CALL = "tool_use"
UNFINISHED_MAX = 200
"""Answers that were cut off; most are begun again at once."""


@dataclass(slots=True)
class Work:
    """Mutable: grows with every round, whichever model called."""

    rounds: list[ToolRound] = field(default_factory=list)

    @property
    def results(self) -> Sequence[ToolResult]:
        """In the order of the calls."""
        return [result for each in self.rounds for result in each.results]

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is kept of it."""
        return tuple(result.action for result in self.results if result.action)

    def begin_anew(self) -> None:
        """An answer is begun anew, by the same model or by another: what was said so far is shown to nobody any more,
        and what was thought was about that. The calls stay, so that none is made again."""
        self.rounds[:] = [_only(each, lambda kind: kind == _CALL) for each in self.rounds]

    def without_thoughts(self) -> tuple[ToolRound, ...]:
        """The rounds for a request that begins otherwise than those in which they were thought."""
        return tuple(_only(each, lambda kind: kind not in _THOUGHTS) for each in self.rounds)


class Unfinished:
    """The work of answers that were cut off: when the turn is asked again, since its question has changed, what was
    done is known and not done again. Mutable; forgets the oldest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[TurnId, Work] = OrderedDict()

    def keep(self, turn_id: TurnId, work: Work) -> None:
        if work.rounds:
            self._kept[turn_id] = work
            while len(self._kept) > UNFINISHED_MAX:
                self._kept.popitem(last=False)

    def take(self, turn_id: TurnId) -> Work:
        return self._kept.pop(turn_id, None) or Work()


def _only(round: ToolRound, kept: Callable[[object], bool]) -> ToolRound:
    return replace(round, said=tuple(block for block in round.said if kept(block.get("type"))))
