"""Files take only so much memory, however many people send some at once."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import Undeliverable
from bridge.media.files import FileReader
from bridge.media.memory import Memory, Share
from bridge.media.settings import COPIES, IMAGE_BYTES_MAX, FilesSettings
from bridge.types import Address, Attachment, ConversationId, File, Inbound, Sender, Turn, TurnId, Unread
from tests.fakes import samples
from tests.fakes.virtual_time import VirtualTimeLoop

LIMITS = FilesSettings(process_bytes_max=50_000_000)
LARGEST = samples.png(bytes_min=IMAGE_BYTES_MAX)
AT_ONCE = LIMITS.process_bytes_max // (COPIES * IMAGE_BYTES_MAX)
"""So many of the largest pictures have room."""


def virtually(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def turn(media_type: str = "image/png", files: int = 1) -> Turn:
    inbound = Inbound(
        event_id="telegram:1",
        address=Address("telegram", "a"),
        sender=Sender("p"),
        text="Look",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
        attachments=(Attachment("x", media_type, "x"),) * files,
    )
    return Turn(id=TurnId("t"), conversation_id=ConversationId("telegram:a"), inbounds=(inbound,))


async def fetch(attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
    await asyncio.sleep(0.1)
    return LARGEST[: bytes_max + 1]


def test_what_has_no_room_waits_for_it_and_is_then_left_out() -> None:
    async def main() -> None:
        reader = FileReader(settings=LIMITS)
        async with AsyncExitStack() as first:
            for _ in range(AT_ONCE):
                _, files = await first.enter_async_context(reader.reading(turn(), fetch))
                assert isinstance(files[0], File)
            begun = asyncio.get_running_loop().time()
            async with reader.reading(turn(), fetch) as (_, files):
                assert files == (Unread("x", "gone"),)
            assert asyncio.get_running_loop().time() - begun == pytest.approx(LIMITS.fetch_s, abs=0.01)
        async with reader.reading(turn(), fetch) as (_, files):
            assert isinstance(files[0], File), "there is room again"

    virtually(main())


def test_many_at_once_are_all_read_while_answers_end_in_time() -> None:
    """Each holds its file for half a second, as long as its answer takes."""

    async def main() -> None:
        reader = FileReader(settings=LIMITS)
        held = most = 0

        async def one() -> None:
            nonlocal held, most
            async with reader.reading(turn(), fetch) as (_, files):
                assert isinstance(files[0], File)
                held += len(files[0].data)
                most = max(held, most)
                await asyncio.sleep(0.5)
                held -= len(files[0].data)

        await asyncio.gather(*(one() for _ in range(10 * AT_ONCE)))
        assert most == AT_ONCE * IMAGE_BYTES_MAX

    virtually(main())


@pytest.mark.parametrize("ending", ["unread", "gone", "bug", "cancelled", "answer failed", "small"])
def test_nothing_stays_taken_however_it_ends(ending: str) -> None:
    said: dict[str, bytes | Exception] = {"unread": b"junk", "gone": Undeliverable("no such file"), "bug": TypeError()}

    async def ends(attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
        if ending == "cancelled":
            await asyncio.sleep(3600)
        result = said.get(ending, samples.png())
        if isinstance(result, Exception):
            raise result
        return result

    async def once(reader: FileReader) -> None:
        async with reader.reading(turn(), ends):
            if ending == "answer failed":
                raise ValueError

    async def main() -> None:
        reader = FileReader(settings=LIMITS)
        for _ in range(2 * AT_ONCE):
            going = asyncio.create_task(once(reader))
            await asyncio.sleep(0.01)
            if ending == "cancelled":
                going.cancel()
            await asyncio.wait([going])
            assert going.cancelled() or (going.exception() is not None) == (ending == "answer failed")
        await asyncio.wait_for(reader._memory.take(LIMITS.process_bytes_max), timeout=1)

    virtually(main())


def test_what_cannot_be_read_makes_room_for_the_next_of_its_turn() -> None:
    async def junk(attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
        return b"x" * IMAGE_BYTES_MAX

    async def main() -> None:
        async with FileReader(settings=LIMITS).reading(turn(files=10), junk) as (_, files):
            assert files == (Unread("x", "kind"),) * 10

    assert AT_ONCE < 10
    virtually(main())


def test_a_recording_takes_no_more_than_itself_while_it_is_listened_to() -> None:
    class Slow:
        async def transcribe(self, data: bytes, media_type: str, name: str) -> str:
            await asyncio.sleep(8)
            return "words"

    async def voice(attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
        return samples.OGG

    async def one(reader: FileReader) -> int:
        async with reader.reading(turn("audio/ogg"), voice) as (_, files):
            return len(files)

    async def main() -> None:
        reader = FileReader(settings=LIMITS, transcriber=Slow())
        begun = asyncio.get_running_loop().time()
        assert await asyncio.gather(*(one(reader) for _ in range(20))) == [0] * 20
        assert asyncio.get_running_loop().time() - begun < 9, "they were listened to at once"

    virtually(main())


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 5), st.integers(0, 5)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_more_is_given_than_there_is_and_everybody_gets_their_turn(people: list[tuple[int, int, int]]) -> None:
    """Each wants so much, uses it for so long, and leaves after so long in line."""

    async def main() -> None:
        memory = Memory(10)
        used = 0

        async def one(wanted: int, uses_s: int, patience_s: int) -> None:
            nonlocal used
            share = Share(memory)
            try:
                async with asyncio.timeout(patience_s):
                    await share.take(wanted)
            except TimeoutError:
                return
            used += wanted
            assert used <= 10
            await asyncio.sleep(uses_s)
            used -= wanted
            share.keep(0)

        await asyncio.gather(*(one(*person) for person in people))
        await asyncio.wait_for(memory.take(10), timeout=1)

    virtually(main())


def test_who_leaves_the_line_holds_nobody_up() -> None:
    async def main() -> None:
        memory = Memory(10)
        await memory.take(5)
        first = asyncio.create_task(memory.take(10))
        second = asyncio.create_task(memory.take(5))
        await asyncio.sleep(0)
        assert not second.done(), "in the order of asking"
        first.cancel()
        await asyncio.wait_for(second, timeout=1)

    virtually(main())
