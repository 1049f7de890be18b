"""Which way a question goes: the rules, else the classifier here, else a small model, else the safe default."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge import metrics
from bridge.brain.invisible import without_invisible
from bridge.brain.route import ASKED_FOR_PERSON, SMALL_TALK, Category, Route
from bridge.brain.routing.by_model import ByModel
from bridge.brain.routing.local import Local
from bridge.brain.routing.rules import has_order_number, ruling
from bridge.brain.routing.settings import RoutingSettings
from bridge.brain.routing.shares import Shares
from bridge.ports import Spender
from bridge.types import Turn

WITHOUT_MODEL = SMALL_TALK | {ASKED_FOR_PERSON}
"""Reasons of routes that need no model."""
DEFAULT = Category.SIMPLE_SUPPORT
"""Where a question goes that nobody can place: to a tier that is up to most of them."""

_GRAVITY = (
    Category.FAQ,
    Category.SIMPLE_SUPPORT,
    Category.SALES_INQUIRY,
    Category.COMPLEX_SUPPORT,
    Category.TECHNICAL_ISSUE,
    Category.SENSITIVE_MATTER,
)
"""From what can be treated lightly to what cannot."""


class Router:
    """`tier` is asked when there is no routing."""

    def __init__(self, settings: RoutingSettings, *, tier: str, local: Local | None, by_model: ByModel | None) -> None:
        self._settings = settings
        self._tier = tier
        self._local = local
        self._by_model = by_model
        self._shares = Shares(settings.plan)

    async def route(self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender) -> Route:
        """The way of a turn's question. `earlier` are the turns before it, `query` is what is searched for: the
        question, with the one before it when it leans on that."""
        if not self._settings.enabled:
            return Route(tier=self._tier)
        text = without_invisible(turn.question).strip()
        leans = bool(query.strip()) and not text.startswith(query.strip())
        route = await self._decided(text, query, spender)
        if leans and route.reason not in WITHOUT_MODEL:
            route = self._at_least(route, _category(earlier))
        metrics.ROUTES.labels(route.category.value, route.tier, route.by).inc()
        if route.reason not in WITHOUT_MODEL:
            self._shares.add(route.tier)
        return route

    def settled(self, route: Route, *, found: bool) -> Route:
        """The route once the search is over: what the knowledge base does not answer is no FAQ."""
        if (
            self._settings.enabled
            and route.category is Category.FAQ
            and not found
            and route.reason not in WITHOUT_MODEL
        ):
            return self._towards(route, DEFAULT)
        return route

    async def _decided(self, text: str, query: str, spender: Spender) -> Route:
        if ruled := ruling(text):
            return self._towards(Route(by="rule", confidence=1.0, reason=ruled.reason), ruled.category)
        chances = await self._local.probabilities(query) if self._local else None
        if chances and (category := self._sure(chances)):
            if category is Category.FAQ and has_order_number(text):
                category = DEFAULT  # it is about somebody's order
            return self._towards(Route(by="local", confidence=chances[category]), category)
        asked = await self._by_model.category(query, spender) if self._by_model and query.strip() else None
        # The model does not say how sure it is: the classifier's doubt is what is known.
        category = asked or DEFAULT
        confidence = chances[category] if chances else 0.0
        return self._towards(Route(by="model" if asked else "default", confidence=confidence), category)

    def _sure(self, chances: Mapping[Category, float]) -> Category | None:
        """The category that the classifier may decide by itself."""
        if chances[Category.SENSITIVE_MATTER] >= self._settings.sensitive_min:
            return Category.SENSITIVE_MATTER
        best = max(chances, key=lambda category: chances[category])
        least = self._settings.faq_min if best is Category.FAQ else self._settings.sure_min
        return best if chances[best] >= least else None

    def _at_least(self, route: Route, before: Category | None) -> Route:
        """A question that leans on the one before it is no lighter than that."""
        if before is None or _GRAVITY.index(before) <= _GRAVITY.index(route.category):
            return route
        return self._towards(route, before)

    def _towards(self, route: Route, category: Category) -> Route:
        way = self._settings.categories.of(category)
        return replace(route, category=category, tier=way.tier, context=way.context, review=way.review)


def _category(earlier: Sequence[Turn]) -> Category | None:
    """Of the newest turn that was routed."""
    for turn in reversed(earlier):
        if turn.reply and turn.reply.trace.category:
            try:
                return Category(turn.reply.trace.category)
            except ValueError:  # of another version
                return None
    return None
