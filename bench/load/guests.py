"""People of the soak: they come at a rate, ask a few questions, send again until they are heard, read on where a
connection broke, and write down what they were promised and what they got."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import aiohttp

from bridge.types import new_id
from tests.fakes.widget_client import Visitor

QUESTIONS_EACH = 3
PAUSE_S = 1.0
"""Between an answer and the next question."""
RETRY_S = 0.2
ANSWER_S = 120.0
"""After which an accepted message counts as lost."""
AWAY = (aiohttp.ClientError, ConnectionError, TimeoutError)
ACCEPTED = 202


@dataclass(slots=True)
class Guests:
    """Mutable. `url` leads to the servers, by whatever way."""

    url: str
    questions: Sequence[str]
    chance: random.Random
    accepted: int = 0
    answered: int = 0
    lost: int = 0
    doubled: int = 0
    """Ends of a turn that had ended."""
    resent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    waits_s: list[float] = field(default_factory=list)
    """From the promise to the end of the answer."""

    async def come(self, per_s: float, seconds: float) -> None:
        """So many questions a second on average, for so long; then wait for the answers."""
        until = time.monotonic() + seconds
        timeout = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=30.0)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http,
            asyncio.TaskGroup() as group,
        ):
            while time.monotonic() < until:
                group.create_task(self._visit(http))
                await asyncio.sleep(self.chance.expovariate(per_s / QUESTIONS_EACH))

    async def _visit(self, http: aiohttp.ClientSession) -> None:
        visitor = Visitor(http, self.url)
        while not visitor.token:
            try:
                await visitor.begin()
            except (*AWAY, AssertionError):
                await asyncio.sleep(RETRY_S)
        ended: dict[str, asyncio.Event] = {}
        reading = asyncio.create_task(self._read(visitor, ended))
        try:
            for _ in range(QUESTIONS_EACH):
                turn_id = await self._say(visitor)
                promised_at = time.monotonic()
                self.accepted += 1
                try:
                    await asyncio.wait_for(ended.setdefault(turn_id, asyncio.Event()).wait(), ANSWER_S)
                except TimeoutError:
                    self.lost += 1
                else:
                    self.answered += 1
                    self.waits_s.append(time.monotonic() - promised_at)
                await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE_S))
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _say(self, visitor: Visitor) -> str:
        """The turn that was promised, however often it had to be sent."""
        message = {"client_msg_id": new_id(), "text": self.chance.choice(self.questions)}
        while True:
            try:
                status, answer, _ = await visitor.post("/widget/messages", message)
                if status == ACCEPTED:
                    return str(answer["turn_id"])
            except AWAY:
                pass
            self.resent += 1
            await asyncio.sleep(RETRY_S)

    async def _read(self, visitor: Visitor, ended: dict[str, asyncio.Event]) -> None:
        cursor: int | None = None
        while True:
            try:
                async with aclosing(visitor.events(cursor)) as events:  # type: ignore[type-var]
                    async for event in events:
                        cursor = event.id
                        if event.type == "done":
                            over = ended.setdefault(event.turn_id, asyncio.Event())
                            self.doubled += over.is_set()
                            over.set()
                            self.outcomes[str(event.data.get("outcome"))] += 1
            except (*AWAY, AssertionError):
                pass
            await asyncio.sleep(RETRY_S)
