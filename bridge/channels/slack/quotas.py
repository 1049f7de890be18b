"""Slack's limits of single methods as buckets, and those that the channel keeps by itself.

Delivery spends what posts and edits need before it calls. What else a post or an edit turns out to need is taken here;
when it is used up, or Slack says so, only calls of that method wait.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from bridge.channels.slack.place import Place
from bridge.channels.slack.settings import Settings
from bridge.errors import RateLimited
from bridge.ports import Bucket, Claim, Quotas

AT_ONCE_SHARE = 26 / 48
"""Of the calls of a minute, how many may come at once: the rest flows back in that minute."""
STARTS_PER_MINUTE = 18
APPENDS_PER_MINUTE = 90
STOPS_PER_MINUTE = 18
LOOKS_PER_MINUTE = 40
REACTIONS_PER_MINUTE = 45
UNREACTIONS_PER_MINUTE = 18
UPLOADS_PER_MINUTE = 90
LINKS_PER_MINUTE = 90
DRAFT_RESERVE = 0.5
"""Share of a bucket that drafts leave for finals."""
CALL_S = 15.0
"""How long a call that nobody hears of again is thought to be under way."""
PLACE_S = 120.0
"""How long a final that must wait keeps its place in the queue."""

T = TypeVar("T")


class SlackQuotas:
    """The buckets of a workspace, by method."""

    def __init__(self, settings: Settings, quotas: Quotas) -> None:
        self._settings = settings
        self._quotas = quotas

    def post(self, place: Place) -> Bucket:
        """Slack counts these by channel."""
        return Bucket(f"slack:chat.postMessage:{place.team}:{place.channel}", 1, self._settings.posts_per_second)

    def update(self, place: Place) -> Bucket:
        return _per_minute("chat.update", place, self._settings.updates_per_minute)

    def start(self, place: Place) -> Bucket:
        return _per_minute("chat.startStream", place, STARTS_PER_MINUTE)

    def append(self, place: Place) -> Bucket:
        return _per_minute("chat.appendStream", place, APPENDS_PER_MINUTE)

    def stop(self, place: Place) -> Bucket:
        return _per_minute("chat.stopStream", place, STOPS_PER_MINUTE)

    def react(self, place: Place) -> Bucket:
        return _per_minute("reactions.add", place, REACTIONS_PER_MINUTE)

    def unreact(self, place: Place) -> Bucket:
        return _per_minute("reactions.remove", place, UNREACTIONS_PER_MINUTE)

    def upload(self, place: Place, method: str) -> Bucket:
        """Of a method that files need, by its name in the SDK."""
        return _per_minute(method.replace("_", "."), place, UPLOADS_PER_MINUTE)

    def link(self, place: Place) -> Bucket:
        return _per_minute("chat.getPermalink", place, LINKS_PER_MINUTE)

    def look(self, place: Place, method: str) -> Bucket:
        """Of a method that reads, by its name in the SDK."""
        return _per_minute(method.replace("_", "."), place, LOOKS_PER_MINUTE)

    async def spare(self, bucket: Bucket, *, reserve: float = 0.0) -> bool:
        """Take a token if there is one, and `reserve` are left. May raise StoreUnavailable."""
        return await self._quotas.spend(bucket, reserve=reserve) == 0.0

    async def take(self, bucket: Bucket, claim: Claim, *, final: bool) -> None:
        """Take a token: drafts what is spare, finals in the order of asking. May raise RateLimited that is `ours`,
        StoreUnavailable."""
        if final:
            await self._quotas.hold(bucket, claim.turn.id, ttl_s=PLACE_S)
            wait_s = await self._quotas.spend(bucket, holder=claim.turn.id)
        else:
            wait_s = await self._quotas.spend(bucket, reserve=DRAFT_RESERVE * bucket.capacity)
        if wait_s:
            raise RateLimited(f"{bucket.key}: the quota is used up", retry_after_s=wait_s, ours=True)

    @asynccontextmanager
    async def in_turn(self, bucket: Bucket, holder: str, *, patience_s: float) -> AsyncIterator[None]:
        """Makes one call of a bucket, in the order of asking, and waits for it at most so long: whoever must come
        again keeps the place for a while. When Slack limits the call, only calls of its own method wait. May raise
        RateLimited that is `ours`, StoreUnavailable."""
        until = asyncio.get_running_loop().time() + patience_s
        await self._quotas.hold(bucket, holder, ttl_s=PLACE_S)
        while wait_s := await self._quotas.spend(bucket, holder=holder, call_s=CALL_S):
            if asyncio.get_running_loop().time() + wait_s > until:
                # Back before it is its turn: while the first in the queue is away, what comes back is lost to all.
                again_s = max(wait_s - patience_s / 2, wait_s / 2)
                raise RateLimited(f"{bucket.key}: the quota is used up", retry_after_s=again_s, ours=True)
            await asyncio.sleep(wait_s)
        try:
            yield
        except RateLimited as error:
            await self._quotas.pause(bucket, error.retry_after_s)
            raise RateLimited(str(error), retry_after_s=error.retry_after_s, ours=True) from None
        finally:
            await self._quotas.ended(bucket)

    async def heed(self, bucket: Bucket, call: Awaitable[T]) -> T:
        """Make a call; when Slack limits it, only calls of its own method wait. May raise RateLimited that is `ours`,
        and what the call raises."""
        try:
            return await call
        except RateLimited as error:
            if error.ours:
                raise
            await self._quotas.pause(bucket, error.retry_after_s)
            raise RateLimited(str(error), retry_after_s=error.retry_after_s, ours=True) from None


def _per_minute(method: str, place: Place, calls: int) -> Bucket:
    """A quota that is never passed in any minute: what it holds and what flows back add up to `calls`."""
    at_once = max(2.0, calls * AT_ONCE_SHARE)
    return Bucket(f"slack:{method}:{place.team}", at_once, (calls - at_once) / 60)
