"""Whatever customers and colleagues do at the same time, whatever platforms refuse, and however often the server is
killed: no word is lost, none is said twice, and the assistant is silent while people have the conversation.

`TEST_EXAMPLES` runs more examples than the usual suite, each time other ones.
"""

import asyncio
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridge.desk import handoff as handoffs
from bridge.desk.settings import DeskSettings
from bridge.errors import BridgeError, ChannelUnavailable, RateLimited, Unconfirmed
from bridge.ports import Colleague, Emit
from bridge.stores.memory import MemoryStore
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, TOM, Room
from tests.fakes.desk_stage import CUSTOMER, HUMAN, Stage, assistant, stage
from tests.fakes.mortal import Life
from tests.fakes.recording_channel import Platform, Trouble
from tests.fakes.virtual_time import VirtualTimeLoop

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0"))
COLLEAGUES = (MAYA, TOM)

Button = Literal["claim", "take_over", "close", "return", "snooze", "suggest"]


@dataclass(frozen=True)
class Asks:
    """The customer writes."""

    calls: bool = False
    """For a person."""


@dataclass(frozen=True)
class Writes:
    """A colleague writes in the thread."""

    by: Colleague
    internal: bool = False


@dataclass(frozen=True)
class Presses:
    by: Colleague
    button: Button


@dataclass(frozen=True)
class Waits:
    seconds: float


Event = Asks | Writes | Presses | Waits
events = st.one_of(
    st.builds(Asks, st.sampled_from((False, False, True))),
    st.builds(Writes, st.sampled_from(COLLEAGUES), st.sampled_from((False, False, False, True))),
    st.builds(Writes, st.sampled_from(COLLEAGUES)),
    st.builds(
        Presses,
        st.sampled_from(COLLEAGUES),
        st.sampled_from(("claim", "claim", "take_over", "close", "return", "snooze", "suggest")),
    ),
    st.builds(Waits, st.sampled_from((0.01, 0.3, 3.0, 40.0, 400.0))),
)


@dataclass(frozen=True)
class Story:
    events: tuple[Event, ...]
    kills: tuple[int, ...]
    """After so many steps of its life each server is killed."""
    customers: tuple[Trouble, ...]
    """What befalls calls to the customer's platform."""
    desks: tuple[tuple[str, str], ...]
    """What befalls calls to the desk's."""


stories = st.builds(
    Story,
    events=st.lists(events, min_size=4, max_size=18).map(lambda those: (Asks(calls=True), *those)),
    kills=st.lists(st.integers(5, 160), max_size=3).map(tuple),
    customers=st.lists(
        st.builds(Trouble, st.sampled_from(("lost", "dark", "down", "busy")), st.sampled_from((1.0, 20.0))), max_size=3
    ).map(tuple),
    desks=st.lists(
        st.tuples(st.sampled_from(("before", "after")), st.sampled_from(("busy", "down", "lost"))), max_size=4
    ).map(tuple),
)


