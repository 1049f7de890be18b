"""Start the return of something from the customer's own order. Nothing is refunded by it."""

from typing import Literal

from pydantic import Field

from bridge.backends.operations import Order, Return
from bridge.errors import ToolError
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.check_order_status import ORDER_NUMBER
from bridge.tools.tool import Done, Tier, Tool, ToolContext


class StartReturn(Args):
    order_number: str = Field(pattern=ORDER_NUMBER, description="The order's number, as check_order_status gave it.")
    sku: str = Field(
        pattern=r"^[\x21-\x7e]{1,120}$", description="The item's article number, as check_order_status gave it."
    )
    quantity: int = Field(ge=1, le=100, description="How many of it: 1 to 100.")
    reason: Literal["changed_mind", "wrong_size", "faulty", "damaged", "wrong_item", "late", "other"] = Field(
        description="Why it comes back."
    )
    method: Literal["shop", "label", "collection"] = Field(
        description="Brought to the shop, sent with a label, or collected; as the customer wants it."
    )
    note: str = Field(
        max_length=300, description='What the customer says about it, at most 300 characters; "" for nothing.'
    )


async def check(args: StartReturn, context: ToolContext) -> Tier:
    """A return from an order above the limit, or with something without a price, takes a person. It is the order's
    value: one thing after the other may come back of it."""
    order: Order = await ask(context, "order_status", {"order_number": args.order_number})
    _check_item(order, args.sku, args.quantity)
    value = _value(order, context.settings.currency)
    return Tier.LOW if value is not None and value <= context.settings.return_value_max else Tier.HIGH


def _value(order: Order, currency: str) -> int | None:
    """Of all that was bought; None where that is not known."""
    prices = [(item.price, item.quantity) for item in order.items]
    if any(price is None or price.currency != currency for price, _ in prices):
        return None
    return sum(price.amount * quantity for price, quantity in prices if price)


def _check_item(order: Order, sku: str, quantity: int) -> None:
    for item in order.items:
        if item.sku == sku:
            if quantity > item.quantity:
                raise ToolError("there are not so many of this item in the order")
            return
    raise ToolError("there is no such item in this order; check_order_status tells the article numbers")


async def run(args: StartReturn, context: ToolContext) -> Done:
    started: Return = await ask(context, "start_return", args.model_dump())
    return Done(data=shown(started), digest=f"return {started.return_number} started for order {started.order_number}")


TOOL = Tool(
    name="initiate_return",
    description="Start the return of an item from an order of the customer you are talking with. Look the order up "
    "first, "
    "and only call this once the customer has said what comes back, why and how. A person may have to approve it; "
    "nothing is refunded by it.",
    arguments=Typed(StartReturn),
    run=run,
    check=check,
    tier=Tier.LOW,
    needs=frozenset({"order_status", "start_return"}),
    label="doing_return",
    about=lambda args: args.order_number,
    asks=lambda args, _: f"a return from order {args.order_number}",
    does=("return",),
    facts=("return_number", "label_url", "send_by"),
)
