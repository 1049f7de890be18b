"""Answers where messages cannot change: a few whole paragraphs while it is written, the rest at its end."""

import asyncio
from dataclasses import replace

import pytest

from bridge.errors import Unconfirmed
from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Reply, TextDelta, Turn
from tests.fakes.core import ANEW, APOLOGY, empty_store, running, until
from tests.fakes.recording_channel import PlainChannel, Platform
from tests.unit.delivery.brains import Writer

PARAGRAPHS = [
    f"This is paragraph {number} of the answer [{number}]. "
    + " ".join(["It says what there is to say about bikes, and goes on a little."] * 5)
    for number in range(1, 7)
]
LONG = "\n\n".join(PARAGRAPHS)
PLAIN = [paragraph.replace(f" [{number}]", "") for number, paragraph in enumerate(PARAGRAPHS, start=1)]


def _pieces(text: str, length: int = 30) -> list[str]:
    return [text[at : at + length] for at in range(0, len(text), length)]


def _texts(platform: Platform) -> list[str]:
    return [shown.text for shown in platform.room()]


async def test_a_quick_answer_comes_in_one_piece(whatsapp: Platform) -> None:
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces("\n\n".join(PARAGRAPHS[:3])))) as core:
        await core.finished(await core.say("Hello?"))

    assert _texts(whatsapp) == ["\n\n".join(PLAIN[:3])]


async def test_at_most_two_bubbles_go_early_and_the_rest_at_the_end(whatsapp: Platform) -> None:
    """Each is whole paragraphs that something follows; people get time to read."""
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2)) as core:
        turn = await core.finished(await core.say("Hello?"))

    early = [shown.text for shown in whatsapp.room() if not shown.final]
    assert len(early) == 2
    assert all(text in "\n\n".join(PLAIN) and text.endswith("little.") for text in early)
    assert "\n\n".join(_texts(whatsapp)) == "\n\n".join(PLAIN)
    posts = [call.at for call in whatsapp.of("post")]
    assert posts[1] - posts[0] >= 6
    assert [shown.last for shown in whatsapp.room()] == [False] * (len(posts) - 1) + [True]
    assert len(turn.messages) == len(posts)


@pytest.mark.parametrize(
    "block",
    [
        "```\n" + "x = 1\n\n" * 80 + "```",
        "```\n~~~\n" + "x = 1\n\n" * 80 + "~~~\n```",
        "- one of the things\n\n" * 30,
        "> somebody said\n\n" * 30,
        "| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 40,
    ],
    ids=["code", "fence in code", "list", "quotation", "table"],
)
async def test_no_bubble_ends_inside_what_belongs_together(whatsapp: Platform, block: str) -> None:
    text = f"{PARAGRAPHS[0]}\n\n{block}\n\n{PARAGRAPHS[1]}\n\nThe end."
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(text), per_s=2)) as core:
        await core.finished(await core.say("Hello?"))

    early = [shown.text for shown in whatsapp.room() if not shown.final]
    assert all(text == PLAIN[0] or text.endswith(PLAIN[1]) for text in early)


async def test_of_more_than_a_message_as_much_goes_early_as_fits(whatsapp: Platform) -> None:
    """What has to wait costs nobody a place in the quota."""
    text = "\n\n".join(PLAIN * 2)
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(text), per_s=10)) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(await core.say("Hello?"))

    assert [shown.final for shown in whatsapp.room()] == [False, False, True]
    assert all(1_000 < len(text) <= 1_500 for text in _texts(whatsapp)[:2])
    assert "\n\n".join(_texts(whatsapp)) == text
    written_at = began_at + len(_pieces(text)) / 10
    assert whatsapp.of("post")[-1].at - written_at < 0.5


async def test_what_cannot_go_early_costs_no_quota(whatsapp: Platform) -> None:
    text = "- one of the things\n" * 150 + f"\n{PLAIN[0]}\n\n{PLAIN[1]}"
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(text), per_s=4)) as core:
        await core.finished(await core.say("Hello?"))

    posts = [call.at for call in whatsapp.of("post")]
    assert len(posts) == 3
    assert posts[-1] - posts[0] < 0.5


async def test_what_does_not_go_on_from_the_bubbles_is_said_whole(whatsapp: Platform) -> None:
    """They cannot be taken back."""
    pieces = [*_pieces(LONG), None, *_pieces("Sorry: that was wrong. Bring it back within 30 days.")]
    async with running(PlainChannel(whatsapp), Writer(pieces=pieces, per_s=2)) as core:
        await core.finished(await core.say("Hello?"))

    assert [shown.final for shown in whatsapp.room()] == [False, False, True]
    assert _texts(whatsapp)[-1] == f"{ANEW}\n\nSorry: that was wrong. Bring it back within 30 days."


