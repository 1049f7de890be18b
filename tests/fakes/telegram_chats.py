"""What exists on the stand-in Telegram: people, chats, messages with all their versions, drafts, files."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.telegram_rules import CONTACT, Buttons, Entity

DRAFT_S = 30.0
TYPING_S = 5.0
GENERAL = 1
"""The topic that every forum has."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, or a bot."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = "en"
    is_bot: bool = False

    def json(self) -> dict[str, Any]:
        fields = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        return fields | ({"username": self.username} if self.username else {}) | {"language_code": self.language_code}


@dataclass(frozen=True, slots=True)
class Version:
    """How a message looks from `at` (event-loop time) and `at_monotonic` (time.monotonic) on."""

    text: str
    entities: tuple[Entity, ...]
    buttons: Buttons
    at: float
    at_monotonic: float
    rich: bool = False

    def same(self, other: "Version") -> bool:
        """Nothing that people could see differs."""
        mine = (self.text, self.entities, self.buttons, self.rich)
        return mine == (other.text, other.entities, other.buttons, other.rich)


@dataclass(frozen=True, slots=True)
class Media:
    """A file or a place that a person sends. `kind` is the message's field: voice, photo, document, location ..."""

    kind: Literal["voice", "photo", "document", "location", "sticker"]
    content: bytes = b""
    media_type: str = "application/octet-stream"
    name: str = ""
    seconds: int = 0
    latitude: float = 0.0
    longitude: float = 0.0


@dataclass(slots=True, eq=False)
class Message:
    """One message, whoever wrote it. Mutable."""

    id: int
    room: "Room"
    sender: User
    date: int
    thread: int | None = None
    """Topic, or the beginning of the reply thread."""
    reply_to: "Message | None" = None
    versions: list[Version] = field(default_factory=list)
    deleted: bool = False
    service: dict[str, Any] = field(default_factory=dict)
    """The fields of a message that is no text: media, forum_topic_created ..."""

    @property
    def text(self) -> str:
        return self.versions[-1].text if self.versions else ""

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.versions[-1].entities if self.versions else ()

    @property
    def buttons(self) -> Buttons:
        return self.versions[-1].buttons if self.versions else ()

    def json(self, *, quote: bool = True) -> dict[str, Any]:
        """As it stands in updates and answers. `quote` adds the message it replies to."""
        body: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender.json(),
            "chat": self.room.json(),
            "date": self.date,
        }
        if self.thread is not None:
            body["message_thread_id"] = self.thread
            if self.room.forum:
                body["is_topic_message"] = True
        if quote and self.reply_to is not None:
            body["reply_to_message"] = self.reply_to.json(quote=False)
        if len(self.versions) > 1:
            body["edit_date"] = int(time.time())
        return body | self.service | self._words()

    def _words(self) -> dict[str, Any]:
        if not self.versions:
            return {}
        text, entities = ("caption", "caption_entities") if self.service else ("text", "entities")
        body: dict[str, Any] = {text: self.text} if self.text else {}
        if self.entities:
            body[entities] = [dict(entity) for entity in self.entities]
        if self.buttons and self.buttons[0][0][1] != CONTACT:  # keyboards are not shown again
            rows = [[{"text": label, "callback_data": data} for label, data in row] for row in self.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        return body


@dataclass(slots=True)
class Draft:
    """A draft while people see it."""

    id: int
    text: str
    until: float
    can_stop: bool
    keep_on_stop: bool


@dataclass(slots=True, eq=False)
class Room:
    """A chat. Mutable."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str
    ids: Iterator[int]
    """Where its message ids come from: private chats and basic groups share one counter, supergroups have their own."""
    owner: User | None = None
    """The person of a private chat."""
    forum: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Message] = field(default_factory=dict)
    """Topic id -> the service message that opened it."""
    closed_topics: set[int] = field(default_factory=set)
    drafts: dict[int | None, Draft] = field(default_factory=dict)
    draft_versions: list[Version] = field(default_factory=list)
    stopped_drafts: set[int] = field(default_factory=set)
    shut: Literal["", "blocked", "kicked", "deactivated"] = ""
    """Why the bot may not write here."""
    migrated_to: int | None = None
    typing_until: dict[int | None, float] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"id": self.id, "type": self.kind}
        if self.owner is not None:
            body["first_name"] = self.owner.first_name
            return body | ({"username": self.owner.username} if self.owner.username else {})
        return body | {"title": self.title} | ({"is_forum": True} if self.forum else {})

    def add(self, sender: User, thread: int | None = None, reply_to: Message | None = None) -> Message:
        """A new message without text yet."""
        message = Message(next(self.ids), self, sender, int(time.time()), thread, reply_to)
        self.messages[message.id] = message
        return message


@dataclass(frozen=True, slots=True)
class File:
    """What a person uploaded."""

    id: str
    path: str
    content: bytes


def media_fields(media: Media, file: File) -> dict[str, Any]:
    """The fields of a message with this media."""
    facts: dict[str, Any] = {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": len(file.content)}
    match media.kind:
        case "location":
            return {"location": {"latitude": media.latitude, "longitude": media.longitude}}
        case "photo":
            small = facts | {"file_id": f"{file.id}-s", "file_unique_id": f"u{file.id}-s", "width": 90, "height": 67}
            return {"photo": [small, facts | {"width": 1280, "height": 960}]}
        case "voice":
            return {"voice": facts | {"duration": media.seconds, "mime_type": media.media_type}}
        case "sticker":
            shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": facts | shape | {"emoji": "👍"}}
        case _:
            return {"document": facts | {"file_name": media.name, "mime_type": media.media_type}}


def counter(first: int) -> Iterator[int]:
    return itertools.count(first)
