"""Accounts and what is set aside in them, in the memory of one process. Times are the wall clock's seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.ports import Cap


@dataclass(slots=True)
class _Account:
    booked: int
    forget_at: float


@dataclass(frozen=True, slots=True)
class _Reservation:
    amount: int
    caps: tuple[Cap, ...]
    until: float


class LedgerInMemory:
    """The part of a store that ports.Ledger describes. Mutable."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._now = clock
        self._accounts: dict[str, _Account] = {}
        self._reservations: dict[str, _Reservation] = {}

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        self._expire()
        if reservation in self._reservations:
            return None
        for cap in caps:
            if self._amount(cap.account) + amount > cap.limit:
                return cap
        self._reservations[reservation] = _Reservation(amount, tuple(caps), self._now() + lease_s)
        return None

    async def book(self, reservation: str, amount: int) -> None:
        self._expire()
        if known := self._reservations.pop(reservation, None):
            self._book(known.caps, amount)

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        self._expire()
        return [self._amount(account) for account in accounts]

    def _amount(self, account: str) -> int:
        known = self._accounts.get(account)
        aside = sum(
            reservation.amount
            for reservation in self._reservations.values()
            if any(cap.account == account for cap in reservation.caps)
        )
        return (known.booked if known else 0) + aside

    def _book(self, caps: Sequence[Cap], amount: int) -> None:
        for cap in caps:
            known = self._accounts.setdefault(cap.account, _Account(0, 0.0))
            known.booked += amount
            known.forget_at = max(known.forget_at, self._now() + cap.ttl_s)

    def _expire(self) -> None:
        now = self._now()
        for name in [name for name, reservation in self._reservations.items() if reservation.until <= now]:
            known = self._reservations.pop(name)
            self._book(known.caps, known.amount)
        for account in [account for account, known in self._accounts.items() if known.forget_at <= now]:
            del self._accounts[account]
