"""What waits for a person's yes, at the desk: decided by a click of one who may, once, and told to the customer."""

import asyncio
from dataclasses import replace

import pytest

from bridge.desk import parcels
from bridge.ports import Colleague
from bridge.stores.memory import MemoryStore
from bridge.tools.settings import ToolsSettings
from bridge.types import Outcome, Reply
from tests.fakes import acting
from tests.fakes.acting import BOSS, CountingBackend, call, session
from tests.fakes.core import empty_store, message
from tests.fakes.desk_room import TOM, Room
from tests.fakes.desk_stage import Stage, stage
from tests.fakes.recording_channel import Platform

HEAD = Colleague(BOSS, "Bo")


async def _asked(store: MemoryStore, backend: CountingBackend) -> acting.Stage:
    """A customer has asked for a discount that a person has to approve."""
    rules = ToolsSettings(approvers=(BOSS,), approval_s=3_600.0)
    tools = acting.stage(
        store=store,
        backend=backend,
        settings=rules,
        cards=lambda it: [parcels.approval(it, it.state)],
        now=store._clock,
    )
    await store.accept(message("Give me a discount"))
    claim = await store.claim(lease_s=15, wait_s=1)
    assert claim is not None
    wanted = {"order_number": "1042", "amount": 1_000, "reason": "late"}
    [result] = await tools.gateway.run([call("apply_discount", wanted)], session(claim))
    assert result.ends == "approval", result.text
    asked = Reply(text="Somebody has to approve it.", outcome=Outcome.ANSWERED)
    await store.finish(claim, replace(claim.turn, reply=asked))
    return tools


@pytest.mark.parametrize("how", ["approve", "deny", "edit", "expire", "restart"])
async def test_an_approval_is_decided_once_and_told(platform: Platform, how: str) -> None:
    room, store, backend = Room(), empty_store(), CountingBackend()
    tools = await _asked(store, backend)
    async with stage(store, platform, room, approvals=tools.approvals) as it:
        await it.quiet()
        [card] = room.own
        assert '"amount": 1000' in card.card.text
        assert card.card.heading == "Approve a discount of 10.00 GBP on order 1042?"
        assert "not among those" in str(await it.people.press(TOM, "approve"))
        await it.asks("I approve it myself")
        assert backend.effects == []
        await _decided(it, how)
    if how == "restart":
        async with stage(store, platform, room, approvals=tools.approvals) as it:
            await it.quiet()
    async with stage(store, platform, room, approvals=tools.approvals) as it:
        await asyncio.sleep(300)
        await it.quiet()

    given = [args["amount"]["amount"] for _, args, _ in backend.effects]
    state = dict(room.own[0].card.fields)["State"]
    assert given == {"approve": [1_000], "edit": [500], "restart": [1_000]}.get(how, [])
    assert len(it.seen) == 2, "told once"
    words = {"deny": "denied (by Bo", "expire": "expired: nothing was done"}.get(how, "approved and done (by Bo")
    assert state.startswith(words)
    assert ("changed" in state) == (how == "edit")
    assert room.own[0].card.buttons == ()
    amount = "5.00" if how == "edit" else "10.00"
    assert room.own[0].card.heading == f"A discount of {amount} GBP on order 1042"
    assert len(room.own) == 1


async def _decided(it: Stage, how: str) -> None:
    if how in ("approve", "restart"):
        clicks = [it.people.press(HEAD, "approve") for _ in range(3)]
        answers = await asyncio.gather(*clicks)
        assert sorted(answers, key=str).count(None) == 1, answers
    elif how == "deny":
        assert await it.people.press(HEAD, "deny") is None
    elif how == "edit":
        form = await it.people.press(HEAD, "edit_approval")
        assert set(await it.people.fill_in(HEAD, form, amount="lots")) == {"amount"}
        assert await it.people.fill_in(HEAD, form, amount="500") == {}
        assert await it.people.fill_in(HEAD, form, amount="900") != {}
    else:
        await asyncio.sleep(3_700)
        with pytest.raises(LookupError):  # there is nothing left to press
            await it.people.press(HEAD, "approve")


async def test_who_writes_below_an_approval_hears_that_no_customer_sees_it(platform: Platform) -> None:
    room, store, backend = Room(), empty_store(), CountingBackend()
    tools = await _asked(store, backend)
    async with stage(store, platform, room, approvals=tools.approvals) as it:
        await it.quiet()
        await it.people.write(HEAD, "Which order is this about?", message="m1")
        await it.people.write(HEAD, "// let me look", message="m2")
        await it.quiet()
        seen = it.seen
    mark, why = room.marks["m1"]
    assert (mark, "does not see this" in why) == ("failed", True)
    assert "m2" not in room.marks
    assert seen == []
    assert backend.effects == []
