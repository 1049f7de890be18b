"""The server is killed at each of its steps: a call for people makes one ticket, one card and one message, and what a
colleague says is there once."""

import asyncio

from bridge.errors import StoreUnavailable
from bridge.ports import Record
from bridge.stores.memory import MemoryStore, Settings
from tests.fakes.core import empty_store, message
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import CUSTOMER, HUMAN, stage
from tests.fakes.mortal import Life
from tests.fakes.recording_channel import Platform

STEPS_MIN = 20
STEPS_MAX = 500
"""More than any of these takes: the sweep ends where nothing is killed any more."""


async def _survives(store: MemoryStore, platform: Platform, room: Room) -> None:
    async with stage(store, platform, room) as it:
        await it.quiet()


async def _lives(store: MemoryStore, platform: Platform, room: Room, life: Life) -> None:
    """Until it is killed, or has nothing left to do."""
    async with stage(store, platform, room, life=life):
        for _ in range(300):
            gauges = await store.gauges()
            if life.over.is_set() or not (gauges.turns_waiting or gauges.turns_running or gauges.parcels):
                break
            await asyncio.sleep(0.1)


async def test_a_record_that_cannot_be_read_keeps_nobody_from_people(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        assert await it.store.save_records(Record(kind="handoff", id=CUSTOMER.conversation_id, body="{}"))
        turn = await it.asks(f"I want a {HUMAN}")
        await it.quiet()

    assert turn.reply is not None
    assert turn.reply.ticket
    assert len(room.own) == 1


async def test_a_call_for_people_survives_a_kill_at_each_step() -> None:
    for ends_at in range(1, STEPS_MAX):
        store, platform, room, life = empty_store(), Platform(), Room(), Life(ends_at)
        await store.accept(message(f"I want a {HUMAN}"))
        await _lives(store, platform, room, life)
        await _survives(store, platform, room)
        assert len(room.own) == 1, ends_at
        assert len(room.notes) == 1, ends_at
        assert len(platform.room()) == 1, ends_at
        assert len(await store.open_records("ticket", limit=9)) == 1, ends_at
        assert len(await store.open_records("handoff", limit=9)) == 1, ends_at
        assert platform.violations == []
        if not life.over.is_set():
            assert ends_at > STEPS_MIN
            return
    raise AssertionError("it takes more steps than were tried")


class Away(MemoryStore):
    """Takes no value for a while from when the customer sees a colleague's words."""

    platform: Platform
    until = 0.0

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        now = asyncio.get_running_loop().time()
        if not self.until and any(shown.text == "Here I am" for shown in self.platform.room()):
            self.until = now + 20.0
        if now < self.until:
            raise StoreUnavailable("away")
        return await super().put(key, value, ttl_s=ttl_s, if_absent=if_absent)


async def test_a_colleagues_words_that_landed_while_the_store_went_away_are_not_tried_again() -> None:
    """There are platforms on which nobody can look whether they are there."""
    store, platform, room = Away(Settings(), clock=asyncio.get_running_loop().time), Platform(), Room()
    store.platform = platform
    async with stage(store, platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        await store.accept(it.people.message(MAYA, "Here I am", message="m1"))
        await it.quiet()
    assert store.until > 0
    assert [shown.text for shown in platform.room()].count("Here I am") == 1
    assert platform.of("find") == []
    assert room.marks == {"m1": ("delivered", "")}


async def test_a_colleagues_words_survive_a_kill_at_each_step() -> None:
    for ends_at in range(1, STEPS_MAX, 2):
        store, platform, room, life = empty_store(), Platform(), Room(), Life(ends_at)
        async with stage(store, platform, room) as it:
            await it.asks(f"I want a {HUMAN}")
            await it.quiet()
        words = it.people.message(MAYA, "Here I am", message="m1")
        await store.accept(words)
        await _lives(store, platform, room, life)
        await _survives(store, platform, room)
        assert [shown.text for shown in platform.room()].count("Here I am") == 1, ends_at
        assert room.marks == {"m1": ("delivered", "")}, ends_at
        conversation = await store.conversation(CUSTOMER.conversation_id, turns_max=9)
        assert [inbound.text for turn in conversation.turns for inbound in turn.inbounds].count("Here I am") == 1
        assert platform.violations == []
        if not life.over.is_set():
            assert ends_at > STEPS_MIN
            return
    raise AssertionError("it takes more steps than were tried")
