"""The people of a workspace: they write, mention, edit, delete, click, stop and send commands, and Slack tells the app.

What Slack tells is signed like the real one, and comes again on the real schedule while nobody takes it.
"""

import asyncio
import hashlib
import hmac
import json
import mimetypes
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.fakes import slack_rules as rules
from tests.fakes.slack_state import APP_ID, Button, Message, Team, Version

if TYPE_CHECKING:
    from tests.fakes.slack_server import SlackServer

ACK_S = 3.0
RESPONSE_URL_USES_MAX = 5
RESPONSE_URL_S = 1_800.0

Kind = Literal["event", "interactive", "command"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell the app something; status 0 when no answer came in time."""

    attempt: int
    status: int
    body: str
    seconds: float

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class _ResponseUrl:
    team: Team
    channel: str
    user: str
    thread: str
    until: float
    uses: int = 0


@dataclass(slots=True)
class People:
    """Mutable."""

    slack: "SlackServer"
    deliveries: list[Delivery] = field(default_factory=list)
    errors_shown: int = 0
    """How often a person was told that the app did not answer their click or command."""
    _response_urls: dict[str, _ResponseUrl] = field(default_factory=dict)

    # ------------------------------------------------------------ what they do

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread: str = "",
        files: tuple[dict[str, Any], ...] = (),
        team: Team | None = None,
        tell: bool = True,
    ) -> str:
        """Write a message and, with `tell`, wait until the app has taken it. Its ts."""
        team = team or self.slack.team
        where = team.channel(channel)
        message = Message(channel, self.slack.new_ts(), user, text, thread_ts=thread, files=list(files))
        message.versions.append(Version(self.slack.now(), time.monotonic(), text))
        team.messages[channel, message.ts] = message
        if tell and where.bot_is_in:
            await asyncio.gather(*(self.tell(event, team) for event in self.events_of(message, team)))
        return message.ts

    def events_of(self, message: Message, team: Team | None = None) -> list[dict[str, Any]]:
        """What Slack tells of a message: twice when it mentions the app in a channel."""
        team = team or self.slack.team
        where = team.channel(message.channel)
        event = message.payload() | {
            "channel": message.channel,
            "channel_type": where.event_kind,
            "event_ts": message.ts,
            "client_msg_id": self.slack.new_id("client-"),
            "team": team.id,
        }
        if message.files:
            event["subtype"] = "file_share"
        events = [event]
        if where.kind != "im" and f"<@{team.bot_user}>" in message.text:
            mention = {name: value for name, value in event.items() if name not in ("channel_type", "subtype")}
            events.append(mention | {"type": "app_mention"})
        return events

    async def edit(self, message: Message, text: str, *, team: Team | None = None) -> None:
        """Change a message of theirs."""
        before = message.payload()
        message.text = text
        message.versions.append(Version(self.slack.now(), time.monotonic(), text))
        edited = {"user": message.user, "ts": self.slack.new_ts()}
        await self.tell(self._changed(message, before, message.payload() | {"edited": edited}, team), team)

    async def delete(self, message: Message, *, team: Team | None = None) -> None:
        """Take a message away, theirs or the app's."""
        message.deleted = True
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "channel": message.channel,
            "channel_type": (team or self.slack.team).channel(message.channel).event_kind,
            "deleted_ts": message.ts,
            "previous_message": message.payload(),
            "ts": (ts := self.slack.new_ts()),
            "event_ts": ts,
        }
        await self.tell(event, team)

    async def bury(self, message: Message, *, team: Team | None = None) -> None:
        """Take a message away that others have answered: a tombstone stays."""
        team = team or self.slack.team
        before = message.payload()
        message.user, message.text = "USLACKBOT", "This message was deleted."
        stone = message.payload() | {"subtype": "tombstone", "hidden": True}
        await self.tell(self._changed(message, before, stone, team), team)

    def file(
        self, name: str, media_type: str, content: bytes, *, size: int | None = None, team: Team | None = None
    ) -> dict[str, Any]:
        """A file to share in a message. `size` says another one than is true."""
        team = team or self.slack.team
        file_id = self.slack.new_id("F")
        about = self.file_of(team, file_id, name, content) | {"mimetype": media_type}
        if size is not None:
            about["size"] = size
        team.files[file_id] = (about, content)
        return about

    def file_of(self, team: Team, file_id: str, name: str, content: bytes) -> dict[str, Any]:
        """What Slack says of a file; it guesses what it is from its name."""
        url = f"{self.slack.url}/files/{team.id}-{file_id}/{name}"
        return {
            "id": file_id,
            "name": name,
            "title": name,
            "mimetype": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "filetype": name.rpartition(".")[2],
            "size": len(content),
            "mode": "hosted",
            "url_private": url,
            "url_private_download": url,
        }

    async def open_home(self, user: str, tab: str = "messages", *, team: Team | None = None) -> str:
        """Open the app's tab; the id of the direct message."""
        channel = (team or self.slack.team).direct(user)
        event = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        await self.tell(event | {"event_ts": self.slack.new_ts()}, team)
        return channel.id

    async def open_thread(self, user: str, *, team: Team | None = None) -> tuple[str, str]:
        """Open the assistant's pane: a thread of its own. Its channel and ts."""
        team = team or self.slack.team
        channel = team.direct(user)
        root = Message(channel.id, self.slack.new_ts(), team.bot_user, "New Assistant Thread", bot_id="")
        team.messages[channel.id, root.ts] = root
        place = {"channel_id": channel.id, "thread_ts": root.ts, "user_id": user, "context": {}}
        event = {"type": "assistant_thread_started", "assistant_thread": place, "event_ts": self.slack.new_ts()}
        await self.tell(event, team)
        return channel.id, root.ts

    async def stop(self, user: str, channel: str, thread: str, *, team: Team | None = None) -> None:
        """Press Slack's own stop button, which is there while the session is processing."""
        team = team or self.slack.team
        assert self.slack.session(channel, thread, team=team) == "processing", "no stop button is shown"
        streams = [m for m in team.messages.values() if m.streaming == "in_progress" and m.thread_ts == thread]
        for message in streams:
            message.streaming = "stopped"
        event = {
            "type": "agent_session_stopped",
            "user": user,
            "channel": channel,
            "thread_ts": thread,
            "streaming_message_ts": [message.ts for message in streams],
            "event_ts": self.slack.new_ts(),
        }
        await self.tell(event, team)

    async def click(self, user: str, message: Message, label: str, *, team: Team | None = None) -> list[Delivery]:
        """Click the button of that label, which must be there."""
        return await self.press(user, message, button_of(message, label), team=team)

    async def press(
        self,
        user: str,
        message: Message,
        button: Button,
        *,
        team: Team | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> list[Delivery]:
        """Click a button, also one that is not there any more. `told` replaces parts of what Slack says of it."""
        payload = self.click_payload(user, message, button, team=team) | dict(told or {})
        delivered = await self.deliver("interactive", payload)
        self.errors_shown += not delivered[-1].taken
        return delivered

    async def submit(
        self,
        user: str,
        view: dict[str, Any],
        values: Mapping[str, str],
        *,
        team: Team | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Fill in a form that was opened, what is left out as it stood there, and send it: what is wrong, by field. It
        stays open when something is."""
        team = team or self.slack.team
        inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        assert set(values) <= set(inputs), f"no such field: {set(values) - set(inputs)}"
        filled = {
            name: {
                element["action_id"]: {
                    "type": element["type"],
                    "value": values.get(name, element.get("initial_value", "")) or None,
                }
            }
            for name, element in inputs.items()
        }
        payload = {
            "type": "view_submission",
            "team": {"id": team.id, "domain": "bridge-test"},
            "user": {"id": user, "name": team.people.get(user, "").lower(), "team_id": team.id},
            "api_app_id": APP_ID,
            "trigger_id": self.slack.new_trigger(team.id, user),
            "view": {name: value for name, value in view.items() if name != "user"} | {"state": {"values": filled}},
            "response_urls": [],
        }
        delivered = await self.deliver("interactive", payload | dict(told or {}))
        self.errors_shown += not delivered[-1].taken
        if not delivered[-1].taken:
            return {"": "We had some trouble connecting. Try again?"}
        answer = json.loads(delivered[-1].body or "{}")
        if answer.get("response_action") == "errors":
            assert answer["errors"], "errors without any"
            if strange := set(answer["errors"]) - set(inputs):
                self.slack.violated(f"errors of fields that the form does not have: {strange}")
            return dict(answer["errors"])
        team.views = [open_ for open_ in team.views if open_["id"] != view["id"]]
        return {}

    def click_payload(self, user: str, message: Message, button: Button, *, team: Team | None = None) -> dict[str, Any]:
        team = team or self.slack.team
        where = {"id": message.channel, "name": "directmessage"}
        return {
            "type": "block_actions",
            "user": {"id": user, "name": team.people.get(user, ""), "team_id": team.id},
            "api_app_id": APP_ID,
            "team": {"id": team.id, "domain": "bridge-test"},
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": bool(message.ephemeral_for),
                **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            },
            "channel": where,
            "message": message.payload(with_metadata=True),
            "trigger_id": self.slack.new_trigger(team.id, user),
            "response_url": self._response_url(team, message.channel, user, message.thread_ts),
            "state": {"values": {}},
            "actions": [
                {
                    "type": button.kind,
                    "action_id": button.action_id,
                    "block_id": button.block_id,
                    "value": button.value,
                    "text": {"type": "plain_text", "text": button.label},
                    "action_ts": self.slack.new_ts(),
                }
            ],
        }

    async def command(
        self, user: str, channel: str, command: str, text: str, *, team: Team | None = None
    ) -> list[Delivery]:
        """Send a slash command. What the app answers at once is shown to the person alone."""
        team = team or self.slack.team
        team.channel(channel)
        payload = {
            "token": "not-used",
            "team_id": team.id,
            "team_domain": "bridge-test",
            "channel_id": channel,
            "channel_name": "general",
            "user_id": user,
            "user_name": team.people.get(user, ""),
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": (url := self._response_url(team, channel, user, "")),
            "trigger_id": self.slack.new_trigger(team.id, user),
        }
        delivered = await self.deliver("command", payload)
        self.errors_shown += not delivered[-1].taken
        if delivered[-1].taken and delivered[-1].body:
            self._respond(self._response_urls[url.rpartition("/")[2]], _as_response(delivered[-1].body))
        return delivered

    # ------------------------------------------------------------ what Slack tells the app

    def tell_posted(self, team: Team, message: Message) -> None:
        """The app hears of its own messages too."""
        if self.slack.echoes and (self.slack.target or self.slack.sockets.open):
            kind = team.channel(message.channel).event_kind
            event = message.payload() | {"channel": message.channel, "channel_type": kind, "event_ts": message.ts}
            event |= {"app_id": APP_ID}
            self.slack.in_background(self.tell(event, team))

    def tell_changed(self, team: Team, message: Message, before: str) -> None:
        if self.slack.echoes and (self.slack.target or self.slack.sockets.open):
            old = message.payload() | {"text": before}
            self.slack.in_background(self.tell(self._changed(message, old, message.payload(), team), team))

    async def tell(
        self, event: dict[str, Any], team: Team | None = None, *, event_id: str | None = None
    ) -> list[Delivery]:
        """An event, again and again on Slack's schedule until it is taken."""
        return await self.deliver("event", self.envelope(event, team, event_id=event_id), again=True)

    def envelope(
        self, event: dict[str, Any], team: Team | None = None, *, event_id: str | None = None
    ) -> dict[str, Any]:
        team = team or self.slack.team
        authorization = {"team_id": team.id, "user_id": team.bot_user, "is_bot": True, "enterprise_id": None}
        return {
            "token": "not-used",
            "team_id": team.id,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or self.slack.new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": "4-test",
        }

    async def verify_url(self) -> list[Delivery]:
        """What Slack sends when the address is entered on the app's page."""
        return await self.deliver(
            "event", {"type": "url_verification", "challenge": "a-challenge", "token": "not-used"}
        )

    async def deliver(self, kind: Kind, payload: dict[str, Any], *, again: bool = False) -> list[Delivery]:
        """Every attempt, oldest first. Only events come again."""
        made: list[Delivery] = []
        reason = ""
        for attempt, delay_s in enumerate((0.0, *(self.slack.retry_delays_s if again else ()))):
            await asyncio.sleep(delay_s)
            headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
            if self.slack.target:
                delivery, over = await self._post(kind, payload, attempt, headers)
            else:
                delivery, over = await self._send(kind, payload, attempt, reason)
            made.append(delivery)
            self.deliveries.append(delivery)
            if delivery.taken or over:
                break
            reason = "http_error" if delivery.status else "http_timeout"
        return made

    async def _post(
        self, kind: Kind, payload: dict[str, Any], attempt: int, headers: Mapping[str, str]
    ) -> tuple[Delivery, bool]:
        body, media_type = encoded(kind, payload)
        sent = {**signed(self.slack.signing_secret, body), "Content-Type": media_type, **headers}
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(ACK_S),
                self.slack.http.post(self.slack.target, data=body, headers=sent, allow_redirects=False) as answer,
            ):
                text = await answer.text()
                over = answer.headers.get("X-Slack-No-Retry") == "1"
                return Delivery(attempt, answer.status, text, time.monotonic() - began), over
        except (TimeoutError, aiohttp.ClientError):
            return Delivery(attempt, 0, "", time.monotonic() - began), False

    async def _send(self, kind: Kind, payload: dict[str, Any], attempt: int, reason: str) -> tuple[Delivery, bool]:
        began = time.monotonic()
        ack = await self.slack.sockets.send(kind, payload, attempt, reason)
        body = ack.get("payload") if ack else None
        text = json.dumps(body) if isinstance(body, dict) else str(body or "")
        return Delivery(attempt, 200 if ack is not None else 0, text, time.monotonic() - began), False

    # ------------------------------------------------------------ response URLs

    async def hear_response(self, request: web.Request) -> web.Response:
        """A post to a response_url: five times within half an hour."""
        place = self._response_urls.get(request.match_info["id"])
        if place is None or self.slack.now() > place.until:
            return web.Response(status=404, text="expired_url")
        if place.uses >= RESPONSE_URL_USES_MAX:
            return web.Response(status=404, text="used_url")
        place.uses += 1
        try:
            self._respond(place, await request.json())
        except rules.Refused as refusal:
            return web.Response(status=400, text=refusal.error)
        except (ValueError, AttributeError):
            return web.Response(status=400, text="invalid_payload")
        return web.Response(text="ok")

    def _respond(self, place: _ResponseUrl, body: dict[str, Any]) -> None:
        """Show what came to a response_url. May raise Refused."""
        text, blocks = rules.judge_text(body.get("text")), rules.judge_blocks(body.get("blocks"))
        if body.get("delete_original") or body.get("replace_original"):
            self.slack.violated("a response_url that replaces or deletes its original: clicks may be repeated")
        if not text and not blocks:
            raise rules.Refused("no_text")
        for shown in (text, *rules.texts(blocks)):
            if found := rules.CONTROL.search(shown):
                self.slack.violated(f"an unescaped control sequence: {found[0]}")
        team = place.team
        message = Message(place.channel, self.slack.new_ts(), team.bot_user, text, bot_id=team.bot_id, blocks=blocks)
        message.thread_ts = str(body.get("thread_ts") or place.thread)
        message.ephemeral_for = "" if body.get("response_type") == "in_channel" else place.user
        message.final_only = True
        message.versions.append(Version(self.slack.now(), time.monotonic(), message.shown))
        team.messages[place.channel, message.ts] = message

    def _response_url(self, team: Team, channel: str, user: str, thread: str) -> str:
        key = self.slack.new_id("response-")
        self._response_urls[key] = _ResponseUrl(team, channel, user, thread, self.slack.now() + RESPONSE_URL_S)
        return f"{self.slack.url}/response/{key}"

    # ------------------------------------------------------------ helpers

    def _changed(
        self, message: Message, before: dict[str, Any], after: dict[str, Any], team: Team | None
    ) -> dict[str, Any]:
        return {
            "type": "message",
            "subtype": "message_changed",
            "channel": message.channel,
            "channel_type": (team or self.slack.team).channel(message.channel).event_kind,
            "message": after,
            "previous_message": before,
            "ts": (ts := self.slack.new_ts()),
            "event_ts": ts,
        }


def button_of(message: Message, label: str) -> Button:
    """The button of that label, which must be there."""
    button = next((button for button in message.buttons if button.label == label), None)
    assert button is not None, f"no button {label!r}; there are: {[b.label for b in message.buttons]}"
    return button


def encoded(kind: Kind, payload: dict[str, Any]) -> tuple[bytes, str]:
    """The body of a webhook, and its media type."""
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def signed(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    """The headers that prove that a body comes from Slack."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _as_response(body: str) -> dict[str, Any]:
    """The body of an answer to a command: JSON, or plain text."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return {"text": body}
    return parsed if isinstance(parsed, dict) else {"text": body}
