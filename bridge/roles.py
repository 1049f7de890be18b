"""What a process does: everything, or one of the parts that several processes share."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["all", "ingress", "worker", "scheduler"]


@dataclass(frozen=True, slots=True)
class Duties:
    """Of one role."""

    routes: bool
    """Takes what platforms and pages send, and streams what they read."""
    turns: bool
    """Answers: claims turns, carries the outbox, sends codes. Has the brain, and an index."""
    timers: bool
    """What happens by itself: timers, sockets, polling, sweeps; and the index is built."""


DUTIES: dict[Role, Duties] = {
    "all": Duties(routes=True, turns=True, timers=True),
    "ingress": Duties(routes=True, turns=False, timers=False),
    "worker": Duties(routes=False, turns=True, timers=False),
    "scheduler": Duties(routes=False, turns=False, timers=True),
}
