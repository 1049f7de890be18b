"""One more attempt for what fails in passing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

RETRY_S = 0.2
RETRY_MAX_S = 3.0
"""Somebody waits for an answer: whoever asks for more patience than this is not asked again."""


async def twice(operation: Callable[[], Awaitable[T]], *passing: type[Exception]) -> T:
    """Do it; when it fails in one of these ways, once more after RETRY_S, or after the `retry_after_s` of the error.
    Raises what the last attempt raised."""
    try:
        return await operation()
    except passing as error:
        wait_s = max(RETRY_S, getattr(error, "retry_after_s", None) or 0.0)
        if wait_s > RETRY_MAX_S:
            raise
    await asyncio.sleep(wait_s)
    return await operation()
