"""What is known of one sender's proof in one conversation, as a record. Every change is a value of its own.

asked ──address──> sending ──sent──> sent ──the right code──> confirmed
  ^ ^                 │ failed        │ too many tries, too late
  │ └─────────────────┴───────────────┘
  └─ something needs it                 left: the customer does not want to
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge.identity.addresses import Way
from bridge.identity.settings import IdentitySettings
from bridge.ports import Record
from bridge.types import ConversationId

KIND = "verification"
CODE_DIGITS = 6
HEARD_MAX = 20
"""Messages whose outcome is remembered, so that a turn that is done again counts nothing twice."""
REMEMBERED_S = 3600.0
"""For so long after a code ended we still say that it did."""
WORDS_MAX = 300

State = Literal["asked", "sending", "sent", "confirmed", "left"]
Verdict = Literal[
    "sent", "no_way", "too_many", "right", "wrong", "locked", "late", "failed", "left", "asked", "known", "stranger"
]
"""What a message of the customer's led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Times are wall-clock seconds."""

    state: State = "asked"
    since: float = 0.0
    """When this state began."""
    needed_by: str = ""
    """The id of the turn whose request waits for the proof; "" when it was only offered."""
    words: str = ""
    """The beginning of that request: what is said follows its language."""
    way: Way | Literal[""] = ""
    address: str = ""
    """Where a code was asked for; in small letters, or E.164."""
    turn: str = ""
    """In which turn."""
    customer_id: str = ""
    """Whom the right code proves; "" when the address is nobody's: then no code is right."""
    salt: str = ""
    digest: str = ""
    """The keyed hash of the code, or what names Twilio's."""
    until: float = 0.0
    """When the code ends."""
    tries: int = 0
    """Wrong codes so far."""
    sendings: int = 0
    """How often it was tried to send it."""
    used_at: float = 0.0
    """When somebody confirmed last wrote."""
    heard: Mapping[str, Verdict] = field(default_factory=dict)
    """What the latest messages led to, by event id."""

    # ------------------------------------------------------------ changes

    def asked(self, now: float, needed_by: str, words: str) -> "Verification":
        """Something needs the proof. A code that is under way stays good."""
        told = replace(self, needed_by=needed_by, words=words[:WORDS_MAX])
        return told if self.has_code(now) else replace(told._without_code(), state="asked", since=now)

    def requested(self, now: float, way: Way, address: str, turn: str, until: float) -> "Verification":
        """A code is to be sent; one that is under way is good no more."""
        where = replace(self._without_code(), way=way, address=address, turn=turn)
        return replace(where, state="sending", since=now, until=until, sendings=0)

    def made(self, customer_id: str, salt: str, digest: str) -> "Verification":
        """A code was made and is about to be sent, or nothing is, with an address that is nobody's."""
        return replace(self, customer_id=customer_id, salt=salt, digest=digest, sendings=self.sendings + 1)

    def sent(self) -> "Verification":
        """It is on its way."""
        return replace(self, state="sent")

    def failed(self, now: float) -> "Verification":
        """It could not be sent, or is good no more: another can be asked for."""
        return replace(self._without_code(), state="asked", since=now)

    def tried(self) -> "Verification":
        """A code was tried; counted before anybody looks whether it is right."""
        return replace(self, tries=self.tries + 1)

    def confirmed(self, now: float) -> "Verification":
        """The code was right, and is good no more."""
        return replace(self, state="confirmed", since=now, used_at=now, tries=0)

    def left(self, now: float) -> "Verification":
        """The customer does not want to."""
        return replace(self._without_code(), state="left", since=now)

    def renewed(self, now: float) -> "Verification":
        return replace(self, used_at=now)

    def noted(self, event_id: str, verdict: Verdict) -> "Verification":
        """With what a message led to."""
        latest = {key: value for key, value in self.heard.items() if key != event_id} | {event_id: verdict}
        return replace(self, heard=dict(list(latest.items())[-HEARD_MAX:]))

    def _without_code(self) -> "Verification":
        return replace(self, customer_id="", salt="", digest="", until=0.0, tries=0)

    # ------------------------------------------------------------ questions

    def waits(self, now: float, settings: IdentitySettings) -> bool:
        """An address is waited for."""
        return self.state == "asked" and now < self.since + settings.asked_minutes * 60

    def has_code(self, now: float) -> bool:
        """A code is good, or would be."""
        return self.state in ("sending", "sent") and now < self.until

    def had_code(self, now: float) -> bool:
        """A code ended a short while ago."""
        return self.state in ("sending", "sent") and self.until <= now < self.until + REMEMBERED_S

    def gave_up(self, now: float) -> bool:
        """The customer left it a short while ago, when a code was on its way."""
        return self.state == "left" and bool(self.way) and now < self.since + REMEMBERED_S

    def holds(self, now: float, settings: IdentitySettings) -> bool:
        """The proof counts."""
        idle_s, life_s = settings.idle_minutes * 60, settings.hours_max * 3600
        alive = 0 <= now - self.used_at < idle_s and 0 <= now - self.since < life_s
        return self.state == "confirmed" and bool(self.customer_id) and alive


_VERIFICATION = TypeAdapter[Verification | None](Verification | None, config=ConfigDict(hide_input_in_errors=True))
"""A choice, because a dataclass alone takes no configuration. Errors do not quote what stands in it."""


def record_id(conversation_id: ConversationId, sender_id: str) -> str:
    """Where the proof of one sender in one conversation stands. Neither half can pass for a part of the other."""
    return json.dumps([conversation_id, sender_id])


def read(record: Record) -> Verification:
    """What a record holds; one that cannot be read proves nothing."""
    try:
        return _VERIFICATION.validate_json(record.body) or Verification()
    except ValidationError:
        return Verification()


def written(
    record: Record, verification: Verification, settings: IdentitySettings, now: float, *, due_at: float | None = None
) -> Record:
    """The record with a newer state."""
    lasts = {
        "asked": settings.asked_minutes * 60.0,
        "left": settings.asked_minutes * 60.0,
        "confirmed": settings.idle_minutes * 60.0,
    }.get(verification.state, 0.0)
    forget_at = max(now + lasts, verification.until) + REMEMBERED_S
    body = _VERIFICATION.dump_json(verification).decode()
    return replace(record, body=body, open=False, due_at=due_at, forget_at=forget_at)


# ---------------------------------------------------------------- codes


def new_code() -> tuple[str, str]:
    """A code, and the salt of its hash."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}", secrets.token_hex(16)


def digest(key: bytes, record: str, salt: str, code: str) -> str:
    """The keyed hash of a code; it fits nowhere but in its own conversation, for its own sender."""
    return hmac.new(key, f"{record}\n{salt}\n{code}".encode(), hashlib.sha256).hexdigest()


def is_right(key: bytes, record: str, verification: Verification, code: str) -> bool:
    """Whether this is the code that was sent. Takes as long for every other."""
    wanted = digest(key, record, verification.salt, code)
    right = hmac.compare_digest(wanted.encode(), verification.digest.encode())
    return right and bool(verification.customer_id) and len(code) == CODE_DIGITS
