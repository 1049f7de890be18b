"""What is passed on to people is kept once, before anybody is told its number for good."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from bridge import tickets
from bridge.errors import ChannelUnavailable, StoreUnavailable
from bridge.ports import Claim, Emit, Page, Parcel, Record
from bridge.stores.memory import MemoryStore, Settings
from bridge.tickets import Ticket
from bridge.types import Address, Conversation, MessageRef, Outcome, Reply, TextDelta, Turn
from tests.fakes.core import empty_store, running
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel

TICKET = "ABCD-2345"


async def pass_on(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    text = f"Passed on: {TICKET}"
    emit(TextDelta(text))
    return Reply(
        text=text, outcome=Outcome.ESCALATED, rung="person", escalation_reason="asked_for_person", ticket=TICKET
    )


async def kept(store: MemoryStore) -> Sequence[Ticket]:
    return await tickets.open_ones(store, limit=1_000)


async def test_a_ticket_names_its_turn_and_quotes_nobody(platform: Platform) -> None:
    store = empty_store()
    async with running(PlainChannel(platform), pass_on, store=store) as core:
        turn = await core.finished(await core.say("My secret is 42, get me a human"))
    [ticket] = await kept(store)
    assert (ticket.number, ticket.reason) == (TICKET, "asked_for_person")
    assert (ticket.turn_id, ticket.conversation_id) == (turn.id, turn.conversation_id)
    assert ticket.asked_at == turn.inbounds[-1].received_at.isoformat()
    assert "secret" not in repr(await store.load_record(tickets.KIND, TICKET))


async def test_asked_for_again_it_is_one_ticket(platform: Platform) -> None:
    store = empty_store()
    async with running(PlainChannel(platform), pass_on, store=store) as core:
        await core.finished(await core.say("A human!"))
        await core.finished(await core.say("A HUMAN!"))
    assert len(await kept(store)) == 1


@pytest.mark.parametrize(("ends_after_s", "kept_whole"), [(0.0, True), (0.05, True), (30.0, False)])
async def test_a_number_that_was_told_before_a_stop_is_kept(
    platform: Platform, ends_after_s: float, kept_whole: bool
) -> None:
    """Between the words on the screen and the reply there may be a moment."""
    store, told = empty_store(), asyncio.Event()

    async def pass_on_slowly(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        reply = await pass_on(turn, conversation, emit)
        told.set()
        await asyncio.sleep(ends_after_s)
        return reply

    async with running(RecordingChannel(platform), pass_on_slowly, store=store) as core:
        turn_id = await core.say("A human!")
        await told.wait()
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id, within_s=2)
    assert turn.reply is not None
    assert turn.reply.text == f"Passed on: {TICKET}"
    assert (turn.reply.outcome is Outcome.ESCALATED) == kept_whole
    assert len(await kept(store)) == kept_whole


async def test_a_stopped_answer_that_ends_in_the_same_moment_is_stopped_still(platform: Platform) -> None:
    told = asyncio.Event()

    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("One."))
        told.set()
        await asyncio.sleep(0.05)
        emit(TextDelta(" Two."))
        return Reply(text="One. Two.", outcome=Outcome.ANSWERED)

    async with running(RecordingChannel(platform), answer) as core:
        turn_id = await core.say("Hello?")
        await told.wait()
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id, within_s=2)
    assert turn.reply is not None
    assert (turn.reply.text, turn.reply.outcome) == ("One.", Outcome.STOPPED)


async def test_what_is_answered_has_none(platform: Platform) -> None:
    store = empty_store()
    async with running(PlainChannel(platform), store=store) as core:
        await core.finished(await core.say("Hello?"))
    assert not await kept(store)


class Down(PlainChannel):
    """Its platform takes nothing for a while; notes how many tickets there are when something is posted for good."""

    def __init__(self, platform: Platform, store: MemoryStore) -> None:
        super().__init__(platform)
        self.store = store
        self.left = 5
        self.seen: list[int] = []

    async def post(self, to: Address, page: Page) -> MessageRef:
        if page.final:
            self.seen.append(len(await kept(self.store)))
            self.left -= 1
            if self.left >= 0:
                raise ChannelUnavailable("down")
        return await PlainChannel.post(self, to, page)


async def test_the_number_is_told_when_the_ticket_is_kept_and_a_turn_begun_again_keeps_no_second(
    platform: Platform,
) -> None:
    store = empty_store()
    channel = Down(platform, store)
    async with running(channel, pass_on, store=store) as core:
        await core.finished(await core.say("A human!"))
    assert set(channel.seen) == {1}
    assert len(channel.seen) > 3
    assert len(await kept(store)) == 1


class Stumbling(MemoryStore):
    """Its records cannot be written at first."""

    stumbles = 2

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        if self.stumbles:
            self.stumbles -= 1
            raise StoreUnavailable("full")
        return await MemoryStore.save_records(self, *records, parcels=parcels, claim=claim)


async def test_a_store_that_is_away_loses_no_ticket(platform: Platform) -> None:
    store = Stumbling(Settings())
    async with running(PlainChannel(platform), pass_on, store=store) as core:
        await core.finished(await core.say("A human!"))
    assert store.stumbles == 0
    assert len(await kept(store)) == 1


def ticket(number: str = TICKET) -> Ticket:
    return Ticket(number=number, reason="r", conversation_id="c", turn_id="t", asked_at="2026-11-22T10:00:00+00:00")


async def test_each_sink_gets_a_parcel_in_a_queue_of_its_own() -> None:
    store = empty_store()
    record, parcels = tickets.opening(ticket(), ["zendesk", "webhook"])
    assert await store.save_records(record, parcels=parcels)
    assert not await store.save_records(record, parcels=parcels), "a number is used once"
    queued = await store.take(lease_s=60, limit=10)
    assert [json.loads(parcel.body)["sink"] for parcel in queued] == ["zendesk", "webhook"]


async def test_what_the_sinks_say_and_its_end_are_kept_with_it() -> None:
    store = empty_store()
    await store.save_records(tickets.opening(ticket())[0])
    await tickets.taken(store, TICKET, "zendesk", "4711")
    await tickets.refused(store, TICKET, "webhook", "HTTP 410")
    [found] = await kept(store)
    assert (found.sinks, found.failed) == ({"zendesk": "4711"}, {"webhook": "HTTP 410"})
    assert await tickets.close(store, TICKET, now=0.0)
    await tickets.taken(store, TICKET, "freshdesk", "1")
    assert not await kept(store), "what a sink says later does not open it again"
    assert not await tickets.close(store, "ZZZZ-9999", now=0.0)


async def test_those_of_an_earlier_version_are_moved_once_and_found_when_its_log_has_forgotten_them() -> None:
    store = empty_store()
    old = {"ticket": TICKET, "reason": "r", "conversation_id": "c", "turn_id": "t", "asked_at": "2026"}
    older = {**old, "ticket": "OLDE-2222"}
    await store.put("ticket:OLDE-2222", json.dumps(older))
    await store.append(tickets.LOG, json.dumps(old), "not JSON", "{}")
    assert await tickets.move_old(store) == 1
    await store.append(tickets.LOG, json.dumps(older))
    assert await tickets.move_old(store) == 0
    assert [one.number for one in await kept(store)] == [TICKET]
    forgotten = await tickets.find(store, "OLDE-2222")
    assert forgotten
    assert forgotten.reason == "r"
    assert await tickets.find(store, "ZZZZ-9999") is None


async def test_a_damaged_record_is_passed_over() -> None:
    store = empty_store()
    await store.save_records(Record(kind=tickets.KIND, id=TICKET, body="{}"))
    assert not await kept(store)
    assert await tickets.find(store, TICKET) is None
    await tickets.taken(store, TICKET, "zendesk", "1")


@pytest.mark.parametrize("number", ["", TICKET])
async def test_a_reply_with_its_ticket_survives_in_the_store(platform: Platform, number: str) -> None:
    async def say(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text="So.", outcome=Outcome.ANSWERED, ticket=number)

    async with running(PlainChannel(platform), say) as core:
        turn = await core.finished(await core.say("Hello?"))
    assert turn.reply is not None
    assert turn.reply.ticket == number
