"""Everything a business's own system can be asked, with the types of what goes in and what comes out.

Arguments and results are closed and bounded. Money is in minor units (pence, cents), days are ISO dates, and times are
ISO with an offset. Whatever concerns a customer takes `customer_id`, which the session proves: of what is somebody
else's the answer is that there is no such thing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bridge.backends.refusals import refused

TEXT_CHARS_MAX = 300
ROWS_MAX = 50
"""Of any list in a result; what a system sends beyond it is left out."""


_UNWRITABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters, which cannot be sent or kept."""


def _plain(value: Any) -> Any:
    """Text that can be sent and kept, on one line."""
    return " ".join(_UNWRITABLE.sub("", value).split()) if isinstance(value, str) else value


def _line(value: Any) -> Any:
    """The same of a limited length, whatever stands in a system's field."""
    return _plain(value)[:TEXT_CHARS_MAX] if isinstance(value, str) else value


def _first_rows(value: Any) -> Any:
    return value[:ROWS_MAX] if isinstance(value, (list, tuple)) else value


Id = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,120}$")]
"""A system's own name of something: printable, without spaces."""
Words = Annotated[str, BeforeValidator(_plain)]
"""What somebody writes; an argument."""
Text = Annotated[str, BeforeValidator(_line), StringConstraints(max_length=TEXT_CHARS_MAX)]
"""What a system writes; a result."""
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
"""E.164: a plus and digits."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", max_length=254)]
OrderNumber = Annotated[str, StringConstraints(pattern=r"^[#A-Za-z0-9][A-Za-z0-9#./_-]{0,39}$")]
"""As the customer writes it; the system knows the forms its own numbers take."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]


class Args(BaseModel, frozen=True, extra="forbid"):
    """Of an operation."""


class Result(BaseModel, frozen=True, extra="forbid"):
    """Of an operation, or a part of one."""


class Money(BaseModel, frozen=True, extra="forbid"):
    """An amount in minor units."""

    amount: int = Field(ge=-100_000_000, le=100_000_000, description="In minor units: 1250 is 12.50.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as GBP.")


class OfCustomer(Args, frozen=True):
    """What concerns one customer: the one whom the session proves."""

    customer_id: Id = Field(description="The business's own id of the customer.")


# ---------------------------------------------------------------- customers


