"""What an operator can set for Telegram."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.telegram]`"""

    enabled: bool = Field(default=False, description="Answer on Telegram.")
    api_url: str = Field(
        default="https://api.telegram.org",
        description="The Bot API: Telegram's own or a self-hosted server. Calls go to `{api_url}/bot{token}/{method}`.",
    )
    mode: Literal["webhook", "polling"] = Field(
        default="webhook",
        description="How messages come: `webhook`, Telegram posts them to `{public_url}/telegram/webhook`; `polling`, "
        "the server asks for them, which needs no public address.",
    )
    register_webhook: bool = Field(
        default=True, description="Tell Telegram the webhook's address and secret at every start."
    )
    webhook_connections_max: int = Field(
        default=40, ge=1, le=100, description="Requests that Telegram may make to the webhook at the same time."
    )
    stream: Literal["edit", "draft"] = Field(
        default="edit",
        description="How an answer grows in private chats: `edit`, one message is edited; `draft`, Telegram shows a "
        "draft with a stop button of its own, and the message comes when it is complete. Groups always see edits.",
    )
    rich: bool = Field(
        default=False,
        description="Write rich messages (tables, headings) where the Bot API server knows them; else as usual.",
    )
    call_s: float = Field(default=10.0, gt=0, le=60, description="How long a call to Telegram may take.")

    @field_validator("api_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be like https://api.telegram.org")
        return url.rstrip("/")
