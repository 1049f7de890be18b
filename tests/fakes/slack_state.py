"""What a Slack workspace holds: people, channels, messages with their history, and how people see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.slack_rules import SCOPES

TEAM, BOT_TOKEN, APP_TOKEN = "T0BRIDGE", "xoxb-test-bot-token", "xapp-test-app-token"
SIGNING_SECRET = "test-slack-signing-secret"
APP_ID, CLIENT_ID, CLIENT_SECRET = "A0BRIDGE", "111.222", "test-slack-client-secret"


@dataclass(frozen=True, slots=True)
class Version:
    """What a message showed from `at` on: the event loop's time, and the same moment on the machine's clock."""

    at: float
    monotonic: float
    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """Something to click, as it stands in a message. `value` of feedback is the half's that is clicked."""

    label: str
    action_id: str
    value: str
    block_id: str
    kind: str = "button"
    confirm: str = ""
    """What is asked before a click counts."""


@dataclass(slots=True)
class Message:
    """Mutable: edits change it and leave their versions."""

    channel: str
    ts: str
    user: str
    text: str = ""
    bot_id: str = ""
    thread_ts: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    ephemeral_for: str = ""
    """The only person who sees it."""
    broadcast: bool = False
    """An answer in a thread that the channel sees too."""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    """Who has reacted, by the name of the emoji."""
    final_only: bool = False
    """Made through a response_url: it has no ts that the app could edit."""
    edited: bool = False
    """People see "(edited)": it was changed by text, not by blocks."""
    deleted: bool = False
    streaming: Literal["", "in_progress", "completed", "stopped", "broken"] = ""
    """`broken` is what people see of a stream that Slack has closed and nobody has mended."""
    streamed_from: float = 0.0
    stream_chars: int = 0
    versions: list[Version] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """Its text as people read it: of blocks where it has any."""
        return "\n\n".join(_shown(self.blocks)) if self.blocks else unescaped(self.text)

    @property
    def buttons(self) -> list[Button]:
        return [button for block in self.blocks for button in _buttons(block)]

    def payload(self, *, with_metadata: bool = False) -> dict[str, Any]:
        """As the API returns it."""
        body: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.bot_id:
            body["bot_id"] = self.bot_id
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.blocks:
            body["blocks"] = self.blocks
        if self.files:
            body["files"] = self.files
        if self.streaming:
            body["streaming_state"] = "in_progress" if self.streaming == "in_progress" else "completed"
        if self.reactions:
            body["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)} for name, users in self.reactions.items()
            ]
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass(slots=True)
class Channel:
    id: str
    kind: Literal["im", "channel", "group"]
    user: str = ""
    """The person of a direct message."""
    bot_is_in: bool = True
    archived: bool = False

    @property
    def event_kind(self) -> str:
        return {"im": "im", "channel": "channel", "group": "group"}[self.kind]


@dataclass(slots=True)
class Status:
    """What is shown below a thread while an answer is made."""

    text: str
    until: float
    """When it goes by itself; the event loop's time."""


@dataclass(slots=True)
class Session:
    status: str
    title: str = ""


@dataclass(slots=True)
class Upload:
    """A file between the promise of its bytes and its place in a channel. Mutable."""

    name: str
    length: int
    data: bytes | None = None
    completed: bool = False


@dataclass(slots=True)
class Trigger:
    """What a click or command gives the app for three seconds, to open one form."""

    team: str
    user: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Team:
    """One workspace, and the app's installation in it."""

    id: str
    bot_token: str
    bot_user: str
    bot_id: str
    people: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More of what users.info tells of somebody; `email` only with its own scope."""
    """Names by id."""
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    """What the app may do here."""
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    """By channel and ts, oldest first."""
    statuses: dict[tuple[str, str], Status] = field(default_factory=dict)
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    prompts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    uploads: dict[str, "Upload"] = field(default_factory=dict)
    """By the id of the file."""
    robots: set[str] = field(default_factory=set)
    """People who are none."""
    views: list[dict[str, Any]] = field(default_factory=list)
    """The forms that were opened, the newest last, each with the person who sees it as `user`."""
    revoked: bool = False

    def channel(self, channel_id: str) -> Channel:
        """A channel, made when nobody has named it yet: D… is a direct message, G… a private channel."""
        if channel_id not in self.channels:
            kinds: dict[str, Literal["im", "group"]] = {"D": "im", "G": "group"}
            self.channels[channel_id] = Channel(channel_id, kinds.get(channel_id[0], "channel"))
        return self.channels[channel_id]

    def direct(self, user: str) -> Channel:
        """The direct message of a person with the app."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.user == user:
                return channel
        channel = self.channels[f"D{user[1:]}"] = Channel(f"D{user[1:]}", "im", user)
        return channel


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The texts of blocks, buttons left out."""
    for block in blocks:
        match block["type"]:
            case "markdown":
                yield block["text"]
            case "section" | "header":
                texts = [block[part] for part in ("text",) if part in block] + block.get("fields", [])
                yield "\n".join(unescaped(text["text"]) for text in texts)
            case "context":
                yield " ".join(unescaped(e["text"]) for e in block["elements"] if e["type"] != "image")
            case "divider":
                yield "---"
            case "image":
                yield f"[{block['alt_text']}]"


def _buttons(block: dict[str, Any]) -> Iterator[Button]:
    elements = block.get("elements", []) + ([block["accessory"]] if "accessory" in block else [])
    for element in elements if block["type"] in ("actions", "context_actions", "section") else []:
        place = (element["action_id"], block.get("block_id", ""))
        if element["type"] == "button":
            asked = element.get("confirm", {}).get("text", {}).get("text", "")
            yield Button(element["text"]["text"], place[0], element.get("value", ""), place[1], confirm=asked)
        if element["type"] == "feedback_buttons":
            for half in ("positive_button", "negative_button"):
                button = element[half]
                yield Button(button["text"]["text"], place[0], button.get("value", ""), place[1], "feedback_buttons")
