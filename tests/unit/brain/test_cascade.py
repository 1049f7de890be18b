"""One way to answer after the other, as a person sees it: what is shown, what is taken back, what is said at last."""

import asyncio
import logging
import time
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from bridge.brain.brain import Brain
from bridge.brain.cascade import Question, Rung
from bridge.brain.extractive import Extractive
from bridge.brain.following import QUERY_CHARS_MAX
from bridge.brain.settings import ExtractiveSettings
from bridge.errors import (
    ModelOverflow,
    ModelOverloaded,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
)
from bridge.ports import Emit
from bridge.types import Outcome, Passage, Progress, Reply, TextDelta, TextReset
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, conversation, passage, rung, turn

KEEP = passage("You may keep it for 30 days. It must be clean.")
QUOTING = Extractive(ExtractiveSettings(piece_s=0), VOICE)


def brain(model: ScriptedModel | None, passages: Sequence[Passage] = (KEEP,), *, last: Rung = QUOTING) -> Brain:
    first = [rung("claude", model)] if model else []
    return made.brain(FakeRetriever(passages), [*first, last])


async def ask(asked: Brain, text: str = "How long may I keep it?") -> tuple[Reply, Events]:
    events = Events()
    reply = await asked.answer(turn(text), conversation(), events.append)
    assert events.shown == reply.text, "what is on the screen is the reply"
    return reply, events


async def test_the_model_answers_from_the_passages() -> None:
    model = ScriptedModel([line("30 days.", cites=(0,))])
    reply, events = await ask(brain(model))
    assert events == [Progress("Looking it up"), TextDelta("30 days."), TextDelta(" [1]")]
    assert (reply.outcome, reply.rung, reply.model) == (Outcome.ANSWERED, "claude", "scripted")
    assert reply.citations == (KEEP,)
    assert reply.usage.input_tokens == 10
    assert model.asked[0].passages == (KEEP,)


async def test_progress_is_in_the_language_of_the_question() -> None:
    _, events = await ask(brain(None), "Wie lange darf ich es behalten?")
    assert events[0] == Progress("Ich sehe nach")


@pytest.mark.parametrize(
    "error",
    [ModelOverloaded("busy"), ModelUnavailable("gone"), ModelRejected("no key"), ModelOverflow("long")],
    ids=lambda error: type(error).__name__,
)
async def test_a_model_that_fails_after_some_text_is_replaced_by_the_next_rung(error: Exception) -> None:
    reply, events = await ask(brain(ScriptedModel([line("30 d", error=error)])))
    assert events[1:3] == [TextDelta("30 d"), TextReset()]
    assert (reply.outcome, reply.rung) == (Outcome.DEGRADED, "extractive")
    assert "30 days" in reply.text
    assert reply.citations == (KEEP,)


@pytest.mark.parametrize(("pieces", "hurried"), [(("30 d",), False), ((), True)], ids=["read", "not yet"])
async def test_whoever_has_begun_to_read_waits_for_the_next_model(pieces: tuple[str, ...], hurried: bool) -> None:
    """The time for a first word is over when a long answer breaks off; the backup is asked all the same."""
    broken = line(*pieces, error=ModelUnavailable("gone"))
    backup = ScriptedModel([line("30 days.")])
    rungs = [rung("claude", ScriptedModel([broken, broken])), rung("backup", backup)]
    reply, _ = await ask(made.brain(FakeRetriever((KEEP,)), rungs))
    assert (reply.outcome, reply.rung) == (Outcome.DEGRADED, "backup")
    assert backup.asked[0].first_text_by is not None
    assert (backup.asked[0].first_text_by < float("inf")) == hurried


async def test_nothing_is_taken_back_when_nothing_was_shown() -> None:
    _, events = await ask(brain(ScriptedModel([line(error=ModelUnavailable("gone"))])))
    assert TextReset() not in events


async def test_the_only_rung_is_not_degraded() -> None:
    reply, _ = await ask(brain(None))
    assert reply.outcome is Outcome.ANSWERED


