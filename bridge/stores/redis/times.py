"""Spans of time as the server counts them."""

import math


def milliseconds(seconds: float) -> int:
    """Never shorter than what was asked for: the server's clock is read in whole milliseconds, so one more is added."""
    return math.ceil(seconds * 1000) + 1 if seconds > 0 else 0


def microseconds(seconds: float) -> int:
    """For what is compared with the server's clock as it is."""
    return round(seconds * 1e6)
