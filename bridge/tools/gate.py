"""Looks, before anybody answers a turn, whether an earlier attempt left a write of which nobody knows whether it was
done. Then no model is asked, which might do it again in other words: a person looks into it."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge import metrics
from bridge.brain.person import number
from bridge.ports import Claim, Store
from bridge.tools import audit, doubts
from bridge.tools.audit import Decided
from bridge.tools.journal import Journal
from bridge.types import Action, Conversation, Outcome, Reply, Trace, Turn

RUNG = "tools"
UNKNOWN = "tool_unknown"
"""The reason for which a person is called."""


@dataclass(frozen=True, slots=True)
class ToolsGate:
    """Implements `bridge.ports.Gate`. `say` gives phrases by language and name, `language` tells that of a text."""

    journal: Journal
    store: Store
    say: Callable[[str, str], str]
    language: Callable[[str], str]

    async def admits(self, claim: Claim, turn: Turn, conversation: Conversation) -> Turn | Reply:
        unclear = self.journal.unclear(claim)
        if not unclear:
            return turn
        for call in unclear:
            if call.whom:
                await doubts.keep(self.store, claim, call.tool, call.whom, call.digest)
        tools = [call.tool for call in unclear]
        decided = [Decided(turn=turn.id, tool=tool, verdict="unknown") for tool in tools]
        await audit.write(self.store, decided, claim)
        for tool in tools:
            metrics.TOOL_CALLS.labels(tool, "unknown").inc()
        language = self.language(turn.question)
        words = " ".join(self.say(language, name) for name in ("action_unknown", "handed_over", "reference"))
        actions = tuple(Action(tool=tool, outcome="unknown", digest=f"{tool}: unknown") for tool in tools)
        return Reply(
            text=f"{words} **{number(turn.id)}**",
            outcome=Outcome.ESCALATED,
            rung=RUNG,
            escalation_reason=UNKNOWN,
            ticket=number(turn.id),
            trace=Trace(actions=actions),
        )
