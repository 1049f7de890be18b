"""One-time codes never reach the desk, whenever people come to see what a customer wrote."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bridge.errors import ChannelUnavailable
from bridge.identity import verification
from bridge.identity.digits import MASK
from bridge.identity.gate import IdentityGate
from bridge.identity.known import Known
from bridge.identity.means import Means
from bridge.identity.senders import Ways
from bridge.identity.settings import IdentitySettings
from bridge.identity.verification import Verification
from bridge.ports import Emit, Record
from bridge.stores.memory import MemoryStore
from bridge.types import Conversation, ConversationId, Reply, Turn
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import CUSTOMER, HUMAN, Stage, assistant, stage
from tests.fakes.recording_channel import Platform
from tests.unit.identity.made import ANA, KEY, Mails, Shop

CODE = "483920"


def _gate(store: MemoryStore) -> IdentityGate:
    async def nobody(_: ConversationId) -> bool:
        return False

    settings = IdentitySettings()
    means = Means(
        store=store,
        settings=settings,
        known=Known(store, settings, Shop(), clock=store._clock),
        ways=Ways(mailer=Mails()),
        key=KEY,
        say=lambda name, text: f"<{name}>",
        clock=store._clock,
    )
    return IdentityGate(means, lambda: None, with_people=nobody)


async def _sent(it: Stage) -> None:
    """A code is under way to the customer."""
    store = it.store
    id = verification.record_id(CUSTOMER.conversation_id, it.words("").sender.id)
    now = it.office.now()
    sent = Verification(
        state="sent",
        since=now,
        way="email",
        address="ana@example.com",
        customer_id=ANA,
        salt="salt",
        digest=verification.digest(KEY, id, "salt", CODE),
        until=now + 600,
        sendings=1,
    )
    kept = verification.written(Record(kind=verification.KIND, id=id, body=""), sent, IdentitySettings(), now)
    assert await store.save_records(kept)


async def _slowly(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    if CODE in turn.question or MASK in turn.question:
        await asyncio.sleep(0 if HUMAN in turn.question else 20)
    return await assistant(turn, conversation, emit)


async def _calls_with_it(it: Stage, platform: Platform) -> None:
    """The card and the transcript are drawn before the turn has ended."""
    platform.will("post", *[ChannelUnavailable("down")] * 3)
    await it.say(f"My code is {CODE}. And now I really want to talk to a {HUMAN} about all of this")
    await it.quiet()


async def _is_taken_over_with_it(it: Stage, platform: Platform) -> None:
    """What nobody has answered yet is shown to whoever takes the conversation."""
    await it.asks(f"I want a {HUMAN}")
    await it.quiet()
    await it.people.press(MAYA, "claim")
    await it.people.fill_in(MAYA, await it.people.press(MAYA, "return"))
    await it.quiet()
    await it.say(f"My code is {CODE}. And now please tell me where my order 1042 is")
    await asyncio.sleep(1)
    await it.people.press(MAYA, "claim")
    await it.quiet()
    assert any("order 1042" in note for note in it.notes)


async def _changes_to_it(it: Stage, platform: Platform) -> None:
    """A message that people have read is changed, on the customer's platform."""
    await it.asks(f"I want a {HUMAN}")
    await it.say("Hello?", event_id="recording:changed")
    await it.quiet()
    await it.desk.customer_changed(it.words(f"Hello? {CODE}", event_id="recording:changed"), False)
    await it.quiet()
    assert any("(changed) Hello?" in note for note in it.notes)


@pytest.mark.parametrize("happens", [_calls_with_it, _is_taken_over_with_it, _changes_to_it])
async def test_no_code_reaches_the_desk(
    platform: Platform, happens: Callable[[Stage, Platform], Awaitable[None]]
) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room, first=(gate := _gate(store)), answer=_slowly) as it:
        it.office.discreet = gate.without_codes
        await _sent(it)
        await happens(it, platform)
    files = b"".join(file.data for note in room.notes for file in note.files).decode()
    seen = f"{room.cards!r} {room.notes!r} {files}"
    assert CODE not in seen
    assert MASK in seen
