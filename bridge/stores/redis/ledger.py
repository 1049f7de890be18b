"""Money in whole nano-dollars, as ports.Ledger says: a hash for each account and each open reservation, both of which
the server forgets when their time is over. The end of a lease changes nothing: what is not booked counts as spent."""

from collections.abc import Sequence

from bridge.ports import Cap
from bridge.stores.redis.part import Part
from bridge.stores.redis.server import Script
from bridge.stores.redis.times import microseconds

_SET_ASIDE = Script("set_aside", "_money")
_BOOK = Script("book")
_BOOKED = Script("booked", "_money")


class Ledger(Part):
    """The part of a store that ports.Ledger describes. Times are the server's."""

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        asked = [value for cap in caps for value in (cap.account, cap.limit, microseconds(cap.ttl_s))]
        refused = int(await self._server.run(_SET_ASIDE, reservation, amount, microseconds(lease_s), *asked))
        return caps[refused - 1] if refused else None

    async def book(self, reservation: str, amount: int) -> None:
        await self._server.run(_BOOK, reservation, amount)

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        return [int(amount) for amount in await self._server.run(_BOOKED, *accounts)]
