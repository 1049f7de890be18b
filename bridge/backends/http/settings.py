"""The settings of a system that answers over HTTP: `[backend.http]` of config.toml. What they mean together is looked
over in `reviewing.py`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from bridge.backends.http import expressions

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


def _place(text: str) -> str:
    expressions.parse(text)
    return text


def _short_form(value: Any) -> Any:
    return {"at": value} if isinstance(value, str) else value


Place = Annotated[str, Field(max_length=expressions.CHARS_MAX)]
"""Where in an answer: see `docs/backends.md`."""


class FieldSettings(BaseModel, frozen=True, extra="forbid"):
    """How one field of a result is read. A mere text stands for `at`."""

    at: Place = Field("", description="Where it stands in the answer; empty for all of it.")
    values: dict[str, str] = Field({}, description="What the system says, and what that means to us.")
    default: str | int | bool | None = Field(None, description="When nothing stands there, or no value fits.")
    unit: Literal["minor", "major"] = Field("major", description='Of money: pence, or pounds such as "12.50".')
    currency: Place = Field("", description="Of money: where its currency stands, or '=GBP'.")
    fields: dict[str, Annotated["FieldSettings", BeforeValidator(_short_form)]] = Field(
        {}, description="The fields of what stands there, or of each of its rows."
    )

    _at = field_validator("at", "currency")(_place)


class RequestSettings(BaseModel, frozen=True, extra="forbid"):
    """A request; what is left out here stays as the operation has it."""

    method: Method | None = Field(None, description="GET, or POST for what writes.")
    path: str | None = Field(None, pattern=r"^/", max_length=500, description="Below base_url: /orders/{order_number}.")
    query: dict[str, str] | None = Field(None, description="Of the address.")
    body: dict[str, Any] | None = Field(None, description="Sent as JSON.")
    headers: dict[str, str] | None = Field(None, description="Besides those of every request.")


class OperationSettings(RequestSettings, frozen=True):
    """One operation: what is sent, and how the answer is read."""

    when: dict[str, RequestSettings] = Field(
        {}, description="Another request when an argument is given ('phone') or has a value ('action=cancel')."
    )
    values: dict[str, dict[str, str]] = Field({}, description="By argument: what we say, and what the system calls it.")
    result: Place = Field("", description="Where in the answer the thing stands that `fields` are read of.")
    fields: dict[str, Annotated[FieldSettings, BeforeValidator(_short_form)]] = Field(
        {}, description="Every field of the result that is to be known, and where it stands."
    )
    owner: Place = Field("", description="Where in that thing the customer's id stands; another's is not there.")
    before: str = Field("", description="An operation that has to find its thing first, such as 'order_status'.")
    refused: dict[Annotated[str, Field(pattern=r"^[1-5]\d\d$")], str] = Field(
        {}, description="Status codes that say no, and why; besides those of [backend.http]."
    )
    errors_at: Place = Field("", description="Where an answer tells an error's code, whatever its status.")
    errors: dict[str, str] = Field({}, description="Those codes, and why they say no.")

    _at = field_validator("result", "owner", "errors_at")(_place)


class HttpSettings(BaseModel, frozen=True, extra="forbid"):
    """The business's own system over HTTP."""

    base_url: str = Field("", description="Where its API is, such as 'https://shop.example.com/api/v1'.")
    auth: Literal["none", "bearer", "basic", "header"] = Field(
        "bearer",
        description="How we show who we are: BACKEND_TOKEN as a bearer token or in `auth_header`, or BACKEND_USER and"
        " BACKEND_PASSWORD.",
    )
    auth_header: str = Field("", pattern=r"^[A-Za-z0-9-]*$", description="The header that takes the token.")
    headers: dict[str, str] = Field({}, description="Sent with every request.")
    timeout_s: float = Field(4.0, gt=0, le=60, description="The longest wait for an answer, in seconds.")
    response_bytes_max: int = Field(1_000_000, ge=1_000, le=20_000_000, description="The longest answer that is read.")
    idempotency_header: str = Field(
        "", pattern=r"^[A-Za-z0-9-]*$", description="The header by which the system knows a request again."
    )
    time_zone: str = Field("UTC", description="Of times that the system gives without one.")
    check_path: str = Field("", description="What `bridge check` asks for; answers 2xx when all is well.")
    refused: dict[Annotated[str, Field(pattern=r"^[1-5]\d\d$")], str] = Field(
        {"404": "missing", "410": "missing", "409": "not_now", "422": "invalid"},
        description="Status codes that say no and that nothing was done, and why.",
    )
    operations: dict[str, OperationSettings] = Field({}, description="What it can be asked, by name.")
