"""What a customer is told of an approval, in the language in which they asked."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from bridge.brain.person import number
from bridge.ports import Approval
from bridge.tools import results
from bridge.tools.approval_records import Kept
from bridge.tools.tool import AnyTool
from bridge.types import Action, Outcome, Reply, Trace, Turn, new_id

RUNG = "approval"
FAILED = "approval_failed"
UNKNOWN = "approval_unknown"
"""Reasons for which a person is called: what was approved could not be done, or nobody knows whether it was."""
_ENDS = {
    "done": ("approval_done", Outcome.ANSWERED),
    "denied": ("approval_denied", Outcome.ANSWERED),
    "expired": ("approval_expired", Outcome.ANSWERED),
    "failed": ("approval_failed", Outcome.ESCALATED),
    "unknown": ("approval_unknown", Outcome.ESCALATED),
}
_TIME = re.compile(r"\A(?P<day>\d{4}-\d\d-\d\d)T(?P<hour>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?\Z")
_OUTCOMES = {"done": "done", "denied": "denied", "expired": "denied", "failed": "failed", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Words:
    """Says how approvals ended. `say` gives phrases by language and name."""

    say: Callable[[str, str], str]
    new_id: Callable[[], str] = new_id
    """Makes the ids of approvals."""

    def reply(self, turn: Turn, approval: Approval, kept: Kept, tool: AnyTool | None) -> Reply:
        """The end of the turn in which the customer hears of it."""
        name, outcome = _ENDS[approval.state]
        facts = _facts(kept, tool) if approval.state == "done" else ""
        heading = f"{self.say(approval.language, name)} **{approval.reference}**"
        person = self.say(approval.language, "person") if approval.state in ("denied", "expired") else ""
        called = outcome is Outcome.ESCALATED
        passed_on = ""
        if called:
            words = [self.say(approval.language, each) for each in ("handed_over", "reference")]
            passed_on = f"{' '.join(words)} **{number(turn.id)}**"
        return Reply(
            text="\n\n".join(part for part in (heading, facts, person, passed_on) if part),
            outcome=outcome,
            rung=RUNG,
            escalation_reason=name if called else "",
            ticket=number(turn.id) if called else "",
            trace=Trace(actions=(_action(approval, kept, tool),)),
        )


def _action(approval: Approval, kept: Kept, tool: AnyTool | None) -> Action:
    line = kept.line or f"{approval.tool} {approval.reference}: {approval.state}"
    return Action(
        tool=approval.tool,
        outcome=_OUTCOMES[approval.state],  # type: ignore[arg-type]
        digest=results.one_line(line),
        does=(*tool.does, *kept.does) if tool and approval.state == "done" else (),
    )


def _facts(kept: Kept, tool: AnyTool | None) -> str:
    """What the customer needs of the result: numbers, codes, dates; the same in every language."""
    try:
        data = json.loads(kept.told_data)
    except ValueError:
        return ""
    if tool is None or not isinstance(data, dict):
        return ""
    found = [data[name] for name in tool.facts if isinstance(data.get(name), str) and data[name]]
    return "\n".join(f"- {_TIME.sub(_plain_time, each)}" for each in found)


def _plain_time(time: re.Match[str]) -> str:
    """As a clock on the wall shows it: "2026-11-30 14:30"."""
    return f"{time['day']} {time['hour']}"