@dataclass
class World:
    """What outlives every server. Mutable."""

    store: MemoryStore
    platform: Platform = field(default_factory=Platform)
    room: Room = field(default_factory=Room)
    wrote: list[str] = field(default_factory=list)
    """What the customer wrote, and the platform has delivered."""
    said: list[tuple[str, str]] = field(default_factory=list)
    """What colleagues wrote to the customer: the words, and the message."""
    inside: list[str] = field(default_factory=list)
    spoke: list[str] = field(default_factory=list)
    """Questions that the assistant began to answer while people had the conversation."""
    asked: list[str] = field(default_factory=list)

    async def answer(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        kept = await self.store.load_record(handoffs.KIND, turn.conversation_id)
        found = handoffs.read(kept) if kept else None
        if found and found.silent and turn.id != found.turn_id and not turn.inbounds[0].event_id.startswith("desk:"):
            self.spoke.append(turn.question)
        self.asked.append(turn.question)
        return await assistant(turn, conversation, emit)


async def _happens(it: Stage, world: World, number: int, event: Event) -> None:
    """Let something happen. Raises BridgeError when the server does not take it, as for a dead one."""
    if isinstance(event, Waits):
        await asyncio.sleep(event.seconds)
    elif isinstance(event, Asks):
        words = f"c{number}! I want a {HUMAN}" if event.calls else f"c{number}!"
        await it.say(words, event_id=f"recording:{number}")
        if words not in world.wrote:
            world.wrote.append(words)
    elif isinstance(event, Writes) and world.room.own:
        words = f"// i{number}!" if event.internal else f"d{number}!"
        await it.people.write(event.by, words, message=f"m{number}")
        kept: list[str] = world.inside
        if event.internal:
            kept.append(words)
        elif (words, f"m{number}") not in world.said:
            world.said.append((words, f"m{number}"))
    elif isinstance(event, Presses):
        with suppress(LookupError):  # there is no such button now
            form = await it.people.press(event.by, event.button)
            if event.button in ("return", "snooze") and form is not None and not isinstance(form, str):
                await it.people.fill_in(event.by, form)


async def _tell(story: Story) -> World:
    world = World(empty_store())
    world.platform.troubles.extend(story.customers)
    errors = {"busy": RateLimited("busy", retry_after_s=3.0), "down": ChannelUnavailable("down")}
    world.room.troubles.extend((when, errors.get(what) or Unconfirmed("lost")) for when, what in story.desks)
    kills, left = list(story.kills), list(enumerate(story.events))
    rules = DeskSettings(slack_channel="C0DESK", idle_hours=1, snooze_minutes=5)
    while True:
        life = Life(kills.pop(0)) if kills else Life()
        async with stage(world.store, world.platform, world.room, answer=world.answer, settings=rules, life=life) as it:
            while left and not life.over.is_set():
                try:
                    await _happens(it, world, *left[0])
                    left.pop(0)
                except BridgeError:
                    await asyncio.sleep(0.1)
            if not life.over.is_set():
                with suppress(BridgeError):
                    await it.quiet()
            if not life.over.is_set():
                return world
        await asyncio.sleep(1.0)


async def _judge(world: World) -> None:
    seen = Counter(text for shown in world.platform.room() for text in [shown.text])
    conversation = await world.store.conversation(CUSTOMER.conversation_id, turns_max=1_000)
    replies = {id: turn.reply for turn in conversation.turns for id in [turn.question] if turn.reply}
    assert world.spoke == [], "the assistant answered while people had the conversation"

    # What colleagues said: there once, or marked as failed; in order.
    delivered = []
    for words, message in world.said:
        mark, why = world.room.marks.get(message, ("none", ""))
        assert mark in ("delivered", "failed"), (words, mark)
        assert seen[words] == (1 if mark == "delivered" else 0), (words, mark, why, seen)
        delivered += [words] if mark == "delivered" else []
    shown = [each.text for each in world.platform.room() if each.text in delivered]
    assert shown == delivered
    assert not any(text.startswith("// ") or ("i" in text and text in world.inside) for text in seen)

    # What the customer wrote: answered, passed on, or both; passed on in order and once.
    notes = [note.text for note in world.room.notes if note.author]
    assert len(set(notes)) == len(notes)
    assert [words for words in world.wrote if words in notes] == [words for words in notes if words in world.wrote]
    heard = " ".join([*notes, *(card.card.text for card in world.room.cards.values())])
    for words in world.wrote:
        answered = [reply for question, reply in replies.items() if words in question]
        assert answered, f"{words} has no end"
        passed = answered[0].outcome in (Outcome.RELAYED, Outcome.STOPPED) or answered[0].rung == "desk"
        if passed:
            assert words in heard, f"{words} was neither answered nor passed on"

    # One card a case, and what the platforms would never let pass.
    kept = await world.store.load_record(handoffs.KIND, CUSTOMER.conversation_id)
    found = handoffs.read(kept) if kept else None
    assert found is not None
    assert len(world.room.own) == found.number
    assert world.platform.violations == []


@settings(
    max_examples=EXAMPLES or 40,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(stories)
def test_no_word_is_lost_or_said_twice(story: Story) -> None:
    loop = VirtualTimeLoop()

    async def run() -> None:
        await _judge(await _tell(story))

    try:
        loop.run_until_complete(run())
    finally:
        loop.close()
