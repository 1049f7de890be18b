"""Telegram's updates, read: raw JSON in, small values out. Whatever is of no use to us is None.

Updates are read from the raw JSON because Telegram has kinds that the SDK does not know yet. What is of the wrong type
is BadPayload, however deep it stands: nobody but Telegram knows the secret, and Telegram does not send such things.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.channels.telegram.places import GENERAL, Place
from bridge.errors import BadPayload
from bridge.types import Attachment, Remark, Sender

KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "stopped_message_generation")
"""What we ask Telegram for. The fourth tells when people block the bot, which is nothing to act on: a post fails."""
ID_MAX = 2**63
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+|\Z)")
_PHONE = re.compile(r"[1-9]\d{6,14}", re.ASCII)
_WORDLESS = ("sticker", "animation", "contact", "poll", "dice", "story", "game")
"""What people send that is neither text nor a file that anybody could read."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a person's, new or (`edited`) changed."""

    place: Place
    id: int
    sender: Sender
    text: str = ""
    """What was written, or the caption, or where the place is that was sent."""
    attachments: tuple[Attachment, ...] = ()
    album: str = ""
    """Messages with the same one belong together."""
    forum: bool = False
    edited: bool = False
    answers: int | None = None
    """Who wrote the message that this one replies to."""
    quoted: Remark | None = None
    """What that message says, or the part of it that was chosen."""
    moves: bool = False
    """A place that is shared live, and changes all the time."""
    phone: str = ""
    """The sender's own number, when that is what they shared."""

    @property
    def command(self) -> tuple[str, str, str] | None:
        """The command, the bot it names ("" for none) and the words behind it."""
        match = _COMMAND.match(self.text)
        return (match[1].lower(), match[2] or "", self.text[match.end() :].strip()) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press of a button. `place` is None when the message is not in a chat."""

    id: str
    place: Place | None
    sender: Sender
    data: str


@dataclass(frozen=True, slots=True)
class DraftStopped:
    """The stop button that Telegram shows below a draft was pressed."""

    place: Place


def parsed(raw: bytes) -> Fields:
    """The update in a webhook's body. May raise BadPayload."""
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"the body is not JSON: {type(error).__name__}") from error
    if not isinstance(update, dict):
        raise BadPayload("the body is not a JSON object")
    _number(update, "update_id")
    return update


def read(update: Fields) -> Said | Pressed | DraftStopped | None:
    """What an update says. May raise BadPayload."""
    for kind in ("message", "edited_message"):
        if kind in update:
            return _said(_fields(update, kind), edited=kind == "edited_message")
    if "callback_query" in update:
        return _pressed(_fields(update, "callback_query"))
    if "stopped_message_generation" in update:
        stopped = _fields(update, "stopped_message_generation")
        return DraftStopped(_place(stopped, topics=True))
    return None


def _said(message: Fields, *, edited: bool) -> Said | None:
    sender = _sender(message)
    attachments = _attachments(message)
    text = _text(message, "text") or _text(message, "caption") or _location(message)
    if sender is None or not (text or attachments or any(kind in message for kind in _WORDLESS)):
        return None  # a bot, or a note of Telegram's own: somebody came, something was pinned
    forum = message.get("is_topic_message") is True or _fields(message, "chat").get("is_forum") is True
    return Said(
        place=_place(message, topics=message.get("is_topic_message") is True),
        id=_number(message, "message_id"),
        sender=sender,
        text=text,
        attachments=attachments,
        album=_text(message, "media_group_id"),
        forum=forum,
        edited=edited,
        answers=_answers(message),
        quoted=_quoted(message),
        moves="location" in message and "live_period" in _fields(message, "location"),
        phone=_own_phone(message, sender),
    )


def _own_phone(message: Fields, sender: Sender) -> str:
    """The number of a contact that is the sender's own: Telegram names the account that a contact belongs to. What is
    passed on, or comes by way of a bot, was written by somebody else."""
    if "contact" not in message or "forward_origin" in message or "via_bot" in message:
        return ""
    contact = _fields(message, "contact")
    digits = re.sub(r"[^0-9]", "", _text(contact, "phone_number"))
    own = type(contact.get("user_id")) is int and str(contact["user_id"]) == sender.id
    return f"+{digits}" if own and _PHONE.fullmatch(digits) else ""


def _pressed(query: Fields) -> Pressed:
    message = _fields(query, "message") if "message" in query else None
    person = _fields(query, "from")
    return Pressed(
        id=_text(query, "id"),
        place=_place(message, topics=message.get("is_topic_message") is True) if message else None,
        sender=Sender(str(_number(person, "id")), _name(person)),
        data=_text(query, "data"),
    )


