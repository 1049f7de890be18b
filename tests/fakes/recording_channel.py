"""A messaging platform with rules of its own, and the channel that speaks to it.

It keeps every call, fails as it is told, and notes whoever breaks its rules: a text that is too long, two calls at
once for one message, a call before the time that it asked for is over, a call that was cut off. `violations` must
be empty at the end of a test.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from bridge.errors import ChannelError, MessageGone, RateLimited, Undeliverable
from bridge.ports import Claim, Limits, Page, Routes
from bridge.types import Address, Attachment, MessageRef, Outcome, TurnId

LIMITS = Limits(size_max=4_000, edit_interval_s=0.5)


@dataclass(frozen=True, slots=True)
class Call:
    """What the platform was asked to do, and when (the event loop's time)."""

    kind: str
    at: float
    message_id: str = ""
    text: str = ""
    final: bool = False


@dataclass(slots=True)
class Shown:
    """A message as people see it."""

    room: str
    text: str
    final: bool
    outcome: Outcome | None
    turn: TurnId
    number: int


@dataclass(slots=True)
class Platform:
    """Mutable. Outlives the server. `plan` says, by kind of call, how the next ones end: None for well. A call fails
    before it has an effect, or after it when its kind ends with "!"."""

    limits: Limits = LIMITS
    latency_s: float = 0.0
    plan: dict[str, deque[ChannelError | None]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, Shown] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    _quiet_until: float = 0.0
    _busy: set[str] = field(default_factory=set)

    def will(self, kind: str, *ends: ChannelError | None) -> None:
        """Plan the next calls of a kind."""
        self.plan.setdefault(kind, deque()).extend(ends)

    def of(self, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind]

    def room(self, key: str = "room") -> list[Shown]:
        """What people see in a room, oldest first."""
        return [message for message in self.messages.values() if message.room == key]

    async def post(self, room: str, page: Page) -> str:
        message_id = f"m{len(self.of('post')) + 1}"
        await self._call("post", message_id, page)
        self.messages[message_id] = Shown(room, page.text, page.final, page.outcome, page.claim.turn.id, page.number)
        self._fail("post!")
        return message_id

    async def edit(self, message_id: str, page: Page) -> None:
        await self._call("edit", message_id, page)
        if message_id not in self.messages:
            raise MessageGone(f"no message {message_id!r}")
        message = self.messages[message_id]
        message.text, message.final, message.outcome = page.text, page.final, page.outcome
        self._fail("edit!")

    def find(self, to: Address, page: Page) -> MessageRef | None:
        """By the turn and the number that each message carries."""
        for message_id, message in self.messages.items():
            if (message.turn, message.number) == (page.claim.turn.id, page.number):
                return MessageRef(to, message_id)
        return None

    async def _call(self, kind: str, message_id: str, page: Page) -> None:
        now = asyncio.get_running_loop().time()
        self.calls.append(Call(kind, now, message_id, page.text, page.final))
        if now < self._quiet_until:
            self.violations.append(f"{kind} {self._quiet_until - now:.2f} s too early")
        if len(page.text) > self.limits.size_max:
            self.violations.append(f"{kind} of {len(page.text)} characters")
        if message_id in self._busy:
            self.violations.append(f"{kind} of {message_id} during another call")
        self._busy.add(message_id)
        try:
            await asyncio.sleep(self.latency_s)
            self._fail(kind)
        except asyncio.CancelledError:
            self.violations.append(f"{kind} of {message_id} was cut off")
            raise
        finally:
            self._busy.discard(message_id)

    def _fail(self, kind: str) -> None:
        ends = self.plan.get(kind)
        error = ends.popleft() if ends else None
        if isinstance(error, RateLimited):
            self._quiet_until = asyncio.get_running_loop().time() + error.retry_after_s
        if error is not None:
            raise error


class PlainChannel:
    """A channel whose messages stay as they are posted."""

    def __init__(self, platform: Platform, name: str = "recording") -> None:
        self.name = name
        self._platform = platform

    def limits(self, to: Address) -> Limits:
        return self._platform.limits

    def routes(self) -> Routes:
        return []

    async def run(self) -> None:
        """Nothing but what it is asked."""

    async def close(self) -> None:
        """Nothing is open."""

    async def check(self) -> str:
        return "it is there"

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        raise Undeliverable("there are no files here")

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        return self._platform.find(to, page)

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        self._platform.calls.append(Call("typing", asyncio.get_running_loop().time(), text=label))

    async def post(self, to: Address, page: Page) -> MessageRef:
        return MessageRef(to, await self._platform.post(to.key, page))


class RecordingChannel(PlainChannel):
    """A channel whose messages can change."""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        await self._platform.edit(ref.message_id, page)

    async def delete(self, ref: MessageRef) -> None:
        self._platform.messages.pop(ref.message_id, None)
