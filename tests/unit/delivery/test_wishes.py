"""Questions that people change or take back, commands, and new beginnings."""

import asyncio
from dataclasses import replace

from bridge import metrics
from bridge.errors import ChannelUnavailable
from bridge.ports import Emit
from bridge.types import Conversation, Inbound, Outcome, Reply, TextDelta, Turn
from tests.fakes.core import message, running, until
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel
from tests.unit.delivery.brains import Writer


def _bugs() -> float:
    return sum(
        sample.value for metric in metrics.BUGS.collect() for sample in metric.samples if "_total" in sample.name
    )


def _changed(inbound: Inbound, text: str) -> Inbound:
    return replace(inbound, text=text)


async def test_a_question_changed_while_it_is_answered_is_answered_anew_in_the_same_message(platform: Platform) -> None:
    writer = Writer(words=50, per_s=10)
    async with running(RecordingChannel(platform), writer) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.of("edit")) == 3)
        await core.dispatch.amend(_changed(question, "Goodbye?"), False)
        turn = await core.finished(turn_id)

    assert [turn.question for turn in writer.asked] == ["Hello?", "Goodbye?"]
    assert turn.question == "Goodbye?"
    assert [shown.text for shown in platform.room()] == [writer.states[-1][1]]
    assert len(platform.of("post")) == 1


async def test_a_question_changed_while_it_waits_is_answered_once_as_it_reads_then(platform: Platform) -> None:
    writer = Writer(words=10)
    async with running(RecordingChannel(platform), writer) as core:
        await core.dispatch.receive(message("first"))
        await until(lambda: len(writer.asked) == 1)
        question = message("second")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await core.dispatch.amend(_changed(question, "2nd"), False)
        await core.finished(turn_id)

    assert [turn.question for turn in writer.asked] == ["first", "2nd"]


async def test_a_change_that_comes_before_its_message_counts(platform: Platform) -> None:
    writer = Writer(words=3)
    async with running(RecordingChannel(platform), writer) as core:
        question = message("Hello?")
        await core.dispatch.amend(_changed(question, "Goodbye?"), False)
        await core.finished((await core.dispatch.receive(question)).turn_id)

    assert [turn.question for turn in writer.asked] == ["Goodbye?"]


async def test_a_change_after_the_answer_changes_nothing(platform: Platform) -> None:
    writer = Writer(words=3)
    async with running(RecordingChannel(platform), writer) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        before = await core.finished(turn_id)
        await core.dispatch.amend(_changed(question, "Goodbye?"), False)
        await core.dispatch.amend(question, True)
        await asyncio.sleep(60)

        assert await core.store.turn(turn_id) == before
    assert len(writer.asked) == 1
    assert len(platform.room()) == 1


async def test_a_question_taken_back_while_it_is_answered_leaves_nothing(platform: Platform) -> None:
    bugs = _bugs()
    async with running(RecordingChannel(platform), Writer()) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.of("edit")) == 3)
        await core.dispatch.amend(question, True)
        turn = await core.finished(turn_id)
        after = await core.finished(await core.say("And this?"))

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.WITHDRAWN
    assert after.reply is not None
    assert [shown.text for shown in platform.room()] == [after.reply.text]
    assert _bugs() == bugs


async def test_one_of_two_questions_taken_back_is_not_answered(platform: Platform) -> None:
    writer = Writer(words=3)
    async with running(RecordingChannel(platform), writer) as core:
        await core.dispatch.receive(message("first"))
        await until(lambda: len(writer.asked) == 1)
        second, third = message("second"), message("third")
        await core.dispatch.receive(second)
        turn_id = (await core.dispatch.receive(third)).turn_id
        await core.dispatch.amend(second, True)
        await core.finished(turn_id)

    assert [turn.question for turn in writer.asked] == ["first", "third"]


async def test_a_question_taken_back_when_its_final_waits_for_the_platform(platform: Platform) -> None:
    """Nobody has seen its answer: nobody does."""
    bugs = _bugs()
    platform.will("post", *[ChannelUnavailable("down")] * 3)
    async with running(PlainChannel(platform), Writer(words=3)) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.of("post")) == 2)
        await core.dispatch.amend(question, True)
        turn = await core.finished(turn_id)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.WITHDRAWN
    assert platform.room() == []
    assert _bugs() == bugs


async def test_a_command_is_answered_without_the_brain_in_its_turn(platform: Platform) -> None:
    writer = Writer(words=20)
    async with running(RecordingChannel(platform), writer) as core:
        await core.say("Hello?")
        await until(lambda: len(writer.asked) == 1)
        command = replace(message("/help"), answer="Ask me anything.")
        turn = await core.finished((await core.dispatch.receive(command)).turn_id)
        again = await core.dispatch.receive(command)

    assert not again.fresh
    assert turn.reply is not None
    assert turn.reply.text == "Ask me anything."
    assert [shown.text for shown in platform.room()] == [writer.states[-1][1], "Ask me anything."]
    assert len(writer.asked) == 1


async def test_a_command_and_a_question_share_a_turn(platform: Platform) -> None:
    writer = Writer(words=3)
    async with running(RecordingChannel(platform), writer) as core:
        await core.say("Hello?")
        await until(lambda: len(writer.asked) == 1)
        await core.dispatch.receive(replace(message("/help"), answer="Ask me anything."))
        turn = await core.finished(await core.say("What now?"))

    assert writer.asked[-1].question == "What now?"
    assert turn.reply is not None
    assert turn.reply.text == "Ask me anything.\n\n" + writer.states[-1][1]
    assert platform.room()[-1].text == turn.reply.text


async def test_the_brain_sees_nothing_from_before_a_new_beginning(platform: Platform) -> None:
    writer = Writer(words=2)
    async with running(RecordingChannel(platform), writer) as core:
        for text in ("one", "two"):
            await core.finished(await core.say(text))
        begins = replace(message("/new"), answer="We begin anew.", begins=True)
        await core.finished((await core.dispatch.receive(begins)).turn_id)
        for text in ("three", "four"):
            await core.finished(await core.say(text))

    seen = [[turn.question for turn in conversation.turns] for conversation in writer.conversations]
    assert seen == [[], ["one"], [], ["three"]]


async def test_a_question_taken_back_between_two_tries_of_its_final_is_not_answered(platform: Platform) -> None:
    platform.will("post", ChannelUnavailable("down"))
    async with running(PlainChannel(platform), Writer(words=3)) as core:
        question = message("Hello?")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.of("post")) == 1)
        await core.dispatch.amend(question, True)
        turn = await core.finished(turn_id)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.WITHDRAWN
    assert turn.question == ""
    assert platform.room() == []


async def test_an_answer_that_is_stopped_shows_nothing_half(platform: Platform) -> None:
    async def bold(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("You must **bring the rece"))
        await asyncio.sleep(60)
        raise AssertionError

    async with running(RecordingChannel(platform), bold) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: bool(platform.room()))
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id)

    assert turn.reply is not None
    assert turn.reply.text == "You must **bring the rece**"
    assert [shown.text for shown in platform.room()] == [turn.reply.text]
