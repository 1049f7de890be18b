"""A model that keeps failing is not asked, and one question at a time finds out whether it is back."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from bridge.brain.breaker import (
    CALLS_MIN,
    FAILURES_MIN,
    OPEN_S,
    OPEN_S_MAX,
    PAUSE_S_MAX,
    REFUSED_OPEN_S,
    REFUSED_OPEN_S_MAX,
    REJECTED_OPEN_S,
    WINDOW_S,
    Breaker,
    Breaking,
    Ticket,
    states,
)
from bridge.brain.claude_answer import InvalidRequest
from bridge.errors import (
    CheckFailed,
    ModelOverloaded,
    ModelPaused,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    ModelUnreadable,
    ModelWordless,
)
from bridge.types import Usage
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.unit.brain.made import drafted, request

SLOW_S = 6.0


def admitted(breaker: Breaker, now: float) -> Ticket:
    ticket = breaker.admit(now)
    assert ticket is not None
    return ticket


def opened(breaker: Breaker, now: float = 0.0, took_s: float = SLOW_S) -> None:
    for _ in range(CALLS_MIN):
        breaker.failed(admitted(breaker, now), now, took_s=took_s)


def test_it_opens_when_enough_calls_failed_within_the_window() -> None:
    breaker = Breaker()
    for now in range(CALLS_MIN - 1):
        breaker.failed(admitted(breaker, float(now)), float(now), took_s=SLOW_S)
    assert breaker.state(9.0) == "closed"
    breaker.failed(admitted(breaker, 9.0), 9.0, took_s=SLOW_S)
    assert breaker.state(9.0) == "open"
    assert breaker.admit(9.0 + OPEN_S - 0.01) is None


@pytest.mark.parametrize(("good", "bad", "opens"), [(5, 5, True), (6, 5, False), (6, 4, False), (0, 9, False)])
def test_a_share_of_failures_is_needed_too(good: int, bad: int, opens: bool) -> None:
    breaker = Breaker()
    for _ in range(good):
        breaker.succeeded(admitted(breaker, 0.0), 0.0)
    for _ in range(bad):
        breaker.failed(admitted(breaker, 0.0), 0.0, took_s=SLOW_S)
    assert (breaker.state(0.0) == "open") == opens


def test_what_is_older_than_the_window_does_not_count() -> None:
    breaker = Breaker()
    for _ in range(CALLS_MIN - 1):
        breaker.failed(admitted(breaker, 0.0), 0.0, took_s=SLOW_S)
    now = WINDOW_S + 1
    breaker.failed(admitted(breaker, now), now, took_s=SLOW_S)
    assert breaker.state(now) == "closed"


def test_one_question_tries_while_all_others_are_kept_away() -> None:
    breaker = Breaker()
    opened(breaker)
    assert breaker.state(OPEN_S) == "half_open"
    trying = admitted(breaker, OPEN_S)
    assert breaker.admit(OPEN_S + 1) is None
    breaker.succeeded(trying, OPEN_S + 1)
    assert breaker.state(OPEN_S + 1) == "closed"
    assert breaker.admit(OPEN_S + 1) is not None


@pytest.mark.parametrize(
    ("took_s", "waits"),
    [
        (SLOW_S, [OPEN_S, 30.0, 60.0, 120.0, 240.0, OPEN_S_MAX, OPEN_S_MAX]),
        (0.01, [REFUSED_OPEN_S, 4.0, REFUSED_OPEN_S_MAX, REFUSED_OPEN_S_MAX]),
    ],
    ids=["silent", "refusing"],
)
def test_trying_in_vain_doubles_the_wait(took_s: float, waits: list[float]) -> None:
    """What trying costs whoever has to wait for it decides how often it is done."""
    breaker, now = Breaker(), 0.0
    opened(breaker, took_s=took_s)
    for wait_s in waits:
        assert breaker.wait_s(now) == pytest.approx(wait_s)
        now += wait_s
        breaker.failed(admitted(breaker, now), now, took_s=took_s)


def test_after_it_closed_the_wait_begins_anew() -> None:
    breaker = Breaker()
    opened(breaker)
    breaker.failed(admitted(breaker, OPEN_S), OPEN_S, took_s=SLOW_S)
    breaker.succeeded(admitted(breaker, 100.0), 100.0)
    opened(breaker, 100.0)
    assert breaker.wait_s(100.0) == OPEN_S


def test_a_call_from_before_changes_nothing() -> None:
    breaker = Breaker()
    early = admitted(breaker, 0.0)
    opened(breaker)
    breaker.succeeded(early, 1.0)
    assert breaker.state(1.0) == "open"


def test_who_tried_and_let_the_others_in_does_not_do_so_again() -> None:
    breaker = Breaker()
    opened(breaker)
    trying = admitted(breaker, OPEN_S)
    breaker.succeeded(trying, OPEN_S)  # the first word
    opened(breaker, OPEN_S)
    breaker.succeeded(trying, OPEN_S + 1)  # the end
    assert breaker.state(OPEN_S + 1) == "open"


def test_who_tries_and_is_cancelled_leaves_the_place_to_another() -> None:
    breaker = Breaker()
    opened(breaker)
    breaker.dropped(admitted(breaker, OPEN_S))
    assert breaker.admit(OPEN_S) is not None


def test_a_pause_ends_when_the_model_said_and_no_header_stops_us_for_days() -> None:
    breaker = Breaker()
    breaker.paused(admitted(breaker, 0.0), 0.0, 90.0)
    assert (breaker.state(89.0), breaker.admit(89.0)) == ("paused", None)
    assert breaker.state(90.0) == "closed"
    breaker.paused(admitted(breaker, 90.0), 90.0, 4_294_967.0)
    assert breaker.admit(90.0 + PAUSE_S_MAX) is not None


Step = tuple[str, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["admit", "succeeded", "failed", "rejected", "dropped", "paused"]),
        st.sampled_from([0.0, 0.5, 3.0, 20.0, 400.0]),
    ),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_happens_it_is_asked_again_and_tried_by_one_at_a_time(steps: list[Step]) -> None:
    breaker, now = Breaker(), 0.0
    out: list[Ticket] = []
    for what, seconds in steps:
        now += seconds
        state = breaker.state(now)
        if what == "admit":
            if ticket := breaker.admit(now):
                assert state in ("closed", "half_open")
                assert ticket.tries == (state == "half_open")
                out.append(ticket)
            else:
                trying = [one for one in out if one.tries and one.generation == breaker._generation]
                assert state in ("open", "paused") or len(trying) == 1 or breaker.wait_s(now) > 0
        elif out:
            ticket = out.pop(0)
            match what:
                case "succeeded":
                    breaker.succeeded(ticket, now)
                case "failed":
                    breaker.failed(ticket, now, took_s=seconds)
                case "rejected":
                    breaker.rejected(ticket, now)
                case "dropped":
                    breaker.dropped(ticket)
                case _:
                    breaker.paused(ticket, now, seconds)
        assert sum(one.tries and one.generation == breaker._generation for one in out) <= 1
        assert breaker.wait_s(now) <= max(OPEN_S_MAX, REJECTED_OPEN_S, PAUSE_S_MAX)
    for ticket in out:
        breaker.dropped(ticket)
    now += breaker.wait_s(now)
    breaker.succeeded(admitted(breaker, now), now)
    assert breaker.state(now) == "closed"


def test_it_needs_no_more_room_however_many_calls_there_are() -> None:
    breaker = Breaker()
    for n in range(10_000):
        breaker.succeeded(admitted(breaker, n / 100), n / 100)
    assert len(breaker._seconds) <= WINDOW_S + 1


# ---------------------------------------------------------------- around a model


@dataclass(slots=True)
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Behind:
    """A scripted model behind a breaker, and a clock to move."""

    lines: list[Line]
    clock: Clock = field(default_factory=Clock)
    model: ScriptedModel = field(init=False)
    breaking: Breaking = field(init=False)

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self.lines)
        self.breaking = Breaking(self.model, "anthropic/claude-test", clock=self.clock)

    async def ask(self) -> Any:
        return await self.breaking.complete(request(), drafted())


FAILING = line(error=ModelUnavailable("gone"))


async def failing(*after: Line) -> Behind:
    behind = Behind([FAILING] * CALLS_MIN + list(after))
    for _ in range(CALLS_MIN):
        with pytest.raises(ModelUnavailable):
            await behind.ask()
    return behind


async def test_while_it_is_open_nobody_is_asked_and_nothing_is_spent() -> None:
    behind = await failing()
    with pytest.raises(ModelPaused) as raised:
        await behind.ask()
    assert raised.value.usage == Usage()
    assert len(behind.model.asked) == CALLS_MIN


async def test_who_is_turned_away_and_opens_it_is_told_so() -> None:
    """Else the question that tries would wait to be asked again, only to hear that nobody is asked."""
    refused = line(error=ModelOverloaded("529", usage=Usage()))
    behind = Behind([refused] * (CALLS_MIN + 1))
    for _ in range(CALLS_MIN - 1):
        with pytest.raises(ModelOverloaded):
            await behind.ask()
    with pytest.raises(ModelPaused, match="529"):
        await behind.ask()
    behind.clock.now += REFUSED_OPEN_S
    with pytest.raises(ModelPaused, match="529"):
        await behind.ask()


async def test_a_silence_that_opens_it_keeps_its_unknown_cost() -> None:
    behind = await failing(FAILING)
    behind.clock.now += REFUSED_OPEN_S
    with pytest.raises(ModelUnavailable) as raised:
        await behind.ask()
    assert type(raised.value) is ModelUnavailable
    assert raised.value.usage is None


async def test_the_first_word_of_the_one_that_tries_lets_all_others_in() -> None:
    behind = await failing(line("Hel", "lo"), line("Hello"))
    behind.clock.now += REFUSED_OPEN_S
    heard: list[str] = []

    class Watching:
        def write(self, text: str) -> None:
            heard.append(behind.breaking.state)

        def cite(self, passages: object) -> None: ...

    await behind.breaking.complete(request(), Watching())
    assert heard == ["closed", "closed"]
    await behind.ask()


@pytest.mark.parametrize(
    "error",
    [ModelRefused("no"), ModelWordless("thinking"), InvalidRequest("bug"), CheckFailed("facts", "mend")],
    ids=lambda error: type(error).__name__,
)
async def test_an_answer_that_does_not_help_is_no_outage(error: Exception) -> None:
    behind = Behind([line(error=error)] * 3 * CALLS_MIN)
    for _ in range(3 * CALLS_MIN):
        with pytest.raises(type(error)):
            await behind.ask()
    assert behind.breaking.state == "closed"


async def test_a_model_that_sent_nothing_because_of_the_files_is_not_back() -> None:
    behind = await failing(line(error=ModelUnreadable("it gets no files", usage=Usage())), line("Hello"))
    behind.clock.now += REFUSED_OPEN_S
    with pytest.raises(ModelUnreadable):
        await behind.ask()
    assert states([behind.breaking]) == {"anthropic/claude-test": "half_open"}
    await behind.ask()
    assert states([behind.breaking]) == {"anthropic/claude-test": "closed"}


async def test_what_one_learns_holds_for_all_who_ask_the_same_model(caplog: pytest.LogCaptureFixture) -> None:
    clock, breaker = Clock(), Breaker()
    rejected = ModelRejected("the API says 402; add credit to the account")
    first = Breaking(ScriptedModel([line(error=rejected)]), "one", clock, breaker)
    second = Breaking(ScriptedModel([line("Hello")]), "one", clock, breaker)
    with caplog.at_level(logging.INFO):
        for breaking in (first, second, second):
            with pytest.raises(ModelRejected, match="add credit"):
                await breaking.complete(request(), drafted())
        assert states([first]) == states([second]) == {"one": "open"}
        clock.now += REJECTED_OPEN_S
        await second.complete(request(), drafted())
        assert states([first]) == {"one": "closed"}
    assert [record.getMessage() for record in caplog.records] == ["model_not_asked", "model_is_back"]


async def test_a_bug_of_ours_tells_nothing_about_the_model() -> None:
    behind = Behind([line(error=KeyError("x"))] * 3 * CALLS_MIN)
    for _ in range(3 * CALLS_MIN):
        with pytest.raises(KeyError):
            await behind.ask()
    assert behind.breaking.state == "closed"


async def test_an_account_that_is_not_served_is_not_asked_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    rejected = ModelRejected("the API says 402 billing_error: no; add credit to the account")
    behind = Behind([line(error=rejected), line(error=rejected), line("Hello")])
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            with pytest.raises(ModelRejected, match="add credit"):
                await behind.ask()
        assert len(behind.model.asked) == 1
        behind.clock.now += REJECTED_OPEN_S
        with pytest.raises(ModelRejected):
            await behind.ask()
        assert len(behind.model.asked) == 2
        behind.clock.now += REJECTED_OPEN_S
        await behind.ask()
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told == [("ERROR", "model_not_asked"), ("INFO", "model_is_back")]
    assert "add credit" in caplog.records[0].fields["message"]  # type: ignore[attr-defined]


async def test_a_model_that_wants_to_be_left_alone_is() -> None:
    behind = Behind([line(error=ModelOverloaded("busy", retry_after_s=40.0)), line("Hello")])
    with pytest.raises(ModelOverloaded):
        await behind.ask()
    behind.clock.now += 10
    with pytest.raises(ModelOverloaded) as raised:
        await behind.ask()
    assert raised.value.retry_after_s == pytest.approx(30.0)
    assert behind.breaking.state == "paused"
    behind.clock.now += 30
    await behind.ask()


async def test_who_tries_and_is_cancelled_does_not_keep_the_place() -> None:
    behind = await failing(line("Hello"))
    behind.clock.now += REFUSED_OPEN_S

    class Stuck:
        async def complete(self, *_: Any) -> Any:
            await asyncio.Event().wait()

    behind.breaking.model = Stuck()
    trying = asyncio.create_task(behind.ask())
    await asyncio.sleep(0)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    behind.breaking.model = behind.model
    await behind.ask()


async def test_the_state_can_be_read() -> None:
    def gauge() -> float | None:
        return REGISTRY.get_sample_value("bridge_breaker_open", {"model": "anthropic/claude-test"})

    behind = await failing()
    assert states([behind.breaking]) == {"anthropic/claude-test": "open"}
    assert gauge() == 1.0
    behind.clock.now += REFUSED_OPEN_S
    assert states([behind.breaking]) == {"anthropic/claude-test": "half_open"}
    assert gauge() == 0.5
    behind.model.lines = [line("Hello"), line(error=ModelOverloaded("busy", retry_after_s=40.0))]
    await behind.ask()
    assert gauge() == 0.0
    with pytest.raises(ModelOverloaded):
        await behind.ask()
    assert gauge() == 0.25
    assert FAILURES_MIN <= CALLS_MIN
