"""A customer's words reach the desk also where the files that came with them do not."""

import pytest

from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, RateLimited, Undeliverable
from bridge.types import Address, Attachment
from tests.fakes.core import empty_store
from tests.fakes.desk_room import Room
from tests.fakes.desk_stage import HUMAN, CustomerChannel, stage
from tests.fakes.recording_channel import Platform

FILES = (Attachment("bell.png", "image/png", "bell.png"), Attachment("gone.png", "image/png", "gone.png"))


@pytest.mark.parametrize(
    "error",
    [
        ChannelUnavailable("down"),
        RateLimited("slowly", retry_after_s=30),
        MessageGone("gone"),
        Undeliverable("no such file"),
    ],
)
async def test_words_do_not_wait_for_ever_for_a_file(platform: Platform, error: ChannelError) -> None:
    class Broken(CustomerChannel):
        async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
            if attachment.url == "gone.png":
                raise error
            return await super().fetch(attachment, to, bytes_max=bytes_max)

    room = Room(files={"bell.png": b"\x89PNG\r\n\x1a\n" + b"x" * 20})
    async with stage(empty_store(), platform, room, customer=Broken) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.ended(await it.say("Look", files=FILES))
        await it.asks("Do you see it?")
        await it.quiet()

    [first, second] = [note for note in room.notes if note.author]
    assert first.text.startswith("Look\n(A file, gone.png, could not be passed on")
    assert [file.name for file in first.files] == ["bell.png"]
    assert second.text == "Do you see it?"