async def test_another_answer_after_a_crash_says_that_it_begins_again(whatsapp: Platform) -> None:
    """Also when its bubbles were the beginning of more than a message holds."""
    store, other = empty_store(), "\n\n".join(reversed(PARAGRAPHS))
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2), store=store) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(whatsapp.room()) == 1)
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(other), per_s=20), store=store) as core:
        await asyncio.sleep(1)
        turn = await core.finished(turn_id)

    first, *rest = _texts(whatsapp)
    assert "\n\n".join(PLAIN).startswith(first)
    assert "\n\n".join(rest) == "\n\n".join([ANEW, *reversed(PLAIN)])
    assert len(rest) >= 2
    assert turn.reply is not None
    assert ANEW not in turn.reply.text


async def test_an_apology_explains_itself(whatsapp: Platform) -> None:
    async def fail(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        for piece in _pieces(LONG):
            await asyncio.sleep(0.5)
            emit(TextDelta(piece))
        raise RuntimeError("a bug")

    async with running(PlainChannel(whatsapp), fail) as core:
        await core.finished(await core.say("Hello?"))

    assert len(_texts(whatsapp)) > 1
    assert _texts(whatsapp)[-1] == APOLOGY


async def test_what_was_stopped_when_it_began_again_is_not_said(whatsapp: Platform) -> None:
    """Nobody has seen any of it."""
    pieces = [*_pieces(LONG), None, "Another beginning", *[" "] * 100]
    async with running(PlainChannel(whatsapp), Writer(pieces=pieces, per_s=2)) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(len(_pieces(LONG)) / 2 + 5)
        await core.dispatch.stop(turn_id)
        await core.finished(turn_id)

    assert [shown.outcome for shown in whatsapp.room()] == [None, None, Outcome.STOPPED]
    assert _texts(whatsapp)[-1] == ""


async def test_a_stopped_answer_ends_with_a_message_that_can_say_so(whatsapp: Platform) -> None:
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2)) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(whatsapp.room()) == 1)
        await core.dispatch.stop(turn_id)
        await core.finished(turn_id)

    assert [(shown.last, shown.outcome) for shown in whatsapp.room()] == [(False, None), (True, Outcome.STOPPED)]


async def test_a_stopped_answer_says_so_also_when_all_of_it_was_said(whatsapp: Platform) -> None:
    text = f"{PARAGRAPHS[0]}\n\nx"
    pieces = [text, *[" "] * 12, None, PARAGRAPHS[0], *[" "] * 100]
    async with running(PlainChannel(whatsapp), Writer(pieces=pieces, per_s=1)) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(20)
        await core.dispatch.stop(turn_id)
        await core.finished(turn_id)

    seen = [(shown.text.strip(), shown.last, shown.outcome) for shown in whatsapp.room()]
    assert seen == [(PLAIN[0], False, None), ("", True, Outcome.STOPPED)]


async def test_an_answer_that_was_said_in_bubbles_already_ends_there(whatsapp: Platform) -> None:
    """Its last paragraph was only white space."""
    text = f"{PARAGRAPHS[0]}\n\nx"
    pieces = [text, *[" "] * 20, None, PARAGRAPHS[0]]
    async with running(PlainChannel(whatsapp), Writer(pieces=pieces, per_s=1)) as core:
        await core.finished(await core.say("Hello?"))

    assert _texts(whatsapp) == [PLAIN[0]]


@pytest.mark.parametrize("there", [False, True])
async def test_nothing_is_said_after_a_bubble_that_may_not_have_arrived(whatsapp: Platform, there: bool) -> None:
    whatsapp.will("post!" if there else "post", Unconfirmed("timed out"))
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2)) as core:
        await core.finished(await core.say("Hello?"))

    assert "\n\n".join(_texts(whatsapp)) == "\n\n".join(PLAIN)
    assert len([shown for shown in whatsapp.room() if not shown.final]) == (1 if there else 0)


async def test_a_new_process_goes_on_after_the_bubbles(whatsapp: Platform) -> None:
    store = empty_store()
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2), store=store) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(whatsapp.room()) == 1)

    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2), store=store) as core:
        await asyncio.sleep(1)
        await core.finished(turn_id)

    assert "\n\n".join(_texts(whatsapp)) == "\n\n".join(PLAIN)


async def test_typing_shows_again_after_each_bubble(whatsapp: Platform) -> None:
    """A message takes it away, and nothing else tells that more is coming."""
    whatsapp.limits = replace(whatsapp.limits, typing_s=20.0)
    async with running(PlainChannel(whatsapp), Writer(pieces=_pieces(LONG), per_s=2)) as core:
        await core.finished(await core.say("Hello?"))

    posts, typing = ([call.at for call in whatsapp.of(kind)] for kind in ("post", "typing"))
    for early in posts[:2]:
        assert any(early <= at < early + 1 for at in typing)
