"""Token buckets of platforms' limits, as ports.Quotas says and QuotasInMemory does: a value each, which the server
forgets once the bucket is full again and nobody uses it. As large as those who wait for it and its calls under way."""

from bridge.ports import Bucket
from bridge.stores.redis.part import Part
from bridge.stores.redis.server import Script

_SPEND = Script("spend", "_bucket")
_ENDED = Script("call_ended", "_bucket")
_HOLD = Script("hold", "_bucket")
_RELEASE = Script("release", "_bucket")
_PAUSE = Script("pause", "_bucket")


class Quotas(Part):
    """The part of a store that ports.Quotas describes. Times are the server's."""

    async def spend(
        self, bucket: Bucket, *, tokens: float = 1.0, reserve: float = 0.0, holder: str = "", call_s: float = 0.0
    ) -> float:
        return float(await self._server.run(_SPEND, *_of(bucket), tokens, reserve, holder, call_s))

    async def ended(self, bucket: Bucket) -> None:
        await self._server.run(_ENDED, *_of(bucket))

    async def hold(self, bucket: Bucket, holder: str, *, ttl_s: float, reserve: float | None = None) -> float:
        asked = "" if reserve is None else reserve
        return float(await self._server.run(_HOLD, *_of(bucket), holder, ttl_s, asked))

    async def release(self, bucket: Bucket, holder: str) -> None:
        await self._server.run(_RELEASE, *_of(bucket), holder)

    async def pause(self, bucket: Bucket, wait_s: float) -> None:
        await self._server.run(_PAUSE, *_of(bucket), wait_s)


def _of(bucket: Bucket) -> tuple[str, float, float]:
    return bucket.key, bucket.capacity, bucket.refill_per_s
