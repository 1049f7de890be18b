"""Stores against a model in plain lists: any order of calls, ends of leases and restarts must agree with it.

`TEST_EXAMPLES` runs more examples than the usual suite, each time other ones.
"""

import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from bridge.errors import LeaseLost
from bridge.ports import Claim, Entry, Parcel, Step, Store
from bridge.stores import memory, redis, sqlite
from bridge.stores.redis.keys import Keys
from bridge.types import Inbound, Turn, TurnId
from tests.contract.stores import INBOUNDS_MAX, answered, conversation_id, message, parcel
from tests.fakes.redis_clock import ClockedServer, ServerTime
from tests.fakes.redis_server import RedisServer
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.stores.machines import run

T = TypeVar("T")

KEYS = st.sampled_from("abc")
SECONDS = st.sampled_from([0.0, 1.0, 5.0, 20.0])
LEASES = st.sampled_from([1.0, 5.0, 20.0])
EVENTS = st.integers(0, 40).map(lambda n: f"e{n}")
VALUES = st.sampled_from(["k1", "k2"])


@dataclass
class ModelTurn:
    id: TurnId
    key: str
    inbounds: list[Inbound]
    accepted_at: float
    sealed: bool = False
    attempts: int = 0
    steps: dict[str, Step] = field(default_factory=dict)
    owner: int = 0
    free_at: float = 0.0
    finished: Turn | None = None


@dataclass
class ModelParcel:
    parcel: Parcel
    due_at: float = 0.0
    leased_until: float = 0.0


