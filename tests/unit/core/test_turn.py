"""One turn from its claim to its end: stopped, cut off, taken away, handed over, poisoned."""

import asyncio
import logging
import math
from dataclasses import replace

import pytest

from bridge import metrics, wishes
from bridge.dispatch import LOOKS_MAX
from bridge.errors import ChannelUnavailable, StoreUnavailable
from bridge.ports import Claim, Emit, Page, Step
from bridge.stores.memory import MemoryStore, Settings
from bridge.turn import ATTEMPTS_MAX, LEASE_S
from bridge.types import (
    Action,
    Address,
    Conversation,
    ConversationId,
    MessageRef,
    Outcome,
    Passage,
    Reply,
    TextDelta,
    Trace,
    Turn,
    Usage,
)
from tests.fakes.core import APOLOGY, empty_store, message, running, until
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel
from tests.fakes.server import echo


async def count(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Counts to a hundred, ten a second."""
    said = ""
    for number in range(100):
        emit(TextDelta(f"{number} "))
        said += f"{number} "
        await asyncio.sleep(0.1)
    return Reply(text=said, outcome=Outcome.ANSWERED)


async def test_a_stopped_answer_keeps_what_was_shown(platform: Platform) -> None:
    async with running(RecordingChannel(platform), count) as core:
        turn_id = await core.say("Count!")
        await until(lambda: len(platform.of("edit")) == 3)
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id, within_s=1)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.STOPPED
    assert turn.reply.text.startswith("0 1 2 ")
    assert [message.text for message in platform.room()] == [turn.reply.text]


async def test_a_stopped_answer_has_no_marks_of_citations_it_does_not_have(platform: Platform) -> None:
    async def cite(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("It opens at nine [1]. It clos"))
        await asyncio.sleep(100)
        raise AssertionError

    async with running(RecordingChannel(platform), cite) as core:
        turn_id = await core.say("When?")
        await until(lambda: bool(platform.of("post")))
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id, within_s=1)

    assert turn.reply == Reply(text="It opens at nine. It clos", outcome=Outcome.STOPPED)
    assert [message.text for message in platform.room()] == ["It opens at nine. It clos"]


RETURNED = Action(tool="initiate_return", outcome="done", digest="return R-1 started", does=("return",))
LOOKED = Action(tool="check_order_status", outcome="done", digest="order 1042: delivered")


async def test_a_stopped_turn_knows_what_was_done_for_it(platform: Platform) -> None:
    async with running(RecordingChannel(platform), count, done=[LOOKED, RETURNED]) as core:
        turn_id = await core.say("Return it!")
        await until(lambda: bool(platform.of("edit")))
        await core.dispatch.stop(turn_id)
        turn = await core.finished(turn_id, within_s=1)
    assert turn.reply
    assert (turn.reply.outcome, turn.reply.trace.actions) == (Outcome.STOPPED, (LOOKED, RETURNED))


async def test_a_turn_that_is_taken_back_knows_what_was_done_and_not_what_was_found(platform: Platform) -> None:
    async with running(RecordingChannel(platform), count, done=[LOOKED, RETURNED]) as core:
        turn_id = await core.say("Return it!")
        await until(lambda: bool(platform.of("edit")))
        running_turn = await core.store.turn(turn_id)
        assert running_turn
        await wishes.amend(core.store, running_turn.inbounds[0], deleted=True)
        await wishes.again(core.store, running_turn)
        turn = await core.finished(turn_id, within_s=3)
    assert turn.reply
    assert (turn.reply.outcome, turn.reply.trace.actions) == (Outcome.WITHDRAWN, (RETURNED,))
    assert not turn.question


async def test_a_turn_that_runs_in_another_process_can_be_stopped(platform: Platform) -> None:
    """The wish travels through the store."""
    async with running(RecordingChannel(platform), count) as core:
        turn_id = await core.say("Count!")
        await until(lambda: len(platform.of("edit")) == 3)
        running_turn = await core.store.turn(turn_id)
        assert running_turn is not None
        await wishes.stop(core.store, running_turn)
        turn = await core.finished(turn_id, within_s=2)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.STOPPED


async def test_a_message_that_joins_a_stopped_turn_is_answered(platform: Platform) -> None:
    async with running(RecordingChannel(platform), count) as core:
        await core.say("Count!")
        await until(lambda: bool(platform.calls))
        stopped = await core.say("stop this")
        await core.dispatch.stop(stopped)
        assert await core.say("but answer this") == stopped

        turn = await core.finished(stopped)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.ANSWERED


async def test_a_turn_stopped_before_it_began_says_nothing(platform: Platform) -> None:
    asked: list[str] = []

    async def note(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(turn.question)
        return await count(turn, conversation, emit)

    async with running(RecordingChannel(platform), note) as core:
        await core.say("Count!")
        await until(lambda: bool(platform.calls))
        waiting = await core.say("And again!")
        await core.dispatch.stop(waiting)
        turn = await core.finished(waiting)

    assert asked == ["Count!"]
    assert turn.reply == Reply(text="", outcome=Outcome.STOPPED)


async def test_stopping_what_is_over_or_unknown_changes_nothing(platform: Platform) -> None:
    async with running(PlainChannel(platform)) as core:
        turn_id = await core.say("Hello?")
        before = await core.finished(turn_id)
        await core.dispatch.stop(turn_id)
        await core.dispatch.stop(type(turn_id)("nobody"))

        assert await core.store.turn(turn_id) == before
        assert await wishes.about(core.store, before) is None


async def test_a_turn_that_lost_its_lease_shows_nothing_more(platform: Platform) -> None:
    """It was frozen for longer than its lease, and somebody else has gone on."""
    store = empty_store()
    taken: list[Claim] = []

    async def freeze(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta("mine"))
        await asyncio.sleep(1)
        asyncio.get_running_loop().advance(LEASE_S + 1)  # type: ignore[attr-defined] # it is virtual
        claim = await store.claim(lease_s=1_000, wait_s=0)
        assert claim is not None
        taken.append(claim)
        emit(TextDelta(" and mine"))
        await asyncio.sleep(100)
        return Reply(text="mine and mine", outcome=Outcome.ANSWERED)

    async with running(RecordingChannel(platform), freeze, store=store) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: bool(taken))
        await asyncio.sleep(200)
        turn = await core.store.turn(turn_id)

    assert turn is not None
    assert turn.reply is None
    assert [message.text for message in platform.room()] == ["mine"]
    assert taken[0].attempts == 2


async def test_a_handed_over_turn_goes_on_in_its_message(platform: Platform) -> None:
    store = empty_store()
    async with running(RecordingChannel(platform), count, store=store) as first:
        turn_id = await first.say("Count!")
        await until(lambda: len(platform.of("edit")) == 3)

    assert await store.turn(turn_id) is not None
    assert [message.final for message in platform.room()] == [False]
    async with running(RecordingChannel(platform), count, store=store) as second:
        # At once, not when the lease of the first would have ended.
        turn = await second.finished(turn_id, within_s=11)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.ANSWERED
    assert [(message.text, message.final) for message in platform.room()] == [(turn.reply.text, True)]
    assert len(platform.of("post")) == 1


async def test_what_people_must_know_first_is_said_again_after_a_crash_and_to_each_person_once(
    platform: Platform,
) -> None:
    platform.limits = replace(platform.limits, disclosure_above=True)
    store = empty_store()
    async with running(RecordingChannel(platform), count, store=store, disclosure="I am an AI.") as first:
        turn_id = await first.say("Count!")
        await until(lambda: len(platform.of("edit")) == 3)

    async with running(RecordingChannel(platform), echo, store=store, disclosure="I am an AI.") as second:
        turn = await second.finished(turn_id)
        assert [shown.text for shown in platform.room()] == ["I am an AI.\n\nYou said: Count! "]
        assert turn.reply is not None
        elsewhere = await second.finished(await second.say("And here?", room="another"))

    assert elsewhere.reply is not None
    assert elsewhere.reply.text == "You said: And here? "


async def test_who_was_given_an_apology_is_told_above_the_first_answer(platform: Platform) -> None:
    platform.limits = replace(platform.limits, disclosure_above=True)
    asked = 0

    async def broken_at_first(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise RuntimeError("broken")
        return await echo(turn, conversation, emit)

    async with running(RecordingChannel(platform), broken_at_first, disclosure="I am an AI.") as core:
        for text in ("One?", "Two?", "Three?"):
            await core.finished(await core.say(text))

    assert [shown.text for shown in platform.room()] == [
        APOLOGY,
        "I am an AI.\n\nYou said: Two? ",
        "You said: Three? ",
    ]


async def test_who_took_the_first_question_back_is_told_above_the_next_answer(platform: Platform) -> None:
    platform.limits = replace(platform.limits, disclosure_above=True)
    async with running(RecordingChannel(platform), count, disclosure="I am an AI.") as core:
        question = message("Count!")
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(platform.of("edit")) == 3)
        await core.dispatch.amend(question, deleted=True)
        await core.finished(turn_id)
    async with running(RecordingChannel(platform), echo, store=core.store, disclosure="I am an AI.") as after:
        await after.finished(await after.say("And here?", room="another"))

    assert [shown.text for shown in platform.room("another")] == ["I am an AI.\n\nYou said: And here? "]


async def test_a_conversation_that_has_begun_is_not_interrupted_to_say_what_people_must_know(
    platform: Platform,
) -> None:
    platform.limits = replace(platform.limits, disclosure_above=True)
    store = empty_store()
    async with running(RecordingChannel(platform), echo, store=store) as before:
        await before.finished(await before.say("One?"))
    async with running(RecordingChannel(platform), echo, store=store, disclosure="I am an AI.") as after:
        await after.finished(await after.say("Two?"))

    assert [shown.text for shown in platform.room()] == ["You said: One? ", "You said: Two? "]


async def test_a_call_under_way_at_shutdown_ends_and_is_written_down(platform: Platform) -> None:
    """Else the next process would post a second message."""
    store = empty_store()
    platform.latency_s = 5.0
    async with running(RecordingChannel(platform), count, store=store, drain_s=0.1) as first:
        turn_id = await first.say("Count!")
        await until(lambda: len(platform.of("post")) == 1)

    assert len(platform.messages) == 1
    platform.latency_s = 0.0
    async with running(RecordingChannel(platform), count, store=store) as second:
        await second.finished(turn_id)

    assert len(platform.of("post")) == 1


async def test_a_shutdown_waits_neither_for_stuck_brains_nor_for_free_places(platform: Platform) -> None:
    async def stuck(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        await asyncio.sleep(10_000)
        raise AssertionError

    loop = asyncio.get_running_loop()
    store = empty_store()
    async with running(PlainChannel(platform), stuck, store=store, drain_s=2) as core:
        turns = [await core.say("Hello?", room=f"room{n}") for n in range(20)]
        await asyncio.sleep(1)
        closing_at = loop.time()
    assert loop.time() - closing_at < 3

    async with running(PlainChannel(platform), store=store) as core:
        for turn_id in turns:
            turn = await core.finished(turn_id)
            assert turn.reply is not None
            assert turn.reply.outcome is Outcome.ANSWERED


async def test_a_poison_turn_ends_with_an_apology_and_the_next_message_is_served(platform: Platform) -> None:
    """The turn dies without a word, as with a killed process, each time it is begun."""
    store = empty_store()
    poison = (await store.accept(message("poison"))).turn_id
    for _ in range(ATTEMPTS_MAX):
        assert await store.claim(lease_s=1, wait_s=10) is not None

    async with running(PlainChannel(platform), store=store) as core:
        turn = await core.finished(poison)
        after = await core.finished(await core.say("And this?"))

    assert turn.reply == Reply(text=APOLOGY, outcome=Outcome.FAILED, rung="apology")
    assert after.reply is not None
    assert after.reply.outcome is Outcome.ANSWERED
    assert [message.text for message in platform.room()] == [APOLOGY, "You said: And this? "]


class Breaking(PlainChannel):
    """A channel with a bug: no text with "poison" gets through."""

    async def post(self, to: Address, page: Page) -> MessageRef:
        if "poison" in page.text:
            raise ZeroDivisionError("a bug in the channel")
        return await super().post(to, page)


async def test_an_answer_that_breaks_its_channel_is_given_up(platform: Platform) -> None:
    async with running(Breaking(platform)) as core:
        turn = await core.finished(await core.say("poison"), within_s=120)
        after = await core.finished(await core.say("And this?"))

    assert turn.reply == Reply(text=APOLOGY, outcome=Outcome.FAILED, rung="apology")
    assert after.reply is not None
    assert after.reply.outcome is Outcome.ANSWERED
    assert [message.text for message in platform.room()] == [APOLOGY, "You said: And this? "]


class NoEnds(RecordingChannel):
    """A channel with a bug: no final gets through but an apology."""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        if page.final and page.text != APOLOGY:
            raise ZeroDivisionError("a bug in the channel")
        await super().edit(ref, page)


async def test_a_message_that_had_begun_gets_an_end_when_its_turn_is_given_up(platform: Platform) -> None:
    """Else it would look for ever as if more were coming."""
    async with running(NoEnds(platform), count) as core:
        turn = await core.finished(await core.say("Count!"), within_s=300)

    assert [(message.text, message.final) for message in platform.room()] == [(APOLOGY, True)]
    assert [ref.message_id for ref in turn.messages] == list(platform.messages)


class Hanging(NoEnds):
    """An apology does not get through either: nothing comes back."""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        if page.final and page.text == APOLOGY:
            await asyncio.sleep(1_000_000)
        await super().edit(ref, page)


async def test_a_turn_that_cannot_even_be_given_up_aloud_is_closed(platform: Platform) -> None:
    async with running(Hanging(platform), count) as core:
        turn = await core.finished(await core.say("Count!"), within_s=300)

    assert turn.reply == Reply(text=APOLOGY, outcome=Outcome.FAILED, rung="apology")
    assert turn.messages == ()


async def test_a_last_word_that_kills_the_process_is_not_tried_again(platform: Platform) -> None:
    store = empty_store()
    poison = (await store.accept(message("poison"))).turn_id
    for _ in range(2 * ATTEMPTS_MAX + 1):
        assert await store.claim(lease_s=1, wait_s=10) is not None

    async with running(PlainChannel(platform), store=store) as core:
        turn = await core.finished(poison)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.FAILED
    assert platform.calls == []


async def test_a_turn_of_a_channel_that_is_off_is_closed(platform: Platform) -> None:
    async with running(PlainChannel(platform)) as core:
        turn = await core.finished(await core.say("Hello?", channel="pager"), within_s=10)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.FAILED


class Fickle(MemoryStore):
    """A store that is away between two times of the event loop."""

    def __init__(self) -> None:
        super().__init__(Settings(), clock=asyncio.get_running_loop().time)
        self.away = False

    def _may(self) -> None:
        if self.away:
            raise StoreUnavailable("away")

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        self._may()
        return await super().claim(lease_s=lease_s, wait_s=wait_s)

    async def record(self, claim: Claim, step: object) -> None:
        self._may()
        await super().record(claim, step)  # type: ignore[arg-type]

    async def finish(self, claim: Claim, turn: Turn) -> None:
        self._may()
        await super().finish(claim, turn)


class Unreadable(MemoryStore):
    """A store that can be written, and not read while `away`."""

    away = True

    async def conversation(self, conversation_id: ConversationId, *, turns_max: int) -> Conversation:
        if self.away:
            raise StoreUnavailable("away")
        return await super().conversation(conversation_id, turns_max=turns_max)


async def test_a_turn_waits_for_a_store_that_cannot_be_read(platform: Platform) -> None:
    """No attempt counts, so it ends with an answer and not with an apology."""
    store = Unreadable(Settings(), clock=asyncio.get_running_loop().time)
    before = _bugs()
    async with running(PlainChannel(platform), store=store) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(600)
        store.away = False
        turn = await core.finished(turn_id, within_s=10)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.ANSWERED
    assert _bugs() == before


async def test_a_recorded_reply_with_a_number_that_is_none_is_delivered(platform: Platform) -> None:
    asked = []
    passage = Passage(
        chunk_id="c", doc_id="d", title="", section="", url="", updated="", language="en", text="", score=math.nan
    )

    async def cite(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(turn)
        return Reply(text="Yes [1].", outcome=Outcome.ANSWERED, citations=(passage,))

    platform.will("post", ChannelUnavailable("down"))
    async with running(PlainChannel(platform), cite) as core:
        turn = await core.finished(await core.say("Hello?"), within_s=60)

    assert len(asked) == 1
    assert repr(turn.reply) == repr(Reply(text="Yes [1].", outcome=Outcome.ANSWERED, citations=(passage,)))


@pytest.mark.parametrize("result", ["", "{}", "null", "[]", '{"text": "swordfish'])
async def test_steps_that_cannot_be_read_count_as_not_written(
    platform: Platform, result: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = empty_store()
    turn_id = (await store.accept(message("Hello?"))).turn_id
    claim = await store.claim(lease_s=1, wait_s=0)
    assert claim is not None
    await store.record(claim, Step(key="reply", kind="reply", state="done", result=result))
    await store.record(claim, Step(key="post:0", kind="post", state="done", result=result))

    async with running(RecordingChannel(platform), store=store) as core:
        turn = await core.finished(turn_id, within_s=60)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.ANSWERED
    assert [message.final for message in platform.room()] == [True]
    assert "swordfish" not in caplog.text


async def test_a_store_that_is_away_during_a_turn_costs_time_only(platform: Platform) -> None:
    store = Fickle()
    asked = []

    async def note(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(turn)
        return await count(turn, conversation, emit)

    async with running(RecordingChannel(platform), note, store=store) as core:
        turn_id = await core.say("Count!")
        await until(lambda: len(platform.of("edit")) == 3)
        store.away = True
        await asyncio.sleep(60)
        store.away = False
        turn = await core.finished(turn_id)

    assert turn.reply is not None
    assert len(asked) == 1
    assert [(message.text, message.final) for message in platform.room()] == [(turn.reply.text, True)]


class Buggy(MemoryStore):
    """A store that breaks whenever it is asked for work while `broken`."""

    broken = True

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        if self.broken:
            raise ZeroDivisionError("a bug in the store")
        return await super().claim(lease_s=lease_s, wait_s=wait_s)


async def test_a_bug_in_looking_for_work_does_not_end_the_server(platform: Platform) -> None:
    store = Buggy(Settings(), clock=asyncio.get_running_loop().time)
    before = _bugs()
    async with running(PlainChannel(platform), store=store) as core:
        turn_id = await core.say("Hello?")
        await asyncio.sleep(60)
        assert 30 < _bugs() - before < 90 * LOOKS_MAX
        store.broken = False
        turn = await core.finished(turn_id)

    assert turn.reply is not None
    assert turn.reply.outcome is Outcome.ANSWERED


def _bugs() -> float:
    return float(metrics.BUGS.labels("dispatch")._value.get())


TRIED = Trace(
    category="sensitive_matter",
    tier="opus",
    review=True,
    cost_nano=12_345_678,
    failed=("check:facts", "claude:Timeout"),
)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            Reply(
                text="Hi", outcome=Outcome.DEGRADED, usage=Usage(1, 2, 30, 400, 5_000), trace=TRIED, ticket="ABCD-2345"
            ),
            {
                "category": "sensitive_matter",
                "tier": "opus",
                "cost_usd": 0.012346,
                "tokens_in": 5_431,
                "tokens_out": 2,
                "ticket": "ABCD-2345",
                "review": True,
                "failed": "check:facts,claude:Timeout",
            },
        ),
        (
            Reply(text="Hi", outcome=Outcome.ANSWERED),
            {"category": "", "tier": "", "cost_usd": 0.0, "ticket": None, "review": None, "failed": None},
        ),
    ],
)
async def test_the_line_of_a_turn_tells_how_it_was_answered(
    platform: Platform, reply: Reply, told: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta(reply.text))
        return reply

    caplog.set_level(logging.INFO)
    async with running(PlainChannel(platform), answer) as core:
        await core.finished(await core.say("Hello, swordfish?"))

    (line,) = [vars(record)["fields"] for record in caplog.records if record.message == "turn"]
    assert {name: line.get(name) for name in told} == told
    assert "swordfish" not in str(line)
