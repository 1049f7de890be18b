"""The customer's own plans."""

from bridge.backends.operations import Subscriptions
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext


class Nothing(Args):
    pass


async def run(args: Nothing, context: ToolContext) -> Done:
    found: Subscriptions = await ask(context, "subscription_status", {})
    plans = ", ".join(f"{plan.plan} ({plan.status}, {plan.subscription_id})" for plan in found.subscriptions[:3])
    return Done(data={"subscriptions": shown(found).get("subscriptions", [])}, digest=f"plans: {plans or 'none'}")


TOOL = Tool(
    name="check_subscription_status",
    description="Read the plans of the customer you are talking with: state, price, next billing date, end of the "
    "minimum "
    "term, and the subscription_id that modify_subscription needs.",
    arguments=Typed(Nothing),
    run=run,
    needs=frozenset({"subscription_status"}),
    label="doing_subscription",
)
