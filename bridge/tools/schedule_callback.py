"""Arrange that somebody calls the customer back, at the number that is on file."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from bridge.backends.operations import Customer
from bridge.brain.hours import is_open
from bridge.errors import ToolError
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask
from bridge.tools.tool import Done, Tier, Tool, ToolContext

REASON = "callback"
AHEAD = timedelta(days=30)


class Callback(Args):
    day: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="The day, as 2026-11-30; within the next 30 days."
    )
    time: str = Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="The time in the business's own time zone, as 14:30."
    )
    topic: str = Field(min_length=3, max_length=300, description="What the call is about, in 3 to 300 characters.")


async def check(args: Callback, context: ToolContext) -> Tier:
    """Somebody has to be there, and there has to be a number."""
    _at(args, context)
    customer: Customer = await ask(context, "customer", {})
    if not customer.phone:
        raise ToolError("there is no telephone number on file for this customer")
    return Tier.LOW


def _at(args: Callback, context: ToolContext) -> datetime:
    zone = ZoneInfo(context.business.get("time_zone", "UTC"))
    try:
        at = datetime.fromisoformat(f"{args.day}T{args.time}").replace(tzinfo=zone)
    except ValueError as error:
        raise ToolError("there is no such day") from error
    now = context.session.claim.turn.inbounds[-1].received_at
    if not now < at <= now + AHEAD:
        raise ToolError("the time has to lie within the next 30 days")
    if is_open(context.business.get("opening_hours", ""), at) is False:
        raise ToolError(f"nobody is there at that time; our hours: {context.business['opening_hours']}")
    return at


async def run(args: Callback, context: ToolContext) -> Done:
    if context.tickets is None:
        raise ToolError("no calls can be arranged here")
    at = _at(args, context).isoformat(timespec="minutes")
    number = await context.tickets.open(
        context.session, reason=REASON, subject=f"Call back {at}", text=args.topic, key=context.key
    )
    return Done(data={"ticket": number, "at": at}, digest=f"callback {number} arranged for {at}")


TOOL = Tool(
    name="schedule_callback",
    description="Arrange a call from the team to the customer you are talking with, at the telephone number on file, "
    "within "
    "opening hours. Ask for day and time first.",
    arguments=Typed(Callback),
    run=run,
    check=check,
    tier=Tier.LOW,
    needs=frozenset({"tickets", "customer"}),
    label="doing_callback",
    asks=lambda args, _: f"a callback on {args.day} at {args.time}",
    does=("callback",),
    facts=("at", "ticket"),
    again=True,
)
