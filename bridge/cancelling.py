"""Ending tasks for certain."""

import asyncio
from typing import Any


async def cancelled(task: asyncio.Future[Any], *, again_s: float) -> None:
    """Cancel a task until it has ended, once more every `again_s`: a cancellation may be swallowed, up to Python 3.11
    also by a `wait_for` that ends at the same moment. What it raises is left in it."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=again_s)
