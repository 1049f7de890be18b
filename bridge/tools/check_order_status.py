"""Where an order of the customer is."""

from pydantic import Field

from bridge.backends.operations import Order
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext

ORDER_NUMBER = r"^[#A-Za-z0-9][A-Za-z0-9#./_-]{0,39}$"


class Ask(Args):
    order_number: str = Field(
        pattern=ORDER_NUMBER,
        description="The order's number as the customer wrote it, such as 1042: at most 40 letters, digits and # . / "
        "_ -",
    )


async def run(args: Ask, context: ToolContext) -> Done:
    order: Order = await ask(context, "order_status", {"order_number": args.order_number})
    return Done(data=shown(order), digest=f"order {order.order_number}: {order.status}")


TOOL = Tool(
    name="check_order_status",
    description="Look up one order of the customer you are talking with: state, items with their article numbers "
    "(sku) and "
    "the last day for a return, parcels with tracking, expected delivery. An order of somebody else does not exist "
    "here.",
    arguments=Typed(Ask),
    run=run,
    needs=frozenset({"order_status"}),
    label="doing_order",
    about=lambda args: args.order_number,
)
