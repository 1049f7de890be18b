"""What an operator can set for the widget."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field


def _origin(value: str) -> str:
    parts = urlsplit(value.lower())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("must be like https://www.example.com, without a path")
    return f"{parts.scheme}://{parts.netloc}"


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.widget]`"""

    enabled: bool = Field(default=True, description="Serve the web widget.")
    allowed_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=("http://127.0.0.1:8080",),
        description="Origins (scheme://host:port) of the pages that may embed the widget. The server's own always may.",
    )
    demo_page: bool = Field(default=True, description="Serve the demo page at `/`. Turn it off in production.")
    text_chars_max: int = Field(default=4_000, ge=1, description="Longest message a person may send.")
    edit_interval_s: float = Field(default=0.05, ge=0, description="Shortest time between two pieces of an answer.")
    heartbeat_s: float = Field(default=15.0, gt=0, description="Silence after which an open stream gets a comment.")
    session_hours: float = Field(default=24.0, gt=0, description="Life of a session token.")
    renewal_days: float = Field(default=30.0, gt=0, description="How long an expired token still renews its session.")
    messages_burst: int = Field(default=20, ge=1, description="Messages a session may send at once.")
    messages_per_minute: float = Field(default=60.0, gt=0, description="Messages a session may send in the long run.")
    sessions_burst: int = Field(default=300, ge=1, description="Sessions one network address may begin at once.")
    sessions_per_minute: float = Field(default=300.0, gt=0, description="Sessions it may begin in the long run.")
    streams_max: int = Field(default=2_000, ge=1, description="Event streams open in one process.")
    streams_per_session_max: int = Field(default=10, ge=1, description="Of those, for one session: its pages.")
    streams_per_address_max: int = Field(
        default=1_000, ge=1, description="Of those, for one network address: an office, or everybody behind a proxy."
    )
