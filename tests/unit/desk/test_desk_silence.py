"""The assistant is silent as soon as somebody at the desk says something, also in what it is writing just then."""

import asyncio

from bridge.errors import ChannelUnavailable
from bridge.ports import Claim, Emit
from bridge.types import Address, Conversation, Outcome, Reply, TextDelta, Turn, TurnId
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import HUMAN, CustomerChannel, Stage, assistant, stage
from tests.fakes.recording_channel import Platform


async def _slow(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    if HUMAN in turn.question:
        return await assistant(turn, conversation, emit)
    for number in range(100):
        emit(TextDelta(f"{number} "))
        await asyncio.sleep(0.5)
    return Reply(text="all of it", outcome=Outcome.ANSWERED)


async def _answering(it: Stage) -> TurnId:
    """Nobody came, the assistant has the conversation again and is writing."""
    await it.asks(f"I want a {HUMAN}")
    await asyncio.sleep(30 * 60)
    turn_id = await it.say("Tell me everything")
    await asyncio.sleep(3)
    return turn_id


async def test_words_of_a_colleague_end_what_the_assistant_is_writing(platform: Platform) -> None:
    async with stage(empty_store(), platform, Room(), answer=_slow) as it:
        turn_id = await _answering(it)
        await it.people.write(MAYA, "Maya here.", message="m1")
        turn = await it.ended(turn_id)
        await it.quiet()

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.STOPPED
    assert turn.reply.text.startswith("0 1 2")
    assert it.seen[-1] == "Maya here."


async def test_a_draft_that_a_colleague_sends_ends_it_too(platform: Platform) -> None:
    async with stage(empty_store(), platform, Room(), answer=_slow) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.asks("Which oil?")
        await it.people.press(MAYA, "suggest")
        await asyncio.sleep(30 * 60)
        turn_id = await it.say("Tell me everything")
        await asyncio.sleep(3)
        assert await it.people.press(MAYA, "send") is None
        turn = await it.ended(turn_id)
        await it.quiet()

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.STOPPED
    assert it.seen[-1] == "all of it"


async def test_a_draft_that_holds_nothing_cannot_be_sent(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room, answer=_slow) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.people.press(MAYA, "suggest")
        await it.quiet()
        [draft] = room.heading("Suggested")

    assert "nothing to suggest" in draft.card.text
    assert draft.card.buttons == ()


class Slow(CustomerChannel):
    """Cannot be told for a while that a message was passed on."""

    away = True

    async def relayed(self, to: Address, claim: Claim) -> None:
        if self.away:
            raise ChannelUnavailable("down")


async def test_what_a_customer_changes_while_the_end_of_its_turn_waits_reaches_the_desk(platform: Platform) -> None:
    async with stage(empty_store(), platform, Room(), customer=Slow) as it:
        await it.asks(f"I want a {HUMAN}")
        turn_id = await it.say("It is reed", event_id="e1")
        await asyncio.sleep(2)
        assert it.notes == ["It is reed"]
        changed = it.words("It is red", event_id="e1")
        await it.dispatch.amend(changed, False)
        await it.desk.customer_changed(changed, False)
        it.customer.away = False  # type: ignore[attr-defined]
        await it.ended(turn_id)
        await it.quiet()

    assert it.notes == ["It is reed", "(changed) It is red"]
