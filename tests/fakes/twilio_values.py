"""What a test can script at the fake Twilio, and what the fake keeps: values."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tests.fakes.twilio_rules import VALIDITY_S_MAX, Refusal

Call = Literal["create", "fetch", "list", "typing", "media"]

# ---------------------------------------------------------------- what a script may say


@dataclass(frozen=True, slots=True)
class TooMany:
    """429; calls of the same kind before `retry_after_s` is over are violations. None: without the header."""

    retry_after_s: int | None = 1


@dataclass(frozen=True, slots=True)
class Broken:
    """A page of HTML with this status."""

    status: int = 503


@dataclass(frozen=True, slots=True)
class Refuse:
    """An error answer of the API."""

    refusal: Refusal


class Reset:
    """The connection breaks before anything is done."""


class Hang:
    """Nothing is done and nothing answered."""


class LoseAnswer:
    """It is done, then the connection breaks."""


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """It is done, and answered after so long."""

    seconds: float


Fault = TooMany | Broken | Refuse | Reset | Hang | LoseAnswer | LateAnswer


@dataclass(frozen=True, slots=True)
class Callbacks:
    """How status callbacks fail to arrive."""

    never: frozenset[str] = frozenset()
    twice: bool = False
    backwards: bool = False
    """All of a message at its end, the last first."""
    late_s: float = 0.0


# ---------------------------------------------------------------- what is kept


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on a person's phone."""

    text: str
    sid: str
    at: float
    """The event loop's time."""
    buttons: tuple[tuple[str, str], ...] = ()
    by: Literal["us", "twilio"] = "us"
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made to the API."""

    kind: Call
    form: Mapping[str, str]
    at: float
    """time.monotonic()"""
    loop_at: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to post a webhook: `status` is 0 when nothing was answered."""

    status: int
    seconds: float
    body: str = ""


@dataclass(slots=True)
class Message:
    """A Message resource."""

    sid: str
    direction: Literal["inbound", "outbound-api"]
    sender: str
    to: str
    body: str
    created_at: datetime
    status: str
    sent_at: datetime | None = None
    error_code: int = 0
    media: tuple[str, ...] = ()
    media_url: str = ""
    """Where a file of ours is to be fetched."""
    file: File | None = None
    callback_url: str = ""
    content_sid: str = ""
    validity_s: float = float(VALIDITY_S_MAX)
    buttons: tuple[tuple[str, str], ...] = ()
    made_at: float = 0.0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """It left the queue, to the phone or into an error."""
    overtaken_by: "Message | None" = None
    unsaid: list[dict[str, str]] = field(default_factory=list)
