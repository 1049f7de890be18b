"""Token buckets in the memory of one process. Times are the event loop's.

A store that outlives the process keeps what they hold, and what platforms asked for, now and then.
"""

import asyncio
import math
from dataclasses import dataclass, field

from bridge.ports import Bucket

BUCKETS_MAX = 10_000
"""Above this, buckets that have refilled are forgotten: a full bucket and no bucket are the same."""
UNDER_WAY_LOOK_S = 0.25
"""Who needs the token of a call that is under way does not ask again sooner: nobody knows when the call ends."""
_ROUNDING = 1e-9


@dataclass(slots=True)
class _Level:
    tokens: float
    at: float
    bucket: Bucket
    paused_until: float = 0.0
    held: dict[str, float] = field(default_factory=dict)
    """Who has a token set aside, in the order of asking, and until when."""
    under_way: list[float] = field(default_factory=list)
    """Until when each call counts as under way."""

    def go_to(self, now: float) -> None:
        """Let what came back since, and places and calls whose time is over, count. The token of a call that is under
        way is not there: the platform counts it when it arrives, which may be at any time until it has ended."""
        room = self.bucket.capacity - len(self.under_way)
        self.tokens = min(room, self.tokens + (now - self.at) * self.bucket.refill_per_s)
        self.at = now
        if self.under_way and min(self.under_way) <= now:
            self.under_way = [until for until in self.under_way if until > now]
        if self.held and min(self.held.values()) <= now:
            self.held = {holder: until for holder, until in self.held.items() if until > now}

    def wait_s(self, wanted: float) -> float:
        """Until so many tokens are there; where that takes the end of calls that are under way, until it is worth
        asking again."""
        wait_s = max(self.paused_until - self.at, 0.0)
        missing = wanted - self.tokens
        if missing > _ROUNDING:
            wait_s = max(wait_s, missing / self.bucket.refill_per_s)
            if self.under_way and wanted > self.bucket.capacity - len(self.under_way):
                wait_s = max(wait_s, UNDER_WAY_LOOK_S)
        return wait_s

    @property
    def unused(self) -> bool:
        return not self.held and self.tokens >= self.bucket.capacity and self.paused_until <= self.at


class QuotasInMemory:
    """The part of a store that ports.Quotas describes. Mutable."""

    def __init__(self) -> None:
        self._levels: dict[str, _Level] = {}
        self._changed: set[str] = set()
        self._forget_at = BUCKETS_MAX

    async def spend(
        self, bucket: Bucket, *, tokens: float = 1.0, reserve: float = 0.0, holder: str = "", call_s: float = 0.0
    ) -> float:
        level = self._level(bucket)
        before = list(level.held).index(holder) if holder in level.held else len(level.held)
        wait_s = level.wait_s(tokens + reserve + before)
        if wait_s == 0.0 and tokens:  # who only looks keeps the place
            level.tokens -= tokens
            level.held.pop(holder, None)
            self._changed.add(bucket.key)
            if call_s:
                level.under_way.append(level.at + call_s)
        return wait_s

    async def ended(self, bucket: Bucket) -> None:
        if under_way := self._level(bucket).under_way:
            under_way.pop(0)

    async def hold(self, bucket: Bucket, holder: str, *, ttl_s: float, reserve: float | None = None) -> float:
        level = self._level(bucket)
        if holder not in level.held and reserve is not None:
            wait_s = level.wait_s(1 + reserve + len(level.held))
            if wait_s > 0:
                return wait_s
        level.held[holder] = level.at + ttl_s
        return 0.0

    async def release(self, bucket: Bucket, holder: str) -> None:
        self._level(bucket).held.pop(holder, None)

    async def pause(self, bucket: Bucket, wait_s: float) -> None:
        """What was thought to be left is not there: the platform says so."""
        level = self._level(bucket)
        level.paused_until = max(level.paused_until, level.at + wait_s)
        level.tokens = 0.0
        self._changed.add(bucket.key)

    def spent(self) -> dict[str, float]:
        """What is left of each bucket that was spent from since this was asked the last time."""
        changed, self._changed = self._changed, set()
        return {key: self._levels[key].tokens for key in changed if key in self._levels}

    def remember(self, key: str, tokens: float, age_s: float) -> None:
        """So much was left of a bucket some time ago. What it holds and gains is told with its next use."""
        at = asyncio.get_running_loop().time() - age_s
        self._levels[key] = _Level(tokens, at, Bucket(key, math.inf, 0.0))

    def _level(self, bucket: Bucket) -> _Level:
        """The bucket as it is now."""
        now = asyncio.get_running_loop().time()
        level = self._levels.get(bucket.key)
        if level is None:
            self._forget_unused(now)
            level = self._levels[bucket.key] = _Level(bucket.capacity, now, bucket)
        level.bucket = bucket
        level.go_to(now)
        return level

    def _forget_unused(self, now: float) -> None:
        if len(self._levels) < self._forget_at:
            return
        for level in self._levels.values():
            level.go_to(now)
        self._levels = {key: level for key, level in self._levels.items() if not level.unused}
        # When most are in use, looking at all of them again for each new one would be slow.
        self._forget_at = max(BUCKETS_MAX, 2 * len(self._levels))
