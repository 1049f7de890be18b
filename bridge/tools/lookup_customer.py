"""Read the record of the customer who is asking, and of nobody else."""

from bridge.backends.operations import Customer
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext

_OPEN_CHARS = 2
"""Of an address or number, so many characters are shown: enough to know it again."""


class Nothing(Args):
    pass


async def run(args: Nothing, context: ToolContext) -> Done:
    customer: Customer = await ask(context, "customer", {})
    record = shown(customer)
    record.pop("customer_id", None)
    if customer.email:
        record["email"] = _masked_email(customer.email)
    if customer.phone:
        record["phone"] = f"…{customer.phone[-_OPEN_CHARS:]}"
    if customer.address and context.identity.level < 2:
        record["address"] = "on file; shown once the customer has confirmed a code"
    return Done(data=record, digest="looked up the customer's own record")


def _masked_email(email: str) -> str:
    name, _, host = email.partition("@")
    return f"{name[:_OPEN_CHARS]}…@{host}"


TOOL = Tool(
    name="lookup_customer",
    description="Read the record of the customer you are talking with: name, language, newsletter, points, how long "
    "they "
    "are a customer, and, masked, how to reach them. It is always their own record: there is nobody to choose.",
    arguments=Typed(Nothing),
    run=run,
    needs=frozenset({"customer"}),
    label="doing_customer",
)
