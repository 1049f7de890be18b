"""Slack's own streaming: answers grow by appending, and are mended by edits where a stream cannot go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.channels.slack import streams
from bridge.ports import Emit
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Conversation, Outcome, Reply, TextDelta, TextReset, Turn
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.slack_server import LOST, RESET, Fault, SlackServer, refused
from tests.fakes.slack_world import answered, on_slack, unspoiled

NATIVE = {"BRIDGE_CHANNELS__SLACK__STREAM": "native"}
WORDS = 60
WHOLE = "".join(f"word{number} " for number in range(WORDS))


async def words(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    for number in range(WORDS):
        emit(TextDelta(f"word{number} "))
        await asyncio.sleep(0.02)
    return Reply(text=WHOLE, outcome=Outcome.ANSWERED)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with on_slack(words, settings=NATIVE) as (started, _):
        yield started


async def asked(slack: SlackServer) -> str:
    return await slack.people.say("U1", slack.team.direct("U1").id, "Do you ship?")


async def test_an_answer_is_one_stream(slack: SlackServer) -> None:
    await asked(slack)
    (answer,) = await answered(slack, "D1")

    assert answer.shown.startswith(WHOLE.rstrip())
    assert answer.streaming == "completed"
    assert len(slack.of("chat.startStream")) == len(slack.of("chat.stopStream")) == 1
    assert len(slack.of("chat.appendStream")) >= 2
    assert slack.of("chat.update", "chat.postMessage") == []
    assert [button.label for button in answer.buttons] == ["Helpful", "Not helpful", "Try again"]
    unspoiled(slack)


async def test_in_channels_the_stream_is_for_the_one_who_asked(slack: SlackServer) -> None:
    channel = slack.team.channel("C1").id
    await slack.people.say("U2", channel, f"<@{slack.team.bot_user}> Do you ship?")
    await answered(slack, channel)

    assert slack.of("chat.startStream")[0].args["recipient_user_id"] == "U2"
    unspoiled(slack)


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("chat.appendStream", LOST),
        ("chat.appendStream", RESET),
        ("chat.appendStream", refused("message_not_in_streaming_state")),
        ("chat.appendStream", refused("msg_too_long")),
        ("chat.stopStream", LOST),
        ("chat.stopStream", RESET),
        ("chat.startStream", refused("missing_recipient_user_id")),
        ("chat.startStream", refused("feature_not_enabled")),
        ("chat.startStream", LOST),
    ],
    ids=lambda value: value if isinstance(value, str) else value.error or value.kind,
)
async def test_what_a_stream_cannot_do_an_edit_does(slack: SlackServer, method: str, fault: Fault) -> None:
    slack.will(method, fault)
    await asked(slack)
    await until(lambda: [m.shown.strip() for m in slack.answers("D1")] == [WHOLE.strip()], within_s=30)
    (answer,) = await answered(slack, "D1")

    assert answer.streaming in ("", "completed")
    assert slack.violations == []


async def test_a_stream_is_ended_before_slack_ends_it(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAM_AGE_MAX_S", 0.5)
    await asked(slack)
    (answer,) = await answered(slack, "D1")

    assert answer.shown == WHOLE
    assert answer.streaming == "completed"
    assert slack.of("chat.update")
    unspoiled(slack)


async def test_a_stream_that_slack_has_ended_is_mended(slack: SlackServer) -> None:
    slack.stream_life_s = 0.4
    await asked(slack)
    (answer,) = await answered(slack, "D1")

    assert answer.shown == WHOLE
    assert answer.streaming == "completed"
    assert slack.violations == []


async def test_text_that_begins_anew_replaces_what_was_streamed() -> None:
    async def changing(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("This model will fall over. "))
        await asyncio.sleep(0.6)
        emit(TextReset())
        emit(TextDelta("Another one answers."))
        await asyncio.sleep(0.6)
        return Reply(text="Another one answers.", outcome=Outcome.ANSWERED)

    async with on_slack(changing, settings=NATIVE) as (slack, _):
        await asked(slack)
        await until(lambda: [m.shown for m in slack.answers("D1")] == ["Another one answers."], within_s=30)
        (answer,) = await answered(slack, "D1")
        texts = ("This model will fall over. ", "Another one answers.")
        assert all(any(text.startswith(version.text) for text in texts) for version in answer.versions)
        assert slack.violations == []


async def test_a_stream_that_the_person_stopped_stops_the_answer_also_without_the_event(slack: SlackServer) -> None:
    slack.will("chat.appendStream", None, refused("stopped_by_user"))
    await asked(slack)
    await until(lambda: any("_Stopped._" in m.shown for m in slack.answers("D1")), within_s=30)
    (answer,) = await answered(slack, "D1")

    assert len(answer.shown) < len(WHOLE)
    assert slack.violations == []


async def test_people_stop_a_stream_with_slacks_own_button(slack: SlackServer) -> None:
    root = await asked(slack)
    await until(lambda: bool(slack.of("chat.appendStream")), within_s=30)
    await slack.people.stop("U1", "D1", root)
    (answer,) = await answered(slack, "D1", root)

    assert "_Stopped._" in answer.shown
    assert len(answer.shown) < len(WHOLE)
    assert slack.violations == []


async def test_after_a_restart_the_stream_is_ended_and_edited() -> None:
    store, gate = MemoryStore(Settings()), Gate()
    async with SlackServer.start() as slack:
        async with on_slack(gate, slack=slack, store=store, settings=NATIVE):
            await asked(slack)
            await until(lambda: bool(slack.answers("D1")), within_s=30)
        gate.open.set()
        async with on_slack(gate, slack=slack, store=store, settings=NATIVE):
            await until(lambda: [m.shown for m in slack.answers("D1")] == ["So: Do you ship?"], within_s=30)
        assert slack.answers("D1")[0].streaming == "completed"
        assert slack.violations == []
