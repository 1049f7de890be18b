"""What Slack refuses in the text, blocks and metadata of a message, as values without any state.

Where Slack's pages leave a limit open the stricter reading is taken.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

TEXT_BYTES_MAX = 4_000
"""Of `text`, in UTF-8 after `&`, `<` and `>` are escaped: said of chat.update, seen on chat.postMessage too."""
MARKDOWN_CHARS_MAX = 12_000
"""Of all markdown blocks of a message together, of one `markdown_text`, and of a whole stream."""
BLOCKS_MAX = 50
HOME_BLOCKS_MAX = 100
METADATA_BYTES_MAX = 16_000
ID_CHARS_MAX = 255
_BUTTON_VALUE_CHARS_MAX = 2_000
_BUTTON_TEXT_CHARS_MAX = 75
_URL_CHARS_MAX = 3_000
FILE_BYTES_MAX = 1_000_000_000

TIERS_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
METHOD_TIERS = {
    "agents.sessions.rename": 3,
    "agents.sessions.setStatus": 3,
    "apps.connections.open": 1,
    "assistant.threads.setStatus": 4,  # "special" on its page, without a number
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "auth.test": 4,  # "special": hundreds a minute
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.getPermalink": 4,  # "special": hundreds a minute
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "oauth.v2.access": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
}

READING = ("conversations.history", "conversations.replies")
DISTRIBUTED_READS_PER_MINUTE = 1
DISTRIBUTED_PAGE_MAX = 15
"""Of apps that are sold outside the Marketplace, since May 2025; apps of one's own keep tier 3 and 1,000."""
PAGE_MAX = {"conversations.history": 999, "conversations.replies": 1_000}
PAGE_DEFAULT = {"conversations.history": 100, "conversations.replies": 1_000}
HISTORY_SCOPES = {"im": "im:history", "mpim": "mpim:history", "channel": "channels:history", "group": "groups:history"}
SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "im:history",
        "im:write",
        "mpim:history",
        "reactions:write",
        "users:read",
    }
)
"""What a new installation has been allowed: as in manifest.yaml."""
METHOD_SCOPES = {
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.startStream": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "users.info": "users:read",
}

CONTROL = re.compile(r"<(?:!(?:here|channel|everyone|subteam\^)|@[UW]\w*|#C\w*)", re.IGNORECASE)
"""What would call people, or name a channel, when it reaches Slack unescaped."""


@dataclass
class Refused(Exception):
    """A platform error: HTTP 200 with `ok: false`, as Slack answers; `status` is another one only for 429."""

    error: str
    detail: str = ""
    status: int = 200
    retry_after_s: int = 0

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.detail:
            body["response_metadata"] = {"messages": [f"[ERROR] {self.detail}"]}
        return body


def text_bytes(text: str) -> int:
    """The size of `text` as Slack counts it. Escapes that are there already count as they are."""
    escaped = re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return len(escaped.encode("utf-8", "replace"))


def judge_text(text: object) -> str:
    """The `text` argument. May raise Refused."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Refused("invalid_arguments", "text must be a string")
    if text_bytes(text) > TEXT_BYTES_MAX:
        raise Refused("msg_too_long")
    return text


def judge_markdown(text: object) -> str:
    """A `markdown_text` argument. May raise Refused."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Refused("invalid_arguments", "markdown_text must be a string")
    if len(text) > MARKDOWN_CHARS_MAX:
        raise Refused("msg_too_long")
    return text


def judge_metadata(metadata: object) -> dict[str, Any]:
    """The `metadata` argument; empty when there is none. May raise Refused."""
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError as error:
            raise Refused("invalid_metadata_format") from error
    if metadata is None or metadata == {}:
        return {}
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,255}", kind) or not isinstance(payload, dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES_MAX:
        raise Refused("metadata_too_large")
    return metadata


def judge_blocks(blocks: object, *, blocks_max: int = BLOCKS_MAX) -> list[dict[str, Any]]:
    """The `blocks` argument as a list. May raise Refused."""
    if isinstance(blocks, str):
        try:
            blocks = json.loads(blocks)
        except ValueError as error:
            raise Refused("invalid_blocks_format") from error
    if blocks is None:
        return []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refused("invalid_blocks_format")
    if len(blocks) > blocks_max:
        raise Refused("invalid_blocks", f"no more than {blocks_max} items allowed [json-pointer:/blocks]")
    for place, block in enumerate(blocks):
        if problem := _problem(block):
            raise Refused("invalid_blocks", f"{problem} [json-pointer:/blocks/{place}]")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        raise Refused("invalid_blocks", "block_id already exists")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_CHARS_MAX:
        raise Refused("msg_blocks_too_long")
    return blocks


