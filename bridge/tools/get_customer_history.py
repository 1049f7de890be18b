"""What happened with the customer before: orders, returns, appointments, contacts."""

from pydantic import Field

from bridge.backends.operations import History
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext


class Ask(Args):
    limit: int = Field(ge=1, le=20, description="How many entries at most, newest first: 1 to 20.")


async def run(args: Ask, context: ToolContext) -> Done:
    history: History = await ask(context, "customer_history", {"limit": args.limit})
    entries = shown(history).get("entries", [])
    kept = ", ".join(f"{entry.kind} {entry.reference}".strip() for entry in history.entries[:5])
    return Done(data={"entries": entries}, digest=f"read the history: {kept or 'nothing'}")


TOOL = Tool(
    name="get_customer_history",
    description="Read what happened with the customer you are talking with: their orders with numbers, returns, "
    "appointments and earlier contacts, newest first. Use it when they mean an order without naming it.",
    arguments=Typed(Ask),
    run=run,
    needs=frozenset({"customer_history"}),
    label="doing_history",
)
