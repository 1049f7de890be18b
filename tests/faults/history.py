"""What people did and saw, in the order of time: the only thing the checker reads."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """The server answered a message with 2xx. The same message may be stored several times, when it was resent."""

    conversation: str
    client_msg_id: str
    turn_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A reader was sent an event."""

    conversation: str
    reader: str
    id: int
    kind: str
    data: dict[str, Any]


@dataclass(slots=True)
class History:
    """Mutable. Grows over all lives of the server."""

    records: list[Stored | Seen] = field(default_factory=list)

    def stored(self) -> list[Stored]:
        return [record for record in self.records if isinstance(record, Stored)]

    def seen(self) -> list[Seen]:
        return [record for record in self.records if isinstance(record, Seen)]

    def writing(self, since: int = 0) -> bool:
        """The newest event is a piece of an answer, and is not among the first `since`."""
        seen = self.seen()
        return len(seen) > since and seen[-1].kind == "delta"

    def done_turns(self, conversation: str) -> set[str]:
        """The turns whose final answer some reader of the conversation has."""
        return {
            seen.data["turn_id"] for seen in self.seen() if seen.conversation == conversation and seen.kind == "done"
        }
