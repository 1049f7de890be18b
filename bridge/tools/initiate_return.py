"""Start the return of something from the customer's own order. Nothing is refunded by it."""

from typing import Literal

from pydantic import Field

from bridge.backends.operations import Order, OrderItem, Return
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
    """A return above the limit, or of something without a price, takes a person."""
    order: Order = await ask(context, "order_status", {"order_number": args.order_number})
    price = _item(order, args.sku, args.quantity).price
    limit = context.settings.return_value_max
    known = price is not None and price.currency == context.settings.currency
    return Tier.LOW if known and price and price.amount * args.quantity <= limit else Tier.HIGH


def _item(order: Order, sku: str, quantity: int) -> OrderItem:
    for item in order.items:
        if item.sku == sku:
            if quantity > item.quantity:
                raise ToolError("there are not so many of this item in the order")
            return item
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