class StoreMachine(RuleBasedStateMachine):
    """`model` names are what should be there; every rule does one thing to both."""

    durable: ClassVar[bool]
    inexact_s: ClassVar[float] = 0.0
    claims = Bundle("claims")
    parcels = Bundle("parcels")

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualTimeLoop | ServerTime = VirtualTimeLoop()
        self.folder = Path(tempfile.mkdtemp(prefix="bridge-model-"))
        self.stack = AsyncExitStack()
        self.turns: list[ModelTurn] = []
        self.known: dict[str, TurnId] = {}
        self.fence = 0
        self.outbox: list[ModelParcel] = []
        self.values: dict[str, tuple[str, float]] = {}
        self.log: list[Entry] = []
        self.log_keys: dict[str, int] = {}
        self.count = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def now(self) -> float:
        return self.loop.time()

    async def open(self) -> Store:
        if self.durable:
            kept = sqlite.Settings(url=f"sqlite:///{self.folder}/bridge.db", inbounds_max=INBOUNDS_MAX)
            return await self.stack.enter_async_context(sqlite.build(kept, clock=self.loop.time))
        forgotten = memory.Settings(inbounds_max=INBOUNDS_MAX)
        return await self.stack.enter_async_context(memory.build(forgotten, clock=self.loop.time))

    @initialize()
    def start(self) -> None:
        self.store = self.run(self.open())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    # ------------------------------------------------------------ inbox

    def unfinished(self, key: str) -> list[ModelTurn]:
        return [turn for turn in self.turns if turn.key == key and not turn.finished]

    @rule(event_id=EVENTS, key=KEYS)
    def accept(self, event_id: str, key: str) -> None:
        inbound = message(event_id, key, text=self.fresh("text"))
        accepted = self.run(self.store.accept(inbound))
        assert accepted.fresh == (event_id not in self.known)
        if not accepted.fresh:
            assert accepted.turn_id == self.known[event_id]
            return
        self.known[event_id] = accepted.turn_id
        newest = self.unfinished(key)[-1:]
        if newest and not newest[0].sealed and len(newest[0].inbounds) < INBOUNDS_MAX:
            assert accepted.turn_id == newest[0].id
            newest[0].inbounds.append(inbound)
        else:
            assert accepted.turn_id not in {turn.id for turn in self.turns}
            self.turns.append(ModelTurn(accepted.turn_id, key, [inbound], self.now))

    @rule(target=claims, lease_s=LEASES)
    def claim(self, lease_s: float) -> Any:
        heads = {key: waiting[0] for key in "abc" if (waiting := self.unfinished(key))}
        free = [turn for turn in self.turns if turn is heads.get(turn.key) and turn.free_at <= self.now]
        claim = self.run(self.store.claim(lease_s=lease_s, wait_s=0.0))
        if not free:
            assert claim is None
            return multiple()
        assert claim is not None
        turn = free[0]
        turn.sealed = True
        turn.attempts += 1
        turn.free_at = self.now + lease_s
        turn.owner = claim.fence
        assert claim.turn == Turn(id=turn.id, conversation_id=conversation_id(turn.key), inbounds=tuple(turn.inbounds))
        assert (claim.attempts, claim.steps) == (turn.attempts, turn.steps)
        assert claim.fence > self.fence
        self.fence = claim.fence
        return claim

    def owned(self, claim: Claim) -> ModelTurn | None:
        """The turn, when the claim is still the newest one of it."""
        (turn,) = (turn for turn in self.turns if turn.id == claim.turn.id)
        return turn if turn.owner == claim.fence else None

    def write(self, claim: Claim, work: Coroutine[Any, Any, object]) -> ModelTurn | None:
        """The turn when the write was allowed; checks that it was exactly for the owner."""
        owned = self.owned(claim)
        try:
            self.run(work)
        except LeaseLost:
            assert owned is None
            return None
        assert owned is not None
        return owned

    @rule(claim=claims, lease_s=LEASES)
    def renew(self, claim: Claim, lease_s: float) -> None:
        if turn := self.write(claim, self.store.renew(claim, lease_s=lease_s)):
            turn.free_at = self.now + lease_s

    @rule(claim=claims, key=st.sampled_from(["reply", "post"]), state=st.sampled_from(["intent", "done"]))
    def record(self, claim: Claim, key: str, state: Any) -> None:
        step = Step(key=key, kind="post", state=state, result=self.fresh("result"))
        if turn := self.write(claim, self.store.record(claim, step)):
            turn.steps[key] = step

    @rule(claim=claims)
    def finish(self, claim: Claim) -> None:
        finished = answered(claim, self.fresh("answer"))
        if turn := self.write(claim, self.store.finish(claim, finished)):
            turn.finished = finished
            turn.owner = 0

    @rule(claim=claims, delay_s=SECONDS, blame=st.booleans())
    def park(self, claim: Claim, delay_s: float, blame: bool) -> None:
        if turn := self.write(claim, self.store.park(claim, delay_s=delay_s, blame=blame)):
            turn.owner = 0
            turn.free_at = self.now + delay_s
            turn.attempts -= not blame

    def advance(self, seconds: float) -> None:
        self.loop.advance(seconds)

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: float) -> None:
        self.advance(seconds)

    @precondition(lambda self: self.durable)
    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.store = self.run(self.open())
        self.forget_owners()

    def forget_owners(self) -> None:
        """Where the process that ended had the store to itself."""
        for turn in self.turns:
            turn.owner = 0
            turn.free_at = 0.0
        for kept in self.outbox:
            kept.leased_until = 0.0

    # ------------------------------------------------------------ outbox

    @rule(key=st.sampled_from("abc"), count=st.integers(1, 3), delay_s=st.just(0.0) | SECONDS)
    def enqueue(self, key: str, count: int, delay_s: float) -> None:
        queued = [parcel(self.fresh("p"), key) for _ in range(count)]
        self.run(self.store.enqueue(*queued, delay_s=delay_s))
        self.outbox += [ModelParcel(one, due_at=self.now + delay_s) for one in queued]

    @rule(target=parcels, lease_s=LEASES, limit=st.integers(1, 3))
    def take(self, lease_s: float, limit: int) -> Any:
        expected: list[Parcel] = []
        seen = set()
        for kept in self.outbox:
            first = kept.parcel.conversation_id not in seen
            seen.add(kept.parcel.conversation_id)
            if first and kept.due_at <= self.now and kept.leased_until <= self.now and len(expected) < limit:
                kept.leased_until = self.now + lease_s
                kept.parcel = replace(kept.parcel, attempts=kept.parcel.attempts + 1)
                expected.append(kept.parcel)
        assert list(self.run(self.store.take(lease_s=lease_s, limit=limit))) == expected
        return expected if expected else multiple()

    @rule(taken=consumes(parcels), retry_in_s=st.none() | SECONDS)
    def settle(self, taken: list[Parcel], retry_in_s: float | None) -> None:
        for one in taken:
            self.run(self.store.settle(one, retry_in_s=retry_in_s))
            if retry_in_s is None:
                self.outbox = [kept for kept in self.outbox if kept.parcel.id != one.id]
            for kept in self.outbox:
                if kept.parcel == one and retry_in_s is not None:
                    kept.due_at, kept.leased_until = self.now + retry_in_s, 0.0

    # ------------------------------------------------------------ values, logs

    def value(self, key: str) -> str | None:
        value, until = self.values.get(key, ("", 0.0))
        return value if until > self.now else None

    @rule(key=VALUES, ttl_s=st.none() | LEASES, if_absent=st.booleans())
    def put(self, key: str, ttl_s: float | None, if_absent: bool) -> None:
        kept = not (if_absent and self.value(key) is not None)
        value = self.fresh("v")
        assert self.run(self.store.put(key, value, ttl_s=ttl_s, if_absent=if_absent)) == kept
        if kept:
            self.values[key] = (value, self.now + (ttl_s or 1e12))

    @rule(key=VALUES)
    def delete(self, key: str) -> None:
        assert self.run(self.store.delete(key)) == (self.value(key) is not None)
        self.values.pop(key, None)

    @rule(claim=st.none() | claims, key=st.none() | st.integers(0, 9).map(str), count=st.integers(1, 3))
    def append(self, claim: Claim | None, key: str | None, count: int) -> None:
        bodies = [self.fresh("body") for _ in range(count)]

        async def work() -> None:
            last = await self.store.append("log", *bodies, key=key, claim=claim)
            if key is None or key not in self.log_keys:
                start = len(self.log) + 1
                self.log += [Entry(start + place, body) for place, body in enumerate(bodies)]
                self.log_keys |= {} if key is None else {key: len(self.log)}
                assert last == len(self.log)
            else:
                assert key is not None
                assert last == self.log_keys[key]

        if claim:
            self.write(claim, work())
        else:
            self.run(work())

    @rule(back=st.integers(0, 6), limit=st.integers(1, 5))
    def read(self, back: int, limit: int) -> None:
        after = max(0, len(self.log) - back)
        assert list(self.run(self.store.read("log", after=after, limit=limit))) == self.log[after : after + limit]

    # ------------------------------------------------------------ always

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "store"):
            return
        gauges = self.run(self.store.gauges())
        waiting = [turn for turn in self.turns if not turn.finished and not turn.owner]
        assert gauges.turns_waiting == len(waiting)
        oldest = max((self.now - turn.accepted_at for turn in waiting), default=0.0)
        assert gauges.oldest_waiting_s == pytest.approx(oldest, abs=self.inexact_s)
        assert gauges.turns_running == sum(1 for turn in self.turns if turn.owner)
        assert gauges.parcels == len(self.outbox)
        for key in "abc":
            finished = tuple(turn.finished for turn in self.turns if turn.key == key and turn.finished)
            assert self.run(self.store.conversation(conversation_id(key), turns_max=2)).turns == finished[-2:]
        for key in ("k1", "k2"):
            assert self.run(self.store.get(key)) == self.value(key)
        for turn in self.turns[-3:]:
            there = Turn(id=turn.id, conversation_id=conversation_id(turn.key), inbounds=tuple(turn.inbounds))
            assert self.run(self.store.turn(turn.id)) == (turn.finished or there)


