"""Whatever clicks, replays, edits, times and crashes come in whatever order, in whatever process: what was asked is
done at most once, only after somebody who may said yes, and exactly as they said."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.backends.operations import Money
from bridge.errors import LeaseLost, StoreUnavailable
from bridge.ports import Backend, Claim, Colleague, Decision, Store
from bridge.stores.memory import MemoryStore, Settings
from bridge.tools.settings import ToolsSettings
from tests.fakes.acting import CountingBackend, Stage, call, inbound, session, stage
from tests.fakes.mortal import Life, mortal_store
from tests.unit.tools.test_tool_journal import MortalBackend

APPROVERS = ("U-1", "U-2", "ada")
"""The last of them is the customer as well."""
AMOUNTS = (700, 900, 4_000)
HOUR_S = 3_600.0


@dataclass(frozen=True)
class Ask:
    amount: int
    dies_at: int


@dataclass(frozen=True)
class Click:
    which: int
    by: str
    verdict: Literal["approve", "deny"]
    amount: int | None
    dies_at: int


@dataclass(frozen=True)
class Tell:
    which: int
    dies_at: int


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Look:
    dies_at: int


Step = Ask | Click | Tell | Wait | Look
dies = st.integers(0, 14)
"""0: it lives."""
steps = st.one_of(
    st.builds(Ask, st.sampled_from(AMOUNTS), dies),
    st.builds(
        Click,
        st.integers(0, 3),
        st.sampled_from((*APPROVERS, "U-STRANGER")),
        st.sampled_from(("approve", "approve", "deny")),
        st.sampled_from((None, None, 1_000, 5_001)),
        dies,
    ),
    st.builds(Tell, st.integers(0, 3), dies),
    st.builds(Tell, st.integers(0, 3), dies),
    st.builds(Wait, st.sampled_from((1.0, 61.0, 0.6 * HOUR_S, 13 * HOUR_S))),
    st.builds(Look, dies),
)


@dataclass
class World:
    time: float = 1_000_000.0
    backend: CountingBackend = field(default_factory=CountingBackend)
    ids: list[str] = field(default_factory=list)
    approved: dict[str, list[int]] = field(default_factory=dict)
    """Amounts by approval, as decisions that counted said."""
    decided: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = MemoryStore(Settings(), clock=lambda: self.time)

    def process(self, dies_at: int) -> tuple[Stage, Store]:
        """A server of its own, that dies at one of its calls to the world."""
        life = Life(dies_at or None)
        store = mortal_store(self.store, life)
        backend: Backend = MortalBackend(self.backend, life)
        rules = ToolsSettings(approvers=APPROVERS, approval_s=12 * HOUR_S)
        return stage(store=store, backend=backend, settings=rules, now=lambda: self.time, ids=self.new_id), store

    def new_id(self) -> str:
        self.ids.append(f"{len(self.ids):032x}")
        return self.ids[-1]

    async def turn(self, *, notice: str = "") -> Claim:
        """The next turn; the same conversation, one at a time."""
        await self.store.accept(inbound("ada", "Please!", notice=notice))
        claim = await self.store.claim(lease_s=1e9, wait_s=0.0)
        assert claim
        return claim

    async def do(self, step: Step) -> None:
        match step:
            case Wait(seconds):
                self.time += seconds
            case Ask(amount, dies_at):
                made, _ = self.process(dies_at)
                claim = await self.turn()
                with suppress(LeaseLost, StoreUnavailable):
                    wanted = {"order_number": "", "amount": amount, "reason": "It came late."}
                    await made.run(session(claim), call("apply_discount", wanted))
                await self.store.finish(claim, claim.turn)
            case Click():
                await self.click(step)
            case Look(dies_at):
                made, _ = self.process(dies_at)
                with suppress(LeaseLost, StoreUnavailable):
                    await made.approvals.due()
            case Tell(which, dies_at) if self.ids:
                await self.tell(self.ids[which % len(self.ids)], dies_at)

    async def click(self, click: Click) -> None:
        if not self.ids:
            return
        id = self.ids[click.which % len(self.ids)]
        args = None if click.amount is None else {"amount": str(click.amount)}
        made, _ = self.process(click.dies_at)
        before = await self.stored(id)
        decision: Decision | None = None
        with suppress(LeaseLost, StoreUnavailable):
            decision = await made.approvals.decide(id, Colleague(click.by), click.verdict, args)
        after = await self.stored(id)
        if decision and not decision.counts:
            assert before == after or after == ("expired", *before[1:])
        if before != after and after[0] in ("approved", "denied"):
            assert click.by in APPROVERS[:2], "decided by somebody who may not"
            assert before[0] == "pending", "decided twice"
            self.decided[id] = self.decided.get(id, 0) + 1
            if after[0] == "approved":
                self.approved.setdefault(id, []).append(after[1])

    async def stored(self, id: str) -> tuple[str, int]:
        made, _ = self.process(0)
        found = await made.approvals.load(id)
        return (found.state, found.args["amount"]) if found else ("", 0)

    async def tell(self, id: str, dies_at: int) -> None:
        """The turn of a notice: a process that dies in it leaves it to the next."""
        claim = await self.turn(notice=f"approval:{id}")
        for ends_at in (dies_at, 0):
            made, _ = self.process(ends_at)
            with suppress(LeaseLost, StoreUnavailable):
                await made.approvals.carry_out(claim, id)
                break
            await self.store.park(claim, delay_s=0.0)
            claim = await self.store.claim(lease_s=1e9, wait_s=0.0) or claim
        await self.store.finish(claim, claim.turn)

    def judge(self) -> None:
        done: dict[str, list[Mapping[str, Any]]] = {}
        for _, args, key in self.backend.effects:
            done.setdefault(key, []).append(args)
        for key, effects in done.items():
            assert len(effects) == 1, "done twice"
            assert len(self.approved.get(key, [])) == 1, "done without a yes"
            assert Money.model_validate(effects[0]["amount"]).amount == self.approved[key][0], "not as approved"
        assert all(count == 1 for count in self.decided.values())


@settings(max_examples=250)
@given(st.lists(steps, min_size=3, max_size=14))
def test_done_at_most_once_and_exactly_as_approved(program: list[Step]) -> None:
    async def run() -> None:
        world = World()
        await world.do(Ask(900, 0))
        for step in program:
            await world.do(step)
            world.judge()

    asyncio.run(run())


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(APPROVERS), st.sampled_from(("approve", "deny")), st.sampled_from((None, 700))),
        min_size=2,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_clicks_at_the_same_time_decide_once(
    clicks: list[tuple[str, Literal["approve", "deny"], int | None]], chance: Any
) -> None:
    async def run() -> None:
        world = World()
        await world.do(Ask(900, 0))
        [id] = world.ids

        async def click(by: str, verdict: Literal["approve", "deny"], amount: int | None) -> Decision:
            made, _ = world.process(0)
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            args = None if amount is None else {"amount": str(amount)}
            return await made.approvals.decide(id, Colleague(by), verdict, args)

        decisions = await asyncio.gather(*(click(*each) for each in clicks))
        counted = [decision for decision in decisions if decision.counts]
        assert len(counted) == any(by in APPROVERS[:2] for by, _, _ in clicks)
        await world.tell(id, 0)
        assert counted or not world.backend.effects
        if counted and counted[0].approval:
            expected = [counted[0].approval.args["amount"]] if counted[0].approval.state == "approved" else []
            assert [args["amount"]["amount"] for _, args, _ in world.backend.effects] == expected

    asyncio.run(run())
