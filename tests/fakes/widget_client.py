"""A visitor of the widget: speaks its HTTP as a browser would, and holds the server to the grammar of its events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bridge.types import new_id

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; `raw` is what stood on the wire."""

    id: int
    type: str
    data: dict[str, Any]
    raw: bytes

    @property
    def turn_id(self) -> str:
        return str(self.data.get("turn_id", ""))


@dataclass(slots=True)
class Visitor:
    """One conversation. `origin` is the page's; None for a program without one."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""
    conversation_id: str = ""
    origin: str | None = None
    began: dict[str, Any] = field(default_factory=dict)
    """The answer that began the session."""

    @property
    def key(self) -> str:
        return self.conversation_id.removeprefix("widget:")

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return headers | ({"Origin": self.origin} if self.origin else {})

    async def begin(self, **body: Any) -> "Visitor":
        """Begin a session, or renew the one of the token."""
        status, answer, _ = await self.post("/widget/session", body)
        assert status == 200, (status, answer)
        self.began, self.token, self.conversation_id = answer, answer["token"], answer["conversation_id"]
        return self

    async def post(
        self, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """Status, JSON (empty when there is none) and headers."""
        async with self.http.post(self.url + path, json=body, headers={**self.headers, **(headers or {})}) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else {}, answer.headers

    async def say(self, text: str, client_msg_id: str | None = None) -> str:
        """Send a message; the id of the turn that will answer it."""
        body = {"client_msg_id": client_msg_id or new_id(), "text": text}
        status, answer, _ = await self.post("/widget/messages", body)
        assert status == 202, (status, answer)
        return str(answer["turn_id"])

    @asynccontextmanager
    async def stream(self, after: int | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """The open event stream."""
        cursor = {} if after is None else {"Last-Event-ID": str(after)}
        async with self.http.get(f"{self.url}/widget/events", headers=self.headers | cursor) as answer:
            yield answer

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """The events from a cursor on. Close it (aclosing) to leave."""
        async with self.stream(after) as answer:
            assert answer.status == 200, answer.status
            block: list[bytes] = []
            async for line in answer.content:
                block.append(line)
                if line == b"\n":
                    if event := parsed(block):
                        yield event
                    block = []

    async def read_until(self, wanted: Callable[[Event], bool], after: int | None = None) -> list[Event]:
        """The events up to the first wanted one."""
        seen = []
        async with asyncio.timeout(PATIENCE_S):
            events = self.events(after)
            try:
                async for event in events:
                    seen.append(event)
                    if wanted(event):
                        return seen
            finally:
                await events.aclose()  # type: ignore[attr-defined] # it is a generator
        raise AssertionError(f"the stream ended: {seen}")

    async def read_turn(self, turn_id: str) -> list[Event]:
        """The whole conversation up to the end of a turn."""
        events = await self.read_until(lambda event: event.type == "done" and event.turn_id == turn_id)
        check_grammar(events)
        return events

    async def ask(self, text: str) -> dict[str, Any]:
        """Say something and wait for the answer: the `done` event's data."""
        return (await self.read_turn(await self.say(text)))[-1].data


def parsed(lines: Sequence[bytes]) -> Event | None:
    """The event of a block of lines; None for a comment or the like."""
    fields = dict(line.decode().rstrip("\n").partition(": ")[::2] for line in lines if not line.startswith(b":"))
    if "data" not in fields:
        return None
    return Event(int(fields["id"]), fields["event"], json.loads(fields["data"]), b"".join(lines))


def check_grammar(events: Sequence[Event]) -> None:
    """Ids rise by one; a turn begins with its status; its deltas since the last reset are its final text; then it
    says no more."""
    assert [event.id for event in events] == list(range(events[0].id, events[0].id + len(events)))
    text: dict[str, str] = {}
    over: set[str] = set()
    for event in events:
        turn = event.turn_id
        assert turn not in over, f"after the end: {event}"
        if turn not in text:
            assert event.type == "status", f"a turn begins with {event}"
            assert event.data.get("questions") or event.data.get("retry_of"), f"nobody asked: {event}"
            text[turn] = ""
        match event.type:
            case "delta":
                text[turn] += event.data["text"]
            case "reset":
                text[turn] = ""
            case "done":
                assert text[turn] == event.data["text"]
                over.add(turn)
            case "status":
                pass
            case other:
                raise AssertionError(f"an unknown event: {other}")


@asynccontextmanager
async def visiting(url: str, **fields: Any) -> AsyncIterator[Visitor]:
    """A visitor with a session of its own."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield await Visitor(http, url, **fields).begin()


async def another(visitor: Visitor) -> Visitor:
    """A stranger on the same machine."""
    return await Visitor(visitor.http, visitor.url, origin=visitor.origin).begin()