async def test_a_lower_rung_that_knows_nothing_says_so() -> None:
    reply, _ = await ask(brain(ScriptedModel([line(error=ModelUnavailable("gone"))]), ()))
    assert reply.outcome is Outcome.UNKNOWN
    assert "help@acme.example" in reply.text


@pytest.mark.parametrize("pieces", [(), ("Well, ",)], ids=["at once", "after some text"])
async def test_a_refusal_leads_to_a_person_and_to_no_other_model(pieces: tuple[str, ...]) -> None:
    second = ScriptedModel([line("I will tell you.")])
    asked = brain(
        ScriptedModel([line(*pieces, error=ModelRefused("cyber"))]),
        last=rung("b", second),
    )
    reply, events = await ask(asked)
    assert (reply.outcome, reply.escalation_reason) == (Outcome.ESCALATED, "model_refused")
    assert "help@acme.example" in reply.text
    assert second.asked == []
    assert (TextReset() in events) == bool(pieces)


@pytest.mark.parametrize(
    ("text", "note"),
    [("How long may I keep it?", "I had to stop here"), ("Wie lange darf ich es behalten?", "Hier musste ich")],
)
async def test_an_answer_cut_at_the_limit_keeps_its_text_and_says_so(text: str, note: str) -> None:
    reply, events = await ask(brain(ScriptedModel([line("It is a long", truncated=True)])), text)
    assert reply.text.startswith(f"It is a long\n\n({note}")
    assert reply.outcome is Outcome.ANSWERED
    assert events[-1] == TextDelta(reply.text.removeprefix("It is a long"))


@pytest.mark.parametrize("end", ["", "\n", "\n``"])
async def test_what_is_said_below_an_answer_that_was_cut_is_not_read_as_part_of_its_code(end: str) -> None:
    model = ScriptedModel([line(f"Run:\n\n```\npip install x{end}", truncated=True)])
    reply, _ = await ask(brain(model), "How do I install it?")
    assert reply.text.startswith("Run:\n\n```\npip install x\n")
    assert reply.text.endswith("\n```\n\n(I had to stop here; ask me to go on.)")


async def test_a_bug_in_a_rung_costs_nobody_the_answer_but_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    before = REGISTRY.get_sample_value("bridge_bugs_total", {"place": "cascade"}) or 0
    with caplog.at_level(logging.ERROR):
        reply, events = await ask(brain(ScriptedModel([line("Hm", error=KeyError("oops"))])))
    assert reply.outcome is Outcome.DEGRADED
    assert TextReset() in events
    assert REGISTRY.get_sample_value("bridge_bugs_total", {"place": "cascade"}) == before + 1
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)


async def test_an_outage_is_no_bug() -> None:
    before = REGISTRY.get_sample_value("bridge_bugs_total", {"place": "cascade"}) or 0
    await ask(brain(ScriptedModel([line(error=ModelUnavailable("gone"))])))
    assert (REGISTRY.get_sample_value("bridge_bugs_total", {"place": "cascade"}) or 0) == before


async def test_failures_are_counted_by_rung_and_error() -> None:
    labels = {"rung": "claude", "error": "ModelOverloaded"}
    before = REGISTRY.get_sample_value("bridge_rung_failures_total", labels) or 0
    await ask(brain(ScriptedModel([line(error=ModelOverloaded("busy"))])))
    assert REGISTRY.get_sample_value("bridge_rung_failures_total", labels) == before + 1


async def test_when_every_rung_fails_there_is_still_an_answer() -> None:
    broken = rung("backup", ScriptedModel([line("So", error=ZeroDivisionError())]))
    reply, _ = await ask(brain(ScriptedModel([line("Hm", error=ModelUnavailable("gone"))]), last=broken))
    assert reply.outcome is Outcome.FAILED
    assert "something went wrong" in reply.text
    assert "help@acme.example" in reply.text


