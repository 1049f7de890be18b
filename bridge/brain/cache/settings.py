"""The settings of the cache of answers, the `[cache]` table of config.toml."""

from pydantic import BaseModel, Field


class CacheSettings(BaseModel, frozen=True, extra="forbid"):
    """When an answer is given again to somebody who asks the same."""

    enabled: bool = Field(True, description="False asks a model every time.")
    entries_max: int = Field(2_000, ge=1, le=50_000, description="Answers that are kept; the oldest go first.")
    age_s: float = Field(86_400.0, gt=0.0, le=604_800.0, description="Seconds after which an answer is not used.")
    confidence_min: float = Field(
        0.95, ge=0.95, le=1.0, description="How sure it must be what kind of question it is; never below 0.95."
    )
    cosine_min: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="How near two questions must be in meaning. It can only raise what the embedder needs.",
    )
    live_share: float = Field(
        0.05, ge=0.0, le=1.0, description="The share of these questions that a model answers all the same, to compare."
    )
    disagreement_max: float = Field(
        0.01, ge=0.0, le=0.01, description="A category whose answers differ more often is not served any more."
    )
    comparisons_min: int = Field(100, ge=1, le=1_000, description="Comparisons before that is decided.")
    refresh_s: float = Field(2.0, gt=0.0, le=60.0, description="Seconds between looks at what other processes keep.")
