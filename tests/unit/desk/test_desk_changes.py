"""What colleagues change or take back counts whenever it comes: before their words are passed on, while they wait for
the customer's platform, and afterwards; for long messages and files, too."""

import asyncio

import pytest

from bridge.errors import ChannelUnavailable
from bridge.types import Attachment
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import HUMAN, Stage, stage
from tests.fakes.recording_channel import Platform


async def _taken(it: Stage) -> int:
    """A person was asked for, and Maya has the conversation; how much the customer has seen by then."""
    await it.asks(f"I want a {HUMAN}")
    await it.quiet()
    await it.people.press(MAYA, "claim")
    await it.quiet()
    return len(it.seen)


@pytest.mark.parametrize(("deleted", "seen"), [(False, ["We have red"]), (True, [])])
async def test_a_change_counts_while_the_words_wait_for_the_customers_platform(
    platform: Platform, deleted: bool, seen: list[str]
) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        before = await _taken(it)
        platform.will("post", ChannelUnavailable("down"), ChannelUnavailable("down"))
        await it.people.write(MAYA, "First", message="m0")
        await asyncio.sleep(1)
        await it.people.write(MAYA, "We have reed", message="m1")
        await asyncio.sleep(1)
        await it.desk.ears.changed(it.people.message(MAYA, "We have red", message="m1"), deleted)
        await it.quiet()

    assert it.seen[before:] == ["First", *seen]


async def test_words_that_become_a_note_among_colleagues_are_taken_back(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        before = await _taken(it)
        await it.people.write(MAYA, "He is difficult", message="m1")
        await it.quiet()
        await it.desk.ears.changed(it.people.message(MAYA, "// He is difficult", message="m1"), False)
        await it.quiet()

    assert it.seen[before:] == []


async def test_all_of_a_long_message_and_its_files_are_taken_back(platform: Platform) -> None:
    room = Room()
    room.files = {"a.pdf": b"%PDF-1.7 a", "b.pdf": b"%PDF-1.7 b"}
    files = [Attachment("a.pdf", "x", "a.pdf"), Attachment("b.pdf", "x", "b.pdf")]
    async with stage(empty_store(), platform, room) as it:
        before = await _taken(it)
        await it.people.write(MAYA, "word " * 2_000, message="m1", files=files)
        await it.people.write(MAYA, "", message="m2", files=files[:1])
        await it.quiet()
        assert len(it.seen) > before + 3
        await it.desk.ears.changed(it.people.message(MAYA, "word " * 2_000, message="m1", files=files), True)
        await it.desk.ears.changed(it.people.message(MAYA, "", message="m2", files=files[:1]), True)
        await it.quiet()

    assert it.seen[before:] == []


async def test_the_assistant_knows_what_was_changed(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await _taken(it)
        await it.people.write(MAYA, "At nine", message="m1")
        await it.people.write(MAYA, "Bring cake", message="m2")
        await it.quiet()
        await it.desk.ears.changed(it.people.message(MAYA, "At ten", message="m1"), False)
        await it.desk.ears.changed(it.people.message(MAYA, "Bring cake", message="m2"), True)
        await it.quiet()
        platform.will("post", ChannelUnavailable("down"))
        await it.people.write(MAYA, "Never said", message="m3")
        await asyncio.sleep(1)
        await it.desk.ears.changed(it.people.message(MAYA, "Never said", message="m3"), True)
        await it.quiet()
        await it.people.fill_in(MAYA, await it.people.press(MAYA, "return"))
        await it.quiet()
        await it.asks("And now?")
        _, conversation = it.heard[-1]

    told = conversation.turns[-1].reply
    assert told is not None
    assert [line.partition(": ")[2] for line in told.text.split("\n\n")] == [
        "At nine",
        "Bring cake",
        "(changed) At ten",
        "(taken back: Bring cake)",
    ]
