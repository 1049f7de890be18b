"""Opening hours in words: open, closed, or nobody can tell."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.hours import is_open

SHOP = "Tuesday to Friday 9:00-18:00, Saturday 9:00-16:00"
MONDAY = 16
"""The 16th of November 2026."""


def at(day: int, time: str) -> datetime:
    """`day` counts from Monday."""
    return datetime.fromisoformat(f"2026-11-{MONDAY + day}T{time}")


@pytest.mark.parametrize(
    ("hours", "day", "time", "expected"),
    [
        (SHOP, 0, "12:00", False),
        (SHOP, 1, "08:59", False),
        (SHOP, 1, "09:00", True),
        (SHOP, 4, "17:59", True),
        (SHOP, 4, "18:00", False),
        (SHOP, 5, "15:59", True),
        (SHOP, 5, "16:00", False),
        (SHOP, 6, "12:00", False),
        ("Mon-Fri 9:00-17:00", 0, "12:00", True),
        ("Mon - Fri: 9am - 5:30pm; Sat 10am-2pm; Sun closed", 4, "17:15", True),
        ("Mon - Fri: 9am - 5:30pm; Sat 10am-2pm; Sun closed", 6, "12:00", False),
        ("Mon-Fri 9-5pm", 2, "16:59", True),
        ("Mon, Wed and Fri 9:00 to 17:00.", 1, "12:00", False),
        ("Mon, Wed and Fri 9:00 to 17:00.", 2, "12:00", True),
        ("Mo-Fr 9-12 Uhr und 13-17 Uhr", 0, "12:30", False),
        ("Mo-Fr 9-12 Uhr und 13-17 Uhr", 0, "13:00", True),
        ("Montag bis Freitag von 8 bis 16 Uhr", 3, "15:00", True),
        ("lunes a viernes 9:00 a 18:00", 4, "17:00", True),
        ("lundi au vendredi de 9h à 18h30", 4, "18:15", True),
        ("segunda a sexta das 9h às 18h", 5, "12:00", False),
        ("daily 8:00-20:00", 6, "19:00", True),
        ("Fri-Sat 18:00-02:00", 5, "01:30", True),
        ("Fri-Sat 18:00-02:00", 6, "01:30", True),
        ("Fri-Sat 18:00-02:00", 6, "02:00", False),
        ("Fri-Sat 18:00-02:00", 4, "01:30", False),
        ("Sat-Mon 9:00-17:00", 0, "12:00", True),
        ("24/7", 6, "03:00", True),
        ("Mon-Fri 12am-12pm", 0, "00:30", True),
        ("Mon-Fri 12-8pm", 0, "03:00", False),
        ("Mon-Fri 12-8pm", 0, "12:00", True),
        ("Mon-Fri 12-8pm", 0, "19:59", True),
        ("Mon-Fri 12:30-5pm", 0, "02:00", False),
        ("Mon-Fri 12:30-5pm", 0, "12:30", True),
        ("Sat 10-12pm", 5, "11:00", True),
        ("Sat 10-12pm", 5, "22:00", False),
        ("Mon-Fri 1-5pm", 0, "13:30", True),
        ("Mon-Fri 7-11am", 0, "10:00", True),
        ("Mon-Fri 9am-17:00", 0, "16:00", True),
        ("Mon-Fri 9am-12pm and 2-6pm", 0, "13:00", False),
        ("Fri-Sat 10pm-2am", 5, "01:30", True),
        # Nobody can tell.
        ("Mon-Fri 9am-5", 0, "20:00", None),
        ("Mon-Fri 9am-5", 0, "12:00", None),
        ("Fri 9pm-5", 4, "22:00", None),
        ("Mon-Fri 10-12am", 0, "11:00", None),
        ("Fri 10-2am", 4, "12:00", None),
        ("Fri 12-12pm", 4, "12:00", None),
        ("", 0, "12:00", None),
        ("by appointment", 0, "12:00", None),
        ("Mon-Fri 9:00-17:00, except on holidays", 0, "12:00", None),
        ("Mon-Fri 9-5", 0, "12:00", None),
        ("9:00-17:00", 0, "12:00", None),
        ("Mon-Fri", 0, "12:00", None),
        ("Mon-Fri 25:00-26:00", 0, "12:00", None),
        ("Mon-Fri 13pm-15pm", 0, "12:00", None),
        ("Sunday closed", 6, "12:00", None),
    ],
)
def test_whether_somebody_is_there(hours: str, day: int, time: str, expected: bool | None) -> None:
    assert is_open(hours, at(day, time)) is expected
    assert is_open(hours.upper(), at(day, time)) is expected


WORDS = st.sampled_from(
    ["mon", "fri", "-", "9", ":", "00", "pm", ",", " ", "to", "daily", "closed", "17", "and", "x", "24/7"]
)


@given(st.lists(WORDS, max_size=200).map(" ".join) | st.text(max_size=500))
def test_any_text_is_taken(hours: str) -> None:
    assert is_open(hours, at(0, "12:00")) in (True, False, None)
