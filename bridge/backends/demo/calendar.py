"""When the demo shop is open, and at which times an appointment can begin."""

import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.backends.demo.catalogue import SERVICES, Room, Service

ZONE = ZoneInfo("Europe/London")
AHEAD = timedelta(weeks=8)
"""How far ahead an appointment can be booked."""
STEP_MINUTES = 30
_DROP_OFF = (time(9), time(9, 30), time(10), time(10, 30))
"""When a bike is brought for a service, which then takes its turn on the stand."""
_CLOSED = {date(2027, 2, 2), date(2027, 2, 3), date(2027, 3, 26)}
"""Stocktaking, Good Friday; Christmas is the same every year."""
_BUSY_OF_TEN: dict[Room, int] = {"stand": 5, "bench": 4, "studio": 6, "courtyard": 3}
"""How many of ten times somebody else has taken already."""
LANES: dict[Room, int] = {"stand": 2, "bench": 1, "studio": 1, "courtyard": 2}
"""Appointments that a room takes at once, besides those of the others."""


def hours(day: date) -> tuple[time, time] | None:
    """When the shop opens and closes on this day; None when it stays closed."""
    if (day.month, day.day) >= (12, 25) or (day.month, day.day) <= (1, 4) or day in _CLOSED:
        return None
    if (day.month, day.day) == (12, 24) and day.weekday() in range(1, 6):
        return time(9), time(13)
    if day.weekday() in range(1, 5):
        return time(9), time(18)
    return (time(9), time(16)) if day.weekday() == 5 else None


def shop_day(day: date, steps: int) -> date:
    """So many shop days after a day, or before it; with 0 the day itself, or the next shop day."""
    one = timedelta(days=-1 if steps < 0 else 1)
    while steps or not hours(day):
        day += one
        if hours(day) and steps:
            steps += 1 if steps < 0 else -1
    return day


def times(service: Service, day: date) -> Iterator[datetime]:
    """When an appointment for the service may begin on a day."""
    if not (opening := hours(day)):
        return
    if service.room == "stand":
        yield from (datetime.combine(day, start, ZONE) for start in _DROP_OFF)
        return
    at, end = (datetime.combine(day, moment, ZONE) for moment in opening)
    last = end - timedelta(hours=1) if service.room == "courtyard" else end - timedelta(minutes=service.minutes)
    while at <= last:
        yield at
        at += timedelta(minutes=STEP_MINUTES)


def busy(service: Service, starts_at: datetime) -> bool:
    """Whether somebody else has had this time from the beginning: the same ones whenever it is asked."""
    steps = 1 if service.room == "stand" else -(-service.minutes // STEP_MINUTES)
    return any(_taken(service.room, starts_at + timedelta(minutes=STEP_MINUTES * step)) for step in range(steps))


def _taken(room: Room, at: datetime) -> bool:
    return zlib.crc32(f"{room} {at:%Y%m%d%H%M}".encode()) % 10 < _BUSY_OF_TEN[room]


def slot_id(service: Service, starts_at: datetime) -> str:
    """The name of a time: it says itself what it is."""
    return f"{service.code}-{starts_at:%Y%m%d-%H%M}"


def slot(name: str) -> tuple[Service, datetime] | None:
    """What a slot's name says; None when there is no such time."""
    code, _, moment = name.partition("-20")
    service = next((service for service in SERVICES if service.code == code), None)
    try:
        at = datetime.strptime(f"20{moment}", "%Y%m%d-%H%M").replace(tzinfo=ZONE)
    except ValueError:
        return None
    return (service, at) if service and slot_id(service, at) == name and at in times(service, at.date()) else None