def _problem(block: dict[str, Any]) -> str:
    """What is wrong with one block; empty when it is good."""
    if not fits(block.get("block_id", "-"), ID_CHARS_MAX):
        return "block_id is longer than 255 characters"
    judge = _JUDGES.get(block.get("type", ""))
    return judge(block) if judge else f"unsupported type: {block.get('type')}"


def _markdown(block: dict[str, Any]) -> str:
    return "" if fits(block.get("text"), MARKDOWN_CHARS_MAX) else "markdown needs a text of 1 to 12000 characters"


def _header(block: dict[str, Any]) -> str:
    return "" if is_text(block.get("text"), 150, kinds=("plain_text",)) else "header needs a plain_text"


def _image(block: dict[str, Any]) -> str:
    return "" if fits(block.get("image_url"), _URL_CHARS_MAX) and block.get("alt_text") else "image is incomplete"


def _section(block: dict[str, Any]) -> str:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        return "section needs text or fields"
    if "text" in block and not is_text(block["text"], 3_000):
        return "section text must have 1 to 3000 characters"
    if len(fields) > 10 or not all(is_text(field, 2_000) for field in fields):
        return "section has too many or too long fields"
    return _element(block["accessory"]) if "accessory" in block else ""


def _context(block: dict[str, Any]) -> str:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        return "context needs 1 to 10 elements"
    good = (element.get("type") == "image" or is_text(element, 3_000) for element in elements)
    return "" if all(good) else "context takes images and texts only"


def _elements(block: dict[str, Any], count_max: int, kinds: Sequence[str]) -> str:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= count_max:
        return f"{block['type']} needs 1 to {count_max} elements"
    if wrong := [element.get("type") for element in elements if element.get("type") not in kinds]:
        return f"unsupported type: {wrong[0]}"
    actions = [element.get("action_id") for element in elements]
    if len(actions) != len(set(actions)):
        return "action_id already exists"
    return next((problem for element in elements if (problem := _element(element))), "")


def _element(element: dict[str, Any]) -> str:
    """What is wrong with a button or the like."""
    if not fits(element.get("action_id"), ID_CHARS_MAX):
        return "action_id must have 1 to 255 characters"
    if element["type"] == "feedback_buttons":
        halves = [element.get("positive_button"), element.get("negative_button")]
        return "" if all(_is_button(half) for half in halves) else "feedback_buttons are incomplete"
    if element["type"] == "button":
        if element.get("style", "primary") not in ("primary", "danger"):
            return "style must be primary or danger"
        if not fits(element.get("url", "-"), _URL_CHARS_MAX):
            return "url is too long"
        asks = "confirm" not in element or _is_confirm(element["confirm"])
        return "" if asks and _is_button(element) else "button text, value or confirm is too long"
    return ""


def _is_confirm(confirm: Any) -> bool:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return (
        isinstance(confirm, dict)
        and set(confirm) <= {*limits, "style"}
        and all(is_text(confirm.get(name), most, kinds=("plain_text",)) for name, most in limits.items())
    )


def _is_button(button: Any) -> bool:
    return (
        isinstance(button, dict)
        and is_text(button.get("text"), _BUTTON_TEXT_CHARS_MAX, kinds=("plain_text",))
        and fits(button.get("value", "-"), _BUTTON_VALUE_CHARS_MAX)
    )


def is_text(text: Any, chars_max: int, kinds: Sequence[str] = ("plain_text", "mrkdwn")) -> bool:
    return isinstance(text, dict) and text.get("type") in kinds and fits(text.get("text"), chars_max)


def fits(value: object, chars_max: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= chars_max


_JUDGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "markdown": _markdown,
    "section": _section,
    "header": _header,
    "divider": lambda block: "",
    "context": _context,
    "actions": lambda block: _elements(block, 25, ("button", "static_select", "overflow")),
    "context_actions": lambda block: _elements(block, 5, ("feedback_buttons", "icon_button")),
    "image": _image,
    "rich_text": lambda block: "" if isinstance(block.get("elements"), list) else "rich_text needs elements",
}


def texts(value: object) -> Iterator[str]:
    """Every text that Slack would render, wherever it stands in `value`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str) and value.get("type") != "plain_text":
                yield inner
            elif key not in ("value", "url", "metadata"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
