"""What becomes of a colleague's message is seen at it, whatever the customer's platform says."""

import asyncio

import pytest

from bridge.desk.gate import rating
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited, Undeliverable, WindowClosed
from bridge.ports import OutFile, Page
from bridge.types import Address, Attachment, MessageRef
from tests.fakes.core import empty_store
from tests.fakes.desk_room import MAYA, Room
from tests.fakes.desk_stage import HUMAN, CustomerChannel, stage
from tests.fakes.recording_channel import Platform


@pytest.mark.parametrize(
    ("errors", "history"),
    [
        ([], ["delivered"]),
        ([ChannelUnavailable("down")], ["pending", "delivered"]),
        ([RateLimited("quiet", retry_after_s=3), ChannelUnavailable("down")], ["pending", "delivered"]),
        ([Undeliverable("blocked by the customer")], ["failed"]),
        ([ChannelUnavailable("down"), Undeliverable("blocked by the customer")], ["pending", "failed"]),
    ],
)
async def test_a_mark_says_what_became_of_it(
    platform: Platform, errors: list[ChannelError], history: list[str]
) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        platform.will("post", *errors)
        await it.people.write(MAYA, "Hello", message="m1")
        await it.quiet()

    assert [mark for message, mark in room.history if message == "m1"] == history
    assert it.seen[1:] == (["Hello"] if history[-1] == "delivered" else [])
    if history[-1] == "failed":
        assert room.marks["m1"] == ("failed", "blocked by the customer")


async def test_what_never_goes_through_is_given_up_with_a_mark_and_holds_no_other_up_for_good(
    platform: Platform,
) -> None:
    room = Room()
    async with stage(empty_store(), platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        await it.people.write(MAYA, "Look", files=[Attachment("gone.png", "image/png", "gone.png")], message="m1")
        await it.people.write(MAYA, "Never mind", message="m2")
        await it.quiet()

    assert it.seen[1:] == ["Look", "Never mind"]
    assert room.marks["m1"] == ("failed", "there is no such file")
    assert room.marks["m2"] == ("delivered", "")


class Knocking(CustomerChannel):
    """Takes no words of a colleague's until the customer has written again."""

    closed = True

    def __init__(self, platform: Platform, files: dict[str, bytes]) -> None:
        super().__init__(platform, files)
        self.knocked: list[str] = []

    async def post(self, to: Address, page: Page) -> MessageRef:
        if self.closed and page.author:
            raise WindowClosed("more than 24 hours")
        return await super().post(to, page)

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        if self.closed:
            raise WindowClosed("more than 24 hours")
        return await super().post_file(to, page, file)

    async def knock(self, to: Address, page: Page) -> MessageRef:
        self.knocked.append(page.text)
        return MessageRef(to, "knock")


async def test_where_the_window_is_closed_a_button_knocks(platform: Platform) -> None:
    room = Room()
    async with stage(empty_store(), platform, room, customer=Knocking) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        await it.people.write(MAYA, "Your bike is ready", message="m1")
        await it.quiet()
        assert room.marks["m1"] == ("failed", "more than 24 hours")
        answer = await it.people.press(MAYA, "template")
        await it.quiet()
        again = await it.people.press(MAYA, "template")
        await it.quiet()

    assert "on its way" in str(answer)
    assert isinstance(it.customer, Knocking)
    assert again == "The template was sent already."
    assert it.customer.knocked == ["Your bike is ready"]
    assert room.marks["m1"][0] == "pending"


async def test_a_template_brings_all_of_a_long_message_and_no_files(platform: Platform) -> None:
    room = Room(files={"plan.pdf": b"%PDF-1.7"})
    plan = Attachment("plan.pdf", "x", "plan.pdf")
    long = "\n\n".join(f"{number} " + "word " * 700 for number in range(3))
    async with stage(empty_store(), platform, room, customer=Knocking) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        await it.people.write(MAYA, "", files=[plan], message="m1")
        await it.quiet()
        assert "brings no files" in str(await it.people.press(MAYA, "template"))
        await it.people.write(MAYA, long, files=[plan], message="m2")
        await it.quiet()
        assert "on its way" in str(await it.people.press(MAYA, "template"))
        await it.quiet()

    assert isinstance(it.customer, Knocking)
    [knocked] = it.customer.knocked
    assert knocked.split() == long.split()


@pytest.mark.parametrize(("deleted", "knocked"), [(False, ["It is red"]), (True, [])])
async def test_a_template_brings_words_as_they_read_by_then(
    platform: Platform, deleted: bool, knocked: list[str]
) -> None:
    room = Room()
    async with stage(empty_store(), platform, room, customer=Knocking) as it:
        await it.asks(f"I want a {HUMAN}")
        await it.quiet()
        await it.people.write(MAYA, "It is reed", message="m1")
        await it.quiet()
        await it.desk.ears.changed(it.people.message(MAYA, "It is red", message="m1"), deleted)
        await it.people.press(MAYA, "template")
        await it.quiet()

    assert isinstance(it.customer, Knocking)
    assert it.customer.knocked == knocked


async def test_without_a_channel_that_shows_files_the_colleague_is_told(platform: Platform) -> None:
    room = Room()
    room.files["plan.pdf"] = b"%PDF-1.7"
    async with stage(empty_store(), platform, room) as it:
        await it.asks(f"I want a {HUMAN}")
        await asyncio.sleep(1)
        room.files["big.pdf"] = b"%PDF" + b"x" * (21 * 2**20)
        await it.people.write(MAYA, "", files=[Attachment("big.pdf", "x", "big.pdf")], message="m1")
        await it.quiet()

    assert room.marks["m1"] == ("failed", "it is larger than 20 MB")


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("5", "5"),
        (" 4! ", "4"),
        ("3/5", "3"),
        ("3 of 5", "3"),
        ("2 stars", "2"),
        ("٤", "4"),
        ("５", "5"),
        ("👍", "5"),
        ("👎🏽", "1"),
        ("0", ""),
        ("6", ""),
        ("45", ""),
        ("5 bikes", ""),
        ("Order 5", ""),
        ("", ""),
        ("1" * 5_000, ""),
    ],
)
def test_how_it_was_is_read_in_any_digits_and_nothing_else_is(text: str, points: str) -> None:
    assert rating(text) == points
