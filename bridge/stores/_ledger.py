"""Accounts and what is set aside in them, in the memory of one process. Times are the wall clock's seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.ports import Cap

SWEEP_CALLS = 1_000
"""Amounts set aside between two looks for what has ended; each look reads everything."""


@dataclass(slots=True)
class _Account:
    amount: int
    """Booked and set aside. An end of a lease changes nothing here: what is not booked counts as spent."""
    forget_at: float


@dataclass(frozen=True, slots=True)
class _Reservation:
    amount: int
    accounts: tuple[str, ...]
    until: float


class LedgerInMemory:
    """The part of a store that ports.Ledger describes. Mutable."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._now = clock
        self._accounts: dict[str, _Account] = {}
        self._reservations: dict[str, _Reservation] = {}
        self._calls = 0

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        now = self._now()
        self._sweep(now)
        open_one = self._reservations.get(reservation)
        if open_one and open_one.until > now:
            return None
        for cap in caps:
            if self._amount(cap.account, now) + amount > cap.limit:
                return cap
        self._reservations[reservation] = _Reservation(amount, tuple(cap.account for cap in caps), now + lease_s)
        for cap in caps:
            total = self._amount(cap.account, now) + amount
            known = self._accounts.setdefault(cap.account, _Account(0, 0.0))
            known.amount = total
            known.forget_at = max(known.forget_at, now + lease_s + cap.ttl_s)
        return None

    async def book(self, reservation: str, amount: int) -> None:
        known = self._reservations.pop(reservation, None)
        if known and known.until > self._now():
            for account in known.accounts:
                self._accounts[account].amount += amount - known.amount

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        now = self._now()
        return [self._amount(account, now) for account in accounts]

    def _amount(self, account: str, now: float) -> int:
        known = self._accounts.get(account)
        return known.amount if known and known.forget_at > now else 0

    def _sweep(self, now: float) -> None:
        self._calls += 1
        if self._calls % SWEEP_CALLS == 0:
            self._reservations = {name: kept for name, kept in self._reservations.items() if kept.until > now}
            self._accounts = {name: kept for name, kept in self._accounts.items() if kept.forget_at > now}
