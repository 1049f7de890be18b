"""What stands before the brain: it ends a turn, changes how everybody sees it, or lets it through."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.ports import Claim, Emit, Gate, Step
from bridge.stores.memory import MemoryStore
from bridge.turn import ADMITTED, REPLY
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import Core, empty_store, message, running
from tests.fakes.recording_channel import Platform, RecordingChannel

Judge = Callable[[Turn], Turn | Reply]


class Judging:
    """A gate that decides by a function, and counts what it was asked."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.asked: list[str] = []

    async def admits(self, claim: Claim, turn: Turn, conversation: Conversation) -> Turn | Reply:
        self.asked.append(turn.question)
        return self.judge(turn)


def _censored(turn: Turn) -> Turn:
    return replace(turn, inbounds=tuple(replace(each, text="(removed)") for each in turn.inbounds))


def _answered(turn: Turn) -> Turn:
    first, *others = turn.inbounds
    return replace(turn, inbounds=(replace(first, text="(removed)", answer="Noted."), *others))


def _through(turn: Turn) -> Turn:
    return turn


RELAYED = Reply(text="", outcome=Outcome.RELAYED, rung="desk")
ENDED = Reply(text="The end.", outcome=Outcome.ANSWERED, rung="gate")


async def _one(core: Core, *texts: str) -> Turn:
    receipts = [await core.store.accept(message(text)) for text in texts]
    return await core.finished(receipts[0].turn_id)


@pytest.mark.parametrize(
    ("judges", "texts", "shown", "kept"),
    [
        ([_through], ["Hello"], "You said: Hello ", ["Hello"]),
        ([_through, lambda _: ENDED], ["Hello"], "The end.", ["Hello"]),
        ([lambda _: RELAYED], ["Hello"], "", ["Hello"]),
        ([_censored], ["123456"], "You said: (removed) ", ["(removed)"]),
        ([_censored, lambda _: ENDED], ["123456"], "The end.", ["(removed)"]),
        ([_answered], ["123456"], "Noted.", ["(removed)"]),
        (
            [_answered],
            ["123456", "And my order?"],
            "Noted.\n\nYou said: And my order? ",
            ["(removed)", "And my order?"],
        ),
        ([lambda turn: replace(_censored(turn), reply=ENDED)], ["123456"], "The end.", ["(removed)"]),
        ([lambda turn: replace(_censored(turn), reply=RELAYED)], ["123456"], "", ["(removed)"]),
    ],
)
async def test_a_gate_ends_a_turn_or_says_how_everybody_sees_it(
    platform: Platform, judges: list[Judge], texts: list[str], shown: str, kept: list[str]
) -> None:
    gates: list[Gate] = [Judging(judge) for judge in judges]
    async with running(RecordingChannel(platform), gates=gates) as core:
        turn = await _one(core, *texts)

    assert "".join(each.text for each in platform.room()) == shown
    assert [inbound.text for inbound in turn.inbounds] == kept
    assert turn.reply is not None
    assert turn.reply.text == shown


async def test_the_next_gate_and_the_brain_see_only_what_a_gate_let_through(platform: Platform) -> None:
    second, seen = Judging(_through), []

    async def note(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        seen.append((turn.question, [past.question for past in conversation.turns]))
        return Reply(text="ok", outcome=Outcome.ANSWERED)

    async with running(RecordingChannel(platform), note, gates=[Judging(_censored), second]) as core:
        await _one(core, "123456")
        await _one(core, "Hello")

    assert second.asked == ["(removed)", "(removed)"]
    assert seen == [("(removed)", []), ("(removed)", ["(removed)"])]


async def test_what_nobody_wrote_and_no_gate_takes_ends_without_a_word(platform: Platform) -> None:
    async with running(RecordingChannel(platform), gates=[Judging(_through)]) as core:
        notice = replace(message("a colleague's words"), notice="said:1")
        turn = await core.finished((await core.store.accept(notice)).turn_id)

    assert platform.room() == []
    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.RELAYED
    assert turn.question == ""


class Cutting(MemoryStore):
    """Loses the lease of the first turn right after a step of it was written."""

    key = REPLY
    cut = False

    async def record(self, claim: Claim, step: Step) -> None:
        await super().record(claim, step)
        if step.key == self.key and not self.cut:
            self.cut = True
            await self.park(claim, delay_s=0.0)
            raise LeaseLost("cut off")


@pytest.mark.parametrize("key", [ADMITTED, REPLY])
async def test_what_a_gate_removed_does_not_come_back_with_an_attempt_that_goes_on(
    platform: Platform, key: str
) -> None:
    empty = empty_store()
    store = Cutting(empty._settings, clock=empty._clock)
    store.key = key
    async with running(RecordingChannel(platform), store=store, gates=[Judging(_censored)]) as core:
        turn = await _one(core, "123456")

    assert store.cut
    assert [inbound.text for inbound in turn.inbounds] == ["(removed)"]
    assert [each.text for each in platform.room()] == ["You said: (removed) "]


async def test_a_gate_without_its_store_lets_the_turn_wait(platform: Platform) -> None:
    ends: list[Exception | None] = [StoreUnavailable("away"), None]

    def judge(turn: Turn) -> Turn:
        if end := ends.pop(0):
            raise end
        return turn

    async with running(RecordingChannel(platform), gates=[Judging(judge)]) as core:
        await _one(core, "Hello")

    assert [each.text for each in platform.room()] == ["You said: Hello "]
