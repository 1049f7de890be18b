"""Small calls that nobody waits for: a lost one is a missing nicety."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bridge.errors import ChannelError, StoreError
from bridge.logs import event

log = logging.getLogger(__name__)

TASKS_MAX = 200


class Later:
    """Mutable."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, what: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Begin it now, beside everything else, whoever is cancelled; None with too many under way: it is left out."""
        if len(self._tasks) >= TASKS_MAX:
            work.close()
            return None
        task = asyncio.create_task(self._done(what, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # when it was cancelled before it began
        return task

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _done(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (ChannelError, StoreError) as error:
            event(log, "left out", level=logging.INFO, channel="slack", what=what, error=error)
