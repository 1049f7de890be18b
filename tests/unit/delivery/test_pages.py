"""Long answers in several messages, and messages that people take away."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from bridge import metrics
from bridge.delivery.pages import CONTINUED_PER_S, CONTINUED_WAIT_MAX_S, composed
from bridge.errors import ChannelUnavailable, RateLimited, StoreUnavailable, Unconfirmed
from bridge.markdown.split import split
from bridge.ports import Claim, Emit, Limits, Page, Step
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Conversation, MessageRef, Outcome, Passage, Reply, TextDelta, Turn
from tests.fakes.core import empty_store, running, until
from tests.fakes.recording_channel import Platform, RecordingChannel
from tests.unit.delivery.brains import Writer

PARAGRAPH = "The bikes are brought back within thirty days, and cleaned before. "
LONG = "".join(f"{number}. {PARAGRAPH}\n\n" for number in range(20)).strip()
SHORT = "It is quite simple: bring it back."


@pytest.fixture(autouse=True)
def _small(platform: Platform) -> None:
    platform.limits = Limits(size_max=300, edit_interval_s=0.5)


def _seen(platform: Platform) -> list[tuple[str, bool]]:
    return [(shown.text, shown.last) for shown in platform.room()]


def _pages(text: str) -> list[tuple[str, bool]]:
    pages = split(text, 300, len)
    return [(page, number == len(pages) - 1) for number, page in enumerate(pages)]


def _pieces(text: str) -> list[str]:
    return [text[at : at + 40] for at in range(0, len(text), 40)]


async def test_a_long_answer_grows_in_several_messages(platform: Platform) -> None:
    async with running(RecordingChannel(platform), Writer(pieces=_pieces(LONG), per_s=4)) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.room()) == 3)
        assert not platform.room()[0].last
        assert platform.room()[2].last
        turn = await core.finished(turn_id)

    assert _seen(platform) == _pages(LONG)
    assert [ref.message_id for ref in turn.messages] == list(platform.messages)
    assert len(platform.of("post")) == len(_pages(LONG)) > 4


async def test_the_size_is_measured_in_the_platforms_own_unit(platform: Platform) -> None:
    platform.limits = Limits(size_max=300, size=lambda text: len(text.encode()), edit_interval_s=0.5)
    text = "Größe und Höhe der Räder für müde Füße. " * 20
    async with running(RecordingChannel(platform), Writer(pieces=_pieces(text))) as core:
        await core.finished(await core.say("Hello?"))

    assert len(platform.room()) >= 3
    assert all(len(shown.text.encode()) <= 300 for shown in platform.room())


async def test_messages_that_a_shorter_text_needs_no_more_go(platform: Platform) -> None:
    pieces = [*_pieces(LONG), None, *_pieces(SHORT)]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=4)) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert _seen(platform) == [(SHORT, True)]
    assert [ref.message_id for ref in turn.messages] == ["m1"]


async def test_a_deletion_that_fails_is_done_later(platform: Platform) -> None:
    platform.will("delete", ChannelUnavailable("down"), RateLimited("be quiet", retry_after_s=9), None)
    platform.will("delete!", None, None, ChannelUnavailable("lost"))
    pieces = [*_pieces(LONG), None, *_pieces(SHORT)]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=4)) as core:
        await core.finished(await core.say("Hello?"))

    assert _seen(platform) == [(SHORT, True)]


@pytest.mark.parametrize("place", [0, 1, 3])
async def test_a_message_taken_away_in_the_middle_keeps_the_order(platform: Platform, place: int) -> None:
    """Those below it go, and all are posted again."""
    pieces = [*_pieces(LONG), None, *_pieces(LONG.replace("30", "thirty").replace("clean", "wash"))]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=8)) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.room()) == 5)
        platform.take_away(list(platform.messages)[place])
        turn = await core.finished(turn_id)

    assert _seen(platform) == _pages(LONG.replace("30", "thirty").replace("clean", "wash"))
    assert [ref.message_id for ref in turn.messages] == list(platform.messages)


async def test_nothing_is_left_below_when_its_deletion_fails_at_first(platform: Platform) -> None:
    platform.will("delete", *[ChannelUnavailable("down")] * 4)
    pieces = [*_pieces(LONG), None, *_pieces(LONG.replace("clean", "wash"))]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=8)) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.room()) == 5)
        platform.take_away("m1")
        await core.finished(turn_id)

    assert _seen(platform) == _pages(LONG.replace("clean", "wash"))


@pytest.mark.parametrize("there", [False, True])
async def test_a_first_of_several_messages_that_was_lost_is_looked_for_before_the_next(
    platform: Platform, there: bool
) -> None:
    platform.will("post!" if there else "post", Unconfirmed("timed out"))
    async with running(RecordingChannel(platform), Writer(pieces=[LONG, "\n\nThat is all."], per_s=0.2)) as core:
        await core.finished(await core.say("Hello?"))

    assert _seen(platform) == _pages(LONG + "\n\nThat is all.")


async def test_a_lost_message_that_is_needed_no_more_is_looked_for_and_goes(platform: Platform) -> None:
    platform.will("post!", None, Unconfirmed("timed out"))
    pieces = [LONG[:500], None, SHORT]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=1)) as core:
        await core.finished(await core.say("Hello?"))

    assert _seen(platform) == [(SHORT, True)]


@pytest.mark.parametrize("seconds", [0.8, 1.6, 3.2, 6.4])
async def test_what_an_earlier_attempt_showed_does_not_shrink(platform: Platform, seconds: float) -> None:
    """It is left as it is until there is as much again."""
    store, writer = empty_store(), Writer(words=600, per_s=40)
    platform.limits = Limits(size_max=8_000, edit_interval_s=0.5)
    async with running(RecordingChannel(platform), writer, store=store, drain_s=0.0) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(seconds)
    shown = len(platform.room()[0].text)
    count = len(platform.of("edit"))
    async with running(RecordingChannel(platform), writer, store=store) as core:
        await core.finished(turn_id)

    later = platform.of("edit")[count:]
    assert len(later) > 4
    assert all(len(call.text) >= shown for call in later)


class Counting(MemoryStore):
    def __init__(self) -> None:
        super().__init__(Settings(), clock=asyncio.get_running_loop().time)
        self.steps: list[str] = []

    async def record(self, claim: Claim, step: Step) -> None:
        self.steps.append(step.key)
        await super().record(claim, step)


async def test_how_much_a_message_shows_is_seldom_written_down(platform: Platform) -> None:
    """With its post, and at 400, 800 and 1,600 characters."""
    store = Counting()
    platform.limits = Limits(size_max=8_000, edit_interval_s=0.5)
    async with running(RecordingChannel(platform), Writer(words=400, per_s=40), store=store) as core:
        await core.finished(await core.say("Hello?"))

    assert len(platform.of("edit")) > 15
    assert store.steps == ["post:0"] * 5 + ["reply"]


class Full(Counting):
    """Takes nothing for a while after the post of a message."""

    async def record(self, claim: Claim, step: Step) -> None:
        if self.steps.count(step.key) >= 2 and step.key == "post:0":
            raise StoreUnavailable("full")
        await super().record(claim, step)


async def test_drafts_wait_little_for_a_store_that_takes_no_notes(platform: Platform) -> None:
    platform.limits = Limits(size_max=8_000, edit_interval_s=0.5)
    async with running(RecordingChannel(platform), Writer(words=400, per_s=40), store=Full()) as core:
        await core.finished(await core.say("Hello?"))

    edits = [call.at for call in platform.of("edit")]
    assert len(edits) > 10
    assert max(later - earlier for earlier, later in pairwise(edits)) < 2.0


async def test_a_slow_answer_goes_on_in_less_than_an_earlier_attempt_showed(platform: Platform) -> None:
    """People wait no longer than such an answer usually takes to be written."""
    store = empty_store()
    platform.limits = Limits(size_max=8_000, edit_interval_s=0.5)
    async with running(RecordingChannel(platform), Writer(words=600, per_s=40), store=store, drain_s=0.0) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(6.0)
    count = len(platform.of("edit"))
    async with running(RecordingChannel(platform), Writer(words=600, per_s=4), store=store) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(turn_id)

    waited_s = platform.of("edit")[count].at - began_at
    assert 1_600 / CONTINUED_PER_S <= waited_s <= min(3_200 / CONTINUED_PER_S, CONTINUED_WAIT_MAX_S) + 2


async def test_a_long_message_of_an_earlier_attempt_does_not_stand_still_for_minutes(platform: Platform) -> None:
    store = empty_store()
    platform.limits = Limits(size_max=12_000, edit_interval_s=0.5)
    async with running(RecordingChannel(platform), Writer(words=2_000, per_s=400), store=store, drain_s=0.0) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.room()[0].text) > 6_400 if platform.room() else False)
    count = len(platform.of("edit"))
    async with running(RecordingChannel(platform), Writer(words=2_000, per_s=8), store=store) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(turn_id)

    waited_s = platform.of("edit")[count].at - began_at
    assert CONTINUED_WAIT_MAX_S <= waited_s <= CONTINUED_WAIT_MAX_S + 2


async def test_a_slow_answer_goes_on_in_a_message_of_an_earlier_attempt(platform: Platform) -> None:
    store, writer = empty_store(), Writer(words=30, per_s=4)
    async with running(RecordingChannel(platform), writer, store=store, drain_s=0.0) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(2.0)
    count = len(platform.of("edit"))
    async with running(RecordingChannel(platform), writer, store=store) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(turn_id)

    assert 4.0 < platform.of("edit")[count].at - began_at < 5.5


async def test_messages_of_an_earlier_attempt_stay_until_the_draft_fills_as_many(platform: Platform) -> None:
    store, writer = empty_store(), Writer(pieces=_pieces(LONG), per_s=8)
    async with running(RecordingChannel(platform), writer, store=store, drain_s=0.0) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.room()) == 4)
    writer = Writer(pieces=_pieces(LONG), per_s=1)
    async with running(RecordingChannel(platform), writer, store=store) as core:
        await core.finished(turn_id)

    assert _seen(platform) == _pages(LONG)
    assert platform.of("delete") == []


async def test_sources_stand_below_where_they_have_no_place_of_their_own(platform: Platform) -> None:
    platform.limits = Limits(size_max=300, sources_below=True)
    source = Passage(
        chunk_id="c",
        doc_id="d",
        title="Returns [new]",
        section="",
        url="https://s.example",
        updated="",
        language="en",
        text="",
    )

    async def cite(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("Within 30 days [1]."))
        await asyncio.sleep(3)
        return Reply(text="Within 30 days [1].", outcome=Outcome.ANSWERED, citations=(source,))

    async with running(RecordingChannel(platform), cite) as core:
        await core.finished(await core.say("Hello?"))

    assert [call.text for call in platform.of("post")] == ["Within 30 days [1]."]
    assert _seen(platform) == [("Within 30 days [1].\n\n> [1] [Returns (new)](https://s.example)", True)]


def test_sources_are_not_read_as_part_of_code_that_was_cut_off() -> None:
    source = Passage(chunk_id="c", doc_id="d", title="Returns", section="", url="", updated="", language="en", text="")
    reply = Reply(text="Run:\n\n```\npip install x", outcome=Outcome.STOPPED, citations=(source,))

    below = composed(reply.text, reply, Limits(size_max=300, sources_below=True))

    assert below == "Run:\n\n```\npip install x\n```\n\n> [1] Returns"


async def test_an_edit_that_nobody_would_see_is_not_made(platform: Platform) -> None:
    """The stand-in minds it: what has only begun is held back, and white space at the end does not show."""
    pieces = ["|", " a", "\n", "So: ", " ", "**", "bold", "**", " ", "\n", "\n", "[1", "]"]
    async with running(RecordingChannel(platform), Writer(pieces=pieces, per_s=1)) as core:
        await core.finished(await core.say("Hello?"))

    drafts = [call for call in platform.calls if call.kind in ("post", "edit") and not call.final]
    assert 3 <= len(drafts) < len(pieces) - 4


class Odd(RecordingChannel):
    """Has bugs: in showing drafts, or that somebody is typing."""

    bug = ""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        if self.bug == "edit" and not page.final:
            raise IndexError(self.bug)
        await super().edit(ref, page)

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        if self.bug == "typing":
            raise IndexError(self.bug)
        await super().typing(to, claim, label)


@pytest.mark.parametrize(("bug", "edits"), [("edit", 1), ("typing", 5)])
async def test_a_bug_in_showing_drafts_costs_no_answer(platform: Platform, bug: str, edits: int) -> None:
    """What works goes on, and the model is asked once."""
    bugs = metrics.BUGS.labels("delivery")
    before = bugs._value.get()
    platform.limits = replace(platform.limits, typing_s=4.0)
    channel, writer = Odd(platform), Writer(words=100)
    channel.bug = bug
    async with running(channel, writer) as core:
        await core.finished(await core.say("Hello?"))

    assert len(writer.asked) == 1
    assert _seen(platform)[0][0].startswith("word0 ")
    assert platform.room()[-1].final
    assert edits <= len(platform.of("edit")) < edits + 5
    assert bugs._value.get() == before + 1
