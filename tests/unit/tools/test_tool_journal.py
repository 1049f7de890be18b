"""A writing call survives a crash at any point: at most one effect at the business, and what nobody knows goes to a
person."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.demo.shop import DemoShop
from bridge.errors import BackendRefused, BackendUnavailable, LeaseLost, StoreUnavailable
from bridge.failpoints import TOOL_POINTS
from bridge.ports import Backend, Claim, Store, ToolResult
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Conversation, Outcome, Reply, Trace, Turn
from tests.contract.stores import NAMES, Opener
from tests.fakes.acting import CountingBackend, call, inbound, session, stage
from tests.fakes.mortal import Life, mortal_store

LEASE_S = 1.0
"""Of a process that is killed: its successor waits so long."""
TICKET = {"subject": "A rattle", "details": "It rattles when it is cold."}
VOUCHER = {"order_number": "", "amount": 400, "reason": "It came late."}


@dataclass(slots=True)
class MortalBackend:
    """A business that a process reaches while it lives."""

    backend: CountingBackend
    life: Life

    @property
    def operations(self) -> frozenset[str]:
        return self.backend.operations

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        return await self.life.do(lambda: self.backend.call(operation, args, key=key), LeaseLost("dead"))

    async def check(self) -> str:
        return "here"

    async def aclose(self) -> None:
        return None


async def wanted(store: Store, backend: Backend, claim: Claim) -> ToolResult:
    """One process that has the turn, and does what the model wants, unless a person has to be called at once."""
    made = stage(store=store, backend=backend)
    admitted = await made.gate.admits(claim, claim.turn, Conversation(id=claim.turn.conversation_id))
    if isinstance(admitted, Reply):
        assert admitted.ticket in admitted.text
        return ToolResult(call_id="", text="", action=admitted.trace.actions[0], ends="person")
    [result] = await made.run(session(claim), call("apply_discount", VOUCHER))
    return result


async def claimed(store: Store, lease_s: float = 30.0) -> Claim:
    claim = await store.claim(lease_s=lease_s, wait_s=5.0)
    assert claim is not None
    return claim


@pytest.mark.parametrize("kind", NAMES)
async def test_a_crash_anywhere_leaves_at_most_one_effect(kind: str, tmp_path: Path) -> None:
    """Every call to the store and to the business has a place before it and a place after it where the process dies."""
    outcomes = []
    for ends_at in range(1, 100):
        life, backend = Life(ends_at), CountingBackend()
        async with Opener(kind, tmp_path / str(ends_at)).open() as store:
            await store.accept(inbound("ada", "A voucher, please."))
            claim = await claimed(store)
            with suppress(LeaseLost, StoreUnavailable):
                await wanted(mortal_store(store, life), MortalBackend(backend, life), claim)
            if not life.over.is_set():
                break
            before = len(backend.effects)
            await store.park(claim, delay_s=0.0)  # as when the lease is over
            result = await wanted(store, backend, await claimed(store))
            assert result.action
            outcome = result.action.outcome
            outcomes.append((before, outcome))
            assert len(backend.effects) <= 1
            assert (outcome, result.ends) in [("done", ""), ("unknown", "person")]
            assert outcome == "unknown" or len(backend.effects) == 1
    assert set(outcomes) == {(0, "done"), (0, "unknown"), (1, "unknown"), (1, "done")}


async def test_an_answer_that_is_lost_is_not_asked_for_again() -> None:
    backend = CountingBackend(then=lambda: BackendUnavailable("reset", unknown=True))
    made = stage(backend=backend)
    held = await made.session()
    first = await made.run(held, call("apply_discount", VOUCHER))
    again = await made.run(held, call("apply_discount", VOUCHER))
    assert len(backend.effects) == 1
    assert [result[0].ends for result in (first, again)] == ["person"] * 2


async def test_what_the_store_missed_for_a_moment_is_written_down_later() -> None:
    made = stage(backend=CountingBackend())
    held = await made.session()
    failing = FailingRecords(made.store, after=1, times=2)
    made.gateway.journal._store = failing  # type: ignore[assignment]
    [result] = await made.run(held, call("apply_discount", VOUCHER))
    assert not result.failed
    assert [step.state for step in held.steps.values()] == ["done"]
    assert failing.times == 0


@dataclass(slots=True)
class FailingRecords:
    """A store that is away for a few writes of the journal."""

    store: Store
    after: int
    times: int

    async def record(self, *args: Any) -> None:
        self.after -= 1
        if self.after < 0 < self.times:
            self.times -= 1
            raise StoreUnavailable("away")
        await self.store.record(*args)


PROCESS = """
import asyncio, sys
from pathlib import Path
from tests.unit.tools.test_tool_journal import act

