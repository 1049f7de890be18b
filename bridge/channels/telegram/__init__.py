"""Telegram: private chats, groups and topics, by webhook or by polling. An answer grows by edits, or as a draft."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import SecretStr

from bridge.channels.telegram.places import NAME, place
from bridge.channels.telegram.secret import SECRET_FORM, SECRET_HEADER
from bridge.channels.telegram.settings import Settings
from bridge.channels.telegram.written import NOTE_UNITS_MAX, TEXT_UNITS_MAX, size
from bridge.errors import ChannelUnavailable, ConfigError, Unconfirmed
from bridge.ports import Bucket, ChannelContext, Claim, Limits, Page, Routes
from bridge.types import Address, Attachment, MessageRef

SECRETS = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET")
REQUIRED = ("TELEGRAM_BOT_TOKEN",)
"""The second is needed for a webhook."""

CHAT_PER_S = 0.95
"""Messages and edits of a chat. Telegram publishes one a second; calls do not travel equally fast."""
GROUP_BURST = 4
GROUP_PER_S = 16 / 60
"""Together 20 in any minute, as published."""
BOT_BURST = 5
BOT_PER_S = 25.0
"""Together 30 in any second, as published."""
PRIVATE_INTERVAL_S = 1.0
GROUP_INTERVAL_S = 3.0
FIRST_CHARS = 30
FIRST_WAIT_S = 1.0
"""The first text makes the phone ring: some words should stand in it."""
TYPING_S = 4.0
"""Telegram shows it for five seconds."""


class TelegramChannel:
    """Implements ports.EditableChannel."""

    name = NAME

    def __init__(self, settings: Settings, context: ChannelContext, token: SecretStr, bot_id: int) -> None:
        # The SDK takes a while to import: only where Telegram is enabled.
        from bridge.channels.telegram.api import Api
        from bridge.channels.telegram.feed import PATH, Feed
        from bridge.channels.telegram.hearing import Hearing
        from bridge.channels.telegram.posting import Posting
        from bridge.channels.telegram.webhook import Webhook

        self._bot_id = bot_id
        self._hosts = tuple(context.business.get("link_hosts", ()))
        self._api = Api(token, url=settings.api_url, call_s=settings.call_s)
        self._hearing = Hearing(context, self._api, bot_id)
        self._posting = Posting(settings, context, self._api)
        self._feed = Feed(settings, context, self._api, self._hearing)
        self._routes: Routes = ()
        if settings.mode == "webhook":
            webhook = Webhook(context.secrets["TELEGRAM_WEBHOOK_SECRET"].get_secret_value(), self._hearing)
            self._routes = (web.post(PATH, webhook.handle),)

    def limits(self, to: Address) -> Limits:
        where = place(to)
        calls = [Bucket(f"{NAME}:{self._bot_id}", BOT_BURST, BOT_PER_S)]
        if not where.private:
            calls.append(Bucket(f"{NAME}:{self._bot_id}:{where.chat}:minute", GROUP_BURST, GROUP_PER_S))
        calls.append(Bucket(f"{NAME}:{self._bot_id}:{where.chat}", 1, CHAT_PER_S))
        return Limits(
            size_max=TEXT_UNITS_MAX - NOTE_UNITS_MAX,
            size=lambda markdown: size(markdown, self._hosts),
            edit_interval_s=PRIVATE_INTERVAL_S if where.private else GROUP_INTERVAL_S,
            first_chars=FIRST_CHARS,
            first_wait_s=FIRST_WAIT_S,
            typing_s=TYPING_S,
            post=tuple(calls),
            edit=tuple(calls),
            sources_below=True,
        )

    def routes(self) -> Routes:
        return self._routes

    async def run(self) -> None:
        await self._feed.run()

    async def close(self) -> None:
        await self._hearing.close()
        await self._api.close()

    async def check(self) -> str:
        return await self._feed.check()

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        await self._api.typing(place(to), forum="forum" in to.hints)

    async def post(self, to: Address, page: Page) -> MessageRef:
        return await self._posting.post(to, page)

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        """A bot cannot read what stands in a chat."""
        return None

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        try:
            return await self._api.download(attachment.url, bytes_max)
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from None

    async def edit(self, ref: MessageRef, page: Page) -> None:
        await self._posting.edit(ref, page)

    async def delete(self, ref: MessageRef) -> None:
        await self._posting.delete(ref)


def signed(path: str, body: bytes, secrets: Mapping[str, SecretStr], public_url: str) -> dict[str, str]:
    """The headers with which Telegram would send a recording now."""
    secret = secrets.get("TELEGRAM_WEBHOOK_SECRET")
    return {SECRET_HEADER: secret.get_secret_value()} if secret else {}


def build(settings: Settings, context: ChannelContext) -> TelegramChannel:
    """The channel. May raise ConfigError."""
    token = context.secrets["TELEGRAM_BOT_TOKEN"]
    bot_id = token.get_secret_value().partition(":")[0]
    problems = []
    if not (bot_id.isascii() and bot_id.isdigit() and len(bot_id) < 20):
        problems.append("TELEGRAM_BOT_TOKEN: is not like 123456789:AA..., as BotFather gives it")
    if settings.mode == "webhook":
        secret = context.secrets.get("TELEGRAM_WEBHOOK_SECRET")
        if secret is None:
            problems.append(
                "channels.telegram: set TELEGRAM_WEBHOOK_SECRET in the environment or in .env, or mode to 'polling'"
            )
        elif not SECRET_FORM.fullmatch(secret.get_secret_value()):
            problems.append("TELEGRAM_WEBHOOK_SECRET: must be 1 to 256 of the characters A-Z a-z 0-9 _ -")
    if problems:
        raise ConfigError(problems)
    return TelegramChannel(settings, context, token, int(bot_id))
