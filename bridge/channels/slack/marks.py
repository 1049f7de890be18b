"""What became of a message, as a reaction to it: an hourglass, a check mark or a warning.

Slack takes few reactions a minute, so the hourglass is left out where the message arrives within moments: most do.
"""

import asyncio
import logging
from typing import Literal

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.later import Later
from bridge.channels.slack.place import NAME, Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.errors import MessageGone
from bridge.logs import event
from bridge.ports import KeyValue, Mark
from bridge.types import new_id

log = logging.getLogger(__name__)

PENDING_AFTER_S = 2.0
KEEP_S = 30 * 86_400.0
SETTLED_S = 60.0
"""For so long it is known that a message came to an end: longer than an hourglass waits."""
NAMES: dict[Mark, str] = {
    "pending": "hourglass_flowing_sand",
    "delivered": "white_check_mark",
    "failed": "warning",
}
_THERE = {"already_reacted", "no_reaction"}
"""Refusals that say that it is so already."""


class Marks:
    """Has no state of its own: the hourglass may be asked for in one process, and the end come in another."""

    def __init__(self, api: SlackApi, store: KeyValue, quotas: SlackQuotas, later: Later) -> None:
        self._api = api
        self._store = store
        self._quotas = quotas
        self._later = later

    async def show(self, place: Place, message: tuple[str, str], mark: Mark) -> None:
        """Show this mark alone; once, however often it is asked for. May raise ChannelError, StoreUnavailable."""
        settled = f"slack:settled:{place.team}:{message[0]}:{message[1]}"
        if mark == "pending":
            self._later.do("mark", self._soon(place, message, settled, await self._store.get(settled)))
            return
        await self._store.put(settled, new_id(), ttl_s=SETTLED_S)
        await self._change(place, message, mark)

    async def _soon(self, place: Place, message: tuple[str, str], settled: str, before: str | None) -> None:
        """Unless it came to an end meanwhile."""
        await asyncio.sleep(PENDING_AFTER_S)
        if await self._store.get(settled) in (before, None):
            await self._change(place, message, "pending")

    async def _change(self, place: Place, message: tuple[str, str], mark: Mark) -> None:
        key = f"slack:mark:{place.team}:{message[0]}:{message[1]}"
        shown = (await self._store.get(key) or "").split()
        if NAMES[mark] not in shown:
            shown.append(NAMES[mark])
            if mark == "pending":  # before, so that it is taken away again also after a crash
                await self._store.put(key, " ".join(shown), ttl_s=KEEP_S)
            await self._react(place, message, "reactions_add", NAMES[mark])
            if mark != "pending":
                await self._store.put(key, " ".join(shown), ttl_s=KEEP_S)
        for name in [name for name in shown if name != NAMES[mark]]:
            await self._react(place, message, "reactions_remove", name)
            shown.remove(name)
            await self._store.put(key, " ".join(shown), ttl_s=KEEP_S)

    async def _react(
        self,
        place: Place,
        message: tuple[str, str],
        method: Literal["reactions_add", "reactions_remove"],
        name: str,
    ) -> None:
        channel, ts = message
        bucket = self._quotas.react(place) if method == "reactions_add" else self._quotas.unreact(place)
        try:
            async with self._quotas.in_turn(bucket, f"{channel}:{ts}", patience_s=0.0):
                await self._api.call(place.team, method, channel=channel, timestamp=ts, name=name)
        except MessageGone:
            return  # somebody has taken their message away
        except Refusal as refusal:
            if refusal.code not in _THERE:
                event(log, "a mark is left out", level=logging.WARNING, channel=NAME, error=refusal)
