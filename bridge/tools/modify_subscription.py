"""Pause, resume, cancel or change a plan of the customer. A person always approves it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bridge.backends.operations import ChangedSubscription, Subscriptions
from bridge.errors import ToolError
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Done, Tier, Tool, ToolContext


class Change(Args):
    subscription_id: str = Field(
        pattern=r"^[\x21-\x7e]{1,120}$", description="The subscription_id that check_subscription_status gave."
    )
    action: Literal["pause", "resume", "cancel", "change_plan"] = Field(description="What to do.")
    months: int = Field(ge=0, le=12, description="For pause: how many months, 1 to 12. Else 0.")
    plan: str = Field(max_length=80, description='For change_plan: the new plan\'s name. Else "".')

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if (self.months > 0) != (self.action == "pause"):
            raise ValueError("months is 1 to 12 for pause, else 0")
        if bool(self.plan) != (self.action == "change_plan"):
            raise ValueError('plan names the new plan for change_plan, else ""')
        return self


def asks(args: Change, _: ToolsSettings) -> str:
    what = {
        "pause": f"a pause of {args.months} month{'' if args.months == 1 else 's'}",
        "resume": "the end of the pause",
        "cancel": "the cancellation",
        "change_plan": f"a change to {args.plan}",
    }[args.action]
    return f"{what} {'of' if args.action == 'cancel' else 'for'} subscription {args.subscription_id}"


async def check(args: Change, context: ToolContext) -> Tier:
    """It has to be the customer's own."""
    found: Subscriptions = await ask(context, "subscription_status", {})
    if args.subscription_id not in [plan.subscription_id for plan in found.subscriptions]:
        raise ToolError("there is no such subscription; check_subscription_status tells which there are")
    return Tier.HIGH


async def run(args: Change, context: ToolContext) -> Done:
    wanted = {
        "subscription_id": args.subscription_id,
        "action": args.action,
        "months": args.months or None,
        "plan": args.plan or None,
    }
    changed: ChangedSubscription = await ask(context, "change_subscription", wanted)
    plan = changed.subscription
    return Done(
        data=shown(changed),
        digest=f"subscription {plan.subscription_id}: {args.action} done, now {plan.plan}, {plan.status}",
        does=("cancel",) if args.action == "cancel" else (),
    )


TOOL = Tool(
    name="modify_subscription",
    description="Ask for a change to a plan of the customer you are talking with: pause, resume, cancel or "
    "change_plan. Look "
    "the plans up first. A person has to approve it, so it is not done when this returns.",
    arguments=Typed(Change),
    run=run,
    check=check,
    tier=Tier.HIGH,
    needs=frozenset({"subscription_status", "change_subscription"}),
    label="doing_plan",
    asks=asks,
    does=("subscription",),
    facts=("effective_on", "charge"),
)
