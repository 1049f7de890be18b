"""What an operator can set for WhatsApp."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

SWEEP_S_MIN = 10
_ADDRESS = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("must be like whatsapp:+15550001111")
    return value


def _root(value: str) -> str:
    mistake = "must be like http://127.0.0.1:4013, or empty"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(mistake) from error
    bare = parts.hostname and port != 0 and not parts.query and not parts.fragment
    if value and (parts.scheme not in ("http", "https") or not bare):
        raise ValueError(mistake)
    return value.rstrip("/")


def _template(value: str) -> str:
    if value and not _CONTENT_SID.fullmatch(value):
        raise ValueError("must be the SID of a content template: HX and 32 hexadecimal digits")
    return value


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.whatsapp]`"""

    enabled: bool = Field(default=False, description="Answer on WhatsApp, by way of Twilio.")
    sender: Annotated[str, AfterValidator(_address)] = Field(
        default="whatsapp:+15550001111",
        alias="from",
        description="The business's number, as Twilio writes it.",
    )
    api_url: Annotated[str, AfterValidator(_root)] = Field(
        default="",
        description="Where Twilio's API is, when not at Twilio: every call goes to `{api_url}/2010-04-01/…` or"
        " `{api_url}/v2/…`. Empty for Twilio's own hosts.",
    )
    template_sid: Annotated[str, AfterValidator(_template)] = Field(
        default="",
        description="The approved template (`HX…`) for what must be sent more than 24 hours after the person's last"
        " message. Empty: such an answer waits until the person writes again.",
    )
    template_variables: dict[str, str] = Field(
        default={"1": "{text}"},
        description="The variables of that template. `{text}` stands for the answer on one line, `{name}` for the"
        " person's name. Without `{text}`, or when the answer is too long for it, the whole answer follows as soon as"
        " the person writes back.",
    )
    validity_s: int = Field(
        default=300, ge=1, le=36_000, description="How long Twilio tries to send an answer before it gives up."
    )
    sent_wait_s: float = Field(
        default=4.0,
        ge=0,
        le=30,
        description="How long to wait for Twilio's word that a message was sent before the next one goes out: their"
        " order is not kept otherwise.",
    )
    sweep_s: float = Field(
        default=300.0,
        ge=0,
        description="How often to look at Twilio for messages that never reached us; 0 for never.",
    )

    @field_validator("sweep_s")
    @classmethod
    def _seldom(cls, value: float, info: ValidationInfo) -> float:
        """Elsewhere than at Twilio nobody knows what is allowed."""
        if 0 < value < SWEEP_S_MIN and not info.data.get("api_url"):
            raise ValueError(f"must be 0, or {SWEEP_S_MIN} at least: Twilio refuses who asks for lists all the time")
        return value
