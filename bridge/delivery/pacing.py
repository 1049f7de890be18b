"""When the next call to a platform may be made.

The buckets are shared by every conversation and process that the platform counts together. A draft takes only what is
spare: the sooner after the last one it comes, the more it must leave, so that edits are quick while nothing else goes
on and slow down as the bucket drains. Before an answer is shown while it is written, the token of its final edit is
set aside; a final asks for its place in the queue and waits for it, here or in the store.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Literal

from bridge.errors import RateLimited
from bridge.ports import Bucket, Limits, Quotas

Kind = Literal["post", "edit"]
Call = Literal["post", "edit", "find", "delete"]

DRAFT_SHARE = 0.5
"""Share of a bucket that a draft must leave when it comes as early as it may; twice as late, half of that."""
ADMIT_SHARE = 0.35
"""Share of a bucket that must be spare before one more answer is shown while it is written."""
SLOW_PER_S = 1.0
"""In a bucket that refills at this rate or faster nothing is set aside: what a final needs there comes soon."""
DRAFT_LOOK_S = 0.05
"""A draft that was refused does not ask again sooner: what it must leave falls while it waits, so it would ask without
end."""
CALL_S = 60.0
"""How long a call counts as under way when nobody says that it has ended: longer than any channel waits for its
platform."""
HOLD_S = 180.0
"""How long a token stays set aside: longer than any answer is written."""
FINAL_WAIT_S = 20.0
"""How long a final waits for its call here; after that it waits in the store."""


class Pace:
    """The calls of one turn. Mutable. May raise StoreUnavailable throughout."""

    def __init__(self, quotas: Quotas, limits: Limits, holder: str) -> None:
        self._quotas = quotas
        self._buckets: dict[Kind, tuple[Bucket, ...]] = {"post": limits.post, "edit": limits.edit}
        self._interval_s = limits.edit_interval_s
        self._holder = holder
        self._held: set[Bucket] = set()
        self._under_way: Bucket | None = None
        """Where a call that has not ended counts as under way."""
        self._kept: Bucket | None = None
        """Where a final keeps its place while it waits in the store."""
        self._quiet_until = 0.0
        """What the platform asked of this turn."""

    async def admit(self) -> float:
        """Set the final edit of this turn aside: 0 when that is done, else the seconds until it may work. What holds
        a single token cannot be kept for later: there the final waits like any other call."""
        for bucket in self._buckets["edit"]:
            if bucket.capacity >= 2 and bucket.refill_per_s < SLOW_PER_S and bucket not in self._held:
                reserve = ADMIT_SHARE * bucket.capacity
                if wait_s := await self._quotas.hold(bucket, self._holder, ttl_s=HOLD_S, reserve=reserve):
                    return wait_s
                self._held.add(bucket)
        return 0.0

    async def draft(self, kind: Kind, since_s: float) -> float:
        """Take what a draft `since_s` after the last call needs: 0 when that is done, else the seconds until it may
        work."""
        share = DRAFT_SHARE * self._interval_s / max(since_s, self._interval_s, 1e-3)
        wait_s = await self._take(kind, share)
        return max(wait_s, DRAFT_LOOK_S) if wait_s else 0.0

    async def final(self, kind: Kind) -> None:
        """Take what a final needs, in the order of asking. May raise RateLimited when that takes too long; its place
        is kept then, for who comes again with the same holder.

        It has a place in the last bucket only, the strictest: one in a bucket that other rooms share would keep them
        waiting for as long as its own is empty.
        """
        self._kept = None
        for bucket in self._buckets[kind][-1:]:
            await self._quotas.hold(bucket, self._holder, ttl_s=HOLD_S)
        try:
            await self._until_free(lambda: self._take(kind, 0.0, self._holder))
        except RateLimited as error:
            for bucket in self._buckets[kind][-1:]:
                await self._quotas.hold(bucket, self._holder, ttl_s=error.retry_after_s + HOLD_S)
                self._kept = bucket
            if self._quiet_until > asyncio.get_running_loop().time():
                raise
            # Back before it is its turn: while the first in the queue is away, what comes back is lost to all.
            early_s = FINAL_WAIT_S / 2
            raise RateLimited(str(error), retry_after_s=max(1.0, error.retry_after_s - early_s)) from None

    async def quiet(self) -> None:
        """Wait while the platform wants to hear nothing. May raise RateLimited when that takes too long."""
        await self._until_free(self.quiet_s)

    async def quiet_s(self) -> float:
        """The seconds for which the platform wants to hear nothing of this conversation."""
        wait_s = max(0.0, self._quiet_until - asyncio.get_running_loop().time())
        for bucket in {*self._buckets["post"][-1:], *self._buckets["edit"][-1:]}:
            # However few are left: only a pause counts.
            wait_s = max(wait_s, await self._quotas.spend(bucket, tokens=0.0, reserve=-math.inf))
        return wait_s

    async def refused(self, call: Call, retry_after_s: float, *, ours: bool = False) -> None:
        """The platform has refused a call: nobody calls before it says so. Of several buckets it is the last, its
        own, that is empty. Who may not look may not post either: it is done only before a post. What is `ours` holds
        up this turn alone: the channel has seen to the rest."""
        self._quiet_until = asyncio.get_running_loop().time() + retry_after_s
        if ours:
            return
        for bucket in self._buckets["post" if call in ("post", "find") else "edit"][-1:]:
            await self._quotas.pause(bucket, retry_after_s)

    async def ended(self) -> None:
        """The call that a token was taken for has ended, however: from now on the next may follow it."""
        if bucket := self._under_way:
            self._under_way = None
            await self._quotas.ended(bucket)

    async def close(self) -> None:
        """Give back what was set aside and not used, by earlier attempts too; not the place of a final that waits."""
        await self.ended()
        for bucket in {*self._buckets["post"], *self._buckets["edit"]} - {self._kept}:
            await self._quotas.release(bucket, self._holder)
        self._held.clear()

    async def _take(self, kind: Kind, share: float, holder: str = "") -> float:
        """A token of each bucket or of none. The last is taken last: it is the strictest, and what is taken of it is
        used at once. There alone the call counts as under way: in a bucket that other rooms share, a few calls that
        hang would stop them all."""
        await self.ended()  # what was taken and not used
        if (wait_s := self._quiet_until - asyncio.get_running_loop().time()) > 0:
            return wait_s
        wanted = [(bucket, share * bucket.capacity if bucket.capacity >= 2 else 0.0) for bucket in self._buckets[kind]]
        for bucket, reserve in wanted:
            if wait_s := await self._quotas.spend(bucket, tokens=0.0, reserve=1.0 + reserve, holder=holder):
                return wait_s
        strictest = self._buckets[kind][-1] if wanted else None
        for bucket, reserve in wanted:
            call_s = CALL_S if bucket is strictest else 0.0
            if wait_s := await self._quotas.spend(bucket, reserve=reserve, holder=holder, call_s=call_s):
                return wait_s
        self._under_way = strictest
        return 0.0

    async def _until_free(self, ask: Callable[[], Awaitable[float]]) -> None:
        until = asyncio.get_running_loop().time() + FINAL_WAIT_S
        while wait_s := await ask():
            if asyncio.get_running_loop().time() + wait_s > until:
                raise RateLimited("the quota is used up", retry_after_s=wait_s)
            await asyncio.sleep(wait_s)
