"""A whole brain with tools: for whom they act, what is kept of it, and who may not answer instead."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from bridge.brain import claude_request, prompt
from bridge.brain.brain import Brain
from bridge.brain.cascade import Question
from bridge.brain.model_rung import ModelRung
from bridge.brain.person import Person
from bridge.brain.route import Category, Route
from bridge.brain.settings import ClaudeSettings, PromptSettings, TierName
from bridge.errors import LeaseLost, ModelUnavailable, StoreUnavailable
from bridge.ports import Claim, Emit, ModelRequest, Spender, ToolCall, ToolResult
from bridge.types import Action, Identity, IdentityLevel, Outcome, Reply, TextDelta, Turn
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.fakes.scripted_tools import ScriptedTools, call, told
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, conversation, passage, turn

SETTINGS = PromptSettings()
LOOKS = line(calls=(call("order", order_number="1042"),))
ANSWERS = line("It is on its way.")
PAGE = passage("We answer within two days.")


@dataclass
class Knows:
    """Knows everybody as well as a test says."""

    level: IdentityLevel = 1
    error: Exception | None = None

    async def of(self, turn: Turn) -> Identity:
        if self.error:
            raise self.error
        return Identity(level=self.level, customer_id="cust-77" if self.level else "")


@dataclass
class Page:
    """A rung that quotes whatever it has."""

    name: str = "faq"

    async def answer(self, question: Question, emit: Emit) -> Reply:
        emit(TextDelta("A page."))
        return Reply(text="A page.", outcome=Outcome.ANSWERED, rung=self.name)


@dataclass
class Sent:
    route_: Route = field(default_factory=Route)

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route:
        return self.route_

    def settled(self, route: Route, *, found: bool) -> Route:
        return route


@dataclass
class Shop:
    """A brain over scripts, and a conversation with it."""

    lines: list[Line]
    knows: Knows = field(default_factory=Knows)
    route: Route = field(default_factory=Route)
    acts: bool = True
    turns: list[Turn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self.lines)
        self.tools = ScriptedTools({"order": self._order})
        rung = ModelRung("claude", {"sonnet": self.model}, SETTINGS, VOICE, tools=self.tools)
        system = prompt.system_prompt(SETTINGS, VOICE.business, tools=True)
        self.brain: Brain = replace(
            made.brain(FakeRetriever([PAGE]), [rung, Page()]),
            person=Person(VOICE),
            tools=self.tools,
            identities=self.knows,
            routing=Sent(self.route),
            version=lambda: prompt.version(system),
        )

    def _order(self, each: ToolCall) -> ToolResult:
        digest = f"order {each.args['order_number']}: dispatched" if each.args else ""
        return told(each, '{"status": "dispatched"}', action=Action(tool="order", outcome="done", digest=digest))

    async def ask(self, text: str = "Where is my order?", *, retry_of: str | None = None) -> Reply:
        asking = turn(text, name=f"t{len(self.turns)}", retry_of=retry_of)
        claim = Claim(turn=asking, fence=1, attempts=1) if self.acts else None
        events = Events()
        reply = await self.brain.answer(asking, conversation(*self.turns), events.append, claim=claim)
        assert events.shown == reply.text
        self.turns.append(replace(asking, reply=reply))
        return reply


@pytest.mark.parametrize(
    ("level", "words"),
    [(0, "anonymous"), (1, "channel"), (2, "confirmed")],
)
async def test_a_model_is_told_how_sure_it_is_who_asks_and_nothing_personal(
    level: IdentityLevel, words: prompt.Identity
) -> None:
    shop = Shop([ANSWERS], Knows(level))
    await shop.ask()
    (asked,) = shop.model.asked
    assert prompt.IDENTITIES[words] in asked.facts
    assert "cust-77" not in f"{asked}"
    assert f"## Tools\n{prompt.TOOLS}" in asked.system


async def test_tools_act_for_whom_identity_proves() -> None:
    shop = Shop([LOOKS, ANSWERS])
    reply = await shop.ask()
    assert reply.text == "It is on its way."
    assert [each.name for each in shop.tools.called] == ["order"]
    assert [action.digest for action in reply.trace.actions] == ["order 1042: dispatched"]


async def test_who_cannot_be_looked_up_now_is_not_known() -> None:
    shop = Shop([ANSWERS], Knows(error=StoreUnavailable("away")))
    assert (await shop.ask()).outcome is Outcome.ANSWERED
    assert prompt.IDENTITIES["anonymous"] in shop.model.asked[0].facts


async def test_without_a_claim_nothing_is_done() -> None:
    shop = Shop([LOOKS, ANSWERS], acts=False)
    reply = await shop.ask()
    assert (reply.text, shop.tools.called) == ("It is on its way.", [])


async def test_the_next_answer_is_told_what_was_looked_up_in_the_same_words_each_time() -> None:
    shop = Shop([LOOKS, ANSWERS, line("Yes."), line("No.")])
    for text in ("Where is my order?", "Is that certain?", "And the other one?"):
        await shop.ask(text)
    second, third = shop.model.asked[2:]
    assert second.history[0].done == "order: done: order 1042: dispatched"
    assert third.history[0] == second.history[0]
    assert third.history[1].done == ""
    assert second.rounds == third.rounds == (), "rounds are told within their own turn only"


async def test_an_answer_that_is_wanted_anew_does_nothing_a_second_time() -> None:
    shop = Shop([LOOKS, ANSWERS, line("Yes."), line("No."), line("Well.")])
    await shop.ask()
    await shop.ask(retry_of="t0")
    await shop.ask(retry_of="t1")
    await shop.ask("And now?")
    first, _, again, still, later = shop.model.asked
    assert again.history == (), "what was answered is not told, since it is wanted anew"
    for asked in (again, still):
        assert asked.facts.endswith(f"{prompt.ANEW}\norder: done")
    assert prompt.ANEW not in first.facts + later.facts
    assert prompt.ANEW in later.history[0].facts


def messages(request: ModelRequest, tier: TierName) -> list[Any]:
    """As the API gets them, without where its cache is told to look."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key != "cache_control"}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    told: list[Any] = bare(claude_request.body(request, getattr(ClaudeSettings().tiers, tier))["messages"])
    return told


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
async def test_within_an_epoch_the_telling_only_grows_also_where_tools_were_called(tier: TierName) -> None:
    again = line(calls=(call("order", "c2", order_number="987"),))
    shop = Shop([LOOKS, ANSWERS, line("Yes."), again, line("That one, too."), line("No.")])
    for text in ("Where is my order?", "Is that certain?", "And the other one?", "Nothing else?"):
        await shop.ask(text)
    begun = [messages(request, tier) for request in shop.model.asked if not request.rounds]
    assert len(begun) == 4
    for before, now in pairwise(begun):
        assert now[: len(before)] == before
    looped = messages(shop.model.asked[1], tier)
    assert looped[: len(begun[0])] == begun[0], "a round is told below what stood there"
    assert {turn.reply.trace.epoch for turn in shop.turns if turn.reply} == {1}


