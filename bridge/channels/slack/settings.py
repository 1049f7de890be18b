"""What an operator can set for Slack."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

UPDATES_PER_MINUTE_MAX = 50
"""Of its tier 3, which `chat.update` is in, Slack promises no more."""
POSTS_PER_SECOND_MAX = 1


def _api_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be like https://slack.com/api/")
    return value.rstrip("/") + "/"


def _one_post_a_second(value: float) -> float:
    if value > POSTS_PER_SECOND_MAX:
        raise ValueError(f"must be {POSTS_PER_SECOND_MAX} at most: Slack refuses more posts a second to one channel")
    return value


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.slack]`"""

    enabled: bool = Field(default=False, description="Answer in Slack.")
    api_url: Annotated[str, AfterValidator(_api_address)] = Field(
        default="https://slack.com/api/", description="Slack's Web API, or a proxy in front of it."
    )
    stream: Literal["update", "native"] = Field(
        default="update",
        description="How answers grow: by editing their message, or by Slack's own streaming, which dies after five"
        " minutes and costs more of a workspace's quota for each answer.",
    )
    direct_messages: Literal["threads", "flat"] = Field(
        default="threads",
        description="In a direct message every question begins a thread, which is a conversation of its own; or"
        " (flat) the whole direct message is one conversation, without a status while an answer is made.",
    )
    follow_threads: bool = Field(
        default=True,
        description="In a thread where it was mentioned once, answer without being mentioned again, except messages"
        " that mention somebody else.",
    )
    read_threads: bool = Field(
        default=True,
        description="In a thread of a channel, read what was written there before the question: somebody may ask what"
        " you think of it. It goes to the model as other people's words.",
    )
    vouch_emails: bool = Field(
        default=False,
        description="Know customers by the e-mail address that Slack has confirmed for their account; needs the scopes"
        " users:read and users:read.email. Not where other companies install the app: whoever runs a workspace may set"
        " the addresses of its members.",
    )
    catch_up_s: float = Field(
        default=86_400.0,
        ge=0,
        le=604_800,
        description="How far back to look for messages that were written while the server, or its connection to Slack,"
        " was down; 0 for not at all.",
    )
    agent_sessions: bool = Field(
        default=True,
        description="Show Slack's own stop button while an answer is made, where the app is declared as an agent.",
    )
    updates_per_minute: int = Field(
        default=48,
        ge=4,
        description="Edits (chat.update) in one workspace in any minute; Slack allows 50.",
    )
    posts_per_second: Annotated[float, AfterValidator(_one_post_a_second)] = Field(
        default=0.95, gt=0, description="New messages in one Slack channel; Slack allows one a second."
    )
    timeout_s: float = Field(default=10.0, gt=0, le=40, description="How long one call to Slack may take.")
    client_id: str = Field(
        default="",
        description="Client ID of the app, to let other workspaces install it at `/slack/install`; needs"
        " SLACK_CLIENT_SECRET and SLACK_ENCRYPTION_KEY.",
    )
    authorize_url: str = Field(
        default="https://slack.com/oauth/v2/authorize", description="Where Slack asks a person to install the app."
    )

    @field_validator("updates_per_minute")
    @classmethod
    def _within_slacks_tier(cls, value: int, info: ValidationInfo) -> int:
        """Elsewhere than at Slack's own address nobody knows what is allowed."""
        host = urlsplit(info.data.get("api_url", "")).hostname or ""
        if value > UPDATES_PER_MINUTE_MAX and f".{host}".endswith(".slack.com"):
            raise ValueError(f"must be {UPDATES_PER_MINUTE_MAX} at most: Slack refuses more edits a minute (tier 3)")
        return value