async def test_a_message_without_text_is_not_sent_to_anyone() -> None:
    model = ScriptedModel([])
    retriever = FakeRetriever()
    asked = made.brain(retriever, [rung("claude", model)])
    reply, _ = await ask(asked, " \u200b\n")
    assert reply.outcome is Outcome.UNKNOWN
    assert "only read text" in reply.text
    assert retriever.asked == []


async def test_without_passages_the_model_is_asked_and_told_so() -> None:
    model = ScriptedModel([line("Hello!")])
    reply, _ = await ask(brain(model, ()), "Hello")
    assert reply.text == "Hello!"
    assert "has nothing on this message" in model.asked[0].facts


async def test_a_short_follow_up_is_searched_with_the_question_before_it() -> None:
    retriever = FakeRetriever((KEEP,))
    asked = made.brain(retriever, [QUOTING])
    earlier = conversation(turn("How long may I keep a bike?", answered="30 days."))
    await asked.answer(turn("And a helmet?"), earlier, lambda _: None)
    assert retriever.asked == ["And a helmet?", "How long may I keep a bike?\nAnd a helmet?"]


async def test_a_retry_does_not_lean_on_itself() -> None:
    retriever = FakeRetriever((KEEP,))
    asked = made.brain(retriever, [QUOTING])
    earlier = conversation(
        turn("Wie lange darf ich es behalten?", answered="30", name="a"), turn("Und E-Bikes?", name="b")
    )
    events = Events()
    await asked.answer(turn("ok, es?", name="c", retry_of="b"), earlier, events.append)
    assert retriever.asked == ["ok, es?", "Wie lange darf ich es behalten?\nok, es?"]
    alone = conversation(turn("And a helmet?", answered="No.", name="a"))
    await asked.answer(turn("And a helmet?", name="b", retry_of="a"), alone, lambda _: None)
    assert retriever.asked[2:] == ["And a helmet?"]


async def test_of_a_long_question_the_beginning_is_searched() -> None:
    retriever = FakeRetriever((KEEP,))
    asked = made.brain(retriever, [QUOTING])
    await asked.answer(turn("How long? " * 1_000), conversation(), lambda _: None)
    assert len(retriever.asked[0]) == QUERY_CHARS_MAX


@pytest.mark.parametrize(
    ("text", "says"),
    [("How long? " * 10_000, "too long for me"), ("Wie lange dauert das bei Ihnen? " * 3_000, "zu lang für mich")],
)
async def test_whoever_writes_endlessly_is_asked_to_say_it_shorter(text: str, says: str) -> None:
    retriever, events = FakeRetriever((KEEP,)), Events()
    started = time.process_time()
    reply = await made.brain(retriever, [QUOTING]).answer(turn(text), conversation(), events.append)
    assert time.process_time() - started < 1, "it was searched for, or checked"
    assert says in reply.text
    assert (reply.outcome, events.shown, retriever.asked) == (Outcome.UNKNOWN, reply.text, [])


async def test_cancelling_leaves_nothing_running_and_is_not_answered() -> None:
    started = asyncio.Event()

    class Slow:
        name = "slow"

        async def answer(self, question: Question, emit: Emit) -> Reply:
            emit(TextDelta("I "))
            started.set()
            await asyncio.sleep(60)
            raise AssertionError("cancelled before")

    before = asyncio.all_tasks()
    events = Events()
    asked = made.brain(FakeRetriever(), [Slow(), QUOTING])
    answering = asyncio.create_task(asked.answer(turn("Hello?"), conversation(), events.append))
    await started.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert asyncio.all_tasks() == before
    assert events[1:] == [TextDelta("I ")], "no other rung, no apology"


async def test_two_models_are_two_rungs() -> None:
    backup = rung("backup", ScriptedModel([line("30 days, I think.")]))
    lines: list[Line] = [line(error=ModelOverloaded("busy"))]
    reply, _ = await ask(brain(ScriptedModel(lines), last=backup))
    assert (reply.rung, reply.outcome) == ("backup", Outcome.DEGRADED)
