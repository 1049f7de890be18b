"""Posts that nobody confirms, and processes that die: the same messages are continued, and each is there once."""

import asyncio
from collections.abc import Callable

import pytest

from bridge import metrics
from bridge.errors import Unconfirmed
from bridge.ports import Page
from bridge.types import Address, Inbound, MessageRef
from tests.fakes.core import empty_store, message, running, until
from tests.fakes.mortal import Life, mortal_channel, mortal_store
from tests.fakes.platforms import chats, pairs, workspace
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel
from tests.unit.delivery.brains import Writer

WRITER_WORDS = 30


def _repeated() -> float:
    return float(metrics.POSTS_REPEATED.labels("recording")._value.get())


async def test_a_post_that_arrived_after_all_is_found_and_continued(platform: Platform) -> None:
    platform.will("post!", Unconfirmed("timed out"))
    before = _repeated()
    writer = Writer()
    async with running(RecordingChannel(platform), writer) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert [shown.text for shown in platform.room()] == [writer.states[-1][1]]
    assert [ref.message_id for ref in turn.messages] == ["m1"]
    assert _repeated() == before


async def test_a_post_that_did_not_arrive_is_made_again_and_counted(platform: Platform) -> None:
    platform.will("post", Unconfirmed("timed out"))
    before = _repeated()
    writer = Writer()
    async with running(RecordingChannel(platform), writer) as core:
        await core.finished(await core.say("Hello?"))

    assert [shown.text for shown in platform.room()] == [writer.states[-1][1]]
    assert len(platform.of("find")) == 1
    assert _repeated() == before + 1


async def test_where_nobody_can_look_one_lost_post_leaves_one_orphan_and_is_counted(platform: Platform) -> None:
    platform.lookable = False
    platform.will("post!", Unconfirmed("timed out"))
    before = _repeated()
    writer = Writer()
    async with running(RecordingChannel(platform), writer) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert [shown.final for shown in platform.room()] == [False, True]
    assert [ref.message_id for ref in turn.messages] == ["m2"]
    assert _repeated() == before + 1


async def test_a_final_that_was_lost_is_looked_for_when_its_turn_comes_again(platform: Platform) -> None:
    platform.will("post!", Unconfirmed("timed out"))
    async with running(PlainChannel(platform)) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert [shown.text for shown in platform.room()] == ["You said: Hello? "]
    assert len(platform.of("post")) == 1
    assert [ref.message_id for ref in turn.messages] == ["m1"]


async def test_a_post_under_way_is_waited_for_when_the_answer_is_complete(platform: Platform) -> None:
    platform.latency_s = 28.0
    writer = Writer(words=20)
    async with running(RecordingChannel(platform), writer) as core:
        await core.finished(await core.say("Hello?"))

    assert [(shown.text, shown.final) for shown in platform.room()] == [(writer.states[-1][1], True)]
    assert len(platform.of("post")) == 1


async def test_a_post_that_never_ends_is_cut_off_and_looked_for() -> None:
    platform = Platform(latency_s=200.0)
    writer = Writer(words=20)
    async with running(RecordingChannel(platform), writer) as core:
        await core.finished(await core.say("Hello?"))

    assert [(shown.text, shown.final) for shown in platform.room()] == [(writer.states[-1][1], True)]
    assert "a post was cut off" in platform.violations


class Odd(RecordingChannel):
    """Has a bug: the answer to its first post is not what it expects."""

    async def post(self, to: Address, page: Page) -> MessageRef:
        ref = await super().post(to, page)
        if len(self.platform.of("post")) == 1:
            raise KeyError("ts")
        return ref


async def test_a_post_that_ended_unexpectedly_is_looked_for(platform: Platform) -> None:
    async with running(Odd(platform)) as core:
        await core.finished(await core.say("Hello?"))

    assert [shown.text for shown in platform.room()] == ["You said: Hello? "]
    assert len(platform.of("post")) == 1


async def test_a_question_taken_back_takes_a_lost_post_with_it(platform: Platform) -> None:
    """The deletion comes while nobody knows whether the first text arrived."""
    platform.will("post!", Unconfirmed("timed out"))
    async with running(RecordingChannel(platform), Writer(per_s=1)) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.messages) == 1)
        await core.dispatch.amend(question, True)
        await until(lambda: not platform.messages)
        await core.finished(turn_id)

    assert platform.room() == []


@pytest.mark.parametrize(
    ("make", "channel"), [(workspace, RecordingChannel), (chats, RecordingChannel), (pairs, PlainChannel)]
)
async def test_a_process_killed_anywhere_leaves_one_answer(
    make: Callable[[int], Platform], channel: Callable[[Platform], PlainChannel]
) -> None:
    """Before and after each of its calls, one after the other. Here everything can be found again."""
    steps, at = 1, 0
    while at < steps:
        at += 1
        platform = make(160)
        platform.lookable = True
        writer = Writer(words=WRITER_WORDS, per_s=10)
        question = message("Hello?")
        steps = await _with_a_kill(at, channel(platform), writer, question)

        assert platform.violations == [], at
        whole = "".join("".join(shown.text for shown in platform.room()).split())
        assert whole == "".join(writer.states[-1][1].split()), at
        assert [shown.last for shown in platform.room()][-1], at
    assert steps > 50


async def _with_a_kill(at: int, channel: PlainChannel, writer: Writer, question: Inbound) -> int:
    """Run a turn in a process that dies at a step, and in another after it. Returns the steps it took at most."""
    store = empty_store()
    turn_id = (await store.accept(question)).turn_id
    life = Life(at)
    async with running(mortal_channel(channel, life), writer, store=mortal_store(store, life)):
        for _ in range(2_000):
            turn = await store.turn(turn_id)
            if life.over.is_set() or (turn and turn.reply):
                break
            await asyncio.sleep(0.1)
    if life.over.is_set():
        async with running(channel, writer, store=store) as core:
            await core.finished(turn_id, within_s=200)
    return max(at + 1, life.steps) if life.over.is_set() else life.steps
