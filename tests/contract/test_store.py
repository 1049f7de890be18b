"""What every store must do. The suite uses the port's verbs alone and runs over every store there is."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from bridge.errors import LeaseLost
from bridge.ports import Bucket, Cap, Claim, Entry, Parcel, Step, Store
from bridge.tools import audit
from bridge.types import MessageRef, TurnId, new_id
from tests.contract.stores import (
    DURABLE,
    ENTRIES_MAX,
    INBOUNDS_MAX,
    LONG_S,
    NAMES,
    SHORT_S,
    TEXTS,
    Opener,
    answer,
    answered,
    conversation_id,
    eventually,
    message,
    must_claim,
    parcel,
    rich_message,
    rich_reply,
)


@pytest.fixture(params=NAMES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with Opener(request.param, tmp_path).open() as opened:
        yield opened


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return Opener(request.param, tmp_path)


def test_every_store_is_here() -> None:
    assert {"memory", "sqlite"} <= set(NAMES)


# ---------------------------------------------------------------- accept


async def test_a_message_becomes_a_turn(store: Store) -> None:
    accepted = await store.accept(message("e1", text="Where is my bike?"))
    assert accepted.fresh
    claim = await must_claim(store)
    assert claim.turn.id == accepted.turn_id
    assert claim.turn.conversation_id == conversation_id()
    assert claim.turn.inbounds == (message("e1", text="Where is my bike?"),)
    assert claim.turn.reply is None
    assert claim.turn.messages == ()
    assert (claim.attempts, claim.steps) == (1, {})


async def test_the_same_message_again_changes_nothing(store: Store) -> None:
    first = await store.accept(message("e1", text="one"))
    again = await store.accept(message("e1", text="one, resent"))
    assert (again.turn_id, again.fresh) == (first.turn_id, False)
    claim = await must_claim(store)
    assert [inbound.text for inbound in claim.turn.inbounds] == ["one"]


async def test_the_same_message_50_times_at_once_is_one(store: Store) -> None:
    receipts = await asyncio.gather(*(store.accept(message("e1")) for _ in range(50)))
    assert Counter(receipt.fresh for receipt in receipts) == {True: 1, False: 49}
    assert len({receipt.turn_id for receipt in receipts}) == 1
    assert len((await must_claim(store)).turn.inbounds) == 1
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None


async def test_the_same_message_after_its_turn_was_claimed_changes_nothing(store: Store) -> None:
    first = await store.accept(message("e1"))
    claim = await must_claim(store)
    again = await store.accept(message("e1"))
    assert (again.turn_id, again.fresh) == (first.turn_id, False)
    await store.finish(claim, answered(claim))
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None


async def test_the_same_message_after_its_turn_has_ended_changes_nothing(store: Store) -> None:
    first = await store.accept(message("e1"))
    await answer(store)
    again = await store.accept(message("e1"))
    assert (again.turn_id, again.fresh) == (first.turn_id, False)
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None


async def test_an_event_id_is_known_in_every_conversation(store: Store) -> None:
    first = await store.accept(message("e1", "ada"))
    again = await store.accept(message("e1", "bob"))
    assert (again.turn_id, again.fresh) == (first.turn_id, False)


async def test_messages_join_the_waiting_turn_in_order(store: Store) -> None:
    receipts = [await store.accept(message(f"e{n}", text=str(n))) for n in range(INBOUNDS_MAX)]
    assert all(receipt.fresh for receipt in receipts)
    assert len({receipt.turn_id for receipt in receipts}) == 1
    claim = await must_claim(store)
    assert [inbound.text for inbound in claim.turn.inbounds] == [str(n) for n in range(INBOUNDS_MAX)]


async def test_conversations_do_not_share_turns(store: Store) -> None:
    ada, bob = await store.accept(message("e1", "ada")), await store.accept(message("e2", "bob"))
    assert ada.turn_id != bob.turn_id


async def test_a_full_turn_is_followed_by_a_new_one(store: Store) -> None:
    for n in range(2 * INBOUNDS_MAX + 1):
        await store.accept(message(f"e{n}", text=str(n)))
    sizes, texts = [], []
    for _ in range(3):
        claim = await must_claim(store)
        sizes.append(len(claim.turn.inbounds))
        texts += [inbound.text for inbound in claim.turn.inbounds]
        await store.finish(claim, answered(claim))
    assert sizes == [INBOUNDS_MAX, INBOUNDS_MAX, 1]
    assert texts == [str(n) for n in range(2 * INBOUNDS_MAX + 1)]


async def test_a_burst_fills_turns_in_order(store: Store) -> None:
    await asyncio.gather(*(store.accept(message(f"e{n}", text=str(n))) for n in range(20)))
    texts: list[str] = []
    while claim := await store.claim(lease_s=LONG_S, wait_s=0.0):
        assert len(claim.turn.inbounds) <= INBOUNDS_MAX
        texts += [inbound.text for inbound in claim.turn.inbounds]
        await store.finish(claim, answered(claim))
    assert texts == [str(n) for n in range(20)]


async def test_a_claimed_turn_is_sealed(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    later = await store.accept(message("e2"))
    assert later.fresh
    assert later.turn_id != claim.turn.id
    await store.finish(claim, answered(claim))
    following = await must_claim(store)
    assert following.turn.id == later.turn_id
    assert [inbound.event_id for inbound in following.turn.inbounds] == ["e2"]


async def test_a_turn_stays_sealed_when_it_is_given_back(store: Store) -> None:
    first = await store.accept(message("e1"))
    await store.park(await must_claim(store), delay_s=0.0)
    assert (await store.accept(message("e2"))).turn_id != first.turn_id
    claim = await must_claim(store)
    assert [inbound.event_id for inbound in claim.turn.inbounds] == ["e1"]


async def test_a_turn_stays_sealed_when_its_lease_ends(store: Store) -> None:
    await store.accept(message("e1"))
    await must_claim(store, lease_s=SHORT_S)
    second = await must_claim(store)
    assert (await store.accept(message("e2"))).turn_id != second.turn.id
    assert len(second.turn.inbounds) == 1


async def test_a_turn_waits_as_long_as_more_of_its_message_may_follow(store: Store) -> None:
    photo = await store.accept(message("e1", more_within_s=SHORT_S))
    assert await store.claim(lease_s=LONG_S, wait_s=SHORT_S / 3) is None
    assert (await store.accept(message("e2", more_within_s=SHORT_S))).turn_id == photo.turn_id
    assert await store.claim(lease_s=LONG_S, wait_s=SHORT_S * 0.8) is None
    claim = await must_claim(store)
    assert [inbound.event_id for inbound in claim.turn.inbounds] == ["e1", "e2"]


async def test_a_message_that_is_whole_does_not_shorten_the_wait_for_the_rest_of_another(store: Store) -> None:
    await store.accept(message("e1", more_within_s=SHORT_S))
    await store.accept(message("e2"))
    assert await store.claim(lease_s=LONG_S, wait_s=SHORT_S / 2) is None
    assert len((await must_claim(store)).turn.inbounds) == 2


async def test_the_same_message_again_does_not_prolong_its_wait(store: Store) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    await store.accept(message("e1", more_within_s=SHORT_S))
    while clock() < began + SHORT_S:
        await store.accept(message("e1", more_within_s=LONG_S))
        await asyncio.sleep(SHORT_S / 5)
    assert await store.claim(lease_s=LONG_S, wait_s=SHORT_S) is not None


async def test_a_turn_that_waits_for_more_holds_no_other_conversation_back(store: Store) -> None:
    await store.accept(message("e1", "ada", more_within_s=LONG_S))
    await store.accept(message("e2", "bob"))
    assert (await must_claim(store)).turn.address.key == "bob"
    waiting = asyncio.create_task(must_claim(store))
    await asyncio.sleep(0.02)
    await store.accept(message("e3", "eve"))
    assert (await waiting).turn.address.key == "eve"


async def test_what_may_follow_changes_nothing_for_the_owner_of_the_turn_before(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.accept(message("e2", more_within_s=SHORT_S))
    assert await _every_write(store, claim) == ["finish"], "it was parked just before"


async def test_a_turn_behind_another_waits_for_the_rest_of_its_message_too(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.accept(message("e2", more_within_s=SHORT_S))
    await store.finish(claim, answered(claim))
    assert await store.claim(lease_s=LONG_S, wait_s=SHORT_S / 2) is None
    await store.accept(message("e3"))
    assert [inbound.event_id for inbound in (await must_claim(store)).turn.inbounds] == ["e2", "e3"]


# ---------------------------------------------------------------- claim


async def test_nothing_to_claim(store: Store) -> None:
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    assert await store.claim(lease_s=LONG_S, wait_s=0.05) is None


async def test_a_conversation_has_one_owner_at_a_time(store: Store) -> None:
    for n in range(INBOUNDS_MAX + 1):
        await store.accept(message(f"e{n}"))
    claim = await must_claim(store)
    assert await store.claim(lease_s=LONG_S, wait_s=0.05) is None
    await store.finish(claim, answered(claim))
    assert (await must_claim(store)).turn.id != claim.turn.id


async def test_many_claimers_never_share_a_conversation_and_keep_its_order(store: Store) -> None:
    for turn in range(4):
        for key in "abcdef":
            for part in range(INBOUNDS_MAX):
                await store.accept(message(f"{key}{turn}{part}", key, text=f"{turn}"))
    busy: set[str] = set()
    seen: dict[str, list[str]] = {}

    async def work() -> None:
        while claim := await store.claim(lease_s=LONG_S, wait_s=0.05):
            conversation = claim.turn.conversation_id
            assert conversation not in busy
            busy.add(conversation)
            await asyncio.sleep(0.002)
            seen.setdefault(conversation, []).append(claim.turn.inbounds[0].text)
            busy.discard(conversation)
            await store.finish(claim, answered(claim))

    await asyncio.gather(*(work() for _ in range(8)))
    assert seen == {conversation_id(key): ["0", "1", "2", "3"] for key in "abcdef"}


async def test_the_conversation_that_waited_longest_comes_first(store: Store) -> None:
    for n, key in enumerate("cabd"):
        await store.accept(message(f"e{n}", key))
    assert [(await must_claim(store)).turn.address.key for _ in range(4)] == list("cabd")


async def test_a_busy_conversation_does_not_starve_the_others(store: Store) -> None:
    for n in range(4 * INBOUNDS_MAX):
        await store.accept(message(f"busy{n}", "busy"))
    await store.accept(message("q", "quiet"))
    keys = []
    for n in range(5):
        claim = await must_claim(store)
        keys.append(claim.turn.address.key)
        await store.finish(claim, answered(claim))
        await store.accept(message(f"more{n}", "busy"))
    assert "quiet" in keys


async def test_claiming_waits_for_a_message(store: Store) -> None:
    waiting = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=5.0))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    accepted = await store.accept(message("e1"))
    async with asyncio.timeout(2.0):
        claim = await waiting
    assert claim is not None
    assert claim.turn.id == accepted.turn_id


async def test_every_waiting_claimer_is_served(store: Store) -> None:
    waiting = [asyncio.create_task(must_claim(store, wait_s=5.0)) for _ in range(5)]
    await asyncio.sleep(0.02)
    await asyncio.gather(*(store.accept(message(f"e{n}", f"key{n}")) for n in range(5)))
    async with asyncio.timeout(2.0):
        claims = await asyncio.gather(*waiting)
    assert len({claim.turn.id for claim in claims}) == 5


async def test_claiming_wakes_when_a_conversation_is_given_back(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.accept(message("e2"))
    waiting = asyncio.create_task(must_claim(store, wait_s=5.0))
    await asyncio.sleep(0.02)
    await store.finish(claim, answered(claim))
    async with asyncio.timeout(2.0):
        assert (await waiting).turn.inbounds[0].event_id == "e2"


async def test_claiming_wakes_when_a_lease_is_cut_short(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    waiting = asyncio.create_task(must_claim(store, wait_s=5.0))
    await asyncio.sleep(0.02)
    await store.renew(claim, lease_s=SHORT_S)
    async with asyncio.timeout(2.0):
        assert (await waiting).fence > claim.fence


async def test_a_cancelled_claimer_keeps_nothing_from_others(store: Store) -> None:
    waiting = asyncio.create_task(store.claim(lease_s=LONG_S, wait_s=5.0))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.wait([waiting])
    await store.accept(message("e1"))
    assert (await must_claim(store)).turn.inbounds[0].event_id == "e1"


# ---------------------------------------------------------------- leases


async def test_a_lease_that_ends_gives_the_turn_to_another(store: Store) -> None:
    await store.accept(message("e1"))
    first = await must_claim(store, lease_s=SHORT_S)
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    second = await must_claim(store)
    assert second.turn == first.turn
    assert second.fence > first.fence
    assert second.attempts == 2


async def test_fences_rise_from_turn_to_turn(store: Store) -> None:
    fences = []
    for n in range(4):
        await store.accept(message(f"e{n}"))
        claim = await must_claim(store)
        fences.append(claim.fence)
        await (store.finish(claim, answered(claim)) if n % 2 else store.park(claim, delay_s=0.0))
    assert fences == sorted(set(fences))


async def test_renewing_keeps_the_lease(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store, lease_s=0.15)
    for _ in range(4):
        await asyncio.sleep(0.06)
        await store.renew(claim, lease_s=0.15)
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    await store.finish(claim, answered(claim))


async def _every_write(store: Store, claim: Claim) -> list[str]:
    """The names of the writes that the store refuses to this claim."""
    refused = []
    writes: dict[str, Callable[[], Awaitable[object]]] = {
        "renew": lambda: store.renew(claim, lease_s=LONG_S),
        "record": lambda: store.record(claim, Step(key="late", kind="tool", state="done")),
        "append": lambda: store.append("log", "late", claim=claim),
        "park": lambda: store.park(claim, delay_s=0.0),
        "finish": lambda: store.finish(claim, answered(claim, "late")),
    }
    for name, write in writes.items():
        try:
            await write()
        except LeaseLost:
            refused.append(name)
    return refused


ALL_WRITES = ["renew", "record", "append", "park", "finish"]


async def test_the_old_owner_can_write_nothing(store: Store) -> None:
    await store.accept(message("e1"))
    old = await must_claim(store, lease_s=SHORT_S)
    new = await must_claim(store)
    assert await _every_write(store, old) == ALL_WRITES
    assert await store.read("log", after=0, limit=9) == []
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    await store.finish(new, answered(new, "the new owner's"))
    kept = await store.turn(new.turn.id)
    assert kept is not None
    assert kept.reply is not None
    assert kept.reply.text == "the new owner's"


async def test_the_old_owner_can_write_nothing_after_the_new_one_has_finished(store: Store) -> None:
    await store.accept(message("e1"))
    old = await must_claim(store, lease_s=SHORT_S)
    new = await must_claim(store)
    await store.finish(new, answered(new))
    assert await _every_write(store, old) == ALL_WRITES
    assert len((await store.conversation(conversation_id(), turns_max=9)).turns) == 1


async def test_a_finished_claim_can_write_nothing(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.finish(claim, answered(claim))
    assert await _every_write(store, claim) == ALL_WRITES
    assert len((await store.conversation(conversation_id(), turns_max=9)).turns) == 1


async def test_a_finished_claim_can_write_nothing_while_the_next_turn_waits(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.accept(message("e2"))
    await store.finish(claim, answered(claim))
    assert await _every_write(store, claim) == ALL_WRITES
    assert (await must_claim(store)).turn.inbounds[0].event_id == "e2"


async def test_a_parked_claim_can_write_nothing(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.park(claim, delay_s=LONG_S)
    assert await _every_write(store, claim) == ALL_WRITES


async def test_a_turn_is_finished_once_even_at_the_same_moment(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    ends = [store.finish(claim, answered(claim, str(n))) for n in range(5)]
    results = await asyncio.gather(*ends, store.park(claim, delay_s=0.0), return_exceptions=True)
    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, LeaseLost) for result in results if result is not None)
    assert len((await store.conversation(conversation_id(), turns_max=9)).turns) == 1
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None


async def test_a_turn_is_parked_once_even_at_the_same_moment(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    parks = [store.park(claim, delay_s=0.0, blame=False) for _ in range(5)]
    results = await asyncio.gather(*parks, return_exceptions=True)
    assert [result for result in results if result is None] == [None]
    assert (await must_claim(store)).attempts == 1


# ---------------------------------------------------------------- park, attempts, steps


async def test_a_parked_turn_rests_for_its_delay(store: Store) -> None:
    await store.accept(message("e1"))
    clock = asyncio.get_running_loop().time
    parked_at = clock()
    await store.park(await must_claim(store), delay_s=0.15)
    assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    again = await must_claim(store)
    assert clock() - parked_at >= 0.14
    assert again.turn.inbounds == (message("e1"),)


async def test_a_parked_turn_holds_the_rest_of_its_conversation_back_and_no_other(store: Store) -> None:
    await store.accept(message("e1", "ada"))
    await store.park(await must_claim(store), delay_s=LONG_S)
    await store.accept(message("e2", "ada"))
    await store.accept(message("e3", "bob"))
    assert (await must_claim(store)).turn.inbounds[0].event_id == "e3"
    assert await store.claim(lease_s=LONG_S, wait_s=0.05) is None


async def test_attempts_count_what_is_to_blame(store: Store) -> None:
    await store.accept(message("e1"))
    attempts = []
    for blame in (True, False, False, True):
        claim = await must_claim(store)
        attempts.append(claim.attempts)
        await store.park(claim, delay_s=0.0, blame=blame)
    attempts.append((await must_claim(store)).attempts)
    assert attempts == [1, 2, 2, 2, 3]


async def test_attempts_belong_to_the_turn(store: Store) -> None:
    await store.accept(message("e1"))
    await store.park(await must_claim(store), delay_s=0.0)
    await answer(store)
    await store.accept(message("e2"))
    assert (await must_claim(store)).attempts == 1


async def test_steps_survive_a_new_claim(store: Store) -> None:
    await store.accept(message("e1"))
    first = await must_claim(store, lease_s=SHORT_S)
    reply = Step(key="reply", kind="reply", state="done", result='{"text":"✓"}')
    await store.record(first, Step(key="post:0", kind="post", state="intent"))
    await store.record(first, Step(key="post:0", kind="post", state="done", result='"m1"'))
    await store.record(first, reply)
    second = await must_claim(store)
    posted = Step(key="post:0", kind="post", state="done", result='"m1"')
    assert second.steps == {"post:0": posted, "reply": reply}
    await store.record(second, Step(key="refund", kind="tool", state="unknown"))
    await store.park(second, delay_s=0.0)
    assert set((await must_claim(store)).steps) == {"post:0", "reply", "refund"}


async def test_steps_are_gone_with_their_turn(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    await store.record(claim, Step(key="reply", kind="reply", state="done"))
    await store.finish(claim, answered(claim))
    await store.accept(message("e2"))
    assert (await must_claim(store)).steps == {}


async def test_steps_do_not_leak_between_turns(store: Store) -> None:
    await store.accept(message("e1", "ada"))
    await store.accept(message("e2", "bob"))
    await store.record(await must_claim(store), Step(key="reply", kind="reply", state="done"))
    assert (await must_claim(store)).steps == {}


# ---------------------------------------------------------------- conversations


async def test_a_conversation_is_its_newest_turns_oldest_first(store: Store) -> None:
    for n in range(5):
        await store.accept(message(f"e{n}", text=f"question {n}"))
        await answer(store, f"answer {n}")
    window = await store.conversation(conversation_id(), turns_max=3)
    assert window.id == conversation_id()
    assert [turn.question for turn in window.turns] == ["question 2", "question 3", "question 4"]
    assert [turn.reply.text for turn in window.turns if turn.reply] == ["answer 2", "answer 3", "answer 4"]
    assert (await store.conversation(conversation_id(), turns_max=0)).turns == ()
    assert len((await store.conversation(conversation_id(), turns_max=99)).turns) == 5


async def test_a_conversation_shows_finished_turns_of_its_own_only(store: Store) -> None:
    await store.accept(message("e1", "ada"))
    await answer(store)
    await store.accept(message("e2", "bob"))
    await answer(store)
    await store.accept(message("e3", "ada"))
    assert len((await store.conversation(conversation_id("ada"), turns_max=9)).turns) == 1
    await must_claim(store)
    assert len((await store.conversation(conversation_id("ada"), turns_max=9)).turns) == 1
    assert (await store.conversation(conversation_id("nobody"), turns_max=9)).turns == ()


async def test_a_turn_can_be_looked_at_in_every_state(store: Store) -> None:
    accepted = await store.accept(message("e1"))
    await store.accept(message("e2"))
    waiting = await store.turn(accepted.turn_id)
    assert waiting is not None
    assert (waiting.id, waiting.conversation_id, waiting.reply) == (accepted.turn_id, conversation_id(), None)
    assert waiting.inbounds == (message("e1"), message("e2"))
    claim = await must_claim(store)
    assert await store.turn(accepted.turn_id) == waiting
    await store.park(claim, delay_s=0.0)
    assert await store.turn(accepted.turn_id) == waiting
    claim = await must_claim(store)
    finished = answered(claim, "Yes.", MessageRef(claim.turn.address, "m1"))
    await store.finish(claim, finished)
    assert await store.turn(accepted.turn_id) == finished
    assert await store.turn(TurnId(new_id())) is None
    assert await store.turn(TurnId("")) is None


async def test_unfinished_turns_of_a_conversation_oldest_first(store: Store) -> None:
    assert list(await store.unfinished(conversation_id())) == []
    turns = [(await store.accept(message(f"e{n}"))).turn_id for n in range(2 * INBOUNDS_MAX)]
    first, second = turns[0], turns[-1]
    await store.accept(message("other", "bob"))
    assert list(await store.unfinished(conversation_id())) == [first, second]
    claim = await must_claim(store)
    assert list(await store.unfinished(conversation_id())) == [first, second]
    await store.park(claim, delay_s=0.0)
    assert list(await store.unfinished(conversation_id())) == [first, second]
    claim = await must_claim(store)
    assert claim.turn.address.key == "ada"
    await store.finish(claim, answered(claim))
    assert list(await store.unfinished(conversation_id())) == [second]
    assert len(await store.unfinished(conversation_id("bob"))) == 1


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_text_of_every_kind_comes_back_as_it_was(store: Store, text: str) -> None:
    inbound = rich_message(f"slack:{text[:50]}", f"C1:{text[:50]}", text)
    await store.accept(inbound)
    claim = await must_claim(store, lease_s=SHORT_S)
    assert claim.turn.inbounds == (inbound,)
    step = Step(key=f"tool:{text[:50]}", kind="tool", state="done", result=text)
    await store.record(claim, step)
    claim = await must_claim(store)
    assert claim.steps == {step.key: step}
    messages = (MessageRef(inbound.address, text), MessageRef(claim.turn.address, "2"))
    finished = replace(claim.turn, reply=rich_reply(text), messages=messages)
    kept = Parcel(id=f"p:{text[:50]}", conversation_id=claim.turn.conversation_id, body=text)
    await store.finish(claim, finished)
    await store.enqueue(kept)
    assert await store.turn(claim.turn.id) == finished
    assert (await store.conversation(claim.turn.conversation_id, turns_max=1)).turns == (finished,)
    assert await store.take(lease_s=LONG_S, limit=1) == [replace(kept, attempts=1)]
    assert not (await store.accept(inbound)).fresh
    name = f"log:{text[:50]}"
    assert await store.append(name, text, key=f"key:{text[:50]}") == 1
    assert await store.read(name, after=0, limit=9) == [Entry(1, text)]
    await store.put(name, text)
    assert await store.get(name) == text


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
async def test_a_turn_with_a_number_that_is_not_finite_can_be_read_again(store: Store, score: float) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    reply = rich_reply("Yes.")
    turn = replace(claim.turn, reply=replace(reply, citations=(replace(reply.citations[0], score=score),)))
    await store.finish(claim, turn)
    assert repr((await store.conversation(conversation_id(), turns_max=1)).turns) == repr((turn,))


# ---------------------------------------------------------------- outbox


async def _taken(store: Store, lease_s: float = LONG_S, limit: int = 99) -> list[str]:
    return [taken.id for taken in await store.take(lease_s=lease_s, limit=limit)]


async def test_parcels_of_a_conversation_go_one_after_the_other(store: Store) -> None:
    await store.enqueue(parcel("a1", "ada"), parcel("a2", "ada"), parcel("b1", "bob"), parcel("b2", "bob"))
    await store.enqueue(parcel("a3", "ada"))
    assert await _taken(store) == ["a1", "b1"]
    assert await _taken(store) == []
    await store.settle(parcel("a1", "ada"), retry_in_s=None)
    assert await _taken(store) == ["a2"]
    await store.settle(parcel("a2", "ada"), retry_in_s=None)
    assert await _taken(store) == ["a3"]


async def test_parcels_are_limited(store: Store) -> None:
    await store.enqueue(*(parcel(f"p{n}", f"key{n}") for n in range(5)))
    assert await _taken(store, limit=2) == ["p0", "p1"]
    assert await _taken(store, limit=2) == ["p2", "p3"]
    assert await _taken(store, limit=2) == ["p4"]
    assert await _taken(store, limit=2) == []


async def test_a_parcel_is_handed_out_once_even_at_the_same_moment(store: Store) -> None:
    await store.enqueue(*(parcel(f"p{n}", f"key{n}") for n in range(6)))
    taken = await asyncio.gather(*(_taken(store, limit=2) for _ in range(6)))
    assert sorted(chain(*taken)) == [f"p{n}" for n in range(6)]


async def test_a_parcel_nobody_settles_comes_again_and_counts_its_attempts(store: Store) -> None:
    await store.enqueue(parcel("p1", body="the body"))
    (first,) = await store.take(lease_s=SHORT_S, limit=9)
    assert (first.body, first.attempts) == ("the body", 1)
    assert await store.take(lease_s=SHORT_S, limit=9) == []
    (second,) = await eventually(lambda: store.take(lease_s=LONG_S, limit=9))
    assert second == replace(first, attempts=2)


async def test_a_parcel_to_be_tried_again_rests_and_holds_its_conversation_back(store: Store) -> None:
    await store.enqueue(parcel("a1", "ada"), parcel("a2", "ada"), parcel("b1", "bob"))
    first, _ = await store.take(lease_s=LONG_S, limit=9)
    await store.settle(first, retry_in_s=0.1)
    assert await _taken(store) == []
    assert await eventually(lambda: _taken(store)) == ["a1"]
    assert (await store.gauges()).parcels == 3


async def test_a_parcel_to_be_tried_again_at_once_is_due_at_once(store: Store) -> None:
    await store.enqueue(parcel("p1"))
    (first,) = await store.take(lease_s=LONG_S, limit=9)
    await store.settle(first, retry_in_s=0.0)
    (second,) = await store.take(lease_s=LONG_S, limit=9)
    assert second.attempts == 2


async def test_a_late_retry_does_not_take_a_parcel_from_its_new_owner(store: Store) -> None:
    await store.enqueue(parcel("p1"))
    (late,) = await store.take(lease_s=SHORT_S, limit=9)
    await eventually(lambda: store.take(lease_s=LONG_S, limit=9))
    await store.settle(late, retry_in_s=0.0)
    assert await _taken(store) == []


async def test_a_parcel_that_landed_late_is_gone(store: Store) -> None:
    await store.enqueue(parcel("p1"))
    (late,) = await store.take(lease_s=SHORT_S, limit=9)
    (current,) = await eventually(lambda: store.take(lease_s=SHORT_S, limit=9))
    await store.settle(late, retry_in_s=None)
    assert (await store.gauges()).parcels == 0
    await store.settle(current, retry_in_s=0.0)
    await store.settle(current, retry_in_s=None)
    assert await _taken(store) == []


async def test_a_parcel_put_in_alone_is_due_after_its_delay(store: Store) -> None:
    await store.enqueue(parcel("p1", "ada", body="now"))
    clock = asyncio.get_running_loop().time
    began = clock()
    await store.enqueue(parcel("p2", "bob", body="later"), delay_s=SHORT_S)
    (now,) = await store.take(lease_s=LONG_S, limit=9)
    assert (now.id, now.body, now.attempts) == ("p1", "now", 1)
    # However slow the machine is: nothing before its time.
    later = None
    while later is None:
        taken = await store.take(lease_s=LONG_S, limit=9)
        assert taken == [] or clock() >= began + SHORT_S
        later = next(iter(taken), None)
        await asyncio.sleep(SHORT_S / 20)
    assert (later.id, later.body, later.attempts) == ("p2", "later", 1)


async def test_a_parcel_with_the_same_id_is_kept_once(store: Store) -> None:
    await asyncio.gather(*(store.enqueue(parcel("p1", body="first")) for _ in range(10)))
    (taken,) = await store.take(lease_s=LONG_S, limit=9)
    await store.enqueue(parcel("p1", "bob", body="again"))
    assert await _taken(store) == []
    assert (await store.gauges()).parcels == 1
    await store.settle(taken, retry_in_s=0.0)
    (again,) = await store.take(lease_s=LONG_S, limit=9)
    assert again == replace(taken, attempts=2)


async def test_the_same_parcel_again_makes_it_due_neither_sooner_nor_later(store: Store) -> None:
    await store.enqueue(parcel("p1", "ada"), delay_s=SHORT_S)
    await store.enqueue(parcel("p2", "bob"))
    await store.enqueue(parcel("p1", "ada"))
    await store.enqueue(parcel("p2", "bob"), delay_s=LONG_S)
    assert await _taken(store) == ["p2"]
    assert await eventually(lambda: _taken(store)) == ["p1"]


async def test_parcels_keep_the_order_of_their_conversation_however_they_came(store: Store) -> None:
    await store.enqueue(parcel("a1", "ada"), delay_s=SHORT_S)
    await store.enqueue(parcel("a2", "ada"))
    await store.enqueue(parcel("a3", "ada"))
    await store.enqueue(parcel("b1", "bob"))
    assert await _taken(store) == ["b1"]
    for name in ("a1", "a2", "a3"):
        (taken,) = await eventually(lambda: store.take(lease_s=LONG_S, limit=9))
        assert taken.id == name
        await store.settle(taken, retry_in_s=None)


# ---------------------------------------------------------------- quotas


async def test_a_bucket_gives_its_capacity_and_then_names_the_wait(store: Store) -> None:
    bucket = Bucket("slack:T1", capacity=3, refill_per_s=0.5)
    assert [await store.spend(bucket) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 1.0 < await store.spend(bucket) <= 2.0
    assert 3.0 < await store.spend(bucket, tokens=2.0) <= 4.0
    assert 3.0 < await store.spend(bucket, tokens=1.0, reserve=1.0) <= 4.0


async def test_a_refused_spend_takes_nothing(store: Store) -> None:
    bucket = Bucket("b", capacity=3, refill_per_s=0.01)
    assert await store.spend(bucket, tokens=2.0) == 0.0
    assert await store.spend(bucket, tokens=2.0) > 0.0
    assert await store.spend(bucket, tokens=1.0) == 0.0


async def test_a_reserve_is_left_for_others(store: Store) -> None:
    bucket = Bucket("b", capacity=3, refill_per_s=0.01)
    assert await store.spend(bucket, reserve=1.0) == 0.0
    assert await store.spend(bucket, reserve=1.0) == 0.0
    assert await store.spend(bucket, reserve=1.0) > 0.0
    assert await store.spend(bucket) == 0.0


async def test_a_bucket_refills_and_the_wait_named_is_enough(store: Store) -> None:
    bucket = Bucket("b", capacity=1, refill_per_s=2)
    assert await store.spend(bucket) == 0.0
    wait = await store.spend(bucket)
    assert 0.0 < wait <= 0.5
    await asyncio.sleep(wait + 0.005)
    assert await store.spend(bucket) == 0.0


async def test_a_bucket_does_not_fill_above_its_capacity(store: Store) -> None:
    bucket = Bucket("b", capacity=2, refill_per_s=4)
    await store.spend(bucket)
    await asyncio.sleep(0.5)
    assert await store.spend(bucket, tokens=2.0) == 0.0
    assert await store.spend(bucket, tokens=2.0) > 0.0


async def test_the_token_of_a_call_comes_back_only_after_the_call_has_ended(store: Store) -> None:
    bucket = Bucket("slow", 1, 2.0)
    await store.ended(bucket)  # none is under way
    assert await store.spend(bucket, call_s=60.0) == 0.0
    await asyncio.sleep(0.6)
    assert await store.spend(bucket) > 0.0
    await store.ended(bucket)
    assert await store.spend(bucket) > 0.0
    await asyncio.sleep(0.6)
    assert await store.spend(bucket, call_s=0.01) == 0.0
    await asyncio.sleep(0.02)
    assert await store.spend(bucket) > 0.0  # ended by itself, as this shows
    await asyncio.sleep(0.6)
    assert await store.spend(bucket) == 0.0


async def test_buckets_are_apart_and_spent_once_at_the_same_moment(store: Store) -> None:
    one, two = Bucket("one", 5, 0.01), Bucket("two", 5, 0.01)
    waits = await asyncio.gather(*(store.spend(one) for _ in range(20)))
    assert waits.count(0.0) == 5
    assert await store.spend(two) == 0.0


SLOW_PER_S = 0.01
"""Of a bucket that gets nothing back during a test."""
QUICK_PER_S = 10.0


async def test_a_token_set_aside_is_left_by_everybody_else(store: Store) -> None:
    bucket = Bucket("b", capacity=3, refill_per_s=SLOW_PER_S)
    assert await store.hold(bucket, "ada", ttl_s=LONG_S) == 0.0
    assert [await store.spend(bucket) for _ in range(2)] == [0.0, 0.0]
    assert await store.spend(bucket) > 0.0
    assert await store.spend(bucket, holder="somebody") > 0.0
    assert await store.spend(bucket, holder="ada") == 0.0
    assert await store.spend(bucket) > 0.0


async def test_a_place_is_given_up_with_its_token(store: Store) -> None:
    bucket = Bucket("b", capacity=2, refill_per_s=SLOW_PER_S)
    await store.hold(bucket, "ada", ttl_s=LONG_S)
    await store.hold(bucket, "bob", ttl_s=LONG_S)
    assert await store.spend(bucket, holder="ada") == 0.0
    assert await store.spend(bucket, holder="ada") > 0.0
    assert await store.spend(bucket, holder="bob") == 0.0


async def test_looking_whether_there_is_a_token_keeps_the_place(store: Store) -> None:
    bucket = Bucket("b", capacity=1, refill_per_s=SLOW_PER_S)
    for holder in ("ada", "bob"):
        await store.hold(bucket, holder, ttl_s=LONG_S)
    assert await store.spend(bucket, tokens=0.0, reserve=1.0, holder="ada") == 0.0
    assert await store.spend(bucket, holder="ada") == 0.0


async def test_a_token_is_set_aside_only_if_enough_is_left_besides(store: Store) -> None:
    bucket = Bucket("b", capacity=4, refill_per_s=0.5)
    assert await store.hold(bucket, "ada", ttl_s=LONG_S, reserve=2.0) == 0.0
    assert await store.hold(bucket, "bob", ttl_s=LONG_S, reserve=2.0) == 0.0
    assert await store.hold(bucket, "eve", ttl_s=LONG_S, reserve=2.0) == pytest.approx(1.5, abs=0.5)
    assert [await store.spend(bucket) for _ in range(2)] == [0.0, 0.0]
    assert await store.spend(bucket, holder="eve") > 0.0
    assert await store.spend(bucket, holder="bob") == 0.0


async def test_who_holds_a_token_may_hold_it_again_whatever_is_left(store: Store) -> None:
    bucket = Bucket("b", capacity=2, refill_per_s=SLOW_PER_S)
    assert await store.hold(bucket, "ada", ttl_s=LONG_S, reserve=1.0) == 0.0
    assert await store.spend(bucket) == 0.0
    assert await store.hold(bucket, "ada", ttl_s=LONG_S, reserve=1.0) == 0.0
    assert await store.spend(bucket, holder="ada") == 0.0


async def test_places_in_the_queue_are_served_in_the_order_of_asking(store: Store) -> None:
    bucket = Bucket("b", capacity=1, refill_per_s=QUICK_PER_S)
    assert await store.spend(bucket) == 0.0
    for holder in ("ada", "bob", "eve"):
        assert await store.hold(bucket, holder, ttl_s=LONG_S) == 0.0
    served = []

    async def wait(holder: str) -> None:
        while wait_s := await store.spend(bucket, holder=holder):  # noqa: ASYNC110
            await asyncio.sleep(wait_s / 5)
        served.append(holder)

    strangers = asyncio.gather(*(wait("") for _ in range(3)))
    await asyncio.gather(wait("eve"), wait("ada"), wait("bob"))
    assert [holder for holder in served if holder] == ["ada", "bob", "eve"]
    assert served[:3] == ["ada", "bob", "eve"]
    await strangers


async def test_a_place_lasts_its_time_and_holding_again_prolongs_it(store: Store) -> None:
    bucket = Bucket("b", capacity=2, refill_per_s=SLOW_PER_S)
    await store.hold(bucket, "ada", ttl_s=SHORT_S)
    await store.hold(bucket, "bob", ttl_s=SHORT_S)
    await store.hold(bucket, "ada", ttl_s=LONG_S)
    assert await store.spend(bucket) > 0.0
    await asyncio.sleep(SHORT_S + 0.02)
    assert await store.spend(bucket) == 0.0, "bob's place is over"
    assert await store.spend(bucket) > 0.0
    assert await store.spend(bucket, holder="ada") == 0.0


async def test_holding_again_keeps_the_place_where_it_is(store: Store) -> None:
    bucket = Bucket("b", capacity=1, refill_per_s=SLOW_PER_S)
    for holder in ("ada", "bob", "ada"):
        await store.hold(bucket, holder, ttl_s=LONG_S)
    assert await store.spend(bucket, holder="bob") > 0.0
    assert await store.spend(bucket, holder="ada") == 0.0


async def test_a_place_given_up_is_free(store: Store) -> None:
    bucket = Bucket("b", capacity=1, refill_per_s=SLOW_PER_S)
    await store.release(bucket, "nobody")
    await store.hold(bucket, "ada", ttl_s=LONG_S)
    await store.hold(bucket, "bob", ttl_s=LONG_S)
    assert await store.spend(bucket, holder="bob") > 0.0
    await store.release(bucket, "ada")
    await store.release(bucket, "ada")
    assert await store.spend(bucket, holder="bob") == 0.0


async def test_nobody_gets_a_token_while_a_platform_wants_quiet(store: Store) -> None:
    bucket, other = Bucket("b", capacity=20, refill_per_s=100.0), Bucket("c", 1, 1)
    await store.hold(bucket, "ada", ttl_s=LONG_S)
    clock = asyncio.get_running_loop().time
    began, quiet_s = clock(), 2.0
    await store.pause(bucket, quiet_s)
    for wait_s in (await store.spend(bucket), await store.spend(bucket, holder="ada")):
        assert quiet_s - (clock() - began) - 0.05 <= wait_s <= quiet_s
    assert await store.spend(bucket, tokens=0.0) > 0.0
    assert await store.hold(bucket, "bob", ttl_s=LONG_S, reserve=1.0) > 0.0
    assert await store.spend(other) == 0.0
    await store.pause(bucket, 0.0)
    assert await store.spend(bucket, holder="ada") > 0.0, "a shorter one does not end it"
    await asyncio.sleep(began + quiet_s + 0.2 - clock())
    assert await store.spend(bucket, holder="ada") == 0.0
    assert await store.spend(bucket) == 0.0


async def test_a_pause_takes_away_what_seemed_to_be_left(store: Store) -> None:
    bucket = Bucket("b", capacity=20, refill_per_s=SLOW_PER_S)
    await store.pause(bucket, 0.05)
    await asyncio.sleep(0.06)
    assert await store.spend(bucket) > 1.0


# ---------------------------------------------------------------- values


async def test_values_are_kept_replaced_and_deleted(store: Store) -> None:
    assert await store.get("k") is None
    assert await store.put("k", "one")
    assert await store.put("k", "two")
    assert await store.get("k") == "two"
    assert await store.get("K") is None
    assert await store.delete("k")
    assert not await store.delete("k")
    assert await store.get("k") is None


async def test_a_value_put_if_absent_wins_once(store: Store) -> None:
    results = await asyncio.gather(*(store.put("k", str(n), if_absent=True) for n in range(10)))
    assert results.count(True) == 1
    assert await store.get("k") == str(results.index(True))
    assert await store.delete("k")
    assert await store.put("k", "again", if_absent=True)


async def test_values_expire(store: Store) -> None:
    await store.put("short", "1", ttl_s=SHORT_S)
    await store.put("long", "1", ttl_s=60.0)
    assert await store.get("short") == "1"
    await asyncio.sleep(SHORT_S + 0.02)
    assert await store.get("short") is None
    assert not await store.delete("short")
    assert await store.put("short", "2", if_absent=True)
    assert await store.get("long") == "1"


async def test_putting_a_value_again_renews_or_ends_its_expiry(store: Store) -> None:
    await store.put("a", "1", ttl_s=SHORT_S)
    await store.put("a", "2")
    await store.put("b", "1")
    await store.put("b", "2", ttl_s=SHORT_S)
    assert not await store.put("b", "3", ttl_s=60.0, if_absent=True)
    await asyncio.sleep(SHORT_S + 0.02)
    assert await store.get("a") == "2"
    assert await store.get("b") is None


# ---------------------------------------------------------------- money


def _caps(*, day: int = 100, turn: int = 100, ttl_s: float = LONG_S) -> list[Cap]:
    return [Cap("turn:1", turn, ttl_s), Cap("day:1", day, ttl_s)]


async def test_money_set_aside_counts_until_it_is_booked_or_given_back(store: Store) -> None:
    assert await store.set_aside("r1", 60, _caps(), lease_s=LONG_S) is None
    assert list(await store.booked(["turn:1", "day:1", "day:2"])) == [60, 60, 0]
    await store.book("r1", 25)
    assert list(await store.booked(["day:1", "turn:1"])) == [25, 25]
    assert await store.set_aside("r2", 75, _caps(), lease_s=LONG_S) is None
    await store.book("r2", 0)
    assert list(await store.booked(["day:1"])) == [25]


async def test_money_is_set_aside_in_every_account_or_in_none(store: Store) -> None:
    caps = _caps(day=50)
    assert await store.set_aside("r1", 51, caps, lease_s=LONG_S) == caps[1]
    assert list(await store.booked(["turn:1", "day:1"])) == [0, 0]
    await store.book("r1", 51)
    assert list(await store.booked(["turn:1", "day:1"])) == [0, 0]
    assert await store.set_aside("r1", 50, caps, lease_s=LONG_S) is None
    assert await store.set_aside("r2", 1, caps, lease_s=LONG_S) == caps[1]


async def test_the_first_account_without_room_is_named(store: Store) -> None:
    caps = _caps(turn=9, day=9)
    assert await store.set_aside("r1", 10, caps, lease_s=LONG_S) == caps[0]
    assert await store.set_aside("r1", 0, _caps(turn=0, day=0), lease_s=LONG_S) is None


async def test_an_open_reservation_is_not_made_again_and_is_booked_once(store: Store) -> None:
    for _ in range(3):
        assert await store.set_aside("r1", 60, _caps(), lease_s=LONG_S) is None
    for _ in range(3):
        await store.book("r1", 10)
    await store.book("r2", 99)
    assert list(await store.booked(["day:1"])) == [10]


async def test_a_bill_above_what_was_set_aside_is_booked_in_full(store: Store) -> None:
    caps = _caps(day=50)
    assert await store.set_aside("r1", 50, caps, lease_s=LONG_S) is None
    await store.book("r1", 70)
    assert list(await store.booked(["day:1"])) == [70]
    assert await store.set_aside("r2", 1, caps, lease_s=LONG_S) == caps[1]


async def test_what_nobody_booked_counts_as_spent_when_its_lease_has_ended(store: Store) -> None:
    assert await store.set_aside("r1", 60, _caps(), lease_s=SHORT_S) is None
    await asyncio.sleep(SHORT_S + 0.02)
    await store.book("r1", 1)
    assert list(await store.booked(["turn:1", "day:1"])) == [60, 60]
    assert await store.set_aside("r1", 40, _caps(), lease_s=LONG_S) is None, "its name is free again"
    assert list(await store.booked(["day:1"])) == [100]


async def test_an_account_is_forgotten_after_its_time(store: Store) -> None:
    caps = [Cap("short", 60, SHORT_S / 2), Cap("long", 100, LONG_S)]
    assert await store.set_aside("r1", 60, caps, lease_s=SHORT_S / 2) is None
    await store.book("r1", 60)
    assert await store.set_aside("r2", 1, caps, lease_s=LONG_S) == caps[0]
    await asyncio.sleep(SHORT_S + 0.02)
    assert list(await store.booked(["short", "long"])) == [0, 60]
    assert await store.set_aside("r2", 1, caps, lease_s=LONG_S) is None
    assert list(await store.booked(["short", "long"])) == [1, 61]


async def test_of_50_at_once_as_many_have_room_as_fit(store: Store) -> None:
    caps = _caps(day=95)
    asked = [store.set_aside(f"r{n}", 10, caps, lease_s=LONG_S) for n in range(50)]
    assert Counter(refused for refused in await asyncio.gather(*asked)) == {None: 9, caps[1]: 41}
    await asyncio.gather(*(store.book(f"r{n}", 1) for n in range(50)))
    assert list(await store.booked(["turn:1", "day:1"])) == [9, 9]


async def test_amounts_are_exact_also_when_they_are_large(store: Store) -> None:
    million_dollars = 10**15
    caps = [Cap("month:1", 2 * million_dollars, LONG_S)]
    assert await store.set_aside("r1", 2 * million_dollars - 1, caps, lease_s=LONG_S) is None
    assert await store.set_aside("r2", 1, caps, lease_s=LONG_S) is None
    assert await store.set_aside("r3", 1, caps, lease_s=LONG_S) == caps[0]


# ---------------------------------------------------------------- logs


async def test_ids_of_a_log_rise_by_one_from_1(store: Store) -> None:
    assert [await store.append("a", str(n)) for n in range(3)] == [1, 2, 3]
    assert await store.append("b", "first of another") == 1
    assert await store.read("a", after=0, limit=9) == [Entry(1, "0"), Entry(2, "1"), Entry(3, "2")]
    assert await store.read("b", after=0, limit=9) == [Entry(1, "first of another")]


async def test_entries_appended_at_once_have_ids_of_their_own(store: Store) -> None:
    ids = await asyncio.gather(*(store.append("a", str(n)) for n in range(30)))
    assert sorted(ids) == list(range(1, 31))
    entries = await store.read("a", after=0, limit=99)
    assert [entry.id for entry in entries] == list(range(1, 31))
    assert {entry.id: entry.body for entry in entries} == {entry_id: str(n) for n, entry_id in enumerate(ids)}


async def test_several_entries_go_in_together(store: Store) -> None:
    await store.append("a", "1")
    assert await store.append("a", "2", "3", "4") == 4
    assert [entry.body for entry in await store.read("a", after=0, limit=9)] == ["1", "2", "3", "4"]


async def test_a_keyed_entry_is_added_once(store: Store) -> None:
    assert await store.append("a", "1", key="echo") == 1
    assert await store.append("a", "2") == 2
    assert await store.append("a", "1 again", key="echo") == 1
    assert await store.append("a", "3", "4", key="pair") == 4
    assert await store.append("a", "3 again", "4 again", key="pair") == 4
    assert await store.append("b", "another log", key="echo") == 1
    ids = await asyncio.gather(*(store.append("a", "5", key="burst") for _ in range(20)))
    assert set(ids) == {5}
    assert [entry.body for entry in await store.read("a", after=0, limit=9)] == ["1", "2", "3", "4", "5"]


async def test_an_owner_may_append_and_what_it_appended_stays(store: Store) -> None:
    await store.accept(message("e1"))
    claim = await must_claim(store)
    assert await store.append("a", "one", claim=claim) == 1
    assert await store.append("a", "two", key="k", claim=claim) == 2
    await store.finish(claim, answered(claim))
    with pytest.raises(LeaseLost):
        await store.append("a", "two", key="k", claim=claim)
    assert [entry.body for entry in await store.read("a", after=0, limit=9)] == ["one", "two"]


async def test_reading_goes_on_after_a_cursor_and_stops_at_a_limit(store: Store) -> None:
    for n in range(1, 8):
        await store.append("a", str(n))
    assert [entry.id for entry in await store.read("a", after=2, limit=3)] == [3, 4, 5]
    assert [entry.id for entry in await store.read("a", after=5, limit=3)] == [6, 7]
    assert list(await store.read("a", after=7, limit=3)) == []
    assert list(await store.read("nobody", after=0, limit=3)) == []


@pytest.mark.parametrize("cursor", [1_000, 2**31, 2**63, 10**30])
async def test_a_cursor_beyond_the_end_finds_nothing(store: Store, cursor: int) -> None:
    assert list(await store.read("a", after=cursor, limit=9)) == []
    await store.append("a", "1")
    assert list(await store.read("a", after=cursor, limit=9, wait_s=0.01)) == []


async def test_reading_waits_for_an_entry(store: Store) -> None:
    await store.append("a", "1")
    reading = asyncio.create_task(_read(store, "a", after=1, wait_s=5.0))
    await asyncio.sleep(0.05)
    assert not reading.done()
    await store.append("b", "of another log")
    await store.append("a", "2")
    async with asyncio.timeout(2.0):
        assert await reading == ["2"]


async def _read(store: Store, log: str, *, after: int, wait_s: float) -> list[str]:
    return [entry.body for entry in await store.read(log, after=after, limit=99, wait_s=wait_s)]


async def test_reading_a_log_that_does_not_exist_yet_waits_for_it(store: Store) -> None:
    readers = [asyncio.create_task(_read(store, "new", after=0, wait_s=5.0)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await store.append("new", "1")
    async with asyncio.timeout(2.0):
        assert await asyncio.gather(*readers) == [["1"]] * 3


async def test_reading_gives_up_after_its_wait(store: Store) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    assert await _read(store, "a", after=0, wait_s=0.1) == []
    assert 0.09 <= clock() - began < 1.5


async def test_no_reader_misses_an_entry_that_comes_as_it_begins_to_wait(store: Store) -> None:
    """Each pair begins at the same moment; a wake-up lost in between would cost the whole wait."""
    async with asyncio.timeout(5.0):
        for n in range(60):
            reading = asyncio.create_task(_read(store, f"log{n}", after=0, wait_s=10.0))
            for _ in range(n % 6):
                await asyncio.sleep(0)
            await store.append(f"log{n}", "1")
            assert await reading == ["1"]


async def test_a_log_keeps_its_newest_entries_and_its_ids_go_on(store: Store) -> None:
    total = 3 * ENTRIES_MAX + 7
    for n in range(1, total + 1):
        assert await store.append("a", f"body {n}") == n
    entries = await store.read("a", after=0, limit=10_000)
    ids = [entry.id for entry in entries]
    assert ids == list(range(ids[0], total + 1))
    assert ENTRIES_MAX <= len(ids) <= 2 * ENTRIES_MAX
    assert all(entry.body == f"body {entry.id}" for entry in entries)
    assert await store.append("a", "next") == total + 1


async def test_the_audit_log_is_not_pushed_out_by_a_few_busy_hours(store: Store) -> None:
    total = 3 * ENTRIES_MAX
    for n in range(total):
        await store.append(audit.LOG, f"body {n}")
    assert len(await store.read(audit.LOG, after=0, limit=10_000)) == total


# ---------------------------------------------------------------- the whole


async def test_gauges_tell_how_full_it_is(store: Store) -> None:
    empty = await store.gauges()
    assert (empty.turns_waiting, empty.turns_running, empty.oldest_waiting_s, empty.parcels) == (0, 0, 0.0, 0)
    await store.accept(message("e1", "ada"))
    await asyncio.sleep(0.05)
    await store.accept(message("e2", "bob"))
    waiting = await store.gauges()
    assert (waiting.turns_waiting, waiting.turns_running) == (2, 0)
    assert 0.04 <= waiting.oldest_waiting_s < 5.0
    claim = await must_claim(store)
    await store.accept(message("e3", "ada"))
    running = await store.gauges()
    assert (running.turns_waiting, running.turns_running) == (2, 1)
    await store.park(claim, delay_s=0.0)
    parked = await store.gauges()
    assert (parked.turns_waiting, parked.turns_running) == (3, 0)
    claim = await must_claim(store)
    await store.finish(claim, answered(claim))
    await store.enqueue(parcel("p1"), parcel("p2"))
    after = await store.gauges()
    assert (after.turns_waiting, after.turns_running, after.parcels) == (2, 0, 2)


async def test_check_passes_on_a_store_that_works(store: Store) -> None:
    await store.check()
    assert (await store.gauges()).turns_waiting == 0


# ---------------------------------------------------------------- stores that survive their process


async def test_everything_is_there_after_reopening(durable: Opener) -> None:
    async with durable.open() as store:
        await store.accept(message("e1", text="first"))
        claim = await must_claim(store)
        await store.finish(claim, answered(claim))
        await store.enqueue(parcel("p1", "ada", body="b1"), parcel("p2", "ada"))
        finished = (await store.conversation(conversation_id(), turns_max=1)).turns
        await store.take(lease_s=SHORT_S, limit=1)
        waiting = await store.accept(message("e3", "bob", text="second"))
        await store.put("k", "v")
        await store.put("short", "v", ttl_s=SHORT_S)
        for n in range(3):
            await store.append("log", str(n), key=f"k{n}")
    async with durable.open() as store:
        assert (await store.conversation(conversation_id(), turns_max=1)).turns == finished
        assert not (await store.accept(message("e1"))).fresh
        again = await store.accept(message("e3", "bob", text="second"))
        assert (again.turn_id, again.fresh) == (waiting.turn_id, False)
        assert (await must_claim(store)).turn.inbounds == (message("e3", "bob", text="second"),)
        assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
        (taken,) = await eventually(lambda: store.take(lease_s=LONG_S, limit=9))
        assert (taken.id, taken.body, taken.attempts) == ("p1", "b1", 2)
        assert await store.get("k") == "v"
        await asyncio.sleep(SHORT_S)
        assert await store.get("short") is None
        assert await store.append("log", "again", key="k1") == 2
        assert await store.append("log", "3") == 4
        assert [entry.id for entry in await store.read("log", after=1, limit=9)] == [2, 3, 4]
        gauges = await store.gauges()
        assert (gauges.turns_waiting, gauges.turns_running, gauges.parcels) == (0, 1, 2)


async def test_a_turn_cut_short_goes_on_after_reopening(durable: Opener) -> None:
    async with durable.open() as store:
        await store.accept(message("e1"))
        old = await must_claim(store, lease_s=SHORT_S)
        await store.record(old, Step(key="reply", kind="reply", state="done", result="{}"))
        await store.accept(message("e2"))
    async with durable.open() as store:
        new = await must_claim(store)
        assert new.turn == old.turn
        assert new.fence > old.fence
        assert new.attempts == 2
        assert set(new.steps) == {"reply"}
        assert await _every_write(store, old) == ALL_WRITES
        await store.finish(new, answered(new))
        assert (await must_claim(store)).turn.inbounds == (message("e2"),)


async def test_order_and_joining_go_on_after_reopening(durable: Opener) -> None:
    async with durable.open() as store:
        for n, key in enumerate("cab"):
            await store.accept(message(f"e{n}", key))
    async with durable.open() as store:
        await store.accept(message("e9", "a", text="joins"))
        claims = [await must_claim(store) for _ in range(3)]
        assert [claim.turn.address.key for claim in claims] == list("cab")
        assert [len(claim.turn.inbounds) for claim in claims] == [1, 2, 1]


async def test_a_pause_goes_on_after_reopening(durable: Opener) -> None:
    quiet, over = Bucket("quiet", capacity=5, refill_per_s=100.0), Bucket("over", 5, 500.0)
    async with durable.open() as store:
        await store.pause(quiet, LONG_S)
        await store.pause(over, 0.01)
        await asyncio.sleep(0.02)
    async with durable.open() as store:
        assert await store.spend(quiet) == pytest.approx(LONG_S, abs=3.0)
        assert await store.hold(quiet, "ada", ttl_s=LONG_S, reserve=0.0) > 0.0
        assert await store.spend(over) == 0.0


async def test_what_is_due_later_and_what_is_unfinished_go_on_after_reopening(durable: Opener) -> None:
    async with durable.open() as store:
        await store.enqueue(parcel("much later", "ada"), delay_s=LONG_S)
        await store.enqueue(parcel("behind it", "ada"))
        await store.enqueue(parcel("soon", "bob"), delay_s=SHORT_S)
        turns = [(await store.accept(message(f"e{n}"))).turn_id for n in range(INBOUNDS_MAX + 1)]
    async with durable.open() as store:
        await store.enqueue(parcel("much later", "ada"))
        assert await eventually(lambda: _taken(store)) == ["soon"]
        assert await _taken(store) == []
        assert list(await store.unfinished(conversation_id())) == [turns[0], turns[-1]]


async def test_what_was_spent_is_spent_after_reopening(durable: Opener) -> None:
    """A restart in the middle of a busy minute does not begin with full buckets."""
    spent, other = Bucket("spent", capacity=3, refill_per_s=SLOW_PER_S), Bucket("other", 3, SLOW_PER_S)
    async with durable.open() as store:
        await store.accept(message("e"))
        assert [await store.spend(spent) for _ in range(3)] == [0.0] * 3
        await answer(store)
    async with durable.open() as store:
        assert await store.spend(spent) > 0.0
        assert await store.spend(other) == 0.0


async def test_what_came_back_while_it_was_closed_is_there(durable: Opener) -> None:
    bucket = Bucket("quick", capacity=2, refill_per_s=20)
    async with durable.open() as store:
        assert [await store.spend(bucket) for _ in range(2)] == [0.0, 0.0]
        await store.accept(message("e"))
        claim = await must_claim(store)
        await store.record(claim, Step(key="a", kind="post", state="done"))
        await asyncio.sleep(0.06)
    async with durable.open() as store:
        assert await store.spend(bucket) == 0.0


async def test_money_is_where_it_was_after_reopening(durable: Opener) -> None:
    """Also what a call had set aside that a crash cut short: it is spent when its lease has ended, and until then."""
    async with durable.open() as store:
        assert await store.set_aside("booked", 50, _caps(), lease_s=LONG_S) is None
        await store.book("booked", 20)
        assert await store.set_aside("open", 30, _caps(), lease_s=LONG_S) is None
        assert await store.set_aside("ended", 40, _caps(), lease_s=SHORT_S) is None
    await asyncio.sleep(SHORT_S)
    async with durable.open() as store:
        assert list(await store.booked(["turn:1", "day:1"])) == [90, 90]
        await store.book("ended", 0)
        await store.book("open", 1)
        assert list(await store.booked(["turn:1", "day:1"])) == [61, 61]
