"""The ledgers against sums in plain lists: any order of calls, ends of leases, forgotten accounts and restarts agree
with them to the nano-dollar."""

import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridge.ports import Cap, Ledger
from bridge.stores import memory, sqlite
from bridge.stores.redis.ledger import Ledger as RedisLedger
from tests.fakes.redis_clock import ServerTime
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.stores.machines import run
from tests.unit.stores.redis_parts import open_part

T = TypeVar("T")

NAMES = ("turn", "day", "month")
RESERVATIONS = st.integers(0, 8).map(lambda n: f"r{n}")
AMOUNTS = st.sampled_from([0, 1, 7, 30, 100])
SECONDS = st.sampled_from([0.5, 3.0, 12.0, 100.0])
LIMITS = {"turn": 60, "day": 150, "month": 400}
TTL_S = {"turn": 2.0, "day": 20.0, "month": 90.0}


@dataclass
class Reserved:
    """What a ledger was told, in the order in which it was."""

    name: str
    amount: int
    accounts: list[str]
    begun: float
    until: float
    open: bool = True


class LedgerMachine(RuleBasedStateMachine):
    durable: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualTimeLoop | ServerTime = VirtualTimeLoop()
        self.folder = Path(tempfile.mkdtemp(prefix="bridge-ledger-"))
        self.stack = AsyncExitStack()
        self.made: list[Reserved] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def open(self) -> Ledger:
        if self.durable:
            kept = sqlite.Settings(url=f"sqlite:///{self.folder}/bridge.db")
            return await self.stack.enter_async_context(sqlite.build(kept, clock=self.loop.time))
        return await self.stack.enter_async_context(memory.build(memory.Settings(), clock=self.loop.time))

    @initialize()
    def start(self) -> None:
        self.store = self.run(self.open())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def find(self, name: str) -> Reserved | None:
        return next((it for it in self.made if it.name == name and it.open and it.until > self.loop.time()), None)

    def total(self, account: str) -> int:
        """The sum of what is remembered: once nobody had touched an account for its time, it began anew."""
        since, newest = 0, 0.0
        touching = [it for it in self.made if account in it.accounts]
        for place, it in enumerate(touching):
            if place and newest + TTL_S[account] <= it.begun:
                since = place
            newest = max(newest, it.until)
        if not touching or newest + TTL_S[account] <= self.loop.time():
            return 0
        return sum(it.amount for it in touching[since:])

    @rule(name=RESERVATIONS, amount=AMOUNTS, accounts=st.permutations(NAMES), count=st.integers(1, 3), lease_s=SECONDS)
    def set_aside(self, name: str, amount: int, accounts: list[str], count: int, lease_s: float) -> None:
        caps = [Cap(account, LIMITS[account], TTL_S[account]) for account in accounts[:count]]
        expected = next((cap for cap in caps if self.total(cap.account) + amount > cap.limit), None)
        known = self.find(name)
        refused = self.run(self.store.set_aside(name, amount, caps, lease_s=lease_s))
        if known:
            assert refused is None
            return
        assert refused == expected
        if refused is None:
            now = self.loop.time()
            self.made.append(Reserved(name, amount, accounts[:count], now, now + lease_s))

    @rule(name=RESERVATIONS, amount=AMOUNTS)
    def book(self, name: str, amount: int) -> None:
        known = self.find(name)
        self.run(self.store.book(name, amount))
        if known:
            known.amount, known.open = amount, False

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.loop.advance(seconds)

    @precondition(lambda self: self.durable)
    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.store = self.run(self.open())

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "store"):
            assert list(self.run(self.store.booked(NAMES))) == [self.total(name) for name in NAMES]


class InMemory(LedgerMachine):
    durable = False


class InSqlite(LedgerMachine):
    durable = True


class OnRedis(LedgerMachine):
    """The same, with a restart that forgets nothing but the connection."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.loop.close()
        self.loop = self.time = ServerTime()
        self.prefix = self.folder.name

    async def open(self) -> Ledger:
        return await self.stack.enter_async_context(open_part(RedisLedger, self.prefix, self.time))


@pytest.mark.parametrize(("machine", "examples"), [(InMemory, 80), (InSqlite, 25), (OnRedis, 15)])
def test_the_ledger_agrees_with_the_sums(machine: type[LedgerMachine], examples: int) -> None:
    run(machine, examples=examples, steps=40)
