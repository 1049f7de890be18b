"""Token buckets in the memory of one process.

After a restart they are full again: the platform's own 429 corrects us.
"""

from dataclasses import dataclass

from bridge.ports import Bucket

BUCKETS_MAX = 10_000
"""Above this, buckets that have refilled are forgotten: a full bucket and no bucket are the same."""


@dataclass(slots=True)
class _Level:
    tokens: float
    at: float
    bucket: Bucket

    def refill(self, now: float) -> float:
        self.tokens = min(self.bucket.capacity, self.tokens + (now - self.at) * self.bucket.refill_per_s)
        self.at = now
        return self.tokens


class Quotas:
    """Mutable."""

    def __init__(self) -> None:
        self._levels: dict[str, _Level] = {}
        self._forget_at = BUCKETS_MAX

    def spend(self, bucket: Bucket, *, tokens: float, reserve: float, now: float) -> float:
        """See ports.Quotas.spend."""
        level = self._levels.get(bucket.key)
        if level is None:
            self._forget_full(now)
            level = self._levels[bucket.key] = _Level(bucket.capacity, now, bucket)
        level.bucket = bucket
        missing = tokens + reserve - level.refill(now)
        if missing > 1e-9:
            return missing / bucket.refill_per_s
        level.tokens -= tokens
        return 0.0

    def _forget_full(self, now: float) -> None:
        if len(self._levels) < self._forget_at:
            return
        self._levels = {k: v for k, v in self._levels.items() if v.refill(now) < v.bucket.capacity}
        # When most are in use, looking at all of them again for each new one would be slow.
        self._forget_at = max(BUCKETS_MAX, 2 * len(self._levels))
