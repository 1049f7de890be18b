"""How updates come: Telegram is told where our webhook is, or is asked for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bridge import metrics
from bridge.channels.telegram.api import Api, Unknown
from bridge.channels.telegram.hearing import COMMANDS, Hearing
from bridge.channels.telegram.settings import Settings
from bridge.channels.telegram.updates import KINDS
from bridge.errors import (
    BadPayload,
    ChannelError,
    ChannelUnavailable,
    RateLimited,
    StoreUnavailable,
    Unconfirmed,
    Undeliverable,
)
from bridge.logs import event
from bridge.ports import ChannelContext

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
BACKOFF_FIRST_S = 1.0
BACKOFF_MAX_S = 60.0
WATCH_S = 300.0
"""How often Telegram is asked whether it gets rid of its updates."""

T = TypeVar("T")


class Feed:
    """Runs beside the routes. Logs once when Telegram goes away and once when it is back. Mutable."""

    def __init__(self, settings: Settings, context: ChannelContext, api: Api, hearing: Hearing) -> None:
        self._settings = settings
        self._context = context
        self._api = api
        self._hearing = hearing
        self._away = False

    async def run(self) -> None:
        """Until cancelled, or until there is nothing left to do."""
        await self._insist(self._hearing.me)
        await self._introduce()
        if self._settings.mode == "polling":
            await self._insist(self._api.delete_webhook)
            await self._poll()
        elif self._settings.register_webhook:
            await self._register()
            await self._watch()

    async def check(self) -> str:
        """As ports.Channel."""
        try:
            me = await self._hearing.me()
            info = await self._api.webhook_info()
        except Unknown as error:
            raise Undeliverable("Telegram refuses TELEGRAM_BOT_TOKEN: set the token that BotFather shows") from error
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from error
        name = f"@{me.username}"
        if self._settings.mode == "polling":
            return f"{name}, polling"
        where = "our webhook" if info.url == self._url else "no webhook yet"
        if info.url and info.url != self._url:
            where = f"a webhook at {_host(info.url)}"
        trouble = f", last error: {info.last_error}" if info.last_error else ""
        return f"{name}, {where}, {info.pending} updates waiting{trouble}"

    async def _introduce(self) -> None:
        """The menu is a help, nothing depends on it."""
        commands = [(name, self._context.say(f"command_{name}", "")) for name in COMMANDS]
        try:
            await self._api.set_commands(commands)
        except ChannelError as error:
            event(log, "telegram does not take the menu of commands", level=logging.WARNING, error=error)

    # ------------------------------------------------------------ webhook

    @property
    def _url(self) -> str:
        return self._context.public_url + PATH

    async def _register(self) -> None:
        secret = self._context.secrets["TELEGRAM_WEBHOOK_SECRET"].get_secret_value()
        connections_max = self._settings.webhook_connections_max
        try:
            await self._insist(partial(self._api.set_webhook, self._url, secret, KINDS, connections_max))
            event(log, "telegram posts to our webhook", url=self._url)
        except Undeliverable as error:
            advice = "server.public_url must be a public https address; or set channels.telegram.mode to polling"
            event(log, "telegram refuses our webhook", level=logging.ERROR, url=self._url, error=error, advice=advice)

    async def _watch(self) -> None:
        """Say when updates pile up at Telegram, or go elsewhere."""
        while True:
            await asyncio.sleep(WATCH_S)
            info = await self._insist(self._api.webhook_info)
            if info.url != self._url:
                event(log, "telegram posts to another webhook than ours", level=logging.WARNING, host=_host(info.url))
            elif info.pending and info.last_error:
                fields = {"pending": info.pending, "error": info.last_error}
                event(log, "updates wait at telegram", level=logging.WARNING, **fields)

    # ------------------------------------------------------------ polling

    async def _poll(self) -> None:
        """An update counts as done when a later one is asked for: that is, when it is stored."""
        offset = 0
        while True:
            for update in await self._insist(partial(self._api.updates, offset, KINDS)):
                await self._take(update)
                offset = max(offset, update["update_id"] + 1)

    async def _take(self, update: Mapping[str, Any]) -> None:
        """What cannot be understood must not come again for ever, and before all that waits behind it."""
        try:
            await self._insist(partial(self._hearing.hear, update))
        except BadPayload as error:
            event(log, "an update cannot be read", level=logging.ERROR, error=error)
        except Exception as error:
            metrics.BUGS.labels("channel").inc()
            event(log, "an update was given up", level=logging.ERROR, exc_info=error)

    # ------------------------------------------------------------ both

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until it works. May raise Undeliverable: it never will."""
        backoff_s = BACKOFF_FIRST_S
        while True:
            try:
                result = await call()
            except Undeliverable:
                raise
            except (ChannelError, StoreUnavailable) as error:
                if not self._away:
                    event(log, "telegram is away", level=logging.WARNING, error=error)
                self._away = True
                await asyncio.sleep(error.retry_after_s if isinstance(error, RateLimited) else backoff_s)
                backoff_s = min(BACKOFF_MAX_S, backoff_s * 2)
            else:
                if self._away:
                    event(log, "telegram is back")
                self._away = False
                return result


def _host(url: str) -> str:
    """The only part of another server's address to show: many have the bot's token behind it."""
    try:
        return urlsplit(url).hostname or "nowhere"
    except ValueError:
        return "an address that cannot be read"
