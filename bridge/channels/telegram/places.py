"""Where on Telegram a conversation lives, and how its address says so.

The key is the chat's id, and behind a colon the topic's where there is one. A private chat or a group is one
conversation, each topic another.
"""

from dataclasses import dataclass

from bridge.types import Address

NAME = "telegram"
GENERAL = 1
"""The topic that every forum has. It is written to by naming no topic, but people see typing there only by its id."""


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, or a topic of it (never the General one)."""

    chat: int
    topic: int | None = None

    @property
    def private(self) -> bool:
        """People have positive ids, groups negative ones."""
        return self.chat > 0

    @property
    def key(self) -> str:
        return f"{self.chat}" if self.topic is None else f"{self.chat}:{self.topic}"

    def address(self, *, reply_to: int | None = None, forum: bool = False) -> Address:
        """The conversation here. `reply_to` is the message that an answer should point to."""
        hints = {} if reply_to is None else {"reply_to": str(reply_to)}
        return Address(NAME, self.key, hints | ({"forum": "yes"} if forum else {}))


def place(address: Address) -> Place:
    """Where an address of ours is."""
    chat, _, topic = address.key.partition(":")
    return Place(int(chat), int(topic) if topic else None)


def reply_to(address: Address) -> int | None:
    """The message that an answer should point to."""
    hint = address.hints.get("reply_to")
    return int(hint) if hint else None
