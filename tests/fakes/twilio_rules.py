"""What Twilio refuses at once when a WhatsApp message is created, as far as bridge could get it wrong. Pure.

Where its pages leave a choice, the stricter reading is taken: the length of a text counts UTF-16 units.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

BODY_UNITS_MAX = 1_600
MEDIA_MAX = 10
VALIDITY_S_MAX = 36_000
PAGE_SIZE_MAX = 1_000
_KNOWN = """To From Body MediaUrl ContentSid ContentVariables StatusCallback ValidityPeriod MessagingServiceSid Attempt
    ProvideFeedback SmartEncoded PersistentAction ShortenUrls ScheduleType SendAt ForceDelivery RiskCheck
    ContentRetention AddressRetention SendAsMms MaxPrice ApplicationSid"""
_PERSON = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer of the API."""

    status: int
    code: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}


NO_AUTH = Refusal(401, 20003, "Authenticate")
TOO_MANY = Refusal(429, 20429, "Too Many Requests")


def not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


@dataclass(frozen=True, slots=True)
class Template:
    """A content template. `buttons` are quick replies: what they say and the payload they send."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def judge_create(
    form: Mapping[str, str], *, sender: str, templates: Mapping[str, Template], opted_out: Collection[str]
) -> Refusal | None:
    """The first thing that is wrong with a new message, as the API would say it."""
    return next(_complaints(form, sender, templates, opted_out), None)


def unknown(form: Mapping[str, str]) -> set[str]:
    """Parameters that Twilio would pass over in silence."""
    return set(form) - set(_KNOWN.split())


def _bad(code: int, message: str) -> Refusal:
    return Refusal(400, code, message)


def _complaints(
    form: Mapping[str, str], sender: str, templates: Mapping[str, Template], opted_out: Collection[str]
) -> Iterator[Refusal]:
    yield from _addresses(form, sender)
    if form["To"] in opted_out:
        yield _bad(21610, "Attempt to send to unsubscribed recipient")
    if "ContentSid" in form or "ContentVariables" in form:
        yield from _content(form, templates)
    else:
        yield from _text(form)
    yield from _delivery(form)


def _addresses(form: Mapping[str, str], sender: str) -> Iterator[Refusal]:
    if not form.get("To"):
        yield _bad(21604, "A 'To' phone number is required.")
    if not form.get("From"):
        yield _bad(21603, "A 'From' phone number is required.")
    if not _PERSON.fullmatch(form["To"]):
        yield _bad(21211, f"Invalid 'To' Phone Number: {form['To']}")
    if form["From"] != sender:
        yield _bad(63007, "Twilio could not find a Channel with the specified From address")
    if form["To"] == form["From"]:
        yield _bad(63031, "Message cannot have the same To and From for account")


def _text(form: Mapping[str, str]) -> Iterator[Refusal]:
    body = form.get("Body", "")
    if not body.strip() and "MediaUrl" not in form:
        yield _bad(21619, "A text message body or media urls must be specified.")
    if units(body) > BODY_UNITS_MAX:
        yield _bad(21617, "The concatenated message body exceeds the 1600 character limit")


def _content(form: Mapping[str, str], templates: Mapping[str, Template]) -> Iterator[Refusal]:
    sid = form.get("ContentSid")
    if sid is None:
        yield _bad(21654, "ContentSid Required")
        return
    if not _CONTENT_SID.fullmatch(sid) or sid not in templates:
        yield _bad(21655, "The ContentSid is Invalid")
        return
    if "Body" in form or "MediaUrl" in form:
        yield _bad(21620, "Body and MediaUrl are not permitted together with ContentSid")
    if not filled(templates[sid], form.get("ContentVariables", "{}")):
        yield _bad(21656, "The ContentVariables Parameter is invalid")
    if units(form.get("ContentVariables", "")) > BODY_UNITS_MAX:
        yield _bad(21658, "Parameter exceeded character limit")


def _delivery(form: Mapping[str, str]) -> Iterator[Refusal]:
    if "StatusCallback" in form:
        parts = urlsplit(form["StatusCallback"])
        if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
            yield _bad(21609, "The 'StatusCallback' URL is not a valid URL.")
    validity = form.get("ValidityPeriod", "1")
    if not validity.isdigit() or not 1 <= int(validity) <= VALIDITY_S_MAX:
        yield _bad(21626, "ValidityPeriod is out of range")


def filled(template: Template, variables: str) -> str:
    """A template's text with its variables in place; empty when they do not fit it."""
    try:
        values = json.loads(variables)
    except ValueError:
        return ""
    wanted = set(_PLACEHOLDER.findall(template.text))
    if not isinstance(values, dict) or not wanted <= set(values) or not all(_fits(values[name]) for name in wanted):
        return ""
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template.text)


def _fits(value: object) -> bool:
    """WhatsApp takes no line breaks, tabs or long runs of spaces in a variable."""
    return isinstance(value, str) and bool(value.strip()) and not re.search(r"[\n\r\t]| {5,}", value)
