"""People at the widget: each has a conversation, resends until stored, and reads on where the connection broke."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.faults.history import History, Refused, Seen, Stored, now

RETRY_S = 0.03
MORE_S = 0.3
"""For so long a page that has all it expects looks whether more comes."""
FRESH_S = 60.0
AWAY = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""What a person sees of a server that dies."""


class Where(Protocol):
    """A server, or several behind one address."""

    @property
    def url(self) -> str:
        """Empty while nothing listens; changes with every start."""


@dataclass(slots=True)
class Person:
    """Mutable."""

    name: str
    server: Where
    http: aiohttp.ClientSession
    history: History
    conversation: str = ""
    cursor: int = 0
    receipts: list[Stored] = field(default_factory=list)
    """One for each message, oldest first."""
    refused: int = 0
    """Answers 503 so far."""
    _token: str = ""
    _count: int = 0
    _pages: int = 1
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One message is stored before the next is sent, so their order is known."""

    async def begin(self) -> None:
        """Get a conversation, however long it takes."""
        while not self._token:
            answer = await self._post("/widget/session", {})
            if answer:
                self._token, self.conversation = answer["token"], answer["conversation_id"]

    async def say(self, text: str, *, twice: bool = False) -> Stored:
        """Send a message until it is stored; `twice` sends it again although it is."""
        async with self._turn:
            self._count += 1
            message = {"client_msg_id": f"{self.name}-{self._count}", "text": text}
            receipt = await self._stored(message)
            self.receipts.append(receipt)
            if twice:
                await self._stored(message)
        return receipt

    async def resend(self) -> None:
        for number, _ in enumerate(self.receipts, start=1):
            await self._stored({"client_msg_id": f"{self.name}-{number}", "text": "Hello?"})

    async def _stored(self, message: dict[str, str]) -> Stored:
        asked = now()
        while not (answer := await self._post("/widget/messages", message)):
            asked = now()
        receipt = Stored(self.conversation, message["client_msg_id"], answer["turn_id"], now(), now() - asked)
        self.history.add(receipt)
        return receipt

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer when it is 2xx; else waits a little."""
        if self.server.url:
            asked, status = now(), 0
            try:
                async with self.http.post(self.server.url + path, json=body, headers=self._headers()) as response:
                    status = response.status
                    assert status < 400 or status in (429, 503), await response.text()
                    self.refused += status == 503
                    if status < 300:
                        answer: dict[str, Any] = await response.json()
                        return answer
            except AWAY:
                pass  # recorded as status 0
            self.history.add(Refused(path, status, now() - asked, now()))
        await asyncio.sleep(RETRY_S)
        return None

    def _headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", **more} if self._token else more

    async def read(self) -> None:
        """Read for ever, from where the connection broke."""
        while True:
            if self.server.url:
                with suppress(*AWAY):
                    await self._read("live", self.cursor)
            await asyncio.sleep(RETRY_S)

    async def read_all(self) -> None:
        """Read everything from the beginning as another page would: what this one has, and whatever comes in a short
        while after it."""
        self._pages += 1
        async with asyncio.timeout(FRESH_S):
            await self._read(f"fresh{self._pages}", 0, until=self.cursor)

    async def _read(self, reader: str, after: int, until: int = 10**15) -> None:
        url = self.server.url + "/widget/events"
        async with self.http.get(url, headers=self._headers(**{"Last-Event-ID": str(after)})) as response:
            response.raise_for_status()
            lines: dict[str, str] = {}
            while True:
                try:
                    async with asyncio.timeout(MORE_S if after >= until else None):
                        raw = await response.content.readline()
                except TimeoutError:
                    return
                if not raw:
                    return
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    lines[name] = value
                elif "data" in lines:
                    data = json.loads(lines["data"])
                    seen = Seen(self.conversation, reader, int(lines["id"]), lines["event"], data, now())
                    self.history.add(seen)
                    if reader == "live":
                        self.cursor = seen.id
                    after = seen.id
                    lines = {}
                else:
                    lines = {}

    def answered(self) -> bool:
        """They have said something, and every message of theirs that was stored has its final answer."""
        return bool(self.receipts) and self.history.answered(self.receipts)


@dataclass(slots=True)
class People:
    """Several of them, and what they saw."""

    everyone: list[Person]
    history: History
    talks: list[asyncio.Task[None]] = field(default_factory=list)

    def all_say(self, text: str, rounds: int = 1, *, twice: bool = False) -> None:
        """Each begins to say it, one message after the other; what the server does not take now goes to its next
        life."""

        async def talk(person: Person) -> None:
            for n in range(rounds):
                await person.say(f"{text} ({person.name} {n})", twice=twice)

        self.talks += [asyncio.create_task(talk(person)) for person in self.everyone]

    def writing(self, since: int = 0) -> bool:
        """Everyone's message is stored, and the newest event, none of the first `since`, is a piece of an answer."""
        return all(person.receipts for person in self.everyone) and self.history.writing(since)

    async def rest(self, within_s: float = 20.0, still_s: float = 0.1) -> bool:
        """Wait until everything is said, everyone has all answers and nothing comes any more; False when that does
        not happen."""

        def over() -> bool:
            return all(talk.done() for talk in self.talks) and all(person.answered() for person in self.everyone)

        rested = await until(over, within_s)
        await asyncio.sleep(still_s)
        return rested

    async def resend(self) -> None:
        """Everyone sends again all that was stored, as a page does that has not heard of it."""
        await asyncio.gather(*(person.resend() for person in self.everyone))

    async def read_all(self) -> None:
        await asyncio.gather(*(person.read_all() for person in self.everyone))


async def until(condition: Callable[[], object], within_s: float) -> bool:
    """Wait for it; False when it does not come true in time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while loop.time() < end:
        if condition():
            return True
        await asyncio.sleep(0.005)
    return False


@asynccontextmanager
async def people(server: Where, count: int, history: History | None = None) -> AsyncIterator[People]:
    """`count` people who read all the time. The server may die and come back meanwhile."""
    history = history or History()
    timeout = aiohttp.ClientTimeout(total=None, connect=2.0, sock_read=30.0)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        everyone = [Person(f"p{n}", server, http, history) for n in range(count)]
        await asyncio.gather(*(person.begin() for person in everyone))
        crowd = People(everyone, history)
        readers = [asyncio.create_task(person.read()) for person in everyone]
        try:
            yield crowd
        finally:
            tasks = [*readers, *crowd.talks]
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end  # what somebody was told that must never be told
