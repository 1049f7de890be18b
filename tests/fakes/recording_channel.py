"""A messaging platform with rules of its own, and the channels that speak to it.

It knows nothing of our buckets: it counts calls in windows, refuses what is too much, and keeps every call. It fails as
it is told, before or after a call had its effect. What a platform would let pass but must never happen stands in
`violations`, which must be empty at the end of a test: a text that is too long, two calls at once for one message, a
call before the time that was asked for is over, a call that was cut off, an edit that brings back an older state or
changes nothing.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeVar

from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, RateLimited, Unconfirmed, Undeliverable
from bridge.markdown.heal import heal
from bridge.ports import Claim, Limits, Page, Routes
from bridge.types import Address, Attachment, MessageRef, Outcome, TurnId

T = TypeVar("T")
Kind = Literal["post", "edit", "delete", "find", "typing"]

AT_ONCE_S = 0.001
"""So long it may take until a caller that was told to be quiet has told itself."""
LIMITS = Limits(size_max=4_000, edit_interval_s=0.5)


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` of some kinds in any `seconds`. Who has too many is told to be quiet, with whatever `quiet`
    names."""

    calls: int
    seconds: float
    counts: tuple[Kind, ...]
    quiet: tuple[Kind, ...]
    per_room: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """How one call ends, whatever its kind is, but for typing, which nobody minds. `lost`: done, but its answer does
    not arrive. `dark`: not done, and for a post nobody can tell. `down`: not done, for certain. `busy`: refused for
    `seconds`."""

    how: Literal["lost", "dark", "down", "busy"]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """What the platform was asked to do, and when (the event loop's time)."""

    kind: str
    at: float
    message_id: str = ""
    text: str = ""
    final: bool = False
    room: str = ""


@dataclass(slots=True)
class Shown:
    """A message as people see it."""

    room: str
    text: str
    final: bool
    last: bool
    outcome: Outcome | None
    turn: TurnId
    number: int
    fence: int
    confirmed: bool = False
    """Whoever showed it like that knows it."""

    def same(self, page: Page) -> bool:
        """Whether people could tell the page from what is there."""
        return (self.text, self.final, self.last, self.outcome) == (as_seen(page), page.final, page.last, page.outcome)


def as_seen(page: Page) -> str:
    """As a channel shows it: of a draft nothing that is half."""
    return page.text if page.final else heal(page.text).rstrip()


