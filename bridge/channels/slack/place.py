"""Where a conversation stands in Slack, as the key of its address.

`T1:D1:1700000000.000100` is a thread, `T1:D1` a whole direct message, and `T1:C1:ask-...` what began with `/ask`: it
has no thread before its first answer is posted.
"""

from dataclasses import dataclass

from bridge.types import Address, MessageRef

NAME = "slack"
ASK = "ask-"
METADATA = "bridge_turn"
"""The type of the metadata that our messages carry."""


@dataclass(frozen=True, slots=True)
class Place:
    team: str
    channel: str
    thread: str = ""
    """The ts of the thread's first message; empty in a flat direct message."""

    @property
    def key(self) -> str:
        return ":".join(part for part in (self.team, self.channel, self.thread) if part)

    @property
    def asked(self) -> bool:
        """It began with a command."""
        return self.thread.startswith(ASK)


def place_of(address: Address) -> Place:
    team, channel, *thread = address.key.split(":", 2)
    return Place(team, channel, *thread)


def ref_to(address: Address, channel: str, ts: str) -> MessageRef:
    return MessageRef(address, f"{channel}:{ts}")


def message_of(ref: MessageRef) -> tuple[str, str]:
    """The channel and ts of a message."""
    channel, _, ts = ref.message_id.partition(":")
    return channel, ts
