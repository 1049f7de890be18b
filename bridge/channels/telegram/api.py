"""The Bot API as we use it. The only file that knows python-telegram-bot.

Nothing is retried here. The errors that leave are ours, with Telegram's words and never with the token, which stands in
every address: the SDK's own are not chained to them.
"""

import contextlib
import logging
import os
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

# How the SDK tells seconds. Read whenever it makes an error of flood control; without it, it also warns each time.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bridge import leases
from bridge.channels._beginning import beginning
from bridge.channels.telegram.places import GENERAL, Place
from bridge.channels.telegram.written import Written
from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, RateLimited, Unconfirmed, Undeliverable
from bridge.ports import OutFile

CONNECTIONS_MAX = 256
CONNECT_S = 5.0
POLL_S = 25
"""How long Telegram holds a question for updates."""
DOWNLOAD_S = 60.0
FILE_BYTES_MAX = 50 * 1024 * 1024
PHOTO_BYTES_MAX = 10 * 1024 * 1024
"""What Telegram takes from a bot."""
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
CAPTION_UNITS_MAX = 1_024
RETRY_AFTER_S = 1.0
"""When Telegram asks us to wait and does not say how long."""

# Both log addresses, which hold the token, and what people write.
for _noisy in ("telegram", "httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.CRITICAL)

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid", "message to be edited not found")
_NO_THREAD = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

T = TypeVar("T")


class Unknown(ChannelUnavailable):
    """The server does not know the method, or refuses the token."""


class Refused(Undeliverable):
    """The server does not take these parameters."""


class NoThread(Undeliverable):
    """The topic is closed or not there any more."""


class Moved(Undeliverable):
    """The group is a supergroup now, with another id."""

    def __init__(self, chat: int) -> None:
        super().__init__("the group has become a supergroup")
        self.chat = chat


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself. `username` is what people mention it by."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    url: str
    pending: int
    last_error: str


class Api:
    """One bot. Every method may raise RateLimited, ChannelUnavailable (nothing was done), Unconfirmed (it may have
    been done), Unknown and Undeliverable."""

    def __init__(self, token: SecretStr, *, url: str, call_s: float) -> None:
        self._request = HTTPXRequest(
            connection_pool_size=CONNECTIONS_MAX,
            read_timeout=call_s,
            write_timeout=call_s,
            connect_timeout=min(CONNECT_S, call_s),
            pool_timeout=call_s,
        )
        self._call_s = call_s
        self._bot = Bot(
            token.get_secret_value(),
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._files = httpx.AsyncClient(timeout=call_s)

    async def close(self) -> None:
        await self._request.shutdown()
        await self._files.aclose()

    # ------------------------------------------------------------ messages

    async def send(self, to: Place, written: Written, *, reply_to: int | None = None) -> int:
        """Post a message; its id. May also raise Refused, NoThread and Moved."""
        message = await _called(
            self._bot.send_message(
                to.chat,
                written.text,
                entities=_formatting(written),
                message_thread_id=to.topic,
                reply_parameters=_reply(reply_to),
                reply_markup=_asking(written) or _keyboard(written),
                link_preview_options=_NO_PREVIEW,
            )
        )
        return int(message.message_id)

    async def send_file(self, to: Place, written: Written, file: OutFile, *, reply_to: int | None = None) -> int:
        """Post a file with a caption; its message's id. A picture that Telegram does not take as one goes as a file.
        May also raise Refused, NoThread and Moved."""
        about: dict[str, Any] = {
            "caption": written.text or None,
            "caption_entities": _formatting(written),
            "message_thread_id": to.topic,
            "reply_parameters": _reply(reply_to),
        }
        content = InputFile(file.data, filename=file.name)
        if file.media_type in PHOTOS and len(file.data) <= PHOTO_BYTES_MAX:
            with contextlib.suppress(Refused):
                return int((await _called(self._bot.send_photo(to.chat, content, **about))).message_id)
        message = await _called(self._bot.send_document(to.chat, content, disable_content_type_detection=True, **about))
        return int(message.message_id)

    async def edit(self, chat: int, message_id: int, written: Written) -> None:
        """Make a message show this; that it does already is as good. May also raise MessageGone and Refused."""
        await _edited(
            _called(
                self._bot.edit_message_text(
                    written.text,
                    chat,
                    message_id,
                    entities=_formatting(written),
                    reply_markup=_keyboard(written),
                    link_preview_options=_NO_PREVIEW,
                )
            )
        )

    async def remove_buttons(self, chat: int, message_id: int) -> None:
        """Leave a message as it is, without its buttons. May also raise MessageGone and Refused."""
        await _edited(_called(self._bot.edit_message_reply_markup(chat, message_id)))

    async def send_rich(self, to: Place, written: Written, *, reply_to: int | None = None) -> int:
        """Post a rich message; its id. May also raise Refused, NoThread and Moved."""
        reply = _reply(reply_to)
        message = await _called(
            self._bot.do_api_request(
                "sendRichMessage",
                {
                    "chat_id": to.chat,
                    "rich_message": _rich(written),
                    **({"message_thread_id": to.topic} if to.topic is not None else {}),
                    **({"reply_parameters": reply} if reply else {}),
                    **({"reply_markup": keyboard} if (keyboard := _asking(written) or _keyboard(written)) else {}),
                },
            )
        )
        return int(message["message_id"])

    async def edit_rich(self, chat: int, message_id: int, written: Written) -> None:
        """As `edit`. May also raise Refused."""
        keyboard = _keyboard(written)
        await _edited(
            _called(
                # In this spelling, because the SDK's own method cannot say it and its name is warned of.
                self._bot.do_api_request(
                    "EditMessageText",
                    {
                        "chat_id": chat,
                        "message_id": message_id,
                        "rich_message": _rich(written),
                        **({"reply_markup": keyboard} if keyboard else {}),
                    },
                )
            )
        )

    async def draft(self, to: Place, draft_id: int, written: Written) -> None:
        """Show a draft, with Telegram's own stop button. May also raise Refused."""
        await _called(
            self._bot.send_message_draft(
                to.chat,
                draft_id,
                written.text,
                message_thread_id=to.topic,
                entities=_formatting(written),
                api_kwargs={"can_stop": True, "keep_on_stop": True},
            )
        )

    async def delete(self, chat: int, message_id: int) -> None:
        """Take a message away; that it is gone, or cannot be taken away any more, is as good."""
        with contextlib.suppress(Undeliverable, MessageGone):
            await _called(self._bot.delete_message(chat, message_id))

    async def typing(self, to: Place, *, forum: bool) -> None:
        """Show for five seconds that the bot writes."""
        topic = GENERAL if forum and to.topic is None else to.topic
        await _called(self._bot.send_chat_action(to.chat, "typing", message_thread_id=topic))

    async def answer_press(self, press_id: str, text: str) -> None:
        """Let a button come to rest, and show a few words."""
        await _called(self._bot.answer_callback_query(press_id, text or None))

    # ------------------------------------------------------------ the bot

    async def me(self) -> Me:
        user = await _called(self._bot.get_me())
        return Me(user.id, user.username or "")

    async def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """What the menu of commands offers: names and descriptions."""
        await _called(self._bot.set_my_commands(commands))

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str], connections_max: int) -> None:
        await _called(
            self._bot.set_webhook(url, secret_token=secret, allowed_updates=kinds, max_connections=connections_max)
        )

    async def delete_webhook(self) -> None:
        """Updates that wait stay."""
        await _called(self._bot.delete_webhook())

    async def webhook_info(self) -> WebhookInfo:
        info = await _called(self._bot.get_webhook_info())
        return WebhookInfo(info.url, info.pending_update_count, info.last_error_message or "")

    async def updates(self, offset: int, kinds: Sequence[str]) -> Sequence[dict[str, Any]]:
        """The updates from `offset` on, as they come; waits for some. Those before count as done."""
        # In this spelling, because the SDK's own method loses what it does not know.
        found = await _called(
            self._bot.do_api_request(
                "GetUpdates",
                {"offset": offset, "timeout": POLL_S, "allowed_updates": list(kinds)},
                read_timeout=POLL_S + self._call_s,
            )
        )
        return [update for update in found if isinstance(update, dict) and type(update.get("update_id")) is int]

    # ------------------------------------------------------------ files

    async def download(self, file_id: str, bytes_max: int) -> bytes:
        """A file, or its first `bytes_max` + 1 bytes."""
        file = await _called(self._bot.get_file(file_id))
        if not (file.file_path or "").startswith(("http://", "https://")):
            raise Undeliverable("the file lies on another machine's disk")
        try:
            return await self._read(str(file.file_path), bytes_max + 1)
        except _NOT_SENT as error:
            raise ChannelUnavailable(f"cannot fetch a file: {type(error).__name__}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChannelUnavailable(f"a file came in part: {type(error).__name__}") from None

    async def _read(self, url: str, bytes_max: int) -> bytes:
        async with self._files.stream("GET", url) as answer:
            if answer.status_code in (400, 401, 403, 404, 410):
                raise Undeliverable(f"the file is not there: {answer.status_code}")
            if answer.status_code != 200:
                raise ChannelUnavailable(f"the file is not there for now: {answer.status_code}")
            return await beginning(answer.aiter_bytes(), bytes_max)


async def _called(call: Coroutine[Any, Any, T]) -> T:
    """The result of a call. May raise ChannelError, LeaseLost."""
    try:
        leases.check()
    except BaseException:
        call.close()
        raise
    try:
        return await call
    except TelegramError as error:
        raise _ours(error) from None


async def _edited(call: Awaitable[Any]) -> None:
    try:
        await call
    except Refused as refused:
        if "message is not modified" not in str(refused).lower():
            raise
    except Moved:
        raise MessageGone("it stayed behind in a group that is another now") from None


def _ours(error: TelegramError) -> ChannelError:
    ours: ChannelError
    match error:
        case RetryAfter():
            after = error.retry_after
            seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
            ours = RateLimited("flood control", retry_after_s=seconds or RETRY_AFTER_S)
        case ChatMigrated():
            ours = Moved(error.new_chat_id)
        case Forbidden():
            ours = Undeliverable(error.message)
        case BadRequest():
            ours = _refusal(error.message)
        case InvalidToken():
            ours = Unknown("the token is refused, or the method is not known")
        case Conflict():
            ours = ChannelUnavailable(error.message)
        case _ if isinstance(error.__cause__, _NOT_SENT):
            ours = ChannelUnavailable(f"cannot connect: {type(error.__cause__).__name__}")
        case _:
            ours = Unconfirmed(f"the answer was lost: {type(error.__cause__ or error).__name__}")
    return ours


def _refusal(words: str) -> ChannelError:
    lower = words.lower()
    if any(gone in lower for gone in _GONE):
        return MessageGone(words)
    if any(thread in lower for thread in _NO_THREAD):
        return NoThread(words)
    return Refused(words)


def _formatting(written: Written) -> tuple[MessageEntity, ...]:
    return tuple(
        MessageEntity(
            entity.type, entity.offset, entity.length, url=entity.url or None, language=entity.language or None
        )
        for entity in written.entities
    )


def _asking(written: Written) -> ReplyKeyboardMarkup | None:
    """A keyboard that shares the person's own number, and goes away when it was pressed."""
    if not written.contact:
        return None
    button = KeyboardButton(written.contact, request_contact=True)
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)


def _keyboard(written: Written) -> InlineKeyboardMarkup | None:
    if not written.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in written.buttons]
    )


def _reply(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id is not None else None


def _rich(written: Written) -> dict[str, Any]:
    return {"markdown": written.markdown, "skip_entity_detection": True}
