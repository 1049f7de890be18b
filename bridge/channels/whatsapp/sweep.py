"""Looks through Twilio's list for what no webhook told us: Twilio hardly tries again, and we may have been down."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

from bridge import metrics
from bridge.channels._text import kept
from bridge.channels.whatsapp.api import Api, Listed
from bridge.channels.whatsapp.following import Follower
from bridge.channels.whatsapp.inbound import Heard
from bridge.channels.whatsapp.ledger import Ledger, has_failed
from bridge.channels.whatsapp.reception import Reception
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited, StoreUnavailable, Undeliverable
from bridge.logs import event
from bridge.types import Attachment

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=60)
"""Twilio gives a webhook up within 15 seconds a try; until then a message is not missed."""
OVERLAP = timedelta(minutes=2)
"""Looked at once more, for clocks that differ and lists that lag."""
BACK_MAX = timedelta(hours=23)
"""Older messages cannot be answered any more."""
MESSAGES_MAX = 20_000
"""Messages looked at in one sweep."""


class Sweep:
    """Remembers only whether it failed the last time."""

    def __init__(self, sender: str, api: Api, ledger: Ledger, reception: Reception, follower: Follower) -> None:
        self._sender = sender
        self._api = api
        self._ledger = ledger
        self._reception = reception
        self._follower = follower
        self._failing = False

    async def run(self, interval_s: float) -> None:
        """Sweep now and from time to time, until cancelled."""
        while True:
            try:
                await self.once(datetime.now(UTC))
                self._failing = False
            except (ChannelError, StoreUnavailable) as error:
                if not self._failing:
                    event(log, "the look for missed messages failed", level=logging.WARNING, error=error)
                self._failing = True
            await asyncio.sleep(interval_s)

    async def once(self, now: datetime) -> None:
        """Catch up with everything since the last sweep. The very first only begins: what was there before us was not
        for us. May raise RateLimited, ChannelUnavailable, Undeliverable, StoreUnavailable."""
        swept_at = await self._ledger.swept_at()
        if swept_at is not None:
            since = max(swept_at - OVERLAP, now - BACK_MAX)
            for message in await self._since(since, until=now - SETTLE, to=self._sender):
                if message.inbound:
                    await self._alone(message, self._hear(message))
            for message in await self._since(since, until=now - SETTLE, sender=self._sender):
                if has_failed(message.status):
                    await self._alone(message, self._follower.failed(message.sid, message.error_code))
        await self._ledger.sweep(now - SETTLE)

    async def _since(self, since: datetime, *, until: datetime, **whose: str) -> list[Listed]:
        """The messages of a time, oldest first."""
        found: list[Listed] = []
        async for message in self._api.messages(**whose):
            if message.created_at < since or len(found) >= MESSAGES_MAX:
                break
            if message.created_at <= until:
                found.append(message)
        return found[::-1]

    async def _alone(self, message: Listed, dealing: Awaitable[None]) -> None:
        """Deal with one message so that it keeps no other back, now and in the next sweep. May raise RateLimited,
        ChannelUnavailable, StoreUnavailable: what passes is waited for."""
        try:
            await dealing
        except (RateLimited, ChannelUnavailable, StoreUnavailable):
            raise
        except Exception as error:
            metrics.BUGS.labels("whatsapp").inc()
            # Where it happened, and not its words: they may quote the message.
            place = traceback.extract_tb(error.__traceback__)[-1]
            event(
                log,
                "a message in Twilio's list was passed over",
                level=logging.ERROR,
                sid=message.sid,
                error=type(error).__name__,
                place=f"{place.filename}:{place.lineno}",
            )

    async def _hear(self, message: Listed) -> None:
        """Take in a message, without what only webhooks tell: buttons, places, names."""
        if await self._ledger.noted(message.sid):
            return
        event(log, "a missed message was found", level=logging.WARNING, sid=message.sid)
        await self._reception.hear(
            Heard(
                sid=message.sid,
                person=message.sender.removeprefix("whatsapp:"),
                name="",
                text=kept(message.body).strip(),
                at=message.created_at,
                attachments=await self._files(message),
            )
        )

    async def _files(self, message: Listed) -> tuple[Attachment, ...]:
        """Those that came with it; without an address, so that they count as unreadable, when Twilio does not list
        them any more."""
        if not message.media:
            return ()
        try:
            listed = await self._api.media(message.sid)
        except Undeliverable as error:
            event(log, "the files of a missed message cannot be listed", level=logging.WARNING, error=error)
            listed = [("", "")] * message.media
        return tuple(Attachment(url=url, media_type=media_type) for url, media_type in listed)
