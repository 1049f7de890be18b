"""The audit log: every decision about a call, without what was said, for whom, or with which arguments."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from bridge.ports import Claim, Log
from bridge.types import TurnId

LOG = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision, or what came of it."""

    turn: TurnId
    tool: str
    """A name of ours; "" for one that there is not."""
    tier: str = ""
    level: int = 0
    """The identity that was proven."""
    verdict: str
    args: str = ""
    """SHA-256 of tool, arguments and customer."""
    approval: str = ""
    by: str = ""
    """The id of whoever approved or denied it."""
    at: float = field(default_factory=lambda: round(time.time(), 3))


async def write(log: Log, decided: Sequence[Decided], claim: Claim | None = None) -> None:
    """May raise LeaseLost, StoreUnavailable."""
    if decided:
        await log.append(
            LOG, *(json.dumps({k: v for k, v in asdict(it).items() if v != ""}) for it in decided), claim=claim
        )
