"""What is in stock: nobody's data, so anybody may ask."""

from pydantic import Field

from bridge.backends.operations import Stocks
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext


class Ask(Args):
    product: str = Field(
        min_length=1,
        max_length=100,
        description="A product's name or part of it, or an article number; at most 100 characters.",
    )
    size: str = Field(max_length=20, description='Only this size, at most 20 characters; "" for all sizes.')


async def run(args: Ask, context: ToolContext) -> Done:
    found: Stocks = await ask(context, "inventory", {"product": args.product, "size": args.size})
    known = ", ".join(f"{one.name} {one.size}: {one.available}".replace(" :", ":") for one in found.products[:4])
    return Done(data={"products": shown(found).get("products", [])}, digest=f"stock: {known or 'no such product'}")


TOOL = Tool(
    name="check_inventory",
    description="Look up which products there are, their prices and sizes, how many can be ordered now and when more "
    "are "
    "expected. Needs no customer.",
    arguments=Typed(Ask),
    run=run,
    subject=False,
    needs=frozenset({"inventory"}),
    label="doing_stock",
)
