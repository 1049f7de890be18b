"""The stand-in Telegram as people see and use it: they write, edit, press buttons, block the bot, read its answers."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, Literal

from tests.fakes.telegram_chats import (
    GENERAL,
    File,
    Media,
    Message,
    Room,
    User,
    Version,
    counter,
    media_fields,
)
from tests.fakes.telegram_limits import Flood, Limits
from tests.fakes.telegram_rules import Buttons, Entity, said
from tests.fakes.telegram_updates import Update, Updates

CALLBACK_S = 15.0
"""How long a press waits for its answer."""
THINKING = "Thinking…"


@dataclass(slots=True)
class Press:
    """A press of a button. `answer` is what the person sees of it: None while the button still spins."""

    id: str
    at: float
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the bot's and how it ended: status 0 when the connection was lost."""

    method: str
    params: dict[str, Any]
    at: float
    """Event-loop time of its arrival."""
    at_monotonic: float
    status: int
    description: str = ""


@dataclass(slots=True)
class World:
    """Mutable. Every time is the event loop's, so that it may be a virtual one."""

    bot: User = field(default_factory=lambda: User(7_000_000_001, "Bridge", "bridge_test_bot", is_bot=True))
    limits: Limits = field(default_factory=Limits)
    private_topics: bool = False
    """Whether the bot has topics in private chats."""
    updates: Updates = field(default_factory=Updates)
    rooms: dict[int, Room] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    """Paths of files that can no longer be downloaded."""
    presses: dict[str, Press] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    refusals: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By method and code."""
    violations: list[str] = field(default_factory=list)
    """What the real Telegram lets pass, and a good client never does."""
    own_hosts: tuple[str, ...] = ("shop.example",)
    """Of the business: their addresses may be live."""
    flood: Flood = field(init=False)
    _account_ids: Any = field(default_factory=lambda: counter(101))
    _users: Any = field(default_factory=lambda: counter(5_000_001))
    _rooms: Any = field(default_factory=lambda: counter(1_001))
    _names: Any = field(default_factory=lambda: counter(1))

    def __post_init__(self) -> None:
        self.flood = Flood(self.limits)

    # ------------------------------------------------------------ chats

    def person(self, first_name: str = "Alice", *, username: str = "", language: str = "en") -> User:
        return User(next(self._users), first_name, username, language)

    def private(self, owner: User | None = None) -> Room:
        """The chat of a person with the bot."""
        owner = owner or self.person()
        return self._room(Room(owner.id, "private", "", self._account_ids, owner, forum=self.private_topics))

    def group(self, title: str = "Team") -> Room:
        """A basic group."""
        return self._room(Room(-next(self._rooms), "group", title, self._account_ids))

    def supergroup(self, title: str = "Community", *, forum: bool = False) -> Room:
        ids = counter(GENERAL + 1)
        room = Room(-1_000_000_000_000 - next(self._rooms), "supergroup", title, ids, forum=forum)
        return self._room(room)

    def _room(self, room: Room) -> Room:
        self.rooms[room.id] = room
        return room

    def topic(self, room: Room, name: str, *, by: User | None = None) -> int:
        """Open a topic; its id."""
        assert room.forum, "only forums have topics"
        opened = room.add(by or room.owner or self.person())
        opened.thread = opened.id
        opened.service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        room.topics[opened.id] = opened
        return opened.id

    # ------------------------------------------------------------ what people do

    def say(
        self,
        room: Room,
        text: str = "",
        *,
        by: User | None = None,
        thread: int | None = None,
        reply_to: Message | None = None,
        media: Media | None = None,
        album: str = "",
    ) -> Message:
        """Write a message, and tell the bot of it."""
        message = self.write(room, text, by=by, thread=thread, reply_to=reply_to, media=media, album=album)
        self.updates.push(self.told(message))
        return message

    def write(
        self,
        room: Room,
        text: str = "",
        *,
        by: User | None = None,
        thread: int | None = None,
        reply_to: Message | None = None,
        media: Media | None = None,
        album: str = "",
    ) -> Message:
        """Write a message that the bot does not hear of yet.

        As on Telegram, a message in a topic that answers nothing carries the message that opened the topic, and a
        reply in a supergroup without topics carries a thread that nobody can write to.
        """
        if room.forum and thread is not None:
            reply_to = reply_to or room.topics[thread]
        elif room.kind == "supergroup" and reply_to is not None:
            thread = reply_to.thread or reply_to.id
        message = room.add(by or room.owner or self.person(), thread, reply_to)
        if media is not None:
            message.service = self.service_of(media)
        if album:
            message.service["media_group_id"] = album
        message.versions.append(self.version(text, tuple(said(text))))
        return message

    def share_contact(self, room: Room, phone: str, *, of: User | None = None, by: User | None = None) -> Message:
        """Share a contact: one's own, or that of somebody else."""
        message = self.write(room, by=by)
        message.versions.clear()
        owner = of or message.sender
        message.service["contact"] = {"phone_number": phone, "first_name": owner.first_name, "user_id": owner.id}
        self.updates.push(self.told(message))
        return message

    def told(self, message: Message, kind: Literal["message", "edited_message"] = "message") -> Update:
        """The update that tells the bot of a message."""
        return self.updates.next(kind, message.room.id, message.json())

    def revise(self, message: Message, text: str) -> None:
        """Edit a message of one's own."""
        message.versions.append(self.version(text, tuple(said(text))))
        self.updates.push(self.told(message, "edited_message"))

    def take_away(self, message: Message) -> None:
        """Delete a message; bots do not hear of it."""
        message.deleted = True

    def press(self, message: Message, label: str, *, by: User | None = None) -> str:
        """Press the button with that label or data; the id of the press."""
        found = [data for row in message.buttons for text, data in row if label in (text, data)]
        assert found, f"there is no button {label!r}"
        assert not message.deleted, "nobody sees this message any more"
        update = self.pressed(message, found[0], by=by)
        self.updates.push(update)
        return str(update.body["id"])

    def pressed(self, message: Message, data: str, *, by: User | None = None) -> Update:
        """The update that tells the bot of a press; also of a button that is not there, as forged clients send it."""
        press = Press(f"{next(self._names):019d}", self.now())
        self.presses[press.id] = press
        person = by or message.room.owner or self.person()
        body = {"id": press.id, "from": person.json(), "chat_instance": "1", "data": data, "message": message.json()}
        return self.updates.next("callback_query", message.room.id, body)

    def stop_draft(self, room: Room, thread: int | None = None) -> None:
        """Press the stop button below a draft."""
        draft = room.drafts.get(thread)
        assert draft is not None, "there is no draft"
        assert draft.can_stop, "the draft has no stop button"
        room.stopped_drafts.add(draft.id)
        if not draft.keep_on_stop:
            del room.drafts[thread]
        body: dict[str, Any] = {"chat": room.json(), "draft_id": draft.id}
        body |= {"message_thread_id": thread} if thread is not None else {}
        self.updates.push(self.updates.next("stopped_message_generation", room.id, body))

    def shut(self, room: Room, how: Literal["", "blocked", "kicked", "deactivated"]) -> None:
        """Block the bot, put it out of a group, or ("") let it in again."""
        was, room.shut = room.shut, how
        status = {True: "member", False: "kicked"}
        body = {
            "chat": room.json(),
            "from": (room.owner or self.person()).json(),
            "date": int(time.time()),
            "old_chat_member": {"status": status[not was], "user": self.bot.json(), "until_date": 0},
            "new_chat_member": {"status": status[not how], "user": self.bot.json(), "until_date": 0},
        }
        self.updates.push(self.updates.next("my_chat_member", room.id, body))

    def upgrade(self, room: Room) -> Room:
        """Turn a basic group into a supergroup, whose id is another."""
        bigger = self.supergroup(room.title)
        room.migrated_to = bigger.id
        return bigger

    def service_of(self, media: Media) -> dict[str, Any]:
        """The fields of a message that holds a file, which can be fetched from now on."""
        return media_fields(media, self._upload(media))

    def _upload(self, media: Media) -> File:
        name = f"AgAC{next(self._names):06d}"
        folder = {"voice": "voice", "photo": "photos"}.get(media.kind, "documents")
        file = File(name, f"{folder}/{name}.bin", media.content)
        self.files[name] = self.files[f"{name}-s"] = file
        return file

    # ------------------------------------------------------------ what people see

    def visible(self, room: Room, thread: int | EllipsisType | None = ...) -> list[Message]:
        """The messages of a chat, or of one topic of it, oldest first."""
        messages = sorted(room.messages.values(), key=lambda message: message.id)
        return [
            m for m in messages if not m.deleted and (thread is ... or (m.thread or GENERAL) == (thread or GENERAL))
        ]

    def answers(self, room: Room, thread: int | EllipsisType | None = ...) -> list[Message]:
        """Those of them that the bot wrote."""
        return [message for message in self.visible(room, thread) if message.sender is self.bot and message.versions]

    def texts(self, room: Room, thread: int | EllipsisType | None = ...) -> list[str]:
        """What the bot's messages say."""
        return [message.text for message in self.answers(room, thread)]

    def draft(self, room: Room, thread: int | None = None) -> str | None:
        """The draft that people see, None for none."""
        draft = room.drafts.get(thread)
        if draft is None or draft.until <= self.now():
            return None
        return draft.text or THINKING

    def typing(self, room: Room, thread: int | None = None) -> bool:
        """Whether people see that the bot writes."""
        return room.typing_until.get(thread, 0.0) > self.now()

    # ------------------------------------------------------------ inside

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def version(
        self, text: str, entities: tuple[Entity, ...] = (), buttons: Buttons = (), *, rich: bool = False
    ) -> Version:
        return Version(text, entities, buttons, self.now(), time.monotonic(), rich)

    def violation(self, what: str) -> None:
        self.violations.append(what)
