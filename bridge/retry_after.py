"""What a model's API says in its `retry-after` header."""

import math


def seconds(header: str | None) -> float | None:
    """The header's seconds; None when it is missing or no plain number."""
    try:
        value = float(header or "")
    except ValueError:
        return None
    return value if value >= 0 and math.isfinite(value) else None
