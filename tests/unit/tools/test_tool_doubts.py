"""What may have been done is not done again in a later turn either, in whatever words: people look into it."""

import time
from contextlib import suppress
from functools import partial

import pytest

from bridge.errors import BackendUnavailable, LeaseLost
from bridge.ports import Colleague
from bridge.stores.memory import MemoryStore, Settings
from bridge.tools import doubts
from bridge.types import Conversation, Identity, Outcome, Reply
from tests.fakes.acting import BOSS, MAYA, CountingBackend, Stage, call, session, stage

VOUCHER = {"order_number": "", "amount": 400, "reason": "It came late."}
OTHER_WORDS = {**VOUCHER, "reason": "The parcel was late, sorry."}


def forgetful() -> CountingBackend:
    """Its first answer is lost."""
    answers = [BackendUnavailable("reset", unknown=True)]
    return CountingBackend(then=lambda: answers.pop() if answers else None)


@pytest.mark.parametrize("again", [VOUCHER, OTHER_WORDS])
@pytest.mark.parametrize("room", ["ada", "elsewhere"])
async def test_a_later_turn_does_not_repeat_it(again: dict[str, object], room: str) -> None:
    backend = forgetful()
    made = stage(backend=backend)
    claim = await made.claim()
    await made.run(session(claim), call("apply_discount", VOUCHER))
    await made.store.finish(claim, claim.turn)
    held = session(await made.claim(room, "Well?"))
    [result] = await made.run(held, call("apply_discount", again))
    assert result.action
    assert (result.action.outcome, result.ends) == ("unknown", "person")
    assert len(backend.effects) == 1
    assert any('"unknown_before"' in line for line in await made.audit())


async def test_others_and_other_tools_are_served() -> None:
    made = stage(backend=forgetful())
    claim = await made.claim()
    await made.run(session(claim), call("apply_discount", VOUCHER))
    await made.store.finish(claim, claim.turn)
    claim = await made.claim()
    setting = {"setting": "newsletter", "value": "yes"}
    [done] = await made.run(session(claim), call("update_account_settings", setting))
    [others] = await made.run(session(claim, Identity(level=1, customer_id="C-1002")), call("apply_discount", VOUCHER))
    assert not done.failed
    assert not others.failed


async def test_what_a_crash_left_is_remembered_when_it_is_found() -> None:
    store, backend = MemoryStore(Settings()), CountingBackend(then=lambda: LeaseLost("dead"))
    made = stage(store=store, backend=backend)
    claim = await made.claim()
    with suppress(LeaseLost):
        await made.run(session(claim), call("apply_discount", VOUCHER))
    await store.park(claim, delay_s=0.0)
    later = stage(store=store, backend=backend)
    found = await store.claim(lease_s=30.0, wait_s=1.0)
    assert found
    assert isinstance(await later.gate.admits(found, found.turn, Conversation(id=found.turn.conversation_id)), Reply)
    await store.finish(found, found.turn)
    [result] = await later.run(await later.session(), call("apply_discount", OTHER_WORDS))
    assert result.ends == "person"
    assert len(backend.effects) == 1


async def test_what_was_approved_and_got_lost_is_not_asked_for_again() -> None:
    made = stage(backend=forgetful())
    large = {**VOUCHER, "amount": 900}
    assert (await approved(made, large)).outcome is Outcome.ESCALATED
    [result] = await made.run(await made.session(), call("apply_discount", large))
    assert result.ends == "person"
    assert not await made.store.open_records("approval", limit=9)


async def approved(made: Stage, wanted: dict[str, object]) -> Reply:
    claim = await made.claim()
    await made.run(session(claim), call("apply_discount", wanted))
    await made.store.finish(claim, claim.turn)
    [record] = await made.store.open_records("approval", limit=9)
    await made.approvals.decide(record.id, Colleague(BOSS), "approve")
    claim = await made.claim(notice=f"approval:{record.id}")
    reply = await made.approvals.carry_out(claim, record.id)
    await made.store.finish(claim, claim.turn)
    return reply


async def test_after_a_while_only_the_very_same_is_kept_back() -> None:
    made = stage(backend=CountingBackend())
    held = await made.session()
    whom = doubts.whom(held)
    then = time.time()
    await doubts.keep(made.store, held.claim, "tool", whom, "one", lambda: then)
    for seconds, wanted in ((60.0, [True, True]), (doubts.ALIKE_S + 1, [True, False])):
        now = partial(sum, (then, seconds))
        found = [await doubts.holds(made.store, "tool", whom, name, now) for name in ("one", "other")]
        assert found == wanted
    assert MAYA.customer_id not in whom
