"""Pass the conversation on to a person. Anybody may ask for that, and it changes nothing else."""

from typing import Literal

from pydantic import Field

from bridge.tools.arguments import Args, Typed
from bridge.tools.tool import Done, Tool, ToolContext


class Reason(Args):
    reason: Literal["asked_for_person", "complaint", "sensitive", "cannot_help", "other"] = Field(
        description="Why a person has to take over."
    )
    summary: str = Field(
        max_length=300,
        description='What the person should know, at most 300 characters, without codes or passwords; "" for nothing.',
    )


async def run(args: Reason, context: ToolContext) -> Done:
    digest = f"called a person: {args.reason}" + (f": {args.summary}" if args.summary else "")
    return Done(data="A person takes over now; the customer is told so.", digest=digest, ends="person")


TOOL = Tool(
    name="escalate_to_human",
    description="Pass the conversation on to a person: when the customer asks for one, is upset, reports something "
    "about "
    "safety, fraud or law, or when you cannot settle the matter. Do not use it for what you can answer yourself.",
    arguments=Typed(Reason),
    run=run,
    subject=False,
    label="doing_person",
)
