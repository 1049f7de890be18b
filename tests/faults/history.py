"""What people did and saw, in the order of time: the only thing the checker reads. Times are seconds of one clock."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """The server answered a message with 2xx. The same message may be stored several times, when it was resent."""

    conversation: str
    client_msg_id: str
    turn_id: str
    at: float = 0.0
    seconds: float = 0.0
    """From the question to the 2xx."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A reader was sent an event."""

    conversation: str
    reader: str
    id: int
    kind: str
    data: dict[str, Any]
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The server answered something else than 2xx, or nothing (status 0), after so long."""

    path: str
    status: int
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault was injected: a process killed, a connection cut."""

    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A platform delivered somebody's message and got a 2xx for it."""

    channel: str
    conversation: str
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of ours as people see it on a platform in the end. `complete`: nothing says that more is coming."""

    channel: str
    conversation: str
    message: str
    text: str
    complete: bool


Record = Stored | Seen | Refused | Struck | Asked | Shown


@dataclass(slots=True)
class History:
    """Mutable. Grows over all lives of the server."""

    records: list[Record] = field(default_factory=list)
    _seen: list[Seen] = field(default_factory=list)
    _stored: list[Stored] = field(default_factory=list)
    _done: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        given, self.records = self.records, []
        self.add(*given)

    def add(self, *records: Record) -> None:
        for record in records:
            self.records.append(record)
            if isinstance(record, Seen):
                self._seen.append(record)
                if record.kind == "done":
                    self._done[record.conversation].add(record.data["turn_id"])
            elif isinstance(record, Stored):
                self._stored.append(record)

    def strike(self, what: str) -> None:
        """A fault begins now."""
        self.add(Struck(what, now()))

    def stored(self) -> list[Stored]:
        return self._stored

    def seen(self) -> list[Seen]:
        return self._seen

    def refused(self) -> list[Refused]:
        return [record for record in self.records if isinstance(record, Refused)]

    def strikes(self) -> list[Struck]:
        return [record for record in self.records if isinstance(record, Struck)]

    def asked(self) -> list[Asked]:
        return [record for record in self.records if isinstance(record, Asked)]

    def shown(self) -> list[Shown]:
        return [record for record in self.records if isinstance(record, Shown)]

    def writing(self, since: int = 0) -> bool:
        """The newest event is a piece of an answer, and is not among the first `since`."""
        return len(self._seen) > since and self._seen[-1].kind == "delta"

    def done_turns(self, conversation: str) -> set[str]:
        """The turns whose final answer some reader of the conversation has."""
        return self._done[conversation]

    def answered(self, receipts: Iterable[Stored]) -> bool:
        """All of these messages have their final answer."""
        return all(receipt.turn_id in self._done[receipt.conversation] for receipt in receipts)


def now() -> float:
    """The clock of a history."""
    return time.monotonic()
