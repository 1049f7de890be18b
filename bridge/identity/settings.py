"""The settings of identity, the `[identity]` table of config.toml, and its secrets."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, model_validator

from bridge.types import Turn

SMTP_PASSWORD = "SMTP_PASSWORD"
KEY = "IDENTITY_KEY"
ACCOUNT_SID = "TWILIO_ACCOUNT_SID"
AUTH_TOKEN = "TWILIO_AUTH_TOKEN"
SECRETS = (SMTP_PASSWORD, KEY, ACCOUNT_SID, AUTH_TOKEN)
"""All optional: without the key, codes that are under way end with the process."""

SHARING = ("telegram",)
"""Channels where people can share what proves who they are."""

_SERVICE_SID = re.compile(r"VA[0-9a-fA-F]{32}")
_SENDER = re.compile(r"[^@\s<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")
_HERE = re.compile(r"localhost|::1|127(?:\.\d{1,3}){3}")
_PREFIX = re.compile(r"\+[1-9]\d{0,3}")


def _service(value: str) -> str:
    if value and not _SERVICE_SID.fullmatch(value):
        raise ValueError("must be the SID of a Verify service: VA and 32 hexadecimal digits")
    return value


def _sender(value: str) -> str:
    if value and not _SENDER.fullmatch(value):
        raise ValueError("must be a bare e-mail address such as service@example.com")
    return value


def _prefix(value: str) -> str:
    if value and not _PREFIX.fullmatch(value):
        raise ValueError("must be a country's code such as +44, or empty")
    return value


def _root(value: str) -> str:
    mistake = "must be like http://127.0.0.1:4013, or empty"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(mistake) from error
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.query):
        raise ValueError(mistake)
    return value.rstrip("/")


class SmtpSettings(BaseModel, frozen=True, extra="forbid"):
    """Codes by e-mail."""

    host: str = Field("", description="The mail server. Empty: no code is sent by e-mail.")
    port: int = Field(587, ge=1, le=65_535, description="587 for STARTTLS, 465 for TLS.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` only for a server on the same machine."
    )
    user: str = Field("", description="Whom to log in as, with the password in SMTP_PASSWORD. Empty: no log-in.")
    sender: Annotated[str, AfterValidator(_sender)] = Field(
        "", alias="from", description="The address that codes come from; empty for `user`."
    )
    ca_file: Path | None = Field(
        None, description="Certificates to trust besides the system's, for a mail server with one of your own."
    )
    timeout_s: float = Field(10.0, gt=0, le=60, description="How long one e-mail may take.")

    @model_validator(mode="after")
    def _in_the_clear_only_here(self) -> Self:
        if self.host and self.security == "none" and not _HERE.fullmatch(self.host):
            raise ValueError("codes would travel unencrypted: security = 'none' is only for a server on this machine")
        return self

    @property
    def address(self) -> str:
        """What codes come from."""
        return self.sender or self.user


class VerifySettings(BaseModel, frozen=True, extra="forbid"):
    """Codes by SMS or WhatsApp, made and checked by Twilio Verify."""

    service_sid: Annotated[str, AfterValidator(_service)] = Field(
        "", description="The Verify service (`VA…`). Empty: no code is sent to telephones."
    )
    channel: Literal["sms", "whatsapp"] = Field("sms", description="How Twilio sends the code.")
    api_url: Annotated[str, AfterValidator(_root)] = Field(
        "", description="Where Twilio Verify is, when not at Twilio: calls go to `{api_url}/v2/Services/…`."
    )
    timeout_s: float = Field(10.0, gt=0, le=60, description="How long one call may take.")


class IdentitySettings(BaseModel, frozen=True, extra="forbid"):
    """How customers prove who they are: by their channel, and by a code that is sent to them."""

    code_minutes: int = Field(10, ge=1, le=30, description="How long a code is good for.")
    tries_max: int = Field(5, ge=1, le=10, description="Wrong codes after which a code is good no more.")
    asked_minutes: int = Field(30, ge=1, le=1440, description="How long an address is waited for.")
    idle_minutes: int = Field(
        30, ge=1, le=1440, description="How long somebody who proved who they are stays known without writing."
    )
    hours_max: float = Field(12.0, gt=0, le=168, description="How long they stay known at most.")
    codes_per_person: int = Field(5, ge=1, le=100, description="Codes an hour that one sender can ask for.")
    codes_per_address: int = Field(5, ge=1, le=100, description="Codes an hour that one address can be sent.")
    codes_per_hour: int = Field(200, ge=1, le=100_000, description="Codes an hour to all together.")
    country_code: Annotated[str, AfterValidator(_prefix)] = Field(
        "", description="Of telephone numbers that are written with a leading 0, such as +44. Empty: they are not read."
    )
    smtp: SmtpSettings = Field(SmtpSettings(), description="Codes by e-mail.")
    verify: VerifySettings = Field(VerifySettings(), description="Codes to telephones.")

    def provable(self, turn: Turn) -> bool:
        """Whether somebody who is not known can show who they are: by a code, or by what they share."""
        return bool(self.smtp.host or self.verify.service_sid) or turn.address.channel in SHARING


def problems(settings: IdentitySettings, secrets: Collection[str], *, shared: bool = False) -> list[str]:
    """What cannot work together, with the fix. `shared`: several processes use the store."""
    found = []
    if shared and settings.smtp.host and KEY not in secrets:
        found.append(
            f"identity.smtp: several processes share the store, and one has to know the codes that another sent; set"
            f" {KEY} in the environment or in .env, the same for all"
        )
    if settings.smtp.host and not settings.smtp.address:
        found.append("identity.smtp.from: set the address that codes come from")
    if settings.smtp.host and settings.smtp.user and SMTP_PASSWORD not in secrets:
        found.append(f"identity.smtp: with user, set {SMTP_PASSWORD} in the environment or in .env")
    missing = [name for name in (ACCOUNT_SID, AUTH_TOKEN) if name not in secrets]
    if settings.verify.service_sid and missing:
        found.append(f"identity.verify: with service_sid, set {', '.join(missing)} in the environment or in .env")
    return found
