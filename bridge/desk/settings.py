"""The settings of the desk, the `[desk]` table of config.toml."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

MINUTE_S = 60.0
HOUR_S = 3600.0
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")


def _channel(value: str) -> str:
    if value and not _CHANNEL.fullmatch(value):
        raise ValueError("must be the id of a channel, such as C0123456789, not its name: Slack shows it in About")
    return value


class DeskSettings(BaseModel, frozen=True, extra="forbid"):
    """Where people answer, and how long a customer waits for them."""

    slack_channel: Annotated[str, AfterValidator(_channel)] = Field(
        "",
        description="The id of the Slack channel where people answer, such as C0123456789; Slack must be enabled, and"
        " the bot be in it. Empty: customers are given a ticket, and nobody answers here.",
    )
    wait_minutes: float = Field(
        5.0,
        gt=0,
        le=24 * 60,
        description="When nobody has taken a conversation for so long, its customer is told, and the desk is called"
        " once more ...",
    )
    callback_minutes: float = Field(
        15.0,
        gt=0,
        le=24 * 60,
        description="... and after so long altogether a callback is offered, and the assistant answers again.",
    )
    reminder_minutes: float = Field(
        10.0,
        gt=0,
        le=24 * 60,
        description="When a customer waits so long for the colleague who has the conversation, the desk is reminded.",
    )
    idle_hours: float = Field(
        12.0,
        gt=0,
        le=30 * 24,
        description="A conversation in which nobody has written for so long goes back to the assistant.",
    )
    call_again_minutes: float = Field(
        2.0, ge=0, le=24 * 60, description="However often a customer asks, the desk is called only so often."
    )
    rating: bool = Field(
        True, description="When a colleague closes a conversation, its customer is asked how it was, from 1 to 5."
    )
    snooze_minutes: int = Field(60, ge=1, le=7 * 24 * 60, description="What the form to snooze proposes.")

    @property
    def wait_s(self) -> float:
        return self.wait_minutes * MINUTE_S

    @property
    def callback_s(self) -> float:
        """Never before the customer was told that it takes longer."""
        return max(self.callback_minutes, self.wait_minutes) * MINUTE_S

    @property
    def reminder_s(self) -> float:
        return self.reminder_minutes * MINUTE_S

    @property
    def idle_s(self) -> float:
        return self.idle_hours * HOUR_S

    @property
    def call_again_s(self) -> float:
        return self.call_again_minutes * MINUTE_S
