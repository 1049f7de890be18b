"""What every store lets an operator set."""

from pydantic import BaseModel, Field


class StoreSettings(BaseModel, frozen=True, extra="forbid"):
    """The part of `[store]` that is the same for all; each store gives `url` its own beginning."""

    url: str
    inbounds_max: int = Field(default=20, ge=1, description="Messages that may share one turn.")
    entries_max: int = Field(default=5_000, ge=100, description="Newest entries kept in each event log.")
    audit_max: int = Field(
        default=200_000, ge=100, description="Newest decisions about tools and approvals kept in the audit log."
    )

    def kept(self, log: str) -> int:
        """How many of the newest entries of a log."""
        return self.audit_max if log == "audit" else self.entries_max
