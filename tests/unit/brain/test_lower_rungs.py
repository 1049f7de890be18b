"""What people get while no model of Claude answers: the lower rungs in their order, ready when they are needed."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.brain.cascade import AHEAD_S, Preparing, Question, Rung, climb
from bridge.brain.extractive import Extractive
from bridge.brain.faq import Faq
from bridge.brain.person import Person
from bridge.brain.route import Route
from bridge.brain.settings import ExtractiveSettings
from bridge.errors import ModelError, ModelRefused, ModelUnavailable
from bridge.ports import Emit
from bridge.types import Outcome, Passage, Reply, TextDelta
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, passage, turn

KEEP = passage("You may keep it for 30 days. It must be clean.")
FAQ = passage("You have 30 days.", number=9, section="How long may I keep a bike?", kind="faq")


@dataclass(slots=True)
class Away:
    """A model that fails, at once or after a while, perhaps after some words."""

    name: str = "claude"
    error: ModelError = field(default_factory=lambda: ModelUnavailable("away"))
    after_s: float = 0.0
    says: str = ""

    async def answer(self, question: Question, emit: Emit) -> Reply:
        await asyncio.sleep(self.after_s / 2)
        if self.says:
            emit(TextDelta(self.says))
        await asyncio.sleep(self.after_s / 2)
        raise self.error


@dataclass(slots=True)
class Says:
    name: str

    async def answer(self, question: Question, emit: Emit) -> Reply:
        emit(TextDelta(self.name))
        return Reply(text=self.name, outcome=Outcome.ANSWERED, rung=self.name)


@dataclass(slots=True)
class Silent:
    """Has nothing to say."""

    name: str = "cache"

    async def answer(self, question: Question, emit: Emit) -> None:
        return None


@dataclass(slots=True)
class Ready:
    """Notes when its work began and when it was asked."""

    name: str = "extractive"
    prepared: list[float] = field(default_factory=list)
    stopped: bool = False
    takes_s: float = 0.0
    error: Exception | None = None

    async def prepare(self, question: Question) -> None:
        self.prepared.append(asyncio.get_running_loop().time())
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.stopped = True
            raise
        if self.error:
            raise self.error

    async def answer(self, question: Question, emit: Emit) -> Reply:
        emit(TextDelta("quoted"))
        return Reply(text="quoted", outcome=Outcome.ANSWERED, rung=self.name)


def lower(*, last: bool = False) -> tuple[Faq, Extractive]:
    extractive = Extractive(ExtractiveSettings(piece_s=0), VOICE, last=last)
    return Faq(extractive), extractive


async def ask(rungs: Sequence[Rung], asked: Question, *, person: Rung | None = None) -> Reply:
    events = Events()
    reply = await climb(rungs, asked, VOICE, events.append, person)
    assert events.shown == reply.text, "what is on the screen is the reply"
    return reply


def question(text: str, *passages: Passage, reason: str = "") -> Question:
    return replace(made.question(turn(text), *passages), route=Route(reason=reason))


# ---------------------------------------------------------------- the order


async def test_the_faq_comes_before_a_lesser_model() -> None:
    faq, extractive = lower()
    rungs: list[Rung] = [Away(), faq, Says("backup"), extractive]
    reply = await ask(rungs, question("How long may I keep a bike?", KEEP, FAQ), person=Person(VOICE))
    assert (reply.rung, reply.outcome, reply.citations) == ("faq", Outcome.DEGRADED, (FAQ,))
    assert reply.text == "You have 30 days. [1]"


async def test_where_no_entry_asks_the_same_the_backup_model_answers() -> None:
    faq, extractive = lower()
    reply = await ask([Away(), faq, Says("backup"), extractive], question("Must it be clean?", KEEP, FAQ))
    assert (reply.rung, reply.outcome) == ("backup", Outcome.DEGRADED)


async def test_without_any_model_the_knowledge_base_is_quoted() -> None:
    faq, extractive = lower()
    rungs: list[Rung] = [Away(), faq, Away("backup"), extractive]
    reply = await ask(rungs, question("Must it be clean?", KEEP), person=Person(VOICE))
    assert (reply.rung, reply.outcome) == ("extractive", Outcome.DEGRADED)
    assert reply.trace.failed == ("claude:ModelUnavailable", "backup:ModelUnavailable")


async def test_what_nothing_answers_goes_to_a_person() -> None:
    faq, extractive = lower()
    rungs: list[Rung] = [Away(), faq, Away("backup"), extractive]
    reply = await ask(rungs, question("Do you sell helicopters?"), person=Person(VOICE))
    assert (reply.rung, reply.outcome, reply.escalation_reason) == ("person", Outcome.ESCALATED, "unanswered")
    assert reply.ticket
    for internal in ("claude", "backup", "Unavailable", "away", "model", "error"):
        assert internal not in reply.text.lower()


async def test_where_quoting_is_everything_it_says_that_it_does_not_know() -> None:
    _, extractive = lower(last=True)
    reply = await ask([extractive], question("Do you sell helicopters?"))
    assert (reply.rung, reply.outcome, reply.ticket) == ("extractive", Outcome.UNKNOWN, "")


async def test_having_nothing_to_say_is_no_failure() -> None:
    reply = await ask([Silent(), Says("claude")], question("Hello?"))
    assert (reply.rung, reply.outcome, reply.trace.failed) == ("claude", Outcome.ANSWERED, ())


async def test_a_person_is_called_at_once_for_whoever_asks_for_one() -> None:
    claude = Says("claude")
    reply = await ask([claude], question("A human please", reason="asked_for_person"), person=Person(VOICE))
    assert (reply.rung, reply.escalation_reason) == ("person", "asked_for_person")
    assert (await ask([claude], question("A human please", reason="asked_for_person"))).rung == "claude"


@pytest.mark.parametrize("words", ["", "Well, "])
async def test_what_the_model_declines_goes_to_a_person_and_to_no_other_rung(words: str) -> None:
    rungs: list[Rung] = [Away(error=ModelRefused("cyber"), says=words), Says("backup")]
    reply = await ask(rungs, question("How do I?"), person=Person(VOICE))
    assert (reply.rung, reply.escalation_reason) == ("person", "model_refused")
    assert reply.trace.failed == ("claude:ModelRefused",)


async def test_a_mistake_in_the_last_rung_still_leaves_words() -> None:
    class Broken:
        name = "person"

        async def answer(self, question: Question, emit: Emit) -> Reply:
            emit(TextDelta("I have pas"))
            raise RuntimeError("a bug")

    reply = await ask([Away()], question("Why?"), person=Broken())
    assert (reply.rung, reply.outcome) == ("apology", Outcome.FAILED)
    refused = await ask([Away(error=ModelRefused("no"))], question("Why?"), person=Broken())
    assert (refused.rung, refused.outcome) == ("phrase", Outcome.ESCALATED)


# ---------------------------------------------------------------- ready in advance


def in_virtual_time(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work)


def test_while_a_model_is_silent_the_lower_rungs_get_ready() -> None:
    async def work() -> None:
        ready = Ready()
        started = asyncio.get_running_loop().time()
        assert (await ask([Away(after_s=5.0), ready], question("Why?"))).rung == "extractive"
        assert [round(at - started, 3) for at in ready.prepared] == [AHEAD_S]
        assert asyncio.get_running_loop().time() - started < 5.1

    in_virtual_time(work())


@pytest.mark.parametrize("model", [Says("claude"), Away(after_s=0.5), Away(after_s=1.9, says="Well")])
def test_nothing_is_worked_out_for_an_answer_that_comes_soon_or_has_begun(model: Rung) -> None:
    async def work() -> None:
        ready = Ready()
        await ask([model, ready], question("Why?"))
        assert ready.prepared == []

    in_virtual_time(work())


def test_what_is_not_needed_any_more_is_left() -> None:
    async def work() -> None:
        ready = Ready(takes_s=60.0)
        await ask([Away(after_s=2.0), Says("faq"), ready], question("Why?"))
        assert ready.stopped
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(work())


def test_a_cancelled_question_leaves_nothing_running() -> None:
    async def work() -> None:
        ready = Ready(takes_s=60.0)
        asking = asyncio.create_task(ask([Away(after_s=30.0), ready], question("Why?")))
        await asyncio.sleep(2.0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert ready.stopped
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(work())


def test_a_mistake_in_getting_ready_costs_nothing() -> None:
    async def work() -> None:
        ready = Ready(error=RuntimeError("a bug"))
        assert (await ask([Away(after_s=3.0), ready], question("Why?"))).rung == "extractive"

    in_virtual_time(work())


async def test_what_can_be_quoted_is_worked_out_once() -> None:
    faq, extractive = lower()
    asked = question("Must it be clean?", KEEP, FAQ)
    first, second = await asyncio.gather(extractive._relevance(asked), extractive._relevance(asked))
    assert first is second
    await ask([faq, extractive], asked)
    assert await extractive._relevance(asked) is first


def test_the_rungs_that_quote_get_ready() -> None:
    assert all(isinstance(rung, Preparing) for rung in lower())
