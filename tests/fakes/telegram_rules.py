"""What the Bot API takes and refuses: texts, entities, buttons, commands. Pure, and never kinder than the real one.

The words of a refusal are those of tdlib/telegram-bot-api. Where the real server mends what it was sent (an entity
that is too long, a 101st entity), this one refuses: a client that needs mending is wrong.
"""

import json
import re
import string
from collections.abc import Collection, Mapping, Sequence
from typing import Any

TEXT_UNITS_MAX = 4_096
"""UTF-16 code units."""
RICH_CHARS_MAX = 32_768
ENTITIES_MAX = 100
CALLBACK_DATA_BYTES_MAX = 64
BUTTONS_MAX = 100
COMMANDS_MAX = 100
FILE_BYTES_MAX = 20_000_000
"""Larger files cannot be fetched by a bot."""
CAPTION_UNITS_MAX = 1_024
UPLOAD_BYTES_MAX = 50 * 1024 * 1024
PHOTO_BYTES_MAX = 10 * 1024 * 1024
_PHOTOS = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")

_SPACE = string.whitespace + "\u00a0"
_STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
_QUOTES = {"blockquote", "expandable_blockquote"}
_CODE = {"pre", "code"}
_OTHERS = {"text_link", "url", "email", "mention", "hashtag", "cashtag", "bot_command", "phone_number"}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SAID = re.compile(r"(?<!\S)(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?)|(?<!\w)(?P<mention>@\w{3,32})")

Params = Mapping[str, Any]
Entity = dict[str, Any]


