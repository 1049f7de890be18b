"""What a platform may do to us, and what people see all the same. The platform holds us to its rules."""

import asyncio
from itertools import pairwise

import pytest

from bridge.errors import ChannelUnavailable, MessageGone, RateLimited, Undeliverable
from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Progress, Reply, TextDelta, TextReset, Turn
from tests.fakes.core import running, until
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel

WORDS = [f"word{n} " for n in range(40)]
WHOLE = "".join(WORDS)


async def talk(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Forty words, ten a second."""
    emit(Progress("thinking"))
    await asyncio.sleep(1)
    for word in WORDS:
        emit(TextDelta(word))
        await asyncio.sleep(0.1)
    return Reply(text=WHOLE, outcome=Outcome.ANSWERED)


async def test_an_answer_grows_in_one_message(platform: Platform) -> None:
    async with running(RecordingChannel(platform), talk) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert [(message.text, message.final) for message in platform.room()] == [(WHOLE, True)]
    assert [ref.message_id for ref in turn.messages] == ["m1"]
    texts = [call.text for call in platform.calls if call.kind != "typing"]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    drafts = [call.at for call in platform.calls if call.kind != "typing" and not call.final]
    assert len(drafts) > 5
    assert min(later - earlier for earlier, later in pairwise(drafts)) > 0.499


async def test_a_channel_that_cannot_edit_gets_the_final_only(platform: Platform) -> None:
    async with running(PlainChannel(platform), talk) as core:
        await core.finished(await core.say("Hello?"))

    assert [(call.kind, call.text) for call in platform.calls] == [("typing", "thinking"), ("post", WHOLE)]


async def test_a_slow_platform_never_holds_the_brain_up(platform: Platform) -> None:
    platform.latency_s = 3.0
    async with running(RecordingChannel(platform), talk) as core:
        await core.finished(await core.say("Hello?"))

    assert [message.text for message in platform.room()] == [WHOLE]
    assert len(platform.calls) <= 5


@pytest.mark.parametrize("calls_before", [0, 1, 4])
async def test_the_platforms_rate_limit_is_obeyed_to_the_second(platform: Platform, calls_before: int) -> None:
    """Also for the final, also when it is ready long before, and in whichever call the limit comes."""
    limit = RateLimited("slow down", retry_after_s=30)
    platform.will("post", *([limit] if calls_before == 0 else []))
    platform.will("edit", *[None] * (calls_before - 1), *([limit] if calls_before else []))
    async with running(RecordingChannel(platform), talk) as core:
        await core.finished(await core.say("Hello?"))

    assert [(message.text, message.final) for message in platform.room()] == [(WHOLE, True)]


async def test_a_final_refused_for_now_lands_later(platform: Platform) -> None:
    """Again and again, as long as it takes; it does not count as a failed attempt, and the brain is asked once."""
    asked = []

    async def count(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(turn)
        return Reply(text="Yes.", outcome=Outcome.ANSWERED)

    platform.will("post", *[ChannelUnavailable("down")] * 10, RateLimited("slow", retry_after_s=60))
    async with running(PlainChannel(platform), count) as core:
        turn = await core.finished(await core.say("Hello?"))

    assert len(asked) == 1
    assert len(platform.calls) == 12
    assert [(message.text, message.outcome) for message in platform.room()] == [("Yes.", Outcome.ANSWERED)]
    assert turn.reply == Reply(text="Yes.", outcome=Outcome.ANSWERED)


async def test_a_parked_final_holds_only_its_own_conversation(platform: Platform) -> None:
    platform.will("post", ChannelUnavailable("down"))
    async with running(PlainChannel(platform)) as core:
        stuck = await core.say("one")
        await until(lambda: len(platform.calls) == 1)

        await core.finished(await core.say("two", room="other"), within_s=1)

        assert platform.room() == []
        await core.finished(stuck)


async def test_what_comes_while_a_final_is_parked_is_answered_after_it(platform: Platform) -> None:
    platform.will("post", ChannelUnavailable("down"))
    async with running(PlainChannel(platform)) as core:
        await core.say("one")
        await until(lambda: len(platform.calls) == 1)

        await core.finished(await core.say("two"))

    assert [message.text for message in platform.room()] == ["You said: one ", "You said: two "]


async def test_a_message_that_was_taken_away_is_posted_anew_once(platform: Platform) -> None:
    async with running(RecordingChannel(platform), talk) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(platform.of("edit")) == 2)
        platform.messages.clear()
        turn = await core.finished(turn_id)

    assert [(message.text, message.final) for message in platform.room()] == [(WHOLE, True)]
    assert [ref.message_id for ref in turn.messages] == ["m2"]
    assert len(platform.of("post")) == 2


async def test_a_platform_that_loses_every_message_is_not_flooded(platform: Platform) -> None:
    platform.will("edit", *[MessageGone("lost")] * 1_000)
    async with running(RecordingChannel(platform), talk) as core:
        await core.finished(await core.say("Hello?"))

    assert len(platform.of("post")) == 3
    assert [message.text for message in platform.room() if message.final] == [WHOLE]


async def test_what_can_never_be_delivered_is_a_failed_turn(platform: Platform) -> None:
    platform.will("post", *[Undeliverable("blocked")] * 3)
    async with running(RecordingChannel(platform), talk) as core:
        turn = await core.finished(await core.say("Hello?"))
        assert turn.reply is not None
        assert (turn.reply.text, turn.reply.outcome) == (WHOLE, Outcome.FAILED)
        assert turn.messages == ()

        after = await core.finished(await core.say("And now?"))

    assert after.reply is not None
    assert after.reply.outcome is not Outcome.FAILED


async def test_an_edit_whose_answer_was_lost_does_no_harm(platform: Platform) -> None:
    platform.will("edit!", None, ChannelUnavailable("timed out"), None, ChannelUnavailable("timed out"))
    async with running(RecordingChannel(platform), talk) as core:
        await core.finished(await core.say("Hello?"))

    assert [(message.text, message.final) for message in platform.room()] == [(WHOLE, True)]


async def test_a_fallback_that_starts_again_replaces_the_text(platform: Platform) -> None:
    async def falls_back(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("The first model says"))
        await asyncio.sleep(2)
        emit(TextReset())
        emit(TextDelta("Something else."))
        await asyncio.sleep(2)
        return Reply(text="Something else.", outcome=Outcome.DEGRADED)

    async with running(RecordingChannel(platform), falls_back) as core:
        await core.finished(await core.say("Hello?"))

    assert [message.text for message in platform.room()] == ["Something else."]
    assert platform.calls[0].text == "The first model says"