class FindCustomer(Args, frozen=True):
    """Exactly one of these. Two customers who share it are nobody."""

    phone: Phone | None = Field(None, description="E.164, such as +441632960001.")
    email: Email | None = Field(None, description="Compared without regard to case.")
    customer_id: Id | None = Field(None, description="The business's own id.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len([value for value in (self.phone, self.email, self.customer_id) if value is not None]) != 1:
            raise ValueError("name exactly one of phone, email and customer_id")
        return self


class Customer(Result, frozen=True):
    """Who somebody is to the business."""

    customer_id: Id
    name: Text
    email: Text = ""
    phone: Text = Field("", description="E.164; empty when there is none.")
    address: Text = Field("", description="The standard delivery address, on one line.")
    language: Text = Field("", description="For e-mails, such as en.")
    newsletter: bool | None = None
    since: date | None = Field(None, description="Customer since.")
    points: int | None = Field(None, description="Loyalty points.")


class CustomerHistory(OfCustomer, frozen=True):
    limit: int = Field(10, ge=1, le=ROWS_MAX, description="Entries at most, newest first.")


class HistoryEntry(Result, frozen=True):
    """One thing that happened."""

    on: date
    kind: Literal["order", "return", "appointment", "subscription", "discount", "contact", "other"] = "other"
    reference: Text = Field("", description="Its number, such as an order's.")
    summary: Text = ""


class History(Result, frozen=True):
    entries: Annotated[tuple[HistoryEntry, ...], BeforeValidator(_first_rows)] = ()


# ---------------------------------------------------------------- orders and products


OrderState = Literal[
    "received",
    "on_hold",
    "confirmed",
    "waiting_for_stock",
    "being_built",
    "packing",
    "partly_dispatched",
    "dispatched",
    "ready_to_collect",
    "collected",
    "delivered",
    "cancelled",
    "refunded",
]


class OrderStatus(OfCustomer, frozen=True):
    order_number: OrderNumber = Field(description="As the customer gave it.")


class OrderItem(Result, frozen=True):
    sku: Id
    name: Text
    size: Text = ""
    quantity: int = Field(1, ge=0, le=10_000)
    price: Money | None = Field(None, description="Of one.")
    return_until: date | None = Field(None, description="Last day on which a return may be started; none: it cannot.")


class Parcel(Result, frozen=True):
    """One delivery on its way."""

    carrier: Text = ""
    tracking_number: Text = ""
    tracking_url: Text = ""
    step: Text = Field("", description="As the carrier tells it, such as 'in transit'.")


class Order(Result, frozen=True):
    order_number: Text
    status: OrderState
    placed_on: date
    items: Annotated[tuple[OrderItem, ...], BeforeValidator(_first_rows)] = ()
    total: Money | None = None
    delivery: Text = Field("", description="'delivery' or 'click & collect', or as the system says.")
    expected_from: date | None = None
    expected_until: date | None = None
    delivered_on: date | None = Field(None, description="Or collected.")
    parcels: Annotated[tuple[Parcel, ...], BeforeValidator(_first_rows)] = ()
    returns: Annotated[tuple[Text, ...], BeforeValidator(_first_rows)] = Field((), description="Numbers of returns.")
    note: Text = ""


class Inventory(Args, frozen=True):
    """Nobody's data: what is for sale, and how many there are."""

    product: Words = Field(min_length=1, max_length=100, description="A name or part of it, or an article number.")
    size: Words = Field("", max_length=20, description="Only this size; empty for all.")


class Stock(Result, frozen=True):
    """One thing that can be bought."""

    sku: Id
    name: Text
    size: Text = ""
    price: Money | None = None
    available: int = Field(ge=0, le=1_000_000, description="How many can be ordered now.")
    due_on: date | None = Field(None, description="When more are expected.")


class Stocks(Result, frozen=True):
    products: Annotated[tuple[Stock, ...], BeforeValidator(_first_rows)] = ()


ReturnReason = Literal["changed_mind", "wrong_size", "faulty", "damaged", "wrong_item", "late", "other"]
ReturnMethod = Literal["shop", "label", "collection"]


class StartReturn(OfCustomer, frozen=True):
    order_number: OrderNumber
    sku: Id = Field(description="Which item of the order.")
    quantity: int = Field(1, ge=1, le=100)
    reason: ReturnReason
    method: ReturnMethod = Field("label", description="Brought to the shop, sent with a label, or collected.")
    note: Words = Field("", max_length=TEXT_CHARS_MAX, description="What the customer says about it.")


class Return(Result, frozen=True):
    """A return that has been started; nothing is refunded yet."""

    return_number: Text
    order_number: Text
    sku: Text = ""
    quantity: int = Field(1, ge=1, le=10_000)
    method: Text = ""
    charge: Money | None = Field(None, description="What is taken off the refund for label or collection.")
    refund: Money | None = Field(None, description="What comes back when the goods pass the inspection.")
    send_by: date | None = None
    label_url: Text = ""


class Discount(OfCustomer, frozen=True):
    """An amount off an order that has not left yet, or a voucher for the next one."""

    order_number: OrderNumber | None = Field(None, description="None for a voucher.")
    amount: Money
    reason: Words = Field(min_length=1, max_length=TEXT_CHARS_MAX)


class Discounted(Result, frozen=True):
    amount: Money
    order_number: Text = Field("", description="Of the order that costs less now; empty for a voucher.")
    total: Money | None = Field(None, description="Of that order now.")
    code: Text = Field("", description="The voucher's.")
    valid_until: date | None = None


# ---------------------------------------------------------------- the account


class UpdateSettings(OfCustomer, frozen=True):
    """At least one change. The e-mail address is not among them: codes that prove who somebody is go there, so it
    changes only by a link that is sent to the new one."""

    name: Words | None = Field(None, min_length=1, max_length=100)
    phone: Phone | None = Field(None, description="E.164, such as +441632960001.")
    address: Words | None = Field(None, min_length=5, max_length=TEXT_CHARS_MAX, description="On one line.")
    language: Language | None = Field(None, description="For e-mails, such as en.")
    newsletter: bool | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_dump(exclude={"customer_id"}, exclude_none=True):
            raise ValueError("name at least one thing to change")
        return self


# ---------------------------------------------------------------- appointments


class AppointmentSlots(Args, frozen=True):
    """Nobody's data: which times are free."""

    service: Words = Field(min_length=1, max_length=80, description="What it is for, such as 'Full service'.")
    after: date | None = Field(None, description="From this day on; none for from now on.")
    before: date | None = Field(None, description="Up to and with this day; none for no limit.")
    limit: int = Field(10, ge=1, le=ROWS_MAX)


class Slot(Result, frozen=True):
    slot_id: Id
    service: Text
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    price: Money | None = None


class Slots(Result, frozen=True):
    slots: Annotated[tuple[Slot, ...], BeforeValidator(_first_rows)] = ()


class BookAppointment(OfCustomer, frozen=True):
    slot_id: Id = Field(description="One that was offered.")
    note: Words = Field("", max_length=TEXT_CHARS_MAX, description="What it is about.")


class Appointment(Result, frozen=True):
    appointment_id: Text
    service: Text
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    price: Money | None = None
    deposit: Money | None = Field(None, description="What is due to keep it, part of the price.")
    note: Text = ""


# ---------------------------------------------------------------- subscriptions


SubscriptionState = Literal["active", "paused", "suspended", "ending", "ended"]


class Subscription(Result, frozen=True):
    subscription_id: Id
    plan: Text
    status: SubscriptionState
    subject: Text = Field("", description="What it is for, such as the bike.")
    price: Money | None = Field(None, description="A period.")
    period: Text = Field("", description="'month' or 'year'.")
    started_on: date | None = None
    renews_on: date | None = Field(None, description="The next billing date.")
    term_until: date | None = Field(None, description="End of the minimum term.")
    ends_on: date | None = None
    paused_until: date | None = None
    note: Text = ""


class Subscriptions(Result, frozen=True):
    subscriptions: Annotated[tuple[Subscription, ...], BeforeValidator(_first_rows)] = ()


class ChangeSubscription(OfCustomer, frozen=True):
    subscription_id: Id
    action: Literal["pause", "resume", "cancel", "change_plan"]
    months: int | None = Field(None, ge=1, le=12, description="Of a pause.")
    plan: Words | None = Field(None, min_length=1, max_length=80, description="The new plan, of change_plan.")

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if (self.months is not None) != (self.action == "pause"):
            raise ValueError("months goes with pause, and with nothing else")
        if (self.plan is not None) != (self.action == "change_plan"):
            raise ValueError("plan goes with change_plan, and with nothing else")
        return self


class ChangedSubscription(Result, frozen=True):
    subscription: Subscription
    effective_on: date | None = None
    charge: Money | None = Field(None, description="What is charged today.")


# ---------------------------------------------------------------- the list


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a system can be asked."""

    args: type[Args]
    result: type[Result]
    writes: bool = False

    @property
    def of_customer(self) -> bool:
        """It concerns one customer, and is never asked without one."""
        return issubclass(self.args, OfCustomer)


OPERATIONS: Mapping[str, Operation] = {
    "find_customer": Operation(FindCustomer, Customer),
    "customer": Operation(OfCustomer, Customer),
    "customer_history": Operation(CustomerHistory, History),
    "subscription_status": Operation(OfCustomer, Subscriptions),
    "order_status": Operation(OrderStatus, Order),
    "inventory": Operation(Inventory, Stocks),
    "start_return": Operation(StartReturn, Return, writes=True),
    "discount": Operation(Discount, Discounted, writes=True),
    "update_settings": Operation(UpdateSettings, Customer, writes=True),
    "appointment_slots": Operation(AppointmentSlots, Slots),
    "book_appointment": Operation(BookAppointment, Appointment, writes=True),
    "change_subscription": Operation(ChangeSubscription, ChangedSubscription, writes=True),
}
"""By name. `find_customer` is for finding out who is asking, and no tool's."""


def read_args(name: str, args: Mapping[str, Any], known: frozenset[str]) -> Args:
    """The arguments of an operation, checked. May raise BackendRefused: also for an operation that is not `known`."""
    if name not in OPERATIONS or name not in known:
        raise refused("not_offered")
    try:
        return OPERATIONS[name].args.model_validate(dict(args))
    except ValidationError as error:
        fields = sorted({str(mistake["loc"][0]) for mistake in error.errors(include_input=False) if mistake["loc"]})
        raise refused("invalid", ", ".join(fields)) from error