class Refusal(Exception):
    """An answer with `ok: false`. `parameters` are the ResponseParameters: retry_after, migrate_to_chat_id."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


def utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


# ---------------------------------------------------------------- parameters


def number(params: Params, name: str, default: int | None = None) -> int:
    """A whole number; clients send it as text, too."""
    value = params.get(name, default)
    if value is None:
        raise bad(f"{name} is empty" if name != "message_id" else "message identifier is not specified")
    try:
        return int(str(value))
    except ValueError:
        raise bad(f"invalid {name} specified") from None


def flag(params: Params, name: str) -> bool:
    return str(params.get(name, "")).lower() in ("true", "1", "yes")


def decoded(params: Params, name: str, kind: type[Any]) -> Any:
    """An object or array, which forms carry as JSON; None when it is not there."""
    value = params.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value else None
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None
    if value is not None and not isinstance(value, kind):
        raise bad(f"can't parse {name} JSON object")
    return value


# ---------------------------------------------------------------- texts


def text_and_entities(params: Params, *, empty_ok: bool = False) -> tuple[str, tuple[Entity, ...]]:
    """The text as people will see it, trimmed, with its entities in order. May raise Refusal."""
    raw = params.get("text", "")
    if params.get("parse_mode"):
        raise bad("can't parse entities: this server takes entities only")
    text = str(raw).strip(_SPACE)
    if not text and not empty_ok:
        raise bad("message text is empty")
    if utf16(text) > TEXT_UNITS_MAX:
        raise bad("message is too long")
    entities = decoded(params, "entities", list) or []
    if len(entities) > ENTITIES_MAX:
        raise bad("ENTITIES_TOO_LONG")
    head = utf16(str(raw)) - utf16(str(raw).lstrip(_SPACE))
    return text, _placed(entities, text, head)


def caption(params: Params) -> tuple[str, tuple[Entity, ...]]:
    """As a text, but it may be empty and is shorter. May raise Refusal."""
    if utf16(str(params.get("caption", ""))) > CAPTION_UNITS_MAX:
        raise bad("message caption is too long")
    about = {"text": params.get("caption", ""), "entities": params.get("caption_entities", "[]")}
    return text_and_entities(about, empty_ok=True)


def uploaded(params: Params, name: str) -> tuple[str, bytes]:
    """The name and content of a file that came along. May raise Refusal."""
    value = params.get(name)
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    file = getattr(value, "file", None)
    if file is None:
        raise bad(f"there is no {name} in the request")
    content = file.read()
    if len(content) > (PHOTO_BYTES_MAX if name == "photo" else UPLOAD_BYTES_MAX):
        raise Refusal(413, "Request Entity Too Large")
    if not content:
        raise bad("file must be non-empty")
    if name == "photo" and not content.startswith(_PHOTOS):
        raise bad("IMAGE_PROCESS_FAILED")
    return str(getattr(value, "filename", "")), content


def _placed(entities: Sequence[Any], text: str, head: int) -> tuple[Entity, ...]:
    """Entities on the trimmed text, `head` units of which went at its beginning; the outer before the inner."""
    units = text.encode("utf-16-le", "surrogatepass")
    placed = []
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in _STYLES | _QUOTES | _CODE | _OTHERS:
            raise bad("can't parse MessageEntity: unsupported type")
        offset, length = entity.get("offset"), entity.get("length")
        if type(offset) is not int or type(length) is not int:
            raise bad("can't parse MessageEntity: offset and length must be of type Number")
        start, end = offset - head, offset - head + length
        if length < 1 or start < 0 or end * 2 > len(units):
            raise bad("ENTITY_BOUNDS_INVALID")
        if _in_pair(units, start) or _in_pair(units, end):
            raise bad("ENTITY_BOUNDS_INVALID: in the middle of a surrogate pair")
        if entity["type"] == "text_link" and not re.match(r"(https?|mailto|tg):", str(entity.get("url", ""))):
            raise bad("ENTITY_TEXTURL_INVALID")
        placed.append(entity | {"offset": start})
    placed.sort(key=lambda e: (e["offset"], -e["length"]))
    _check_nesting(placed)
    return tuple(placed)


def _in_pair(units: bytes, at: int) -> bool:
    """Is the place `at` between the halves of one character?"""
    following = units[at * 2 : at * 2 + 2]
    return len(following) == 2 and 0xDC00 <= int.from_bytes(following, "little") <= 0xDFFF


def _check_nesting(entities: Sequence[Entity]) -> None:
    open_: list[Entity] = []
    for entity in entities:
        while open_ and _end(open_[-1]) <= entity["offset"]:
            open_.pop()
        if open_ and _end(entity) > _end(open_[-1]):
            raise bad("ENTITIES_INTERSECT")
        for outer in open_:
            if not _may_contain(outer["type"], entity["type"]):
                raise bad(f"ENTITY_NESTING_INVALID: {entity['type']} in {outer['type']}")
        open_.append(entity)


def _end(entity: Entity) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _may_contain(outer: str, inner: str) -> bool:
    """Styles go with all but code, a quotation holds all but quotations, the others hold only styles."""
    if outer in _CODE or (outer in _QUOTES and inner in _QUOTES) or outer == inner:
        return False
    if inner in _CODE:
        return outer in _QUOTES
    return outer in _STYLES | _QUOTES or inner in _STYLES


def rich_text(params: Params) -> str:
    """The source of a rich message, which the real server would lay out. May raise Refusal."""
    rich = decoded(params, "rich_message", dict) or {}
    sources = [rich[name] for name in ("markdown", "html", "blocks") if rich.get(name)]
    if len(sources) != 1:
        raise bad("exactly one of the fields html, markdown and blocks must be used")
    source = sources[0] if isinstance(sources[0], str) else json.dumps(sources[0])
    if not source.strip(_SPACE):
        raise bad("message text is empty")
    if len(source) > RICH_CHARS_MAX:
        raise bad("message is too long")
    return source


def said(text: str) -> list[Entity]:
    """The entities that Telegram finds by itself in what a person writes."""
    return [
        {"type": match.lastgroup, "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
        for match in _SAID.finditer(text)
    ]


_FILE_ENDING = re.compile(
    "txt|pdf|docx?|xlsx?|pptx?|csv|json|xml|ya?ml|toml|html?|css|js|jpe?g|png|gif|webp|svg|mp[34]|log|exe|dll"
)
_LIVE = re.compile(
    r"(?<![\w.-])(?:(?P<scheme>[a-z]+)://)?(?P<user>[\w.+-]+@)?"
    r"(?P<host>\d+\.\d+\.\d+\.\d+|(?:[\w-]+\.)+(?:xn--[\w-]+|(?P<ending>[^\W\d_]{2,})))(?![\w-])"
    r"(?P<port>:\d+)?(?:[/?#][^\s\u2000-\u206f\"'`<>]*)?"
    r"|(?P<deep>\b(?:tg|ton|tonsite)://\w+)"
    r"|(?<!\w)(?P<mention>@\w{2,32})"
    r"|(?<![\w/<>])(?P<command>/[A-Za-z0-9_]{1,64})(?![\w/<>])",
    re.IGNORECASE,
)


def live(text: str, entities: Sequence[Entity], hosts: Collection[str], commands: Collection[str]) -> list[str]:
    """What Telegram makes live by itself in a bot's text and that is not the business's own: addresses, mentions,
    commands. It looks for none where there are code and links already. Stricter than the real one, which knows the
    top-level domains by heart: any word will do that is not the ending of a file."""
    covered = [(each["offset"], _end(each)) for each in entities if each["type"] in _CODE | {"text_link"}]
    found = []
    for match in _LIVE.finditer(text):
        start, end = utf16(text[: match.start()]), utf16(text[: match.end()])
        if any(start < other_end and other < end for other, other_end in covered) or _is_own(match, hosts, commands):
            continue
        found.append(match[0])
    return found


def _is_own(match: re.Match[str], hosts: Collection[str], commands: Collection[str]) -> bool:
    if match["command"]:
        return match["command"][1:].lower() in commands
    if not match["host"]:
        return False
    if not match["scheme"] and _FILE_ENDING.fullmatch((match["ending"] or "").lower()):
        return True
    by_mail, over_https = (
        match["user"] and not match["scheme"],
        not match["user"] and match["scheme"] in (None, "https"),
    )
    return match["host"].lower() in hosts and match["port"] in (None, ":443") and bool(by_mail or over_https)


# ---------------------------------------------------------------- buttons, commands, secrets

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data or URL)."""


