"""Whether somebody is there, by opening hours as a business writes them in words. Pure.

What is not understood completely counts as unknown: a wrong "we are closed" is worse than none.
"""

import re
from datetime import datetime

_DAYS = {
    name: day
    for day, names in enumerate(
        (
            "monday mon mo montag lunes lun lundi segunda",
            "tuesday tue tues di dienstag martes mar mardi terça",
            "wednesday wed mi mittwoch miércoles mié mercredi mer quarta",
            "thursday thu thur thurs do donnerstag jueves jue jeudi jeu quinta",
            "friday fri fr freitag viernes vie vendredi ven sexta",
            "saturday sat sa samstag sonnabend sábado sáb samedi sam",
            "sunday sun so sonntag domingo dom dimanche dim",
        )
    )
    for name in names.split()
}
_EVERY_DAY = re.compile(r"\s*(?:daily|every day|täglich|todos los días|tous les jours|todos os dias)\b:?")
_ALWAYS = re.compile(r"\s*24\s*(?:/|hours a day, |h ?/ ?)\s*7(?: days a week)?\s*\.?\s*", re.IGNORECASE)
_TO = r"\s*(?:-|–|—|\bto\b|\btill\b|\buntil\b|\bbis\b|\ba\b|\bau\b|\bà\b|\baté\b|\bàs\b)\s*"
_DAY = rf"(?:{'|'.join(sorted(_DAYS, key=len, reverse=True))})(?:-feira)?\b\.?"
_SPAN_OF_DAYS = re.compile(rf"\s*({_DAY})(?:{_TO}({_DAY}))?\s*(?:,|&|\+|\band\b|\bund\b|\by\b|\bet\b|\be\b|:)?")
_TIME = r"(\d{1,2})(?:[:.h](\d{2})|h)?\s*(am|pm|a\.m\.|p\.m\.|uhr)?"
_TIMES = re.compile(rf"\s*(?:from|von|de|das)?\s*{_TIME}{_TO}{_TIME}\s*(?:,|;|&|\band\b|\bund\b|\by\b|\bet\b|\be\b)?")
_CLOSED = re.compile(r"\s*(?:closed|geschlossen|zu|cerrado|fermé|fechado)\s*[,;]?")
_END = re.compile(r"\s*[,;.]?\s*")
_MINUTES_A_DAY = 24 * 60
_HOURS_A_HALF = 12
"""Also what noon is called, and midnight."""
HOURS_CHARS_MAX = 400


def is_open(hours: str, at: datetime) -> bool | None:
    """Whether `at`, in the business's own time zone, lies within the `hours`; None when they cannot be read."""
    if _ALWAYS.fullmatch(hours):
        return True
    week = _week(hours.lower())
    if week is None:
        return None
    minute = at.hour * 60 + at.minute
    today, yesterday = week[at.weekday()], week[at.weekday() - 1]
    return any(start <= minute < end for start, end in today) or any(
        minute < end - _MINUTES_A_DAY for _, end in yesterday
    )


def _week(hours: str) -> list[list[tuple[int, int]]] | None:
    """For each day, Monday first, from which minute to which; one beyond midnight goes on in the next day."""
    if not hours.strip() or len(hours) > HOURS_CHARS_MAX:
        return None
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    at, days, told = 0, set[int](), True
    while not (end := _END.fullmatch(hours, at)):
        if every := _EVERY_DAY.match(hours, at):
            at, days, told = every.end(), set(range(7)), False
        elif named := _SPAN_OF_DAYS.match(hours, at):
            days = _days(named) | (set() if told else days)
            at, told = named.end(), False
        elif days and (times := _TIMES.match(hours, at)) and (span := _minutes(times)):
            for day in days:
                week[day].append(span)
            at, told = times.end(), True
        elif days and not told and (closed := _CLOSED.match(hours, at)):
            at, told = closed.end(), True
        else:
            return None
        while hours[at : at + 1] in (" ", ",", ";"):
            at += 1
    return week if end and told and any(week) else None


def _days(named: re.Match[str]) -> set[int]:
    first = _day(named[1])
    last = _day(named[2]) if named[2] else first
    return {(first + step) % 7 for step in range((last - first) % 7 + 1)}


def _day(name: str) -> int:
    return _DAYS[name.rstrip(".").removesuffix("-feira")]


def _minutes(times: re.Match[str]) -> tuple[int, int] | None:
    """From when to when; None when these are no times of a day."""
    start_half, end_half = (half and half.replace(".", "") for half in (times[3], times[6]))
    first, last = int(times[1]), int(times[4])
    if start_half in ("am", "pm") and not end_half and last <= _HOURS_A_HALF:
        return None  # 9am-5: in the afternoon, most likely
    if end_half in ("am", "pm") and not start_half and first <= _HOURS_A_HALF:
        turns = first > last or last == _HOURS_A_HALF
        if turns and (end_half == "am" or first == last):
            return None  # 10-12am, 10-2am: from the morning or from the evening on
        if turns and first < _HOURS_A_HALF:
            start_half = "am"  # 9-5pm, 10-12pm; but 12-8pm begins at noon
    start, end = _minute(times[1], times[2], start_half or end_half), _minute(times[4], times[5], end_half)
    if start is None or end is None or start == end:
        return None
    if end < start <= 12 * 60 and not (start_half or end_half):
        return None  # 9-5: in the afternoon, most likely
    return (start, end) if end > start else (start, end + _MINUTES_A_DAY)


def _minute(hour: str, minute: str | None, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if half in ("am", "pm"):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    return hours * 60 + minutes if hours * 60 + minutes <= _MINUTES_A_DAY and minutes < 60 else None
