"""A model that calls tools: rounds, what is shown meanwhile, and how it ends."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain import agent
from bridge.brain.cascade import ASKED_BY_MODEL, UNANSWERED, UNKNOWN_WRITE, Question, climb
from bridge.brain.model_rung import Drafting, ModelRung, unchecked
from bridge.brain.person import Person
from bridge.brain.settings import PromptSettings
from bridge.errors import CheckFailed, LeaseLost, ModelUnavailable, StoreUnavailable
from bridge.ports import ToolCall, ToolResult
from bridge.types import Action, Outcome, Progress, Reply, TextDelta, TextReset
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.fakes.scripted_tools import ScriptedTools, call, session, told
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.brain.made import VOICE, Events, passage, question, turn

ASKING = turn("Where is my order 1042?")
ORDER = '{"status": "on its way"}'


def order(each: ToolCall) -> ToolResult:
    return told(each, ORDER)


def ends(kind: str, outcome: str = "done", **other: object) -> object:
    def doing(each: ToolCall) -> ToolResult:
        action = Action(tool=each.name, outcome=outcome)  # type: ignore[arg-type]
        return told(each, "It waits.", ends=kind, action=action, **other)

    return doing


LOOKS = line("Let me look.", calls=(call("order", order_number="1042"),))
ANSWERS = line("It is on its way.")


@dataclass
class Stage:
    """A rung over scripted models and tools."""

    tiers: dict[str, list[Line]]
    tools: ScriptedTools
    drafting: Drafting = unchecked
    reads_only: bool = False
    total_s: float | None = None
    provable: bool = True
    events: Events = field(default_factory=Events)

    def __post_init__(self) -> None:
        self.models = {tier: ScriptedModel(lines) for tier, lines in self.tiers.items()}
        self.rung = ModelRung(
            "claude",
            self.models,
            PromptSettings(),
            VOICE,
            self.drafting,
            tools=self.tools,
            reads_only=self.reads_only,
            total_s=self.total_s,
            provable=lambda turn: self.provable,
        )

    def question(self, *, known: bool = True) -> Question:
        asked = replace(question(ASKING, passage("Fact.")), tier=[*self.tiers][-1])
        return replace(asked, session=session(ASKING)) if known else asked

    async def ask(self, *, known: bool = True) -> Reply:
        reply = await climb([self.rung], self.question(known=known), VOICE, self.events.append, Person(VOICE))
        assert self.events.shown == reply.text, "what is on the screen is the reply"
        assert "claude:AssertionError" not in reply.trace.failed, "the model was asked as no API takes it"
        return reply


def stage(*lines: Line, **does: object) -> Stage:
    tools = ScriptedTools({"order": order} | does)  # type: ignore[arg-type]
    return Stage({"sonnet": [*lines]}, tools)


async def test_what_was_found_goes_back_and_both_halves_are_one_answer() -> None:
    it = stage(LOOKS, ANSWERS)
    reply = await it.ask()
    assert reply.text == "Let me look.\n\nIt is on its way."
    assert (reply.outcome, reply.rung) == (Outcome.ANSWERED, "claude")
    assert reply.usage.input_tokens == 20
    assert reply.trace.actions == (Action(tool="order", outcome="done", digest=ORDER),)
    first, second = it.models["sonnet"].asked
    assert (first.rounds, [spec.name for spec in first.tools]) == ((), ["order"])
    assert [result.text for result in second.rounds[0].results] == [ORDER]
    assert replace(second, rounds=(), first_text_by=None) == replace(first, first_text_by=None)


async def test_text_is_shown_before_the_label_and_the_label_while_the_tool_runs() -> None:
    it = stage(LOOKS, ANSWERS)

    def looking(each: ToolCall) -> ToolResult:
        assert it.events == [TextDelta("Let me look."), Progress("en: order")]
        return order(each)

    it.tools.does["order"] = looking
    await it.ask()


async def test_calls_of_one_round_go_out_together_with_one_label() -> None:
    both = line(calls=(call("order", "a"), call("stock", "b"), call("order", "c")))
    it = stage(both, ANSWERS, stock=order)
    await it.ask()
    assert [each.id for each in it.tools.called] == ["a", "b", "c"]
    assert [event for event in it.events if isinstance(event, Progress)] == [Progress("en: order, en: stock")]


async def test_nothing_runs_for_nobody_and_the_model_is_told() -> None:
    it = stage(line(calls=(call("order"),)), ANSWERS)
    reply = await it.ask(known=False)
    assert (reply.text, it.tools.called, reply.trace.actions) == ("It is on its way.", [], ())
    first, second = it.models["sonnet"].asked
    assert "Tools cannot be used in this conversation" in first.facts
    assert [(result.failed, result.text) for result in second.rounds[0].results] == [(True, agent.NO_TOOLS)]


async def test_who_only_reads_changes_nothing() -> None:
    tools = ScriptedTools({"order": order, "refund": order}, writes=frozenset({"refund"}))
    it = Stage({"sonnet": [line(calls=(call("refund", "a"), call("order", "b"))), ANSWERS]}, tools, reads_only=True)
    await it.ask()
    assert [each.name for each in tools.called] == ["order"]
    first, second = it.models["sonnet"].asked
    assert [spec.name for spec in first.tools] == ["order"]
    assert [result.failed for result in second.rounds[0].results] == [True, False]


async def test_after_the_last_round_it_is_told_to_answer_and_its_tools_stay() -> None:
    rounds = [line("So.", calls=(call("order", f"c{n}"),)) for n in range(agent.ROUNDS_MAX)]
    it = stage(*rounds, ANSWERS)
    reply = await it.ask()
    assert reply.outcome is Outcome.ANSWERED
    last = it.models["sonnet"].asked[-1]
    assert agent.ANSWER_NOW in last.facts
    assert (len(last.rounds), len(last.tools)) == (agent.ROUNDS_MAX, 1)
    assert all(agent.ANSWER_NOW not in before.facts for before in it.models["sonnet"].asked[:-1])


async def test_who_calls_for_ever_is_stopped_and_a_person_is_called() -> None:
    it = stage(*(line(calls=(call("order", f"c{n}"),)) for n in range(agent.ROUNDS_MAX + 1)))
    reply = await it.ask()
    assert (reply.rung, reply.escalation_reason, bool(reply.ticket)) == ("person", UNANSWERED, True)
    assert len(it.tools.called) == agent.ROUNDS_MAX
    assert len(reply.trace.actions) == agent.ROUNDS_MAX


@pytest.mark.parametrize(("outcome", "reason"), [("done", ASKED_BY_MODEL), ("unknown", UNKNOWN_WRITE)])
async def test_a_call_that_ends_with_a_person_takes_back_what_was_said(outcome: str, reason: str) -> None:
    it = stage(LOOKS, order=ends("person", outcome))
    reply = await it.ask()
    assert (reply.rung, reply.outcome, reply.escalation_reason) == ("person", Outcome.ESCALATED, reason)
    assert "Let me look" not in reply.text
    assert [action.outcome for action in reply.trace.actions] == [outcome]
    assert len(it.models["sonnet"].asked) == 1


async def test_what_waits_for_approval_ends_the_answer_with_its_number() -> None:
    it = stage(LOOKS, order=ends("approval", "approval", reference="AB-12"))
    reply = await it.ask()
    pending = VOICE.say("en", "approval_pending")
    assert reply.text == f"Let me look.\n\n{pending} {VOICE.say('en', 'reference')} **AB-12**"
    assert (reply.outcome, reply.ticket) == (Outcome.ANSWERED, "")
    assert len(it.models["sonnet"].asked) == 1


async def test_who_is_not_known_is_asked_who_they_are() -> None:
    it = stage(line(calls=(call("order"),)), order=ends("identity", "identity"))
    reply = await it.ask()
    assert reply.text == VOICE.say("en", "identity_needed")
    assert [action.outcome for action in reply.trace.actions] == ["identity"]


async def test_who_cannot_show_who_they_are_is_not_asked_for_it_and_offered_a_person() -> None:
    it = stage(line(calls=(call("order"),)), order=ends("identity", "identity"))
    it.provable = False
    assert (await it.ask()).text == VOICE.say("en", "identity_nowhere", "offer_person")


async def test_of_several_ends_a_person_counts_first() -> None:
    both = line(calls=(call("order", "a"), call("stock", "b")))
    it = stage(both, order=ends("approval", "approval"), stock=ends("person"))
    assert (await it.ask()).rung == "person"


async def test_the_next_model_goes_on_with_what_was_found_and_nothing_is_called_again() -> None:
    tools = ScriptedTools({"order": order})
    gone = line(error=ModelUnavailable("gone"))
    it = Stage({"sonnet": [ANSWERS], "opus": [LOOKS, gone]}, tools)
    reply = await it.ask()
    assert reply.text == "It is on its way.", "what the first one said was taken back"
    assert len(tools.called) == 1
    (asked,) = it.models["sonnet"].asked
    assert [block["type"] for block in asked.rounds[0].said] == ["tool_use"]
    assert TextReset() in it.events


async def test_the_same_model_goes_on_after_it_broke_off() -> None:
    breaks = line("It is", error=ModelUnavailable("gone"))
    it = stage(LOOKS, breaks, ANSWERS)
    reply = await it.ask()
    assert (reply.text, len(it.tools.called)) == ("It is on its way.", 1)


class Picky:
    """A draft that does not take one word."""

    def __init__(self, question: Question, on_text: object) -> None:
        self.inner = unchecked(question, on_text)  # type: ignore[arg-type]

    def write(self, text: str) -> None:
        if "refunded" in text:
            raise CheckFailed("promises", "It promised.")
        self.inner.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


async def test_a_draft_that_fails_is_written_anew_with_the_same_rounds() -> None:
    it = stage(LOOKS, line("It is refunded."), ANSWERS)
    it = Stage(it.tiers, it.tools, Picky)  # type: ignore[arg-type]
    reply = await it.ask()
    assert (reply.text, reply.trace.failed) == ("It is on its way.", ("check:promises",))
    assert len(it.tools.called) == 1
    again = it.models["sonnet"].asked[-1]
    assert "It promised." in again.facts
    assert [block["type"] for block in again.rounds[0].said] == ["tool_use"]


async def test_words_before_a_call_that_fail_keep_the_call_from_being_made() -> None:
    it = stage(line("It is refunded.", calls=(call("order"),)), ANSWERS)
    it = Stage(it.tiers, it.tools, Picky)  # type: ignore[arg-type]
    reply = await it.ask()
    assert (reply.text, it.tools.called) == ("It is on its way.", [])


async def test_a_lost_lease_goes_through_everything() -> None:
    it = stage(LOOKS)
    it.tools.error = LeaseLost("gone")
    with pytest.raises(LeaseLost):
        await it.ask()


async def test_without_a_store_nothing_more_is_done_and_a_person_is_called() -> None:
    it = stage(LOOKS)
    it.tools.error = StoreUnavailable("full")
    reply = await it.ask()
    assert (reply.rung, reply.escalation_reason) == ("person", UNANSWERED)


async def test_who_is_stopped_waits_for_what_is_being_done_and_keeps_it() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(each: ToolCall) -> ToolResult:
        begun.set()
        await go_on.wait()
        return order(each)

    it = stage(LOOKS, order=slow)
    asked = it.question()
    asking = asyncio.create_task(climb([it.rung], asked, VOICE, it.events.append, Person(VOICE)))
    await begun.wait()
    asking.cancel()
    await asyncio.sleep(0.01)
    assert not asking.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert it.tools.finished == ["c1"]
    assert [result.text for result in asked.work.results] == [ORDER]


def test_what_never_ends_is_not_waited_for_for_ever() -> None:
    async def story() -> None:
        begun = asyncio.Event()

        async def hangs(each: ToolCall) -> ToolResult:
            begun.set()
            await asyncio.Event().wait()
            return order(each)

        it = stage(LOOKS, order=hangs)
        asking = asyncio.create_task(climb([it.rung], it.question(), VOICE, it.events.append, Person(VOICE)))
        await begun.wait()
        stopped_at = asyncio.get_running_loop().time()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert asyncio.get_running_loop().time() - stopped_at == pytest.approx(agent.GRACE_S, abs=0.1)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story())


async def test_a_turn_that_ran_out_of_time_while_a_tool_ran_keeps_what_was_done() -> None:
    async def slow(each: ToolCall) -> ToolResult:
        await asyncio.sleep(0.1)
        return order(each)

    it = stage(LOOKS, order=slow)
    it = Stage(it.tiers, it.tools, total_s=0.05)
    reply = await it.ask()
    assert (reply.rung, [action.outcome for action in reply.trace.actions]) == ("person", ["done"])


STEPS = st.lists(st.sampled_from(["call", "two", "breaks", "gone", "refunded", "calls badly"]), max_size=12)


def steps(kinds: list[str], tier: str) -> list[Line]:
    """Lines that call, break off, or write what is refused; then one that answers."""
    made: list[Line] = []
    for number, kind in enumerate(kinds):
        ids = (f"{tier}{number}a", f"{tier}{number}b")
        match kind:
            case "call":
                made.append(line(f"Step {number}.", calls=(call("order", ids[0]),)))
            case "two":
                made.append(line(calls=(call("order", ids[0]), call("nothing", ids[1]))))
            case "breaks":
                made.append(line("It i", error=ModelUnavailable("gone")))
            case "gone":
                made.append(line(error=ModelUnavailable("gone")))
            case "calls badly":
                made.append(line("It is refunded.", calls=(call("order", ids[0]),)))
            case _:
                made.append(line("It is refunded."))
    # Whatever was told, in the end it answers.
    return [*made, *[ANSWERS] * (agent.ROUNDS_MAX + 4)]


@given(opus=STEPS, sonnet=STEPS)
async def test_whatever_models_do_each_call_is_made_once_and_the_screen_shows_the_reply(
    opus: list[str], sonnet: list[str]
) -> None:
    tools = ScriptedTools({"order": order})
    it = Stage({"sonnet": steps(sonnet, "s"), "opus": steps(opus, "o")}, tools, Picky)  # type: ignore[arg-type]
    asked = it.question()
    reply = await climb([it.rung], asked, VOICE, it.events.append, Person(VOICE))
    assert it.events.shown == reply.text
    assert "claude:AssertionError" not in reply.trace.failed, "a model was asked as no API takes it"
    assert "refunded" not in reply.text
    ids = [each.id for each in tools.called]
    assert len(ids) == len(set(ids)), "nothing is done twice"
    assert [each.id for round in asked.work.rounds for each in round.calls] == ids, "and all of it is known"
    assert len(reply.trace.actions) == len(ids)
    assert len(asked.work.rounds) <= agent.ROUNDS_MAX


@pytest.mark.parametrize(("kind", "outcome"), [("person", Outcome.ESCALATED), ("", Outcome.FAILED)])
async def test_where_nobody_takes_over_a_person_is_named(kind: str, outcome: Outcome) -> None:
    it = stage(LOOKS, order=ends(kind)) if kind else stage(LOOKS)
    it.tools.error = None if kind else StoreUnavailable("full")
    reply = await climb([it.rung], it.question(), VOICE, it.events.append)
    assert (it.events.shown, reply.outcome) == (reply.text, outcome)
    assert (reply.text == VOICE.say("en", "offer_person")) is (outcome is Outcome.ESCALATED)
    assert "Let me look" not in reply.text
