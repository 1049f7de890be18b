"""The methods of the Bot API that the stand-in knows: each takes parameters and returns a result or raises Refusal."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_chats import DRAFT_S, GENERAL, TYPING_S, Draft, Media, Message, Room, Version
from tests.fakes.telegram_rules import Params, Refusal, bad
from tests.fakes.telegram_updates import Webhook
from tests.fakes.telegram_world import CALLBACK_S, World

ACTIONS = {
    "typing",
    "upload_photo",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
}
PORTS = (443, 80, 88, 8443)
CALLBACK_TEXT_MAX = 200
POLL_S_MAX = 50
_SHUT = {"blocked": "bot was blocked by the user", "deactivated": "user is deactivated"}

Method = Callable[[Params], Awaitable[Any]]


class Methods:
    """The API of one bot. `rich` says whether the server knows rich messages; `local`, whether it is one in local
    mode, which also takes plain HTTP and any port for a webhook."""

    def __init__(self, world: World, *, rich: bool, local: bool, lacks: Collection[str] = ()) -> None:
        self._world = world
        self._local = local
        self.commands: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        """As set, by scope and language."""
        known: dict[str, Method] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "getUpdates": self._get_updates,
            "setMyCommands": self._set_my_commands,
            "sendMessage": self._send_message,
            "sendPhoto": lambda params: self._send_file(params, "photo"),
            "sendDocument": lambda params: self._send_file(params, "document"),
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "deleteMessage": self._delete_message,
            "sendChatAction": self._send_chat_action,
            "sendMessageDraft": self._send_message_draft,
            "answerCallbackQuery": self._answer_callback_query,
            "getFile": self._get_file,
        }
        if rich:
            known |= {"sendRichMessage": self._send_rich_message, "sendRichMessageDraft": self._send_rich_message_draft}
        self._known = {name.lower(): method for name, method in known.items() if name not in lacks}

    def find(self, name: str) -> Method:
        """By name, in whatever case. May raise Refusal."""
        try:
            return self._known[name.lower()]
        except KeyError:
            raise Refusal(404, "Not Found") from None

    # ------------------------------------------------------------ the bot and its updates

    async def _get_me(self, params: Params) -> Any:
        abilities = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        me = self._world.bot.json() | abilities | {"has_topics_enabled": self._world.private_topics}
        return {name: value for name, value in me.items() if name != "language_code"}

    async def _set_webhook(self, params: Params) -> Any:
        url = str(params.get("url", ""))
        updates = self._world.updates
        self._allow(params)
        if not url:
            updates.set_webhook(None, drop_pending=rules.flag(params, "drop_pending_updates"))
            return True
        parts = urlsplit(url)
        if not self._local and parts.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not self._local and (parts.port or 443) not in PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        connections = rules.number(params, "max_connections", 40)
        if not 1 <= connections <= 100:
            raise bad("max_connections must be between 1 and 100")
        webhook = Webhook(url, rules.secret_token(params), connections)
        if not webhook.secret:
            self._world.violation("a webhook without a secret")
        updates.set_webhook(webhook, drop_pending=rules.flag(params, "drop_pending_updates"))
        return True

    async def _delete_webhook(self, params: Params) -> Any:
        self._world.updates.set_webhook(None, drop_pending=rules.flag(params, "drop_pending_updates"))
        return True

    async def _get_webhook_info(self, params: Params) -> Any:
        updates = self._world.updates
        webhook = updates.webhook
        info: dict[str, Any] = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending),
        }
        if webhook:
            info["max_connections"] = webhook.max_connections
        if updates.allowed:
            info["allowed_updates"] = sorted(updates.allowed)
        if updates.last_error:
            info |= {"last_error_message": updates.last_error, "last_error_date": updates.last_error_date}
        return info

    async def _get_updates(self, params: Params) -> Any:
        self._allow(params)
        wait_s = min(rules.number(params, "timeout", 0), POLL_S_MAX)
        offset, limit = rules.number(params, "offset", 0), rules.number(params, "limit", 100)
        return [update.json() for update in await self._world.updates.get(offset, limit, wait_s)]

    def _allow(self, params: Params) -> None:
        """Kinds that are not named again stay as they were named last."""
        allowed = rules.decoded(params, "allowed_updates", list)
        if allowed is not None:
            self._world.updates.allowed = frozenset(map(str, allowed))

    async def _set_my_commands(self, params: Params) -> Any:
        scope = rules.decoded(params, "scope", dict) or {"type": "default"}
        key = (str(scope.get("type")), str(params.get("language_code") or ""))
        self.commands[key] = rules.commands(params)
        return True

    # ------------------------------------------------------------ messages

    async def _send_message(self, params: Params) -> Any:
        room = self._room(params)
        thread = self._thread(room, params)
        text, entities = rules.text_and_entities(params)
        version = self._world.version(text, entities, rules.keyboard(params, private=room.kind == "private"))
        self._check_preview(params)
        self._check_live(text, entities)
        return self._sent(room, thread, version, params)

    async def _send_rich_message(self, params: Params) -> Any:
        room = self._room(params)
        thread = self._thread(room, params)
        shown = rules.keyboard(params, private=room.kind == "private")
        version = self._world.version(rules.rich_text(params), (), shown, rich=True)
        self._check_detection(params)
        return self._sent(room, thread, version, params)

    async def _send_file(self, params: Params, kind: Literal["photo", "document"]) -> Any:
        room = self._room(params)
        thread = self._thread(room, params)
        text, entities = rules.caption(params)
        self._check_live(text, entities)
        name, content = rules.uploaded(params, kind)
        media = Media(kind, content, "image/png" if kind == "photo" else "application/octet-stream", name)
        fields = self._world.service_of(media)
        self._sent(room, thread, self._world.version(text, entities, rules.buttons(params)), params)
        message = self._world.visible(room)[-1]
        message.service = fields
        return message.json()

    def _sent(self, room: Room, thread: int | None, version: Version, params: Params) -> Any:
        reply_to = self._reply_to(room, params)
        self._world.flood.message(room.id, version.at, group=room.kind != "private")
        message = room.add(self._world.bot, thread, reply_to)
        message.versions.append(version)
        room.drafts.pop(thread, None)
        room.typing_until.clear()
        return message.json()

    async def _edit_message_text(self, params: Params) -> Any:
        message = self._own(params, "edit")
        if "rich_message" in params:
            self.find("sendRichMessage")
            version = self._world.version(rules.rich_text(params), (), rules.buttons(params), rich=True)
            self._check_detection(params)
        else:
            text, entities = rules.text_and_entities(params)
            version = self._world.version(text, entities, rules.buttons(params))
            self._check_preview(params)
            self._check_live(text, entities)
        return self._changed(message, version)

    async def _edit_message_reply_markup(self, params: Params) -> Any:
        message = self._own(params, "edit")
        last = message.versions[-1]
        version = self._world.version(last.text, last.entities, rules.buttons(params), rich=last.rich)
        return self._changed(message, version)

    def _changed(self, message: Message, version: Version) -> Any:
        self._world.flood.message(message.room.id, version.at, group=message.room.kind != "private")
        *older, last = message.versions
        if version.same(last):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        if any(version.same(old) for old in older):
            self._world.violation(f"message {message.id} went back to what it was before")
        message.versions.append(version)
        return message.json()

    async def _delete_message(self, params: Params) -> Any:
        message = self._message(params, "delete")
        if message.sender is not self._world.bot and message.room.kind != "private":
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    async def _send_chat_action(self, params: Params) -> Any:
        room = self._room(params)
        general = room.forum and str(params.get("message_thread_id")) == str(GENERAL)
        thread = None if general else self._thread(room, params)
        if params.get("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        room.typing_until[thread] = self._world.now() + TYPING_S
        return True

    # ------------------------------------------------------------ drafts

    async def _send_message_draft(self, params: Params) -> Any:
        text, entities = rules.text_and_entities(params, empty_ok=True)
        return self._drafted(params, self._world.version(text, entities))

    async def _send_rich_message_draft(self, params: Params) -> Any:
        return self._drafted(params, self._world.version(rules.rich_text(params), rich=True))

    def _drafted(self, params: Params, version: Version) -> Any:
        room = self._room(params)
        if room.kind != "private":
            raise bad("CHAT_TYPE_INVALID: drafts are for private chats")
        thread = self._thread(room, params)
        draft_id = rules.number(params, "draft_id")
        if not draft_id:
            raise bad("draft_id must be non-zero")
        if draft_id in room.stopped_drafts:
            raise bad("DRAFT_STOPPED")
        self._world.flood.draft(room.id, version.at)
        can_stop, keep = rules.flag(params, "can_stop"), rules.flag(params, "keep_on_stop")
        room.drafts[thread] = Draft(draft_id, version.text, version.at + DRAFT_S, can_stop, keep)
        room.draft_versions.append(version)
        return True

    # ------------------------------------------------------------ presses, files

    async def _answer_callback_query(self, params: Params) -> Any:
        """Each press once, and soon: the real server may be more patient."""
        text = str(params.get("text") or "")
        if len(text) > CALLBACK_TEXT_MAX:
            raise bad("MESSAGE_TOO_LONG")
        press = self._world.presses.get(str(params.get("callback_query_id")))
        if press is None or press.answer is not None or self._world.now() - press.at > CALLBACK_S:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        press.answer = text
        return True

    async def _get_file(self, params: Params) -> Any:
        file = self._world.files.get(str(params.get("file_id")))
        if file is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(file.content) > rules.FILE_BYTES_MAX:
            raise bad("file is too big")
        facts = {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": len(file.content)}
        return facts | {"file_path": file.path}

    # ------------------------------------------------------------ what they share

    def _room(self, params: Params) -> Room:
        if "chat_id" not in params:
            raise bad("chat_id is empty")
        try:
            room = self._world.rooms.get(int(str(params["chat_id"])))
        except ValueError:
            room = None
        if room is None:
            raise bad("chat not found")
        if room.migrated_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=room.migrated_to,
            )
        if room.shut:
            kind = "supergroup" if room.kind == "supergroup" else "group"
            raise Refusal(403, f"Forbidden: {_SHUT.get(room.shut, f'bot was kicked from the {kind} chat')}")
        return room

    def _thread(self, room: Room, params: Params) -> int | None:
        """The topic to write to. The General topic is written to by naming none."""
        if params.get("message_thread_id") in (None, "", 0, "0"):
            return None
        thread = rules.number(params, "message_thread_id")
        if thread not in room.topics:
            raise bad("message thread not found")
        if thread in room.closed_topics:
            raise bad("TOPIC_CLOSED")
        return thread

    def _reply_to(self, room: Room, params: Params) -> Message | None:
        reply = rules.decoded(params, "reply_parameters", dict)
        if not reply:
            return None
        message = room.messages.get(rules.number(reply, "message_id"))
        if message is None or message.deleted:
            if not rules.flag(reply, "allow_sending_without_reply"):
                raise bad("message to be replied not found")
            return None
        return message

    def _message(self, params: Params, verb: str) -> Message:
        message = self._room(params).messages.get(rules.number(params, "message_id"))
        if message is None or message.deleted:
            raise bad(f"message to {verb} not found")
        return message

    def _own(self, params: Params, verb: str) -> Message:
        message = self._message(params, verb)
        if message.sender is not self._world.bot:
            raise bad("message can't be edited")
        return message

    def _check_preview(self, params: Params) -> None:
        """A link in a model's text must not be fetched by anybody's preview."""
        options = rules.decoded(params, "link_preview_options", dict) or {}
        if options.get("is_disabled") is not True:
            self._world.violation("a text whose links may be previewed")

    def _check_live(self, text: str, entities: Sequence[rules.Entity]) -> None:
        """What a model writes must lead people nowhere but to the business."""
        commands = {command for each in self.commands.values() for command, _ in each}
        if rules.live(text, entities, self._world.own_hosts, commands):
            self._world.violation("a text with an address, a mention or a command that is not the business's own")

    def _check_detection(self, params: Params) -> None:
        rich = rules.decoded(params, "rich_message", dict) or {}
        if rich.get("skip_entity_detection") is not True:
            self._world.violation("a rich message in which telegram looks for addresses, mentions and commands")