@dataclass(slots=True)
class Platform:
    """Mutable. Outlives the server. `plan` says, by kind of call, how the next ones end: None for well. A call fails
    before it has an effect, or after it when its kind ends with "!". `troubles` says the same of the next calls of
    any kind. With `lookable` off nobody can look for a message."""

    limits: Limits = LIMITS
    limits_of: Callable[[str], Limits] | None = None
    """Where rooms differ."""
    windows: Sequence[Window] = ()
    latency_s: float = 0.0
    jitter_s: float = 0.0
    """Up to so much longer may each way of a call take."""
    lookable: bool = True
    plan: dict[str, deque[ChannelError | None]] = field(default_factory=dict)
    troubles: deque[Trouble | None] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, Shown] = field(default_factory=dict)
    taken_away: dict[str, Shown] = field(default_factory=dict)
    """What people deleted and no call came for since."""
    refusals: int = 0
    """429 that the rules made, not the script."""
    violations: list[str] = field(default_factory=list)
    died_at: dict[int, Callable[[], float | None]] = field(default_factory=dict)
    """By caller. Who dies in the moment of a refusal cannot write it down."""
    _counted: dict[tuple[Window, str], deque[float]] = field(default_factory=dict)
    _quiet: dict[tuple[str, str], tuple[float, float, int]] = field(default_factory=dict)
    """By kind and room (or "" for all): since when, until when, and which caller knows."""
    _busy: set[tuple[int, str]] = field(default_factory=set)
    _posts: int = 0
    _luck: Random = field(default_factory=lambda: Random(7))

    def will(self, kind: str, *ends: ChannelError | None) -> None:
        """Plan the next calls of a kind."""
        self.plan.setdefault(kind, deque()).extend(ends)

    def of(self, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind]

    def room(self, key: str = "room") -> list[Shown]:
        """What people see in a room, oldest first."""
        return [message for message in self.messages.values() if message.room == key]

    def take_away(self, message_id: str) -> None:
        """Somebody deletes a message."""
        self.taken_away[message_id] = self.messages.pop(message_id)

    async def way(self) -> None:
        """A call goes to the platform, or comes back."""
        await asyncio.sleep(self.latency_s / 2 + self._luck.uniform(0.0, self.jitter_s))

    def limits_in(self, room: str) -> Limits:
        return self.limits_of(room) if self.limits_of else self.limits

    # ------------------------------------------------------------ what it can be asked

    async def post(self, caller: int, room: str, page: Page) -> str:
        self._posts += 1
        message_id = f"m{self._posts}"
        async with _Call(self, "post", caller, room, f"{page.claim.turn.id}/{page.number}", page) as call:
            await call.begin()
            message = self.messages[message_id] = Shown(
                room,
                as_seen(page),
                page.final,
                page.last,
                page.outcome,
                page.claim.turn.id,
                page.number,
                page.claim.fence,
            )
            await call.end()
        message.confirmed = True
        return message_id

    async def edit(self, caller: int, ref: MessageRef, page: Page) -> None:
        async with _Call(self, "edit", caller, ref.address.key, ref.message_id, page) as call:
            message = self.messages.get(ref.message_id)
            known = message is not None and message.confirmed
            if message:
                message.confirmed = False
            await call.begin()
            self.taken_away.pop(ref.message_id, None)
            if message is None or ref.message_id not in self.messages:
                raise MessageGone(f"no message {ref.message_id!r}")
            self._watch_order(ref.message_id, message, page, known)
            message.text, message.final, message.last = as_seen(page), page.final, page.last
            message.outcome, message.fence = page.outcome, page.claim.fence
            await call.end()
            message.confirmed = True

    async def delete(self, caller: int, ref: MessageRef) -> None:
        async with _Call(self, "delete", caller, ref.address.key, ref.message_id) as call:
            await call.begin()
            self.messages.pop(ref.message_id, None)
            self.taken_away.pop(ref.message_id, None)
            await call.end()

    async def find(self, caller: int, to: Address, page: Page) -> MessageRef | None:
        """By the turn and the number that each message carries."""
        key = f"{page.claim.turn.id}/{page.number}"
        async with _Call(self, "find", caller, to.key, key, page) as call:
            await call.begin()
            await call.end()
            for message_id, message in self.messages.items() if self.lookable else ():
                if (message.turn, message.number) == (page.claim.turn.id, page.number):
                    return MessageRef(to, message_id)
        return None

    async def typing(self, caller: int, to: Address, claim: Claim, label: str) -> None:
        async with _Call(self, "typing", caller, to.key, f"typing {claim.turn.id}", text=label) as call:
            await call.begin()
            await call.end()

    # ------------------------------------------------------------ its rules

    def _watch_order(self, message_id: str, message: Shown, page: Page, known: bool) -> None:
        if page.claim.fence < message.fence:
            self.violations.append(f"{message_id} changed by who does not own its turn any more")
        elif page.claim.fence == message.fence and message.final and not page.final:
            self.violations.append(f"{message_id} became a draft again")
        elif known and message.same(page) and page.claim.fence == message.fence:
            self.violations.append(f"an edit of {message_id} that changes nothing")

    def check_quiet(self, kind: Kind, room: str, began_at: float) -> None:
        """May raise RateLimited."""
        now = _now()
        for where in (room, ""):
            since, until, knows = self._quiet.get((kind, where), (0.0, 0.0, 0))
            if now < until - 1e-6:
                died_at = self.died_at.get(knows, lambda: None)()
                # Looking is refused here and no more: unlike real channels, this one keeps no bucket for it.
                told = kind != "find" and not (died_at and died_at - since < AT_ONCE_S)
                if told and began_at > since + AT_ONCE_S:
                    self.violations.append(f"{kind} in {room} {until - now:.2f} s too early")
                raise RateLimited("be quiet", retry_after_s=until - now)

    def count(self, kind: Kind, room: str) -> None:
        """May raise RateLimited."""
        now = _now()
        windows = [(window, room if window.per_room else "") for window in self.windows if kind in window.counts]
        for window, where in windows:
            counted = self._counted.setdefault((window, where), deque())
            while counted and counted[0] <= now - window.seconds + 1e-6:
                counted.popleft()
            if len(counted) >= window.calls:
                self.refusals += 1
                raise RateLimited("too many", retry_after_s=math.ceil(counted[0] + window.seconds - now))
        for key in windows:
            self._counted[key].append(now)

    def silence(self, kind: Kind, room: str, seconds: float, knows: int) -> None:
        """Whom a refusal concerns: what the last rule for this kind names; without rules, such calls in the room."""
        window = next((window for window in reversed(self.windows) if kind in window.counts), None)
        kinds, where = (window.quiet, room if window.per_room else "") if window else ((kind,), room)
        for each in kinds:
            _, until, _ = self._quiet.get((each, where), (0.0, 0.0, 0))
            self._quiet[each, where] = (_now(), max(until, _now() + seconds), knows)