def buttons(params: Params) -> Buttons:
    """The inline keyboard, () for none. May raise Refusal."""
    markup = decoded(params, "reply_markup", dict)
    if not markup:
        return ()
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    if sum(map(len, rows)) > BUTTONS_MAX:
        raise bad("reply markup is too long")
    return tuple(tuple(_button(button) for button in row) for row in rows if row)


CONTACT = "request_contact"
"""Stands for the data of the one button that shares the person's own number."""


def keyboard(params: Params, *, private: bool) -> Buttons:
    """What a new message may bring besides: a keyboard with buttons of its own. May raise Refusal."""
    markup = decoded(params, "reply_markup", dict)
    if not markup or "keyboard" not in markup:
        return buttons(params)
    rows = markup["keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
        raise bad("object expected as reply markup")
    found = tuple(tuple((str(button["text"]), CONTACT) for button in row) for row in rows)
    if not all(button.get("request_contact") is True for row in rows for button in row):
        raise bad("bridge sends no other buttons")
    if not private:
        raise bad("phone number can be requested in private chats only")
    return found


def _button(button: Any) -> tuple[str, str]:
    label = button.get("text") if isinstance(button, dict) else None
    if not isinstance(label, str) or not label.strip():
        raise bad("can't parse inline keyboard button: field text must be non-empty")
    data, url = button.get("callback_data"), button.get("url")
    if (data is None) == (url is None):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_DATA_BYTES_MAX:
        raise bad("BUTTON_DATA_INVALID")
    return label, str(url if data is None else data)


def commands(params: Params) -> tuple[tuple[str, str], ...]:
    """(command, description) as set by setMyCommands. May raise Refusal."""
    listed = decoded(params, "commands", list)
    if listed is None or len(listed) > COMMANDS_MAX:
        raise bad("can't parse commands: too many or none")
    pairs = tuple((str(each.get("command")), str(each.get("description"))) for each in listed)
    for command, description in pairs:
        if not _COMMAND.fullmatch(command):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return pairs


def secret_token(params: Params) -> str:
    """The secret of a webhook, "" for none. May raise Refusal."""
    secret = str(params.get("secret_token") or "")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    return secret
