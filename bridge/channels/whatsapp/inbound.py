"""What Twilio posts to us, as values. Pure; whatever cannot be read raises BadPayload."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from bridge.channels._text import kept
from bridge.errors import BadPayload
from bridge.types import Attachment, TurnId

FIELDS_MAX = 300
"""Twilio sends about twenty, and may add more at any time."""
FILES_MAX = 20
_PERSON = re.compile(r"whatsapp:[+\w.-]{3,64}", re.ASCII)
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)
_STATUS = re.compile(r"[A-Za-z_]{1,30}")
_TURN = re.compile(r"[0-9a-f]{32}")
_PAGE = re.compile(r"\d{1,9}-[0-9a-f]{16}", re.ASCII)

Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message from a person."""

    sid: str
    person: str
    """Their address without `whatsapp:`, such as +4915112345678."""
    name: str
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    opt_out: str = ""
    """STOP, START or HELP when Twilio has understood it so, and answered it."""
    payload: str = ""
    """What the button that was tapped stands for."""
    reply_to: str = ""
    """The SID of our message that this one quotes, or whose button was tapped."""


@dataclass(frozen=True, slots=True)
class Told:
    """What has become of a message of ours."""

    sid: str
    status: str
    error_code: int
    turn_id: TurnId | None
    """The turn it belongs to, by our own address for callbacks."""
    page: str
    """Which of its messages."""


def fields(body: bytes, content_type: str) -> Form:
    """The fields of a form; the order of a field's values is kept."""
    if content_type != "application/x-www-form-urlencoded":
        raise BadPayload("not a form")
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise BadPayload(f"the form cannot be read: {type(error).__name__}") from error


def heard(form: Form, sender: str, at: datetime) -> Heard:
    """A message to `sender`."""
    sid, person = _first(form, "MessageSid"), _first(form, "From")
    if not _SID.fullmatch(sid) or not _PERSON.fullmatch(person):
        raise BadPayload("MessageSid or From is missing or odd")
    if _first(form, "To") not in (sender, ""):
        raise BadPayload("the message is to a number that is not the configured one")
    return Heard(
        sid=sid,
        person=person.removeprefix("whatsapp:"),
        name=kept(_first(form, "ProfileName")),
        text=_text(form),
        at=at,
        attachments=_attachments(form),
        opt_out=_first(form, "OptOutType").upper(),
        payload=_first(form, "ButtonPayload"),
        reply_to=_first(form, "OriginalRepliedMessageSid"),
    )


def told(form: Form, query: Mapping[str, str]) -> Told:
    """A status callback; `query` is that of the address we gave with the message."""
    sid, status = _first(form, "MessageSid"), _first(form, "MessageStatus")
    if not _SID.fullmatch(sid) or not _STATUS.fullmatch(status):
        raise BadPayload("MessageSid or MessageStatus is missing or odd")
    turn_id, page = query.get("turn", ""), query.get("page", "")
    ours = _TURN.fullmatch(turn_id) and _PAGE.fullmatch(page)
    return Told(
        sid,
        status.lower(),
        _count(_first(form, "ErrorCode"), digits_max=9) or 0,
        TurnId(turn_id) if ours else None,
        page,
    )


def _text(form: Form) -> str:
    """What was written, or what stands for it: the words of a button, a place."""
    if latitude := _first(form, "Latitude"):
        return _place(form, latitude, _first(form, "Longitude"))
    texts = (_first(form, name) for name in ("Body", "ButtonText", "ListTitle"))
    return kept(next((text for text in texts if text.strip()), "")).strip()


def _place(form: Form, latitude: str, longitude: str) -> str:
    if not _NUMBER.fullmatch(latitude) or not _NUMBER.fullmatch(longitude):
        raise BadPayload("Latitude or Longitude is not a number")
    names = [kept(_first(form, name)).strip() for name in ("Label", "Address")]
    described = ", ".join(name for name in names if name)
    said = kept(_first(form, "Body")).strip()
    place = f"Location: {latitude}, {longitude}" + (f" ({described})" if described else "")
    return f"{place}\n\n{said}" if said and said not in names else place


def _attachments(form: Form) -> tuple[Attachment, ...]:
    count = _count(_first(form, "NumMedia"))
    return tuple(
        Attachment(url=url, media_type=_first(form, f"MediaContentType{number}"))
        for number in range(min(count or 0, FILES_MAX))
        if (url := _first(form, f"MediaUrl{number}"))
    )


def _first(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _count(value: str, *, digits_max: int = 3) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= digits_max else None
