"""Which way a question goes: the rules, else what it leans on, else the classifier here, else a small model, else the
safe default."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge import metrics
from bridge.brain.following import leaning
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

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route:
        """The way of a turn's question. `earlier` are the turns before it, `query` is what is searched for: the
        question, below that of the turn `subject` when it leans on that."""
        text = without_invisible(turn.question).strip()
        if not self._settings.enabled:
            asked = (ruled := ruling(text)) is not None and ruled.reason == ASKED_FOR_PERSON
            # Whoever wants a person gets one, whoever answers all else.
            return Route(tier=self._tier, by="rule", reason=ASKED_FOR_PERSON) if asked else Route(tier=self._tier)
        leans = leaning(turn.question, query)
        route = await self._decided(text, query, _before(earlier, subject) if leans else None, spender)
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
            and route.by != "conversation"
            and route.reason not in WITHOUT_MODEL
        ):
            return self._towards(route, DEFAULT)
        return route

    async def _decided(self, text: str, query: str, before: Category | None, spender: Spender) -> Route:
        """`before` is the category of what the question leans on."""
        if ruled := ruling(text):
            route = self._towards(Route(by="rule", confidence=1.0, reason=ruled.reason), ruled.category)
            return route if ruled.reason in WITHOUT_MODEL else self._at_least(route, before)
        chances = await self._local.probabilities(query) if self._local else None
        if before is not None:
            alone = await self._local.probabilities(text) if self._local else None
            if followed := self._following(text, alone, chances, before):
                return followed
            chances = alone  # what it leans on would drown what may be sensitive in it
        if chances and (category := self._sure(chances)):
            if category is Category.FAQ and has_order_number(text):
                category = DEFAULT  # it is about somebody's order
            return self._at_least(self._towards(Route(by="local", confidence=chances[category]), category), before)
        asked = await self._by_model.category(query, spender) if self._by_model and query.strip() else None
        # The model does not say how sure it is: the classifier's doubt is what is known.
        category = asked or self._default(chances)
        confidence = chances[category] if chances else 0.0
        route = self._towards(Route(by="model" if asked else "default", confidence=confidence), category)
        return self._at_least(route, before)

    def _following(
        self,
        text: str,
        alone: Mapping[Category, float] | None,
        together: Mapping[Category, float] | None,
        before: Category,
    ) -> Route | None:
        """A few words that lean on a question say little by themselves: they go its way, unless the classifier is sure
        that they are graver, by what it makes of them `alone` and `together` with the question. None when nobody knows,
        or they may be sensitive: then all else is tried, too."""
        if alone is None or self._may_be_sensitive(alone):
            return None
        category = before
        graver = max(alone, key=lambda each: alone[each])
        agreed = together is not None and self._sure(alone) == self._sure(together) == graver
        if agreed or alone[graver] >= self._settings.faq_min:
            category = max(before, graver, key=_GRAVITY.index)
        if category is Category.FAQ and has_order_number(text):
            category = DEFAULT
        return self._towards(Route(by="conversation", confidence=alone[category]), category)

    def _sure(self, chances: Mapping[Category, float]) -> Category | None:
        """The category that the classifier may decide by itself."""
        best = max(chances, key=lambda category: chances[category])
        least = self._settings.faq_min if best is Category.FAQ else self._settings.sure_min
        doubtful = best is not Category.SENSITIVE_MATTER and self._may_be_sensitive(chances)
        return best if chances[best] >= least and not doubtful else None

    def _default(self, chances: Mapping[Category, float] | None) -> Category:
        """Where a question goes that the classifier is unsure of and no model places."""
        return Category.SENSITIVE_MATTER if chances and self._may_be_sensitive(chances) else DEFAULT

    def _may_be_sensitive(self, chances: Mapping[Category, float]) -> bool:
        return chances[Category.SENSITIVE_MATTER] >= self._settings.sensitive_min

    def _at_least(self, route: Route, before: Category | None) -> Route:
        """What leans on a question is no lighter than that."""
        if before is None or _GRAVITY.index(before) <= _GRAVITY.index(route.category):
            return route
        return self._towards(route, before)

    def _towards(self, route: Route, category: Category) -> Route:
        way = self._settings.categories.of(category)
        return replace(route, category=category, tier=way.tier, context=way.context, review=way.review)


def _before(earlier: Sequence[Turn], subject: str | None) -> Category | None:
    """The category of what a question leans on: of its subject, or of what was said since, whichever is graver."""
    found = [_category(earlier), _category([turn for turn in earlier if turn.id == subject])]
    return max((category for category in found if category), key=_GRAVITY.index, default=None)


def _category(earlier: Sequence[Turn]) -> Category | None:
    """Of the newest turn that was routed."""
    for turn in reversed(earlier):
        if turn.reply and turn.reply.trace.category:
            try:
                return Category(turn.reply.trace.category)
            except ValueError:  # of another version
                return None
    return None
