"""Which way a question goes, who decides it, and that one that leans on another is no lighter."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.brain.route import Category
from bridge.brain.routing.by_model import ByModel
from bridge.brain.routing.local import Local
from bridge.brain.routing.router import Router
from bridge.brain.routing.settings import PlanSettings, RoutingSettings
from bridge.brain.routing.shares import SAMPLE_MIN, Shares
from bridge.errors import ModelUnavailable
from bridge.ports import Spender
from bridge.types import Trace, Turn
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


async def test_few_words_that_lean_go_the_way_of_what_they_lean_on_and_ask_no_model() -> None:
    text = "no, it's the other one"
    query = f"What do you charge for delivery?\n{text}"
    earlier = before(Category.FAQ)

    class Torn(Said):
        """Takes the message alone for something else than with what it leans on."""

        async def probabilities(self, query: str) -> dict[Category, float]:
            self.asked.append(query)
            return dict.fromkeys(Category, 0.0) | {
                (Category.SENSITIVE_MATTER if query == text else Category.SALES_INQUIRY): SURE
            }

    torn = Torn({})
    model = ByModel(ScriptedModel([]), 1.5)
    route = await Router(RoutingSettings(), tier="opus", local=torn, by_model=model).route(
        turn(text), [earlier], query, SPENDER
    )
    assert (route.category, route.tier, route.by) == (Category.FAQ, "haiku", "conversation")
    assert torn.asked == [query, text]


async def test_few_words_that_lean_may_be_graver_than_what_they_lean_on() -> None:
    leaning = "Is the shop open?\nand it fell on my foot"
    route = await router({Category.SENSITIVE_MATTER: 0.4, Category.FAQ: 0.6}).route(
        turn("and it fell on my foot"), [before(Category.FAQ)], leaning, SPENDER
    )
    assert (route.category, route.by) == (Category.SENSITIVE_MATTER, "default")
    model = ScriptedModel([line('{"category": "FAQ"}')])
    nothing = await router({Category.SENSITIVE_MATTER: 0.4, Category.SALES_INQUIRY: 0.6}, model=model).route(
        turn("and it fell on my foot"), [before(Category.SIMPLE_SUPPORT)], leaning, SPENDER
    )
    assert (nothing.category, nothing.by) == (Category.SIMPLE_SUPPORT, "model"), "no lighter than what it leans on"


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
