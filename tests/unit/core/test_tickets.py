"""What is passed on to people is kept once, before anybody is told its number for good."""

import asyncio
import json

import pytest

from bridge import tickets
from bridge.errors import ChannelUnavailable, StoreUnavailable
from bridge.ports import Claim, Emit, Page
from bridge.stores.memory import MemoryStore, Settings
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


async def kept(store: MemoryStore) -> list[dict[str, str]]:
    return [json.loads(entry.body) for entry in await store.read(tickets.LOG, after=0, limit=10)]


async def test_a_ticket_names_its_turn_and_quotes_nobody(platform: Platform) -> None:
    store = empty_store()
    async with running(PlainChannel(platform), pass_on, store=store) as core:
        turn = await core.finished(await core.say("My secret is 42, get me a human"))
    [ticket] = await kept(store)
    assert (ticket["ticket"], ticket["reason"]) == (TICKET, "asked_for_person")
    assert (ticket["turn_id"], ticket["conversation_id"]) == (turn.id, turn.conversation_id)
    assert ticket["asked_at"] == turn.inbounds[-1].received_at.isoformat()
    assert "secret" not in json.dumps(ticket)


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
    assert await kept(store) == []


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
    """Its log cannot be written at first."""

    stumbles = 2

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        if log == tickets.LOG and self.stumbles:
            self.stumbles -= 1
            raise StoreUnavailable("full")
        return await MemoryStore.append(self, log, *bodies, key=key, claim=claim)


async def test_a_store_that_is_away_loses_no_ticket(platform: Platform) -> None:
    store = Stumbling(Settings())
    async with running(PlainChannel(platform), pass_on, store=store) as core:
        await core.finished(await core.say("A human!"))
    assert store.stumbles == 0
    assert len(await kept(store)) == 1


async def test_however_many_tickets_there_are_each_is_found_by_its_number(platform: Platform) -> None:
    """The log forgets its oldest ones."""
    store = MemoryStore(Settings(entries_max=100))

    async def number(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text="So.", outcome=Outcome.ESCALATED, escalation_reason="unanswered", ticket=f"T-{turn.question}")

    async with running(PlainChannel(platform), number, store=store) as core:
        first = await core.finished(await core.say("0"))
    for n in range(1, 150):
        await store.append(tickets.LOG, "{}", key=tickets.key(f"T-{n}"))
    assert (await store.read(tickets.LOG, after=0, limit=1))[0].id > 1
    kept = json.loads(await store.get(tickets.key("T-0")) or "{}")
    assert (kept["ticket"], kept["turn_id"], kept["reason"]) == ("T-0", first.id, "unanswered")


@pytest.mark.parametrize("ticket", ["", TICKET])
async def test_a_reply_with_its_ticket_survives_in_the_store(platform: Platform, ticket: str) -> None:
    async def say(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text="So.", outcome=Outcome.ANSWERED, ticket=ticket)

    async with running(PlainChannel(platform), say) as core:
        turn = await core.finished(await core.say("Hello?"))
    assert turn.reply is not None
    assert turn.reply.ticket == ticket