class _Call:
    """One call on its way. Mutable."""

    def __init__(
        self,
        platform: Platform,
        kind: Kind,
        caller: int,
        room: str,
        what: str,
        page: Page | None = None,
        text: str = "",
    ) -> None:
        self._platform = platform
        self._kind: Kind = kind
        self._room = room
        self._page = page
        self._key = (caller, what)
        self._at = _now()
        self._end: ChannelError | None = None
        text, final = (page.text, page.final) if page else (text, False)
        platform.calls.append(Call(kind, self._at, what, text, final, room))

    async def __aenter__(self) -> "_Call":
        if self._key in self._platform._busy:
            self._platform.violations.append(f"{self._kind} of {self._key[1]} during another call")
        self._platform._busy.add(self._key)
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._platform._busy.discard(self._key)
        if isinstance(error, RateLimited):
            self._platform.silence(self._kind, self._room, error.retry_after_s, self._key[0])

    async def begin(self) -> None:
        """Until it has its effect. May raise as the platform was told, or as its rules say."""
        platform = self._platform
        await platform.way()
        platform.check_quiet(self._kind, self._room, self._at)
        if self._page and self._kind in ("post", "edit"):
            limits = platform.limits_in(self._room)
            if self._page.last and not self._page.final and not as_seen(self._page):
                platform.violations.append(f"{self._kind} of an empty draft")
            if (size := limits.size(self._page.text)) > limits.size_max:
                platform.violations.append(f"{self._kind} of {size} > {limits.size_max}")
        before = _next(platform.plan.get(self._kind))
        self._end = _next(platform.plan.get(f"{self._kind}!"))
        trouble = platform.troubles.popleft() if platform.troubles and self._kind != "typing" else None
        if trouble and not before:
            before, self._end = _translated(trouble, self._kind)
        if before is not None:
            await asyncio.sleep(platform.latency_s / 2)
            raise before
        platform.count(self._kind, self._room)

    async def end(self) -> None:
        """Until the caller hears of it."""
        await self._platform.way()
        if self._end is not None:
            raise self._end


def _next(ends: deque[ChannelError | None] | None) -> ChannelError | None:
    return ends.popleft() if ends else None


def _translated(trouble: Trouble, kind: Kind) -> tuple[ChannelError | None, ChannelError | None]:
    """The error before the effect, and after it."""
    if trouble.how == "busy":
        return RateLimited("busy", retry_after_s=trouble.seconds), None
    if trouble.how == "down":
        return ChannelUnavailable("down"), None
    error = Unconfirmed("lost") if kind == "post" else ChannelUnavailable("lost")
    return (error, None) if trouble.how == "dark" else (None, error)


def _now() -> float:
    return asyncio.get_running_loop().time()


class PlainChannel:
    """A channel whose messages stay as they are posted."""

    def __init__(self, platform: Platform, name: str = "recording") -> None:
        self.name = name
        self.platform = platform

    @property
    def dead(self) -> bool:
        """Nobody minds calls that are cut off in a process that was killed."""
        return False

    def limits(self, to: Address) -> Limits:
        return self.platform.limits_in(to.key)

    def routes(self) -> Routes:
        return []

    async def run(self) -> None:
        """Nothing but what it is asked."""

    async def close(self) -> None:
        """Nothing is open."""

    async def check(self) -> str:
        return "ok"

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        raise Undeliverable("there are no files here")

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        return await self._ask("find", lambda: self.platform.find(id(self), to, page))

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        await self._ask("typing", lambda: self.platform.typing(id(self), to, claim, label))

    async def post(self, to: Address, page: Page) -> MessageRef:
        return MessageRef(to, await self._ask("post", lambda: self.platform.post(id(self), to.key, page)))

    async def _ask(self, kind: Kind, call: Callable[[], Awaitable[T]]) -> T:
        """What the platform has begun it ends, whether we wait for it or not."""
        under_way = asyncio.ensure_future(call())
        under_way.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await asyncio.shield(under_way)
        except asyncio.CancelledError:
            if kind != "typing" and not self.dead:
                self.platform.violations.append(f"a {kind} was cut off")
            raise


class RecordingChannel(PlainChannel):
    """A channel whose messages can change."""

    async def edit(self, ref: MessageRef, page: Page) -> None:
        await self._ask("edit", lambda: self.platform.edit(id(self), ref, page))

    async def delete(self, ref: MessageRef) -> None:
        await self._ask("delete", lambda: self.platform.delete(id(self), ref))