asyncio.run(act(Path(sys.argv[1])))
"""


@asynccontextmanager
async def business(folder: Path) -> AsyncIterator[tuple[Store, DemoShop]]:
    async with Opener("sqlite", folder).open() as store:
        shop = DemoShop(folder / "demo.db")
        try:
            yield store, shop
        finally:
            await shop.aclose()


async def act(folder: Path) -> str:
    """What a server does with the turn, in a process of its own."""
    async with business(folder) as (store, shop):
        result = await wanted(store, shop, await claimed(store, LEASE_S))
        assert result.action
        return result.action.outcome


@pytest.mark.parametrize(
    ("point", "outcome", "vouchers"),
    [("tool.before", "unknown", 0), ("tool.called", "unknown", 1), ("tool.done", "done", 1)],
)
async def test_a_kill_leaves_at_most_one_effect(tmp_path: Path, point: str, outcome: str, vouchers: int) -> None:
    async with business(tmp_path) as (store, shop):
        await store.accept(inbound("ada", "A voucher, please."))
        await shop.check()
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, str(tmp_path), cwd=root, env={"FAILPOINT": f"{point}:1", "PYTHONPATH": str(root)}
    )
    assert await process.wait() == -signal.SIGKILL
    assert await act(tmp_path) == outcome
    with sqlite3.connect(tmp_path / "demo.db") as db:
        assert db.execute("SELECT count(*) FROM vouchers").fetchone()[0] == vouchers


def test_every_place_around_a_tool_is_tried() -> None:
    assert TOOL_POINTS == ("tool.before", "tool.called", "tool.done")


async def test_a_model_that_words_its_wish_anew_is_told_what_was_done() -> None:
    """After a crash it is asked again, and says the reason in other words."""
    backend = CountingBackend()
    made = stage(backend=backend)
    await made.store.accept(inbound("ada", "A voucher, please."))
    claim = await claimed(made.store)
    [first] = await made.run(session(claim), call("apply_discount", VOUCHER))
    await made.store.park(claim, delay_s=0.0)
    later = stage(store=made.store, backend=backend)
    held = session(await claimed(made.store))
    [again] = await later.run(held, call("apply_discount", {**VOUCHER, "reason": "It was late, sorry."}))
    assert again.text == first.text
    assert len(backend.effects) == 1
    [more] = await later.run(held, call("apply_discount", {**VOUCHER, "amount": 100, "reason": "Another one."}))
    assert not more.failed
    assert len(backend.effects) == 2, "what is asked for besides is done"


async def test_who_wants_an_answer_anew_does_not_get_things_twice() -> None:
    """Somebody presses "Try again", twice: the same is called in the same words, or in others."""
    backend = CountingBackend()
    made = stage(backend=backend)
    turns: list[Turn] = []
    for reason in ("It came late.", "It came late.", "It was late, sorry."):
        again = turns[-1].id if turns else None
        await made.store.accept(replace(inbound("ada", "A voucher, please."), retry_of=again))
        claim = await claimed(made.store)
        held = session(claim)
        held.conversation = Conversation(id=held.conversation.id, turns=tuple(turns))
        [result] = await made.run(held, call("apply_discount", {**VOUCHER, "amount": 100, "reason": reason}))
        assert result.action
        assert (result.action.outcome, result.action.does) == ("done", ("discount",))
        assert ("done_before" in result.text) == bool(turns)
        assert len(backend.effects) == 1
        if len(turns) == 2:
            [more] = await made.run(held, call("apply_discount", {**VOUCHER, "amount": 200}))
            assert (more.failed, len(backend.effects)) == (False, 2), "what is asked for besides is done"
        reply = Reply(text="Here.", outcome=Outcome.ANSWERED, trace=Trace(actions=(result.action,)))
        turns.append(replace(claim.turn, reply=reply))
        await made.store.finish(claim, turns[-1])


async def test_what_was_refused_before_is_no_answer_to_something_else() -> None:
    answers = [BackendRefused("too much"), None]
    made = stage(backend=CountingBackend(before=lambda: answers.pop(0)))
    held = await made.session()
    [refused] = await made.run(held, call("apply_discount", {**VOUCHER, "amount": 450}))
    [done] = await made.run(session(held.claim), call("apply_discount", VOUCHER))
    assert (refused.failed, done.failed) == (True, False)


async def interrupted(store: Store, backend: Backend, name: str, args: Mapping[str, Any]) -> Claim:
    """The claim after that of a process that died in the middle of a call."""
    made = stage(store=store, backend=backend)
    await store.accept(inbound("ada", "Please!"))
    claim = await claimed(store)
    made.tickets.fails = LeaseLost("dead")
    with suppress(LeaseLost):
        await made.run(session(claim), call(name, args))
    await store.park(claim, delay_s=0.0)
    return await claimed(store)


async def test_where_nobody_knows_a_person_is_called_and_no_model_asked() -> None:
    store, backend = MemoryStore(Settings()), CountingBackend(then=lambda: LeaseLost("dead"))
    claim = await interrupted(store, backend, "apply_discount", VOUCHER)
    made = stage(store=store, backend=backend)
    reply = await made.gate.admits(claim, claim.turn, Conversation(id=claim.turn.conversation_id))
    assert isinstance(reply, Reply)
    assert (reply.outcome, reply.escalation_reason) == (Outcome.ESCALATED, "tool_unknown")
    assert reply.text == f"<action_unknown> <handed_over> <reference> **{reply.ticket}**"
    assert [(action.tool, action.outcome) for action in reply.trace.actions] == [("apply_discount", "unknown")]
    [result] = await made.run(session(claim), call("apply_discount", VOUCHER))
    assert result.ends == "person", "the gateway does not do it again either"
    assert len(backend.effects) == 1


async def test_what_is_harmless_to_do_twice_is_done_again() -> None:
    store, backend = MemoryStore(Settings()), CountingBackend()
    claim = await interrupted(store, backend, "create_support_ticket", TICKET)
    made = stage(store=store, backend=backend)
    assert await made.gate.admits(claim, claim.turn, Conversation(id=claim.turn.conversation_id)) == claim.turn
    [result] = await made.run(session(claim), call("create_support_ticket", TICKET))
    assert not result.failed
    assert len(made.tickets.opened) == 1


async def test_a_question_that_changed_meanwhile_does_nothing_twice() -> None:
    """The turn is answered again under the same claim, which does not know what was written since."""
    backend = CountingBackend()
    made = stage(backend=backend)
    held = await made.session()
    await made.run(held, call("apply_discount", VOUCHER))
    await made.run(session(held.claim), call("apply_discount", VOUCHER))
    assert len(backend.effects) == 1


async def test_a_write_that_is_unclear_when_somebody_stops_it_is_for_a_person() -> None:
    gate = asyncio.Event()

    async def lose() -> None:
        await gate.wait()
        raise BackendUnavailable("lost", unknown=True)

    backend = CountingBackend(then=lambda: lose())
    made = stage(backend=backend)
    held = await made.session()
    task = asyncio.create_task(made.gateway.run([call("apply_discount", VOUCHER)], held))
    await asyncio.sleep(0.02)
    task.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(made.tickets.opened) == [held.claim.turn.id]


async def test_a_turn_without_a_doubt_goes_to_the_brain() -> None:
    made = stage(backend=CountingBackend())
    held = await made.session()
    await made.run(held, call("apply_discount", VOUCHER), call("create_support_ticket", TICKET))
    admitted = await made.gate.admits(held.claim, held.claim.turn, held.conversation)
    assert admitted == held.claim.turn
