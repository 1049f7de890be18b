"""Which times are free: nobody's data, so anybody may ask."""

from datetime import date

from pydantic import Field, field_validator

from bridge.backends.operations import Slots
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tool, ToolContext

SLOTS_MAX = 10
DAY = r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Ask(Args):
    service: str = Field(
        min_length=1,
        max_length=80,
        description="What the appointment is for, such as Full service; at most 80 characters.",
    )
    after: str = Field(pattern=DAY, description='From this day on, as 2026-11-30; "" for from now on.')
    before: str = Field(pattern=DAY, description='Up to and with this day, as 2026-12-05; "" for no limit.')

    @field_validator("after", "before")
    @classmethod
    def _is_a_day(cls, day: str) -> str:
        if day:
            date.fromisoformat(day)
        return day


async def run(args: Ask, context: ToolContext) -> Done:
    wanted = {"service": args.service, "after": args.after or None, "before": args.before or None, "limit": SLOTS_MAX}
    found: Slots = await ask(context, "appointment_slots", wanted)
    times = ", ".join(f"{slot.starts_at.isoformat(timespec='minutes')} ({slot.slot_id})" for slot in found.slots[:3])
    return Done(
        data={"slots": shown(found).get("slots", [])}, digest=f"free times for {args.service}: {times or 'none'}"
    )


TOOL = Tool(
    name="find_appointment_slots",
    description="Look up free appointment times for a service, each with the slot_id that schedule_appointment needs. "
    "Needs "
    "no customer.",
    arguments=Typed(Ask),
    run=run,
    subject=False,
    needs=frozenset({"appointment_slots"}),
    label="doing_slots",
)
