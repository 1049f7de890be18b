"""Which way a question goes, who decides it, and that one that leans on another is no lighter."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.brain.route import Category, Route
from bridge.brain.routing.by_model import ByModel
from bridge.brain.routing.local import Local
from bridge.brain.routing.router import Router
from bridge.brain.routing.settings import PlanSettings, RoutingSettings
from bridge.brain.routing.shares import SAMPLE_MIN, Shares
from bridge.errors import ModelUnavailable
from bridge.ports import Spender
from bridge.types import Trace, Turn, TurnId
from tests.fakes.fake_embedder import FakeEmbedder
from tests.fakes.scripted_model import ScriptedModel, line
from tests.unit.brain.made import turn

SPENDER = Spender("t1", "c1", "u1")
SURE = 0.97


class Said(Local):
    """A Local whose mind is made up."""

    def __init__(self, chances: Mapping[Category, float]) -> None:
        super().__init__(FakeEmbedder(), (), Path())
        self._chances = {category: chances.get(category, 0.0) for category in Category}
        self.asked: list[str] = []

    async def probabilities(self, query: str) -> dict[Category, float] | None:
        self.asked.append(query)
        return self._chances


def router(
    chances: Mapping[Category, float] | None = None,
    *,
    model: ScriptedModel | None = None,
    settings: RoutingSettings | None = None,
) -> Router:
    return Router(
        settings or RoutingSettings(),
        tier="opus",
        local=Said(chances) if chances else None,
        by_model=ByModel(model, 1.0) if model else None,
    )


def before(category: Category) -> Turn:
    earlier = turn("Is the shop open on Saturdays?", answered="Yes.", name="t0")
    assert earlier.reply is not None
    return replace(earlier, reply=replace(earlier.reply, trace=Trace(category=category.value)))


@pytest.mark.parametrize(
    ("category", "tier", "context", "review"),
    [
        (Category.FAQ, "haiku", "focused", False),
        (Category.SIMPLE_SUPPORT, "sonnet", "focused", False),
        (Category.COMPLEX_SUPPORT, "sonnet", "extended", False),
        (Category.SALES_INQUIRY, "sonnet", "catalogue", False),
        (Category.TECHNICAL_ISSUE, "opus", "full", False),
        (Category.SENSITIVE_MATTER, "opus", "focused", True),
    ],
)
async def test_each_category_has_its_way(category: Category, tier: str, context: str, review: bool) -> None:
    route = await router({category: SURE}).route(turn("a question"), (), "a question", SPENDER)
    assert (route.category, route.tier, route.context, route.review) == (category, tier, context, review)
    assert (route.by, route.confidence) == ("local", SURE)


async def test_rules_come_first_and_ask_nobody() -> None:
    said = Said({Category.FAQ: SURE})
    route = await Router(RoutingSettings(), tier="opus", local=said, by_model=None).route(
        turn("I will sue you"), (), "I will sue you", SPENDER
    )
    assert (route.category, route.by, route.reason, route.confidence) == (Category.SENSITIVE_MATTER, "rule", "legal", 1)
    assert said.asked == []


async def test_a_hint_of_something_sensitive_is_enough() -> None:
    chances = {Category.COMPLEX_SUPPORT: 0.69, Category.SENSITIVE_MATTER: 0.31}
    nobody = await router(chances).route(turn("well"), (), "well", SPENDER)
    assert (nobody.category, nobody.by) == (Category.SENSITIVE_MATTER, "default")
    away = ScriptedModel([line(error=ModelUnavailable("away"))])
    unanswered = await router(chances, model=away).route(turn("well"), (), "well", SPENDER)
    assert (unanswered.category, unanswered.by) == (Category.SENSITIVE_MATTER, "default")
    sure = await router({Category.SENSITIVE_MATTER: 0.75}).route(turn("well"), (), "well", SPENDER)
    assert (sure.category, sure.by) == (Category.SENSITIVE_MATTER, "local")


async def test_of_a_mere_hint_a_model_may_say_that_it_is_nothing() -> None:
    chances = {Category.TECHNICAL_ISSUE: 0.69, Category.SENSITIVE_MATTER: 0.31}
    model = ScriptedModel([line('{"category": "technical_issue"}')])
    route = await router(chances, model=model).route(turn("well"), (), "well", SPENDER)
    assert (route.category, route.by) == (Category.TECHNICAL_ISSUE, "model")


async def test_faq_needs_more_certainty_than_the_others() -> None:
    model = ScriptedModel([line('{"category": "simple_support"}')])
    route = await router({Category.FAQ: 0.85, Category.SALES_INQUIRY: 0.15}, model=model).route(
        turn("do you"), (), "do you", SPENDER
    )
    assert (route.category, route.by, route.confidence) == (Category.SIMPLE_SUPPORT, "model", 0.0)
    sales = await router({Category.SALES_INQUIRY: 0.85}, model=model).route(turn("do you"), (), "do you", SPENDER)
    assert sales.by == "local"


async def test_without_an_answer_the_default_is_safe() -> None:
    model = ScriptedModel([line(error=ModelUnavailable("away"))])
    route = await router({Category.FAQ: 0.5, Category.SIMPLE_SUPPORT: 0.4}, model=model).route(
        turn("hm, so"), (), "hm, so", SPENDER
    )
    assert (route.category, route.tier, route.by, route.confidence) == (
        Category.SIMPLE_SUPPORT,
        "sonnet",
        "default",
        0.4,
    )
    nobody = await router().route(turn("hm, so"), (), "hm, so", SPENDER)
    assert (nobody.category, nobody.by) == (Category.SIMPLE_SUPPORT, "default")


async def test_an_order_is_nobody_elses_question() -> None:
    text = "What are the hours for LW-318842"
    route = await router({Category.FAQ: SURE}).route(turn(text), (), text, SPENDER)
    assert route.category is Category.SIMPLE_SUPPORT


async def test_a_question_that_leans_on_another_is_no_lighter() -> None:
    earlier = before(Category.TECHNICAL_ISSUE)
    leaning = f"{earlier.question}\nand on Sundays?"
    route = await router({Category.FAQ: SURE}).route(turn("and on Sundays?"), [earlier], leaning, SPENDER)
    assert (route.category, route.tier) == (Category.TECHNICAL_ISSUE, "opus")
    graver = await router({Category.SENSITIVE_MATTER: SURE}).route(turn("and that?"), [earlier], leaning, SPENDER)
    assert graver.category is Category.SENSITIVE_MATTER


class Torn(Said):
    """Takes a message alone for something else than with what it leans on."""

    def __init__(self, alone: Mapping[Category, float], together: Mapping[Category, float]) -> None:
        super().__init__(together)
        self._alone = {category: alone.get(category, 0.0) for category in Category}

    async def probabilities(self, query: str) -> dict[Category, float] | None:
        self.asked.append(query)
        return self._chances if "\n" in query else self._alone


async def followed(
    alone: Mapping[Category, float],
    together: Mapping[Category, float],
    *,
    earlier: Category = Category.FAQ,
    model: ScriptedModel | None = None,
) -> Route:
    text = "and that?"
    by_model = ByModel(model or ScriptedModel([]), 1.5)
    way = Router(RoutingSettings(), tier="opus", local=Torn(alone, together), by_model=by_model)
    return await way.route(turn(text), [before(earlier)], f"What do you charge for delivery?\n{text}", SPENDER)


@pytest.mark.parametrize(
    ("alone", "together"),
    [
        ({Category.COMPLEX_SUPPORT: 0.85}, {Category.SALES_INQUIRY: SURE}),
        ({Category.COMPLEX_SUPPORT: 0.5, Category.FAQ: 0.5}, {Category.COMPLEX_SUPPORT: SURE}),
    ],
)
async def test_few_words_that_lean_go_the_way_of_what_they_lean_on_and_ask_no_model(
    alone: Mapping[Category, float], together: Mapping[Category, float]
) -> None:
    route = await followed(alone, together)
    assert (route.category, route.tier, route.by) == (Category.FAQ, "haiku", "conversation")


@pytest.mark.parametrize(
    ("alone", "together"),
    [
        ({Category.TECHNICAL_ISSUE: 0.95}, {Category.FAQ: SURE}),
        ({Category.TECHNICAL_ISSUE: 0.8}, {Category.TECHNICAL_ISSUE: 0.8}),
    ],
)
async def test_few_words_that_lean_may_be_graver_than_what_they_lean_on(
    alone: Mapping[Category, float], together: Mapping[Category, float]
) -> None:
    route = await followed(alone, together)
    assert (route.category, route.by) == (Category.TECHNICAL_ISSUE, "conversation")


async def test_what_they_lean_on_does_not_drown_what_is_sensitive() -> None:
    sure = await followed({Category.SENSITIVE_MATTER: SURE}, {Category.FAQ: SURE})
    assert (sure.category, sure.by) == (Category.SENSITIVE_MATTER, "local")
    hint = {Category.SENSITIVE_MATTER: 0.4, Category.FAQ: 0.6}
    away = ScriptedModel([line(error=ModelUnavailable("away"))])
    unanswered = await followed(hint, {Category.FAQ: SURE}, model=away)
    assert (unanswered.category, unanswered.by) == (Category.SENSITIVE_MATTER, "default")
    nothing = ScriptedModel([line('{"category": "FAQ"}')])
    said = await followed(hint, {Category.FAQ: SURE}, earlier=Category.SIMPLE_SUPPORT, model=nothing)
    assert (said.category, said.by) == (Category.SIMPLE_SUPPORT, "model"), "no lighter than what it leans on"


async def test_what_a_question_leans_on_is_its_subject_and_not_the_chatter_since() -> None:
    burnt = before(Category.SENSITIVE_MATTER)
    chatter = replace(before(Category.SIMPLE_SUPPORT), id=TurnId("t5"))
    local = Torn({Category.FAQ: 0.5}, {Category.FAQ: 0.5})
    way = Router(RoutingSettings(), tier="opus", local=local, by_model=None)
    query = f"{burnt.question}\nand that?"
    route = await way.route(turn("and that?"), [burnt, chatter], query, SPENDER, subject=burnt.id)
    assert (route.category, route.review) == (Category.SENSITIVE_MATTER, True)


async def test_without_the_classifier_a_model_is_asked_about_what_leans() -> None:
    model = ScriptedModel([line('{"category": "sensitive_matter"}')])
    way = Router(RoutingSettings(), tier="opus", local=None, by_model=ByModel(model, 1.5))
    leaning = "Is the shop open?\nand what if my son swallowed it?"
    route = await way.route(turn("and what if my son swallowed it?"), [before(Category.FAQ)], leaning, SPENDER)
    assert (route.category, route.by) == (Category.SENSITIVE_MATTER, "model")


async def test_what_goes_on_with_a_faq_needs_no_finding_of_its_own() -> None:
    route = await followed({Category.FAQ: 0.5}, {Category.FAQ: 0.5})
    assert router({}).settled(route, found=False) == route


async def test_an_order_number_that_leans_on_a_general_question_is_about_somebody() -> None:
    leaning = "Is the shop open?\nand LW-318842?"
    route = await router({Category.FAQ: SURE}).route(turn("and LW-318842?"), [before(Category.FAQ)], leaning, SPENDER)
    assert route.category is Category.SIMPLE_SUPPORT


async def test_a_question_of_its_own_stands_alone() -> None:
    text = "What does a puncture repair cost?"
    route = await router({Category.FAQ: SURE}).route(turn(text), [before(Category.SENSITIVE_MATTER)], text, SPENDER)
    assert route.category is Category.FAQ


@pytest.mark.parametrize("category", ["", "of another version"])
async def test_a_turn_before_that_nobody_routed_weighs_nothing(category: str) -> None:
    earlier = turn("Is the shop open?", answered="Yes.", name="t0")
    assert earlier.reply is not None
    earlier = replace(earlier, reply=replace(earlier.reply, trace=Trace(category=category)))
    route = await router({Category.FAQ: SURE}).route(turn("and on Sundays?"), [earlier], "x\nand on Sundays?", SPENDER)
    assert route.category is Category.FAQ


async def test_thanks_are_light_after_anything() -> None:
    earlier = before(Category.SENSITIVE_MATTER)
    route = await router().route(turn("thanks!"), [earlier], f"{earlier.question}\nthanks!", SPENDER)
    assert (route.category, route.tier, route.reason) == (Category.FAQ, "haiku", "thanks")


async def test_what_the_knowledge_base_does_not_know_is_no_faq() -> None:
    faq = router({Category.FAQ: SURE})
    route = await faq.route(turn("do you"), (), "do you", SPENDER)
    assert faq.settled(route, found=True) == route
    assert faq.settled(route, found=False).tier == "sonnet"
    hello = await faq.route(turn("hello"), (), "hello", SPENDER)
    assert faq.settled(hello, found=False) == hello


async def test_a_message_without_words_asks_no_model() -> None:
    model = ScriptedModel([])
    route = await router(model=model).route(turn(" "), (), "", SPENDER)
    assert (route.category, route.by) == (Category.SIMPLE_SUPPORT, "default")


async def test_switched_off_everything_goes_to_one_tier() -> None:
    off = router({Category.FAQ: SURE}, settings=RoutingSettings(enabled=False))
    route = await off.route(turn("I will sue you"), (), "I will sue you", SPENDER)
    assert (route.tier, route.by, route.review) == ("opus", "default", False)
    assert off.settled(route, found=False) == route
    wanted = await off.route(turn("I want to speak to a human"), (), "I want to speak to a human", SPENDER)
    assert (wanted.tier, wanted.reason) == ("opus", "asked_for_person")


async def test_the_way_of_a_category_is_the_operators() -> None:
    settings = RoutingSettings.model_validate(
        {"categories": {"FAQ": {"tier": "sonnet", "context": "full", "review": True}}}
    )
    route = await router({Category.FAQ: SURE}, settings=settings).route(turn("do you"), (), "do you", SPENDER)
    assert (route.tier, route.context, route.review) == ("sonnet", "full", True)


def test_drift_from_the_plan_is_told_once_and_so_is_the_way_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shares = Shares(PlanSettings(haiku=(0.4, 0.5), sonnet=(0.0, 1.0), opus=(0.0, 1.0)))
    for _ in range(SAMPLE_MIN - 1):
        shares.add("sonnet")
    assert not caplog.messages
    for _ in range(2):
        shares.add("sonnet")
    assert caplog.messages == ["routing_outside_plan"]
    while shares.share("haiku") < 0.39:
        shares.add("haiku")
    assert caplog.messages == ["routing_outside_plan"]  # near is not inside
    for _ in range(20):
        shares.add("haiku")
    assert caplog.messages == ["routing_outside_plan", "routing_back_in_plan"]


def test_only_the_newest_questions_count() -> None:
    shares = Shares(PlanSettings())
    for tier in ("opus", "haiku"):
        for _ in range(1_000):
            shares.add(tier)
    assert (shares.share("opus"), shares.share("haiku")) == (0.0, 1.0)
