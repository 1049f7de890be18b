"""How approvals stand in the store: a record each, and for each conversation one that lists what it asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge.ports import Approval, Record

KIND = "approval"
INDEX = "approvals_of"
"""By conversation: the digests of what it asked for, each with the id of its approval."""
KEPT_S = 30 * 24 * 3600.0
"""For so long after its time is over an approval is kept."""
WAITING = ("pending", "approved", "executing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An approval as it is stored."""

    approval: Approval
    told_data: str = ""
    """What the tool answered, cut to size."""
    line: str = ""
    """The same in one line."""
    does: tuple[str, ...] = ()
    """Promises that are true since, besides those of the tool."""
    told: bool = False
    """The conversation has heard how it ended."""
    fence: int = 0
    """Of the claim under which it was asked for."""


_KEPT = TypeAdapter[Kept | None](Kept | None, config=ConfigDict(hide_input_in_errors=True))
"""A choice, because a dataclass alone takes no configuration. Errors do not quote the content."""


def record(kept: Kept, *, version: int = 0, due_at: float | None = None) -> Record:
    """To be saved over the version that was read."""
    return Record(
        kind=KIND,
        id=kept.approval.id,
        body=_KEPT.dump_json(kept).decode(),
        version=version,
        open=kept.approval.state in WAITING,
        due_at=due_at,
        forget_at=kept.approval.expires_at + KEPT_S,
    )


def read(record: Record) -> Kept | None:
    """None when the record is damaged."""
    try:
        return _KEPT.validate_json(record.body)
    except ValidationError:
        return None


def index_body(listed: Mapping[str, str]) -> str:
    return json.dumps(dict(listed))


def read_index(record: Record | None) -> dict[str, str]:
    """Ids by digest; nothing when it is damaged."""
    try:
        listed = json.loads(record.body) if record else {}
    except ValueError:
        return {}
    return {str(name): str(id) for name, id in listed.items()} if isinstance(listed, dict) else {}
