"""Answers that grow as Telegram's drafts: a draft is shown and shown anew, then the message is sent.

A draft has no message id, so its reference is made from the turn: `draft:` and a number. What became of it is in the
store, so that the message is sent once, also when another process goes on.
"""

import logging

from bridge import metrics
from bridge.channels.telegram.places import NAME, Place
from bridge.errors import ChannelError, Unconfirmed
from bridge.logs import event
from bridge.ports import KeyValue, Page

log = logging.getLogger(__name__)

_PREFIX = "draft:"
_ASKED = "asked"
"""Instead of the message's id: it is being sent, or was when we were cut off."""
SENT_TTL_S = 7 * 86_400.0
PAGES_PER_TURN = 16
"""So many pages of a turn have drafts of different numbers."""


def reference(page: Page) -> str:
    """The reference of a page's draft, the same however often it is made."""
    number = int(page.claim.turn.id[:7], 16) * PAGES_PER_TURN + page.number % PAGES_PER_TURN
    return f"{_PREFIX}{number or 1}"


def draft_id(message_id: str) -> int | None:
    """The draft of a reference; None for that of a message."""
    return int(message_id.removeprefix(_PREFIX)) if message_id.startswith(_PREFIX) else None


class Sent:
    """Which drafts have become messages. May raise StoreUnavailable throughout."""

    def __init__(self, store: KeyValue) -> None:
        self._store = store

    async def message(self, where: Place, draft: int) -> int | None:
        """The message of a draft, None while there is none for certain."""
        kept = await self._store.get(_key(where, draft))
        return int(kept) if kept and kept != _ASKED else None

    async def begin(self, where: Place, draft: int) -> None:
        """The message is about to be sent."""
        if await self._store.get(_key(where, draft)) == _ASKED:
            metrics.POSTS_REPEATED.labels(NAME).inc()
            event(log, "posting again what was never confirmed", level=logging.WARNING, channel=NAME)
        await self._store.put(_key(where, draft), _ASKED, ttl_s=SENT_TTL_S)

    async def end(self, where: Place, draft: int, message_id: int) -> None:
        """It was sent."""
        await self._store.put(_key(where, draft), str(message_id), ttl_s=SENT_TTL_S)

    async def failed(self, where: Place, draft: int, error: ChannelError) -> None:
        """It was not sent, unless nobody knows."""
        if not isinstance(error, Unconfirmed):
            await self._store.delete(_key(where, draft))


def _key(where: Place, draft: int) -> str:
    return f"{NAME}:sent:{where.chat}:{draft}"
