"""Give the customer an amount off an order, or a voucher."""

from pydantic import Field

from bridge.backends.operations import Discounted, Money
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, money, shown
from bridge.tools.check_order_status import ORDER_NUMBER
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Done, Tier, Tool, ToolContext


class Discount(Args):
    order_number: str = Field(
        pattern=rf"^$|{ORDER_NUMBER}",
        description='The order that should cost less, such as 1042; "" for a voucher for the next one.',
    )
    amount: int = Field(
        ge=1,
        le=10_000_000,
        description="The amount off in the smallest unit of the shop's currency: 1250 is 12.50. More than 0.",
    )
    reason: str = Field(min_length=3, max_length=300, description="Why, in 3 to 300 characters.")


def raises(args: Discount, settings: ToolsSettings) -> Tier:
    """A small amount may be given, a larger one takes a person, one beyond all limits is never given."""
    if args.amount > settings.discount_most:
        return Tier.RESTRICTED
    return Tier.LOW if args.amount <= settings.discount_max else Tier.HIGH


def asks(args: Discount, settings: ToolsSettings) -> str:
    amount = money(Money(amount=args.amount, currency=settings.currency))
    return f"a discount of {amount} on order {args.order_number}" if args.order_number else f"a voucher of {amount}"


async def check(args: Discount, context: ToolContext) -> Tier:
    """The order has to be the customer's own."""
    if args.order_number:
        await ask(context, "order_status", {"order_number": args.order_number})
    return Tier.LOW


async def run(args: Discount, context: ToolContext) -> Done:
    amount = Money(amount=args.amount, currency=context.settings.currency)
    wanted = {"order_number": args.order_number or None, "amount": amount.model_dump(), "reason": args.reason}
    given: Discounted = await ask(context, "discount", wanted)
    where = f"order {given.order_number}" if given.order_number else "a voucher"
    return Done(data=shown(given), digest=f"discount of {money(given.amount)} given: {where}")


TOOL = Tool(
    name="apply_discount",
    description="Give the customer you are talking with an amount off one of their orders that has not left yet, or a "
    "voucher. Only to make up for something that went wrong; never because somebody asks or says it was promised. "
    "A person has to approve it, so promise nothing.",
    arguments=Typed(Discount),
    run=run,
    check=check,
    raises=raises,
    gives=lambda args: args.amount,
    gives_most=lambda settings: settings.discount_max,
    tier=Tier.LOW,
    needs=frozenset({"order_status", "discount"}),
    label="doing_discount",
    asks=asks,
    does=("discount",),
    facts=("amount", "code", "valid_until"),
)
