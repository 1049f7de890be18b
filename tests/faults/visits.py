"""Load: visitors come at a rate, ask a few questions each, read their answers and leave."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

from tests.faults.history import History
from tests.faults.people import Person, Where, until
from tests.faults.server import QUESTION

PATIENCE_S = 150.0
"""A visitor whose answer has not come by then leaves; the checker has something to say then."""
READ_AT_ONCE = 40
LOOK_S = 0.05


@dataclass(slots=True)
class Visits:
    """Mutable."""

    where: Where
    history: History
    http: aiohttp.ClientSession
    dice: random.Random
    everyone: list[Person] = field(default_factory=list)
    _begun: list[asyncio.Task[None]] = field(default_factory=list)
    _coming: asyncio.Task[None] | None = None

    def come(self, per_s: float) -> None:
        """From now on visitors come, so many a second."""
        self._coming = asyncio.create_task(self._come(per_s))

    async def _come(self, per_s: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._begun.append(asyncio.create_task(self._visit(len(self._begun))))
            due += 1 / per_s
            await asyncio.sleep(due - loop.time())

    async def _visit(self, number: int) -> None:
        person = Person(f"v{number}", self.where, self.http, self.history)
        await person.begin()
        self.everyone.append(person)
        reading = asyncio.create_task(person.read())
        try:
            for _ in range(self.dice.choice((1, 1, 2, 3))):
                await person.say(QUESTION, twice=self.dice.random() < 0.1)
                await asyncio.sleep(self.dice.choice((0.0, 0.1, 1.0)))
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    while not person.answered():  # noqa: ASYNC110 - the history is no event
                        await asyncio.sleep(LOOK_S)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    @property
    def here(self) -> int:
        """Visitors that are not done."""
        return sum(not visit.done() for visit in self._begun)

    def stop_coming(self) -> None:
        if self._coming:
            self._coming.cancel()

    async def rest(self, within_s: float) -> bool:
        """Nobody comes any more, and everybody leaves; False when somebody does not. Raises what a visitor was told
        that must never be told."""
        self.stop_coming()
        rested = await until(lambda: not self.here, within_s)
        for visit in self._begun:
            if visit.done() and not visit.cancelled() and (error := visit.exception()):
                raise error
        return rested

    async def look_again(self, share: int) -> int:
        """So many of them read everything anew, as another page would, and see whether anything came after they had
        left."""
        again = self.everyone if len(self.everyone) <= share else self.dice.sample(self.everyone, share)
        slots = asyncio.Semaphore(READ_AT_ONCE)

        async def read(person: Person) -> None:
            async with slots:
                await person.read_all()

        await asyncio.gather(*map(read, again))
        return len(again)


@asynccontextmanager
async def visits(where: Where, history: History, dice: random.Random) -> AsyncIterator[Visits]:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=60.0)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        made = Visits(where, history, http, dice)
        try:
            yield made
        finally:
            made.stop_coming()
            tasks = [*made._begun, *([made._coming] if made._coming else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
