"""Looks for what people wrote to us while nobody listened: Slack sends an event again for about six minutes, and over
a socket that is closed not at all.

How long we listen is marked in the store. After a gap each place where people lately talked with us is read from its
beginning on, and what is found takes the way of an event: the store knows what has come before.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bridge import metrics
from bridge.channels.slack.active import Active, Spot
from bridge.channels.slack.api import LockedOut, SlackApi
from bridge.channels.slack.place import NAME, Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.text import mentions
from bridge.errors import ChannelUnavailable, RateLimited, StoreUnavailable, Undeliverable
from bridge.logs import event
from bridge.ports import Store

log = logging.getLogger(__name__)

MARK = "slack:listening"
MARK_EVERY_S = 15.0
GAP_S = 5.0
"""A connection that is renewed leaves a shorter one."""
OVERLAP_S = 120.0
"""Read once more: what was on its way when the gap began."""
ACTIVE_S = 7 * 86_400.0
"""How long before the gap a place may have fallen silent."""
CHANNELS_MAX = 50
THREADS_MAX = 150
PAGE = 200
PAGES_MAX = 5
"""Of one place."""
RESERVE = 0.5
"""Share of the quota that is left for whatever people wait for."""
REST_S = 5.0
"""Between two tries while Slack, the store or the quota lets nobody read."""
LOOK_MAX_S = 1_800.0
"""How long one look may take; what is not found by then stays missed."""

Hear = Callable[[str, str, Sequence[Mapping[str, Any]]], Awaitable[int]]
"""Takes messages of one place, oldest first, for a workspace and our user there; how many of them were new to us. May
raise StoreUnavailable."""


class Missed:
    """Mutable: knows whether we listen. `back_max_s` is how far back anything is looked for."""

    def __init__(
        self, api: SlackApi, store: Store, quotas: SlackQuotas, active: Active, hear: Hear, *, back_max_s: float
    ) -> None:
        self._api = api
        self._store = store
        self._quotas = quotas
        self._active = active
        self._hear = hear
        self._back_max_s = back_max_s
        self._listening, self._lost = asyncio.Event(), asyncio.Event()
        self._bots: dict[str, str] = {}
        self._gap_from: float | None = None
        """Since when (Unix seconds) something may have been missed; None: nothing."""

    def listening(self, yes: bool) -> None:
        """From now on we hear what is said, or do not."""
        if yes:
            self._lost.clear()
            self._listening.set()
        elif self._listening.is_set():
            self._gap_from = self._gap_from or time.time()
            self._listening.clear()
            self._lost.set()

    async def run(self) -> None:
        """Look after each start but the very first, before which nothing was for us, and after each gap; until
        cancelled."""
        self._gap_from, gap_s = await self._marked(), 0.0
        while True:
            await self._listening.wait()
            # Until the look has ended the mark in the store stays where it is: it is begun again after a crash.
            since, self._gap_from = self._gap_from, None
            if since is not None and time.time() - since >= gap_s:
                await self._look(max(since, time.time() - self._back_max_s))
            gap_s = GAP_S
            while self._gap_from is None:
                await self._mark()
                try:
                    async with asyncio.timeout(MARK_EVERY_S):
                        await self._lost.wait()
                except TimeoutError:
                    pass

    async def _marked(self) -> float | None:
        while True:
            try:
                kept = await self._store.get(MARK)
                return float(kept) if kept else None
            except ValueError:
                return None
            except StoreUnavailable:
                await asyncio.sleep(REST_S)

    async def _mark(self) -> None:
        try:
            await self._store.put(MARK, f"{time.time():.3f}")
        except StoreUnavailable as error:
            event(log, "cannot note that we listen", level=logging.WARNING, channel=NAME, error=error)

    async def _look(self, since: float) -> None:
        """Read all places that were active, as long as there is time."""
        found = 0
        try:
            async with asyncio.timeout(LOOK_MAX_S):
                for spot in await self._spots(since - ACTIVE_S):
                    found += await self._alone(spot, since)
        except TimeoutError:
            event(log, "not all places could be looked at", level=logging.WARNING, channel=NAME)
        level = logging.WARNING if found else logging.INFO
        event(
            log, "looked for missed messages", level=level, channel=NAME, gap_s=round(time.time() - since), found=found
        )

    async def _spots(self, since: float) -> list[Spot]:
        while True:
            try:
                spots = await self._active.lately(since)
                break
            except StoreUnavailable:
                await asyncio.sleep(REST_S)
        channels, threads = [s for s in spots if not s.thread], [s for s in spots if s.thread]
        return channels[:CHANNELS_MAX] + threads[:THREADS_MAX]

    async def _alone(self, spot: Spot, since: float) -> int:
        """Read one place so that it keeps no other back; how much was new."""
        try:
            return await self._read(spot, since)
        except (Undeliverable, LockedOut) as error:  # we are not there any more, or may not read
            event(log, "a place cannot be looked at", level=logging.INFO, channel=NAME, error=error)
        except Exception as error:
            metrics.BUGS.labels("channel").inc()
            # Where it happened, and not its words: they may quote a message.
            at = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{at.filename}:{at.lineno}"
            event(log, "a place was passed over", level=logging.ERROR, error=type(error).__name__, place=place)
        return 0

    async def _read(self, spot: Spot, since: float) -> int:
        """May raise Undeliverable, LockedOut."""
        bot = await self._bot(spot)
        messages = await self._messages(spot, since - OVERLAP_S)
        direct = spot.channel.startswith("D")

        def ours(message: Mapping[str, Any]) -> bool:
            """What was said in a thread before the gap, and not to us, was heard and left alone."""
            return direct or mentions(message.get("text"), bot) or float(message["ts"]) > since

        found = await self._taken(spot, bot, [message for message in messages if ours(message)])
        for message in messages:
            begins = not spot.thread and message.get("reply_count") and message["ts"] == message.get("thread_ts")
            if begins and (direct or mentions(message.get("text"), bot)):
                found += await self._read(Spot(spot.team, spot.channel, message["ts"]), since)
        return found

    async def _bot(self, spot: Spot) -> str:
        """Our user in a workspace. May raise Undeliverable, LockedOut."""
        if spot.team not in self._bots:
            self._bots[spot.team] = str((await self._made(spot, "auth_test", {}))["user_id"])
        return self._bots[spot.team]

    async def _taken(self, spot: Spot, bot: str, messages: Sequence[Mapping[str, Any]]) -> int:
        said = [{**message, "channel": spot.channel} for message in messages]
        while True:
            try:
                return await self._hear(spot.team, bot, said)
            except StoreUnavailable:
                await asyncio.sleep(REST_S)

    async def _messages(self, spot: Spot, since: float) -> list[Mapping[str, Any]]:
        """Oldest first. May raise Undeliverable, LockedOut."""
        args: dict[str, Any] = {"channel": spot.channel, "oldest": f"{since:.6f}", "limit": PAGE}
        if spot.thread:
            args["ts"] = spot.thread
        found: dict[str, Mapping[str, Any]] = {}
        for _ in range(PAGES_MAX):
            method = "conversations_replies" if spot.thread else "conversations_history"
            answer = await self._made(spot, method, args)
            found |= {message["ts"]: message for message in answer["messages"] if float(message["ts"]) > since}
            args["cursor"] = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not args["cursor"]:
                break
        return [found[ts] for ts in sorted(found, key=float)]

    async def _made(self, spot: Spot, method: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call, as soon as it is allowed and possible. May raise Undeliverable, LockedOut."""
        bucket = self._quotas.look(Place(spot.team, spot.channel), method)
        while True:
            try:
                if await self._quotas.spare(bucket, reserve=RESERVE * bucket.capacity):
                    return await self._quotas.heed(bucket, self._api.call(spot.team, method, **args))
            except LockedOut:
                raise
            except (RateLimited, ChannelUnavailable, StoreUnavailable) as error:
                event(log, "the look for missed messages waits", level=logging.INFO, channel=NAME, error=error)
            await asyncio.sleep(REST_S)
