"""How many codes may be asked for: by one sender, for one address, and by all together."""

import hashlib
from collections.abc import Iterator

from bridge.identity.settings import IdentitySettings
from bridge.ports import Bucket, Quotas

HOUR_S = 3600.0


async def allowed(quotas: Quotas, settings: IdentitySettings, sender: str, address: str) -> bool:
    """Take one code from each limit; False when one has none left. May raise StoreUnavailable."""
    for bucket in _buckets(settings, sender, address):
        if await quotas.spend(bucket) > 0:
            return False
    return True


def _buckets(settings: IdentitySettings, sender: str, address: str) -> Iterator[Bucket]:
    yield _bucket(f"person:{_hashed(sender)}", settings.codes_per_person)
    yield _bucket(f"address:{_hashed(address)}", settings.codes_per_address)
    yield _bucket("all", settings.codes_per_hour)


def _bucket(name: str, per_hour: int) -> Bucket:
    """In no hour more than `per_hour`: a little more than half of them at once, the others one after the other."""
    at_once = per_hour // 2 + 1
    return Bucket(f"identity:{name}", float(at_once), (per_hour - at_once) / HOUR_S or 1 / (2 * HOUR_S))


def _hashed(value: str) -> str:
    """Names of buckets turn up in places where addresses must not."""
    return hashlib.sha256(value.encode()).hexdigest()