class MemoryMachine(StoreMachine):
    durable = False


class SqliteMachine(StoreMachine):
    durable = True


class ForgettingServer(ClockedServer):
    """Values that have a time go when the test's clock says so."""

    def __init__(self, url: str, keys: Keys, *, time: ServerTime) -> None:
        super().__init__(url, keys)
        self._time = time

    async def call(self, *command: str | int | float) -> Any:
        if command[0] in ("GET", "SET", "DEL"):
            await super().call("DEL", *await self._over())
        if command[0] == "SET" and "PX" in command:
            at = command.index("PX")
            ends = self._time.time() + float(command[at + 1]) / 1000
            kept = await super().call(*command[:at], *command[at + 2 :])
            if kept:
                await super().call("ZADD", self._ends, ends, command[1])
            return kept
        answer = await super().call(*command)
        if command[0] == "SET" and answer:
            await super().call("ZREM", self._ends, command[1])
        return answer

    @property
    def _ends(self) -> str:
        return self.keys("test", "ends")

    async def _over(self) -> list[str]:
        """Keys whose time is over, and one that is none."""
        keys: list[str] = await super().call("ZRANGE", self._ends, "-inf", self._time.time(), "BYSCORE")
        await super().call("ZREMRANGEBYSCORE", self._ends, "-inf", self._time.time())
        return [*keys, self.keys("test", "none")]


class RedisMachine(StoreMachine):
    """Two processes on one server, either of which may do each thing; both may end, and the server may be killed:
    leases and everything else go on."""

    durable = True
    inexact_s = 0.5
    server: ClassVar[RedisServer]
    prefixes: ClassVar[Iterator[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        self.loop.close()
        self.loop = ServerTime()
        self.prefix = f"model{next(self.prefixes)}"
        self.model_now = 0.0
        self.others: list[Store] = []

    @property
    def now(self) -> float:
        return self.model_now

    def advance(self, seconds: float) -> None:
        self.model_now += seconds
        # The store may keep what has a time for a millisecond longer than it was asked to.
        self.loop.advance(seconds + 0.002)

    async def open(self) -> Store:
        assert isinstance(self.loop, ServerTime)
        server = self.loop.server = ForgettingServer(self.server.url, Keys(self.prefix), time=self.loop)
        self.stack.callback(setattr, self.loop, "server", None)
        self.stack.push_async_callback(server.close)
        await self.loop.tell()
        settings = redis.Settings(url=self.server.url, prefix=self.prefix, inbounds_max=INBOUNDS_MAX)
        store = redis.RedisStore(server, settings)
        self.stack.push_async_callback(store.close)
        return store

    @rule()
    def other_process(self) -> None:
        if not self.others:
            self.others.append(self.run(self.open()))
        self.others.append(self.store)
        self.store = self.others.pop(0)

    def forget_owners(self) -> None:
        """All processes have ended, and no lease with them."""
        self.others.clear()

    @rule()
    def killed_server(self) -> None:
        self.server.kill()
        self.server.start()


@pytest.mark.parametrize(("machine", "examples"), [(MemoryMachine, 80), (SqliteMachine, 20)])
def test_the_store_agrees_with_the_model(machine: type[StoreMachine], examples: int) -> None:
    run(machine, examples=examples, steps=50)


def test_redis_agrees_with_the_model(tmp_path: Path) -> None:
    RedisMachine.server = RedisServer(tmp_path / "redis")
    RedisMachine.server.start()
    try:
        run(RedisMachine, examples=5, steps=40)
    finally:
        RedisMachine.server.close()
