"""Book one of the times that were offered, for the customer who is asking."""

from pydantic import Field

from bridge.backends.operations import Appointment
from bridge.tools.arguments import Args, Typed
from bridge.tools.asking import ask, shown
from bridge.tools.tool import Done, Tier, Tool, ToolContext


class Book(Args):
    slot_id: str = Field(
        pattern=r"^[\x21-\x7e]{1,120}$", description="The slot_id of a time that find_appointment_slots gave."
    )
    note: str = Field(max_length=300, description='What it is about, at most 300 characters; "" for nothing.')


async def run(args: Book, context: ToolContext) -> Done:
    booked: Appointment = await ask(context, "book_appointment", args.model_dump())
    at = booked.starts_at.isoformat(timespec="minutes")
    return Done(data=shown(booked), digest=f"appointment {booked.appointment_id} booked: {booked.service}, {at}")


TOOL = Tool(
    name="schedule_appointment",
    description="Book an appointment for the customer you are talking with, at a time that find_appointment_slots "
    "gave and "
    "that the customer chose.",
    arguments=Typed(Book),
    run=run,
    tier=Tier.LOW,
    needs=frozenset({"appointment_slots", "book_appointment"}),
    label="doing_appointment",
    asks=lambda args, _: f"the appointment {args.slot_id}",
    does=("booking",),
    facts=("service", "starts_at", "appointment_id"),
)