@pytest.mark.parametrize("text", ["LW-550913", "Where is LW-550913?"])
async def test_no_page_answers_about_an_order(text: str) -> None:
    gone = [line(error=ModelUnavailable("gone"))]
    shop = Shop([*gone], route=Route(by="rule", reason="order_number") if text == "LW-550913" else Route())
    assert (await shop.ask(text)).rung == "person"
    assert (await Shop([*gone]).ask("How long do you take to answer?")).rung == "faq"
    assert (await Shop([*gone], acts=False).ask(text)).rung == "faq"


async def test_no_page_answers_what_something_was_looked_up_for() -> None:
    shop = Shop([LOOKS, line(error=ModelUnavailable("gone"))])
    reply = await shop.ask()
    assert (reply.rung, [action.tool for action in reply.trace.actions]) == ("person", ["order"])


async def test_a_sensitive_matter_is_looked_up_as_well() -> None:
    shop = Shop([LOOKS, ANSWERS], route=Route(category=Category.SENSITIVE_MATTER, by="rule", reason="takeover"))
    assert (await shop.ask()).text == "It is on its way."


async def test_a_lost_lease_leaves_the_brain() -> None:
    shop = Shop([LOOKS])
    shop.tools.error = LeaseLost("somebody else's")
    with pytest.raises(LeaseLost):
        await shop.ask()


async def test_what_was_done_before_the_question_changed_is_known_to_the_answer_to_the_new_one() -> None:
    shop = Shop([LOOKS])
    looked, waits = asyncio.Event(), asyncio.Event()

    async def looks(each: ToolCall) -> ToolResult:
        looked.set()
        await waits.wait()
        return shop._order(each)

    shop.tools.does["order"] = looks
    first = asyncio.create_task(shop.ask())
    await looked.wait()
    first.cancel()
    waits.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    shop.model.lines = [ANSWERS]
    reply = await shop.ask("Sorry, I meant: where is my other order?")
    assert [action.digest for action in reply.trace.actions] == ["order 1042: dispatched"]
    assert [result.text for result in shop.model.asked[-1].rounds[0].results] == ['{"status": "dispatched"}']
    assert len(shop.tools.called) == 1
