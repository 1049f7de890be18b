"""What the gateway allows, as far as a business may say."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bridge.types import IdentityLevel


class ToolsSettings(BaseModel, frozen=True, extra="forbid"):
    """What the assistant may do by itself, and what people have to approve."""

    enabled: bool = Field(True, description="Whether the assistant may look things up and act at all.")
    timeout_s: float = Field(5.0, ge=0.1, le=30.0, description="Seconds that a tool may take.")
    off: tuple[str, ...] = Field((), description="Tools that are not offered.")
    identity: dict[str, IdentityLevel] = Field(
        {},
        description="The identity that a tool needs, by its name: 1 for somebody whom the channel knows, 2 for "
        "somebody who confirmed a code. Never less than the tool asks for itself.",
    )
    tiers: dict[str, Literal["low", "high"]] = Field(
        {},
        description="Tools that need more than they ask for themselves: `low` for a known customer, `high` for a "
        "person's approval. Never less.",
    )
    currency: str = Field(
        "GBP", pattern=r"^[A-Z]{3}$", description="The currency of discounts, as an ISO 4217 code such as GBP."
    )
    discount_max: int = Field(
        0,
        ge=0,
        description="Up to this amount, in the smallest unit of the currency (pence, cents), nobody has to approve a "
        "discount. What a customer was given so within 30 days counts together.",
    )
    discount_most: int = Field(
        5_000, ge=0, description="A higher discount is refused, whoever would approve it; in the same unit."
    )
    return_value_max: int = Field(
        0,
        ge=0,
        description="Up to this value of the order, in the smallest unit of its currency (pence, cents), nobody has to "
        "approve a return.",
    )
    approvers: tuple[Annotated[str, Field(min_length=2)], ...] = Field(
        (),
        description="Ids of the people at the desk who may approve what the assistant must not do by itself: on Slack, "
        "their member ids. Without any, such requests are passed on to a person instead.",
    )
    approval_s: float = Field(
        24 * 3600.0, ge=60.0, le=14 * 24 * 3600.0, description="Seconds after which a request for approval expires."
    )
