"""Looks for what people wrote to us while nobody listened: Slack sends an event again for about six minutes, and over
a socket that is closed not at all.

How long we listen is marked in the store. After a gap each place where people lately talked with us is read from its
beginning on, and what is found takes the way of an event: the store knows what has come before.
"""

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
PAGES_AT_ONCE = 5
"""Of one place, before the others have their turn."""
TRIES = 3
"""How often a call fails before the others have their turn."""
RESERVE = 0.5
"""Share of the quota that is left for whatever people wait for."""
REST_S = 5.0
"""Between two tries while Slack, the store or the quota lets nobody read."""
LOOK_MAX_S = 1_800.0
"""How long one look may take; what is not found by then stays missed."""
NAMED_MAX = 20
"""How many of the places that were not read to their end are named in the log."""

Hear = Callable[[str, str, Sequence[Mapping[str, Any]]], Awaitable[int]]
"""Takes messages of one place, oldest first, for a workspace and our user there; how many of them were new to us. May
raise StoreUnavailable."""


@dataclass(slots=True)
class _Reading:
    """Mutable: one place, as far as it is read."""

    spot: Spot
    cursor: str = ""
    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What may be for us, by its ts."""
    found: int = 0
    """How much of that was new."""


class Missed:
    """Mutable: knows whether we listen. `back_max_s` is how far back anything is looked for; `clock` gives wall-clock
    seconds."""

    def __init__(
        self,
        api: SlackApi,
        store: Store,
        quotas: SlackQuotas,
        active: Active,
        hear: Hear,
        *,
        back_max_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._store = store
        self._quotas = quotas
        self._active = active
        self._hear = hear
        self._back_max_s = back_max_s
        self._clock = clock
        self._listening, self._lost = asyncio.Event(), asyncio.Event()
        self._bots: dict[str, str] = {}
        self._gap_from: float | None = None
        """Since when (Unix seconds) something may have been missed; None: nothing."""
        self._heard_at = self._clock()
        """When the store last took a mark."""

    def listening(self, yes: bool) -> None:
        """From now on we hear what is said, or do not."""
        if yes:
            self._lost.clear()
            self._listening.set()
        elif self._listening.is_set():
            self._gap_from = self._gap_from or self._clock()
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
            if since is not None and self._clock() - since >= gap_s:
                try:
                    await self._look(max(since, self._clock() - self._back_max_s))
                except StoreUnavailable as error:  # nothing that is said meanwhile can be kept either
                    event(log, "the look for missed messages begins again", channel=NAME, error=error)
                    self._gap_from = since
                    await asyncio.sleep(REST_S)
                    continue
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
        now = self._clock()
        try:
            await self._store.put(MARK, f"{now:.3f}")
            self._heard_at = now
        except StoreUnavailable as error:
            # Events are refused meanwhile, and Slack gives up on them.
            self._gap_from = self._gap_from or self._heard_at
            event(log, "cannot note that we listen", level=logging.WARNING, channel=NAME, error=error)

    async def _look(self, since: float) -> None:
        """Read all places that were active, as long as there is time. May raise StoreUnavailable."""
        spots = await self._spots(since - ACTIVE_S)
        readings = {spot: _Reading(spot) for spot in spots}
        left = deque(readings.values())
        try:
            async with asyncio.timeout(LOOK_MAX_S):
                while left:
                    if not await self._guarded(self._part(left[0], since)):
                        left.rotate(-1)
                        continue
                    new = [spot for spot in _begun(left.popleft()) if spot not in readings]
                    readings |= {spot: _Reading(spot) for spot in new}
                    left.extendleft(readings[spot] for spot in reversed(new))
        except TimeoutError:
            places = " ".join(Place(at.spot.team, at.spot.channel, at.spot.thread).key for at in [*left][:NAMED_MAX])
            event(
                log,
                "not all places could be looked at to their end",
                level=logging.WARNING,
                channel=NAME,
                left=len(left),
                places=places,
            )
            for reading in left:
                await self._guarded(self._hand_over(reading))
        found = sum(reading.found for reading in readings.values())
        level = logging.WARNING if found else logging.INFO
        event(
            log,
            "looked for missed messages",
            level=level,
            channel=NAME,
            gap_s=round(self._clock() - since),
            found=found,
        )

    async def _spots(self, since: float) -> list[Spot]:
        """May raise StoreUnavailable."""
        spots = await self._active.lately(since)
        channels, threads = [s for s in spots if not s.thread], [s for s in spots if s.thread]
        return channels[:CHANNELS_MAX] + threads[:THREADS_MAX]

    async def _guarded(self, work: Awaitable[bool]) -> bool:
        """A mistake ends the work at one place, and nothing else. May raise StoreUnavailable."""
        try:
            return await work
        except StoreUnavailable:
            raise
        except Exception as error:
            metrics.BUGS.labels("channel").inc()
            # Where it happened, and not its words: they may quote a message.
            at = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{at.filename}:{at.lineno}"
            event(log, "a place was passed over", level=logging.ERROR, error=type(error).__name__, place=place)
            return True

    async def _part(self, reading: _Reading, since: float) -> bool:
        """Read some pages, and hand over what was said once there are no more: whether someone wrote "stop" is known
        only then. True when the place is done with. May raise StoreUnavailable."""
        try:
            if not await self._read(reading, since):
                return False
        except (Undeliverable, LockedOut) as error:  # we are not there any more, or may not read
            event(log, "a place cannot be looked at", level=logging.INFO, channel=NAME, error=error)
        except ChannelUnavailable as error:
            event(log, "a place is looked at later", level=logging.INFO, channel=NAME, error=error)
            return False
        return await self._hand_over(reading)

    async def _hand_over(self, reading: _Reading) -> bool:
        """May raise StoreUnavailable."""
        spot = reading.spot
        said = [{**reading.said[ts], "channel": spot.channel} for ts in sorted(reading.said, key=float)]
        if said:
            reading.found += await self._hear(spot.team, self._bots[spot.team], said)
        return True

    async def _read(self, reading: _Reading, since: float) -> bool:
        """Some pages of a place; True when there are no more. May raise Undeliverable, ChannelUnavailable,
        StoreUnavailable."""
        spot, bot = reading.spot, await self._bot(reading.spot)
        direct = spot.channel.startswith("D")

        def ours(message: Mapping[str, Any]) -> bool:
            """What was said in a thread before the gap, and not to us, was heard and left alone. What a busy channel
            says beside its threads is for us only by name."""
            if direct or mentions(message.get("text"), bot):
                return True
            in_thread = spot.thread or message.get("thread_ts") not in (None, message["ts"])
            return bool(in_thread) and float(message["ts"]) > since

        oldest = since - OVERLAP_S
        args: dict[str, Any] = {"channel": spot.channel, "oldest": f"{oldest:.6f}", "limit": PAGE}
        if spot.thread:
            args["ts"] = spot.thread
        for _ in range(PAGES_AT_ONCE):
            if reading.cursor:
                args["cursor"] = reading.cursor
            method = "conversations_replies" if spot.thread else "conversations_history"
            answer = await self._made(spot, method, args)
            new = [message for message in answer["messages"] if float(message["ts"]) > oldest]
            reading.said |= {message["ts"]: message for message in new if ours(message)}
            reading.cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not reading.cursor:
                return True
        return False

    async def _bot(self, spot: Spot) -> str:
        """Our user in a workspace. May raise Undeliverable, ChannelUnavailable, StoreUnavailable."""
        if spot.team not in self._bots:
            self._bots[spot.team] = str((await self._made(spot, "auth_test", {}))["user_id"])
        return self._bots[spot.team]

    async def _made(self, spot: Spot, method: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call, as soon as it is allowed; what fails is tried again. May raise Undeliverable, ChannelUnavailable,
        StoreUnavailable."""
        bucket = self._quotas.look(Place(spot.team, spot.channel), method)
        failed = 0
        while True:
            try:
                if await self._quotas.spare(bucket, reserve=RESERVE * bucket.capacity):
                    return await self._quotas.heed(bucket, self._api.call(spot.team, method, **args))
            except LockedOut:
                raise
            except RateLimited as error:  # so are all other places
                event(log, "the look for missed messages waits", level=logging.INFO, channel=NAME, error=error)
            except ChannelUnavailable:
                failed += 1
                if failed == TRIES:
                    await asyncio.sleep(REST_S)  # before the next place: perhaps Slack is away
                    raise
            await asyncio.sleep(REST_S)


def _begun(reading: _Reading) -> list[Spot]:
    """The threads that began with what was said to us outside of threads."""
    spot = reading.spot
    roots = [ts for ts, said in reading.said.items() if said.get("reply_count") and said.get("thread_ts") == ts]
    return [] if spot.thread else [Spot(spot.team, spot.channel, ts) for ts in sorted(roots, key=float)]