def _place(message: Fields, *, topics: bool) -> Place:
    """In groups without topics a reply carries a thread, too, which nobody can write to."""
    chat = _number(_fields(message, "chat"), "id")
    topic = _number(message, "message_thread_id") if topics and "message_thread_id" in message else GENERAL
    return Place(chat, None if topic == GENERAL else topic)


def _sender(message: Fields) -> Sender | None:
    """Who wrote it; None for another bot. An anonymous administrator writes in the name of the group."""
    if "sender_chat" in message:
        chat = _fields(message, "sender_chat")
        return Sender(str(_number(chat, "id")), _text(chat, "title"), shared=True)
    if "from" not in message:
        return None
    person = _fields(message, "from")
    return None if person.get("is_bot") is True else Sender(str(_number(person, "id")), _name(person))


def _name(person: Fields) -> str:
    return f"{_text(person, 'first_name')} {_text(person, 'last_name')}".strip()


def _answers(message: Fields) -> int | None:
    """In a topic every message that answers nothing points to the one that opened the topic."""
    if "reply_to_message" not in message:
        return None
    earlier = _fields(message, "reply_to_message")
    if "forum_topic_created" in earlier or "from" not in earlier:
        return None
    return _number(_fields(earlier, "from"), "id")


def _quoted(message: Fields) -> Remark | None:
    """Of a message in another chat Telegram says only the part that was chosen."""
    earlier = _fields(message, "reply_to_message") if "reply_to_message" in message else {}
    chosen = _text(_fields(message, "quote"), "text") if "quote" in message else ""
    text = chosen or _text(earlier, "text") or _text(earlier, "caption")
    return Remark(_sender(earlier) or Sender("somebody else"), text) if text.strip() else None


def _attachments(message: Fields) -> tuple[Attachment, ...]:
    """At most one: an album comes as messages of one file each. Its `url` is Telegram's id of the file."""
    if message.get("photo"):
        sizes = message["photo"]
        if not isinstance(sizes, list) or not isinstance(sizes[-1], dict):
            raise BadPayload("photo is not a list of sizes")
        return (_attachment(sizes[-1], "image/jpeg", "photo.jpg"),)
    for kind, media_type, name in (
        ("voice", "audio/ogg", "voice.ogg"),
        ("audio", "audio/mpeg", "audio.mp3"),
        ("video_note", "video/mp4", "video.mp4"),
        ("video", "video/mp4", "video.mp4"),
        ("document", "application/octet-stream", "document"),
    ):
        # An animation comes as a document, too.
        if kind in message and "animation" not in message:
            return (_attachment(_fields(message, kind), media_type, name),)
    return ()


def _attachment(file: Fields, media_type: str, name: str) -> Attachment:
    size = file.get("file_size")
    return Attachment(
        url=_text(file, "file_id"),
        media_type=_text(file, "mime_type") or media_type,
        name=_text(file, "file_name") or name,
        size_bytes=size if type(size) is int and 0 <= size < ID_MAX else None,
    )


def _location(message: Fields) -> str:
    """A place as text: "Location: 52.5, 13.4 (Bikes and more, Main Street 1)"."""
    if "location" not in message:
        return ""
    where = _fields(message, "location")
    latitude, longitude = _degrees(where, "latitude", 90), _degrees(where, "longitude", 180)
    venue = _fields(message, "venue") if "venue" in message else {}
    label = ", ".join(words for words in (_text(venue, "title"), _text(venue, "address")) if words)
    return f"Location: {latitude:.6g}, {longitude:.6g}" + (f" ({label})" if label else "")


# ---------------------------------------------------------------- fields of the right type


def _fields(owner: Fields, name: str) -> Fields:
    value = owner.get(name)
    if not isinstance(value, dict):
        raise BadPayload(f"{name} is not an object")
    return value


def _number(owner: Fields, name: str) -> int:
    value = owner.get(name)
    if type(value) is not int or not -ID_MAX < value < ID_MAX:
        raise BadPayload(f"{name} is not an id")
    return value


def _degrees(owner: Fields, name: str, most: int) -> float:
    value = owner.get(name)
    # No NaN is between them, and no number that is too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise BadPayload(f"{name} is not in degrees")
    return float(value)


def _text(owner: Fields, name: str) -> str:
    """The text, "" when there is none; without what no store can keep."""
    value = owner.get(name, "")
    if not isinstance(value, str):
        raise BadPayload(f"{name} is not text")
    return value.replace("\0", "").encode("utf-8", "replace").decode()
