"""What a model hears of a call: data of others, so cleaned and cut; never an error's own words. Pure."""

import json
import math
from collections.abc import Mapping
from typing import Any

from bridge.brain.code import neutral
from bridge.brain.invisible import without_invisible
from bridge.ports import ToolCall, ToolResult
from bridge.tools.tool import AnyTool, Done
from bridge.types import Action

RESULT_CHARS_MAX = 6_000
TEXT_CHARS_MAX = 1_000
"""Of one value in a result."""
LIST_MAX = 20
DEPTH_MAX = 6
DIGEST_CHARS_MAX = 200
REASON_CHARS_MAX = 300

UNKNOWN_TOOL = "There is no such tool."
MALFORMED = "The arguments could not be read: they must be one JSON object as the tool describes it."
TOO_MANY = "Too many calls for one answer. Answer now with what is known, or pass the matter on to a person."
REPEATED = "This very call was made before in this answer; its result does not change. Go on without it."
TAKEN_OVER = "A person has taken over this conversation. Nothing was done."
NOT_AVAILABLE = "The system that knows this does not answer at the moment. Nothing was done. Say so and offer a person."
WENT_WRONG = "That did not work. Nothing internal may be told. Say so and offer a person."
UNKNOWN = {
    "status": "unknown",
    "message": "Nobody knows whether it was done, and it is not tried again. A person looks into it and gets back to "
    "the customer. Promise nothing.",
}
DONE_BEFORE = {
    "status": "done_before",
    "message": "This was done for the earlier answer to the same question, and is not done a second time. Tell the "
    "customer so.",
}
NO_APPROVER = {
    "status": "person_needed",
    "message": "Only a person may do this. It was not done; the conversation is passed on to a person.",
}
TOO_MANY_WAIT = {
    "status": "person_needed",
    "message": "Too many requests of this conversation wait for a person already. This one was not made; the "
    "conversation is passed on to a person.",
}
NEVER = "This is never done here, and nobody can approve it. Offer a person."
NOT_RUN = "Not done: a person takes over."


def identity_needed(level: int) -> dict[str, Any]:
    """Told to whoever is not known well enough; says nothing of what there is."""
    how = "confirm a code that is sent to them" if level >= 2 else "show who they are"
    return {
        "status": "identity_required",
        "message": f"Nothing was looked up or done. The customer has to {how} first; we ask them for it now.",
    }


def pending(reference: str) -> dict[str, Any]:
    """Told while a person has to decide."""
    return {
        "status": "pending_approval",
        "reference": reference,
        "message": "Not done yet: a person decides, and the customer hears of it here. Do not ask again.",
    }


def denied_before(reference: str) -> dict[str, Any]:
    """Told when a person said no to the very same."""
    return {
        "status": "denied",
        "reference": reference,
        "message": "A person decided against exactly this. It is not done. Another person can be asked for.",
    }


def result(
    call: ToolCall,
    told: Mapping[str, Any] | str,
    action: Action,
    *,
    failed: bool = False,
    done: Done | None = None,
    ends: Any = "",
) -> ToolResult:
    """A result that can be told."""
    return ToolResult(
        call_id=call.id,
        text=fitted(told),
        failed=failed,
        passages=done.passages if done else (),
        action=action,
        ends=ends,
    )


def action(tool: AnyTool | None, outcome: Any, digest: str = "", does: tuple[str, ...] = ()) -> Action:
    """What is kept of a call. A name that is none of ours is not kept: a model made it up."""
    does = tuple(dict.fromkeys((*tool.does, *does))) if tool and outcome == "done" else ()
    return Action(tool=tool.name if tool else "", outcome=outcome, digest=one_line(digest), does=does)


def one_line(text: str) -> str:
    return neutral(" ".join(without_invisible(text).split()))[:DIGEST_CHARS_MAX]


def sentence(text: str) -> str:
    """What somebody else's system says, fit to be told on."""
    return neutral(" ".join(without_invisible(text).split()))[:REASON_CHARS_MAX]


def fitted(told: Mapping[str, Any] | str) -> str:
    """As text of at most RESULT_CHARS_MAX, JSON that stays whole; lists that are too long end early and say so."""
    if isinstance(told, str):
        return _text(told, RESULT_CHARS_MAX)
    for items in (LIST_MAX, 10, 5, 2, 1):
        text = json.dumps(_cut(told, items, 1), ensure_ascii=False, allow_nan=False)
        if len(text) <= RESULT_CHARS_MAX:
            return text
    return "There is too much to tell."


def _cut(value: Any, items: int, depth: int) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int():
            return value
        case str():
            return _text(value, TEXT_CHARS_MAX)
        case Mapping() if depth <= DEPTH_MAX:
            return {_text(str(key), 64): _cut(inner, items, depth + 1) for key, inner in list(value.items())[:50]}
        case list() | tuple() if depth <= DEPTH_MAX:
            kept = [_cut(inner, items, depth + 1) for inner in value[:items]]
            return [*kept, f"and {len(value) - items} more"] if len(value) > items else kept
    return "(left out)"


def _text(text: str, chars_max: int) -> str:
    seen = neutral(without_invisible(text))
    return seen if len(seen) <= chars_max else f"{seen[: chars_max - 1]}…"
