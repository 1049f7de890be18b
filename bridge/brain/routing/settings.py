"""The settings of the routing, the `[routing]` table of config.toml."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from bridge.brain.route import Category, ContextSize
from bridge.brain.settings import TierName

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class RouteSettings(BaseModel, frozen=True, extra="forbid"):
    """What is done with the questions of one category."""

    tier: TierName = Field(description="The tier that answers.")
    context: ContextSize = Field(
        "focused",
        description="How much of the knowledge base goes along: `focused`, `extended`, `catalogue` (products too) or"
        " `full` (whole documents).",
    )
    review: bool = Field(
        False, description="The answer is marked for a person to read: the turn's log line says `review`."
    )


class CategoriesSettings(BaseModel, frozen=True, extra="forbid"):
    """The way of each category. A table in config.toml changes only the keys it names."""

    FAQ: RouteSettings = Field(RouteSettings(tier="haiku"), description="The same for everybody: hours, policies.")
    simple_support: RouteSettings = Field(
        RouteSettings(tier="sonnet"), description="A customer's own matter with a standard answer."
    )
    complex_support: RouteSettings = Field(
        RouteSettings(tier="sonnet", context="extended"), description="Several problems, a dispute, a long history."
    )
    sales_inquiry: RouteSettings = Field(
        RouteSettings(tier="sonnet", context="catalogue"), description="Somebody considers buying."
    )
    technical_issue: RouteSettings = Field(
        RouteSettings(tier="opus", context="full"), description="Something malfunctions or has to be set up."
    )
    sensitive_matter: RouteSettings = Field(
        RouteSettings(tier="opus", review=True), description="A mistake would hurt somebody, or the business."
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        usual = {name: field.default.model_dump() for name, field in cls.model_fields.items()}
        return {
            name: usual[name] | way if name in usual and isinstance(way, dict) else way for name, way in data.items()
        }

    def of(self, category: Category) -> RouteSettings:
        """The way of a category."""
        way: RouteSettings = getattr(self, category.value)
        return way


class PlanSettings(BaseModel, frozen=True, extra="forbid"):
    """The share of questions, from least to most, that each tier is meant to get."""

    haiku: tuple[Share, Share] = Field((0.40, 0.50), description="The share of haiku, least and most.")
    sonnet: tuple[Share, Share] = Field((0.40, 0.45), description="The share of sonnet, least and most.")
    opus: tuple[Share, Share] = Field((0.05, 0.15), description="The share of opus, least and most.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, (least, most) in self:
            if least > most:
                raise ValueError(f"{name}: the least share is larger than the most")
        return self


class RoutingSettings(BaseModel, frozen=True, extra="forbid"):
    """Who answers what."""

    enabled: bool = Field(True, description="False sends every question to the tier that `[claude]` names.")
    base_examples: Path | None = Field(
        None, description="Labelled messages to learn from, as JSON Lines, instead of those that come with the product."
    )
    examples: Path | None = Field(
        None,
        description="Labelled messages of your own, besides those: a file of JSON Lines such as"
        ' `{"text": "Is the blue one back?", "category": "sales_inquiry"}`.',
    )
    sensitive_min: float = Field(
        0.2,
        gt=0.0,
        le=1.0,
        description="From this probability on a message is a sensitive matter, unless a model that is asked says"
        " that it is none.",
    )
    faq_min: float = Field(0.9, gt=0.0, le=1.0, description="The probability that FAQ needs to be decided here.")
    sure_min: float = Field(
        0.7, gt=0.0, le=1.0, description="The probability that any other category needs to be decided here."
    )
    ask_model: bool = Field(True, description="Ask the haiku tier where the classifier here is unsure.")
    model_deadline_s: float = Field(
        1.5,
        gt=0.0,
        le=10.0,
        description="Seconds that it has; then the question goes to simple_support, or is taken for sensitive.",
    )
    categories: CategoriesSettings = Field(CategoriesSettings(), description="Tier, context and review by category.")
    plan: PlanSettings = Field(PlanSettings(), description="The share that each tier should get, to be told of drift.")
