"""Write a request down for people. The conversation goes on."""

from pydantic import Field

from bridge.errors import ToolError
from bridge.tools.arguments import Args, Typed
from bridge.tools.tool import Done, Tier, Tool, ToolContext

REASON = "support_request"


class Request(Args):
    subject: str = Field(min_length=3, max_length=100, description="What it is about, in 3 to 100 characters.")
    details: str = Field(
        min_length=3,
        max_length=1_500,
        description="What people need to know to act: what was asked, what was tried, numbers. At most 1500 "
        "characters.",
    )


async def run(args: Request, context: ToolContext) -> Done:
    if context.tickets is None:
        raise ToolError("no tickets can be opened here")
    number = await context.tickets.open(
        context.session, reason=REASON, subject=args.subject, text=args.details, key=context.key
    )
    return Done(data={"ticket": number}, digest=f"ticket {number} opened")


TOOL = Tool(
    name="create_support_ticket",
    description="Write a request down for the team when it cannot be settled here but nobody has to come at once. "
    "Tell the "
    "customer the ticket's number. When somebody should come now, use escalate_to_human instead.",
    arguments=Typed(Request),
    run=run,
    tier=Tier.LOW,
    needs=frozenset({"tickets"}),
    label="doing_ticket",
    asks=lambda _, __: "a ticket",
    does=("ticket",),
    facts=("ticket",),
    again=True,
)
