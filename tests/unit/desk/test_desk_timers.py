"""Nobody waits in silence: what happens by itself, when, and once, also over a restart."""

import asyncio

import pytest

from bridge.brain.settings import BusinessSettings
from bridge.desk import handoff as handoffs
from bridge.desk.settings import DeskSettings
from bridge.stores.memory import MemoryStore
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import CUSTOMER, HUMAN, Stage, stage
from tests.fakes.recording_channel import Platform

MINUTE_S = 60.0
HOUR_S = 3600.0
WAITING = "Nobody from our team is free yet."
CALLBACK = "Nobody from our team could come."
BACK = "It is me again, the assistant."


async def _until(store: MemoryStore, seconds: float) -> None:
    """Let the time come, since the stage began."""
    await asyncio.sleep(max(0.0, seconds - (asyncio.get_running_loop().time() - 1_000.0)))


def _told(it: Stage) -> list[str]:
    """What the customer was told by us beside the answers, by its beginning."""
    known = (WAITING, CALLBACK, BACK)
    return [words for text in it.seen for words in known if text.startswith(words)]


async def test_who_waits_is_told_then_offered_a_callback_and_the_assistant_answers_again(platform: Platform) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await _until(store, 4.9 * MINUTE_S)
        assert _told(it) == []
        await _until(store, 5.2 * MINUTE_S)
        assert _told(it) == [WAITING]
        assert len(room.heading("Still waiting")) == 1
        await it.asks("Hello?")
        assert it.heard[-1][0] != "Hello?"
        await _until(store, 15.2 * MINUTE_S)
        assert _told(it) == [WAITING, CALLBACK]
        handoff = await it.handoff()
        assert handoff is not None
        assert handoff.state == "callback"
        assert f"**{handoff.ticket}**" in it.seen[-1]
        turn = await it.asks("Ring me: 01632 960001")
        assert turn.reply is not None
        assert turn.reply.text == "Bot: Ring me: 01632 960001"
        await it.quiet()
        await _until(store, 2 * HOUR_S)
        assert await it.people.press(MAYA, "claim") is None
        await it.quiet()

    assert it.notes == ["Hello?", "Ring me: 01632 960001"], "the desk hears where they can be reached"
    assert _told(it) == [WAITING, CALLBACK], "each is said once"
    assert [len(room.heading(words)) for words in ("Still waiting", "Nobody came", "A callback is owed")] == [1, 1, 1]
    conversation = it.heard[-1][1]
    assert any(CALLBACK in turn.reply.text for turn in conversation.turns if turn.reply), "it knows what it offered"


async def test_outside_the_opening_hours_it_says_when_people_are_back_and_they_are_told_then(
    platform: Platform,
) -> None:
    room, store = Room(), empty_store()
    hours = BusinessSettings(opening_hours="Daily 01:00-02:00", time_zone="UTC")
    opens_s = HOUR_S - asyncio.get_running_loop().time()  # virtual time begins in 1970
    async with stage(store, platform, room, business=hours) as it:
        await it.asks(f"I want a {HUMAN}")
        await _until(store, 5.2 * MINUTE_S)
        assert _told(it) == [CALLBACK], "nobody is told to wait for people who are not there"
        assert "Nobody is there at the moment. Our hours: Daily 01:00-02:00." in it.seen[-1]
        await _until(store, opens_s - 10.0)
        assert room.heading("A callback is owed") == []
        await _until(store, opens_s + 16 * MINUTE_S)
        assert len(room.heading("A callback is owed")) == 1
        await _until(store, 3 * HOUR_S)

    assert len(room.heading("A callback is owed")) == 1
    assert _told(it) == [CALLBACK]


async def test_the_desk_is_reminded_once_of_each_wait_and_a_conversation_nobody_uses_goes_back(
    platform: Platform,
) -> None:
    room, store = Room(), empty_store()
    settings = DeskSettings(slack_channel="C0DESK", idle_hours=0.5)
    async with stage(store, platform, room, settings=settings) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.people.press(MAYA, "claim")
        await it.asks("One")
        await asyncio.sleep(5 * MINUTE_S)
        await it.asks("Two")
        await asyncio.sleep(5.5 * MINUTE_S)
        assert len(room.heading("The customer waits")) == 1, "counted from the first"
        await it.people.write(MAYA, "Sorry, here I am")
        await it.quiet()
        await it.asks("Three")
        await asyncio.sleep(12 * MINUTE_S)
        assert len(room.heading("The customer waits")) == 2
        await asyncio.sleep(25 * MINUTE_S)
        handoff = await it.handoff()
        assert handoff is not None
        assert handoff.state == "bot"
        turn = await it.asks("Four")

    assert turn.reply is not None
    assert turn.reply.text == "Bot: Four"
    assert _told(it) == [BACK]


async def test_a_snooze_spares_the_desk_and_not_the_customer(platform: Platform) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        form = await it.people.press(MAYA, "snooze")
        assert set(await it.people.fill_in(MAYA, form, minutes="soon")) == {"minutes"}
        assert set(await it.people.fill_in(MAYA, form, minutes="9" * 30)) == {"minutes"}
        assert await it.people.fill_in(MAYA, form, minutes="30") == {}
        await _until(store, 29 * MINUTE_S)
        assert _told(it) == [WAITING, CALLBACK]
        assert not [shown for shown in room.cards.values() if shown.below]
        await _until(store, 31 * MINUTE_S)
        assert len(room.heading("Snoozed until now")) == 1
        await _until(store, 60 * MINUTE_S)

    assert len(room.heading("Snoozed until now")) == 1


@pytest.mark.parametrize("down_min", [1, 4.9, 7])
async def test_a_restart_forgets_no_time_and_repeats_none(platform: Platform, down_min: float) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
    await asyncio.sleep(down_min * MINUTE_S)
    async with stage(store, platform, room) as it:
        await _until(store, 8 * MINUTE_S)
        assert _told(it) == [WAITING]
    async with stage(store, platform, room) as it:
        await _until(store, 14 * MINUTE_S)
        assert _told(it) == [WAITING]
        await _until(store, 20 * MINUTE_S)

    assert _told(it) == [WAITING, CALLBACK]


async def test_two_servers_that_look_at_the_same_time_do_it_once(platform: Platform) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room) as it, stage(store, platform, room) as other:
        await it.asks(f"I want a {HUMAN}")
        await asyncio.sleep(30 * MINUTE_S)
        assert other.seen == it.seen

    assert _told(it) == [WAITING, CALLBACK]


async def test_taken_in_time_nobody_is_told_anything(platform: Platform) -> None:
    room, store = Room(), empty_store()
    async with stage(store, platform, room, settings=DeskSettings(slack_channel="C0DESK", wait_minutes=1)) as it:
        await it.asks(f"I want a {HUMAN}")
        await asyncio.sleep(55)
        await it.people.write(MAYA, "Here I am")
        await asyncio.sleep(30 * MINUTE_S)

    assert _told(it) == []


async def test_a_callback_that_nobody_cares_for_is_forgotten_in_the_end(platform: Platform) -> None:
    async with stage(empty_store(), platform, Room()) as it:
        await it.asks(f"I want a {HUMAN}")
        await asyncio.sleep(HOUR_S)
        handoff = await it.handoff()
        assert handoff is not None
        assert handoff.state == "callback"
        await it.quiet()
        kept = await it.store.load_record(handoffs.KIND, CUSTOMER.conversation_id)

    assert kept is not None
    assert kept.forget_at == pytest.approx(handoff.customer_at + handoffs.KEPT_S)
