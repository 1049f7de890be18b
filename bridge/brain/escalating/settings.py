"""The settings of the escalation, the `[escalation]` table of config.toml."""

from typing import Literal, get_args

from pydantic import BaseModel, Field

Matter = Literal[
    "self_harm",
    "legal",
    "chargeback",
    "fraud",
    "takeover",
    "abuse",
    "safety",
    "data_protection",
    "death",
    "press",
    "minor",
    "medical",
    "sensitive",
]
"""A sensitive matter by the rule that knows it; `sensitive`: one that the classifier or a model is sure of."""


class EscalationSettings(BaseModel, frozen=True, extra="forbid"):
    """When people are called although nobody asked for them: the customer gets the answer there is, and below it that
    it was passed on."""

    exchanges: int = Field(
        3,
        ge=0,
        le=20,
        description="After so many exchanges in a row that resolved nothing: no answer was known, it failed, it was "
        "disliked, or the same was asked again. 0 for never.",
    )
    failed_checks: bool = Field(True, description="When two drafts of an answer did not pass the checks.")
    dispute_from: float | None = Field(
        100.0,
        ge=0,
        description="When a charge or a bill is disputed and the message names at least this amount.",
    )
    emotion: bool = Field(True, description="When a message shows strong anger or despair at the business.")
    matters: tuple[Matter, ...] = Field(
        tuple(matter for matter in get_args(Matter) if matter != "medical"),
        description="Sensitive matters, by the rule that knows them: account security is `takeover`. `sensitive` are "
        "those that are known without a rule.",
    )
