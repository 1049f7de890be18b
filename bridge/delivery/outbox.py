"""What must still land after its turn has ended: a message whose platform said no later on, and what goes between a
customer and people at the desk.

What waits here outlives a crash. Within a conversation one parcel goes after the other. The final of a turn does not
come here: its turn waits for it, so that the next message is answered after it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from bridge import leases, metrics
from bridge.delivery.messages import IN_FLIGHT_S
from bridge.delivery.pacing import Pace
from bridge.errors import ChannelError, ChannelUnavailable, LeaseLost, RateLimited, StoreUnavailable, Unconfirmed
from bridge.leases import Lease
from bridge.logs import event
from bridge.markdown.split import split
from bridge.ports import Carrier, Channel, Claim, Page, Parcel, Store
from bridge.types import Address, Outcome, Turn, TurnId, new_id

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 1.0
"""How often the store is looked at for parcels that another process put there, or that are due again."""
LEASE_S = 120.0
TRY_MAX_S = 90.0
"""How long one try may take: to wait for quota, to look for what was lost, and to post. Shorter than the lease."""
STOP_LOOK_S = 0.2
"""How often it is looked at a stop whether a try has come to where it only waits."""
AT_ONCE_MAX = 20
RETRY_S = 5.0
RETRY_MAX_S = 600.0
AGAIN_S = 1.0
"""Rest before what has landed is written down once more."""
TEXT = "text"
"""The kind of parcels that have no carrier of their own."""
ATTEMPTS_MAX = 100
"""About half a day of tries."""
NUMBER = 1_000
"""Places of such texts among the messages of their turn begin here, after all others."""
PLACES = 2**40
"""So many that two texts of one turn never share one: by its place a text is told to be there already."""


@dataclass(frozen=True, slots=True)
class _End:
    """What came of a try; without `retry_in_s` there is no other."""

    result: str
    retry_in_s: float | None = None
    channel: str = "none"
    """Or the kind of the parcel."""
    why: str = ""


@dataclass(slots=True)
class _Try:
    """Mutable: one that is under way."""

    waits: bool = False
    """For quota: whoever cuts it off now cuts off nothing that others could see."""


_trying: ContextVar[_Try | None] = ContextVar("trying", default=None)


class Outbox:
    """See ports.SendLater. Mutable: knows whether something new is there."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        carriers: Mapping[str, Carrier] = {},
        clock: Callable[[], float] = leases.now,
    ) -> None:
        self._store = store
        self._channels = channels
        self._carriers = carriers
        self._clock = clock
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something was enqueued in this process: it goes at once."""
        self._news.set()

    async def put(self, turn: Turn, text: str, delay_s: float) -> None:
        """Keep a text for where the turn was answered, due in `delay_s`; a long one goes in several messages, in
        order. May raise StoreUnavailable."""
        channel = self._channels.get(turn.address.channel)
        limits = channel.limits(turn.address) if channel else None
        parts = split(text, limits.size_max, limits.size) if limits else [text]
        wanted = [
            {"turn": turn.id, "text": part, "last": number == len(parts)} for number, part in enumerate(parts, start=1)
        ]
        parcels = [
            Parcel(id=new_id(), conversation_id=turn.conversation_id, body=json.dumps(each, ensure_ascii=False))
            for each in wanted
        ]
        await self._store.enqueue(*parcels, delay_s=delay_s)
        self.wake()

    async def run(self) -> None:
        """Post what is due, until cancelled. What has begun ends, also then: a post cut off might be made again. What
        waits for quota is given back."""
        tasks: dict[asyncio.Task[None], _Try] = {}

        def over(task: asyncio.Task[None]) -> None:
            del tasks[task]
            self.wake()  # what comes after it in its conversation may go now

        try:
            while True:
                self._news.clear()
                lease = Lease(LEASE_S, self._clock)
                for parcel in await self._due(AT_ONCE_MAX - len(tasks)):
                    trying = _Try()
                    task = asyncio.ensure_future(self._deliver(parcel, lease, trying))
                    tasks[task] = trying
                    task.add_done_callback(over)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._news.wait()
        finally:
            await _ended(tasks)

    async def _due(self, limit: int) -> Sequence[Parcel]:
        if not limit:
            return ()
        try:
            return await self._store.take(lease_s=LEASE_S, limit=limit)
        except StoreUnavailable as error:
            event(log, "the outbox cannot be read", level=logging.WARNING, error=error)
            return ()

    async def _deliver(self, parcel: Parcel, lease: Lease, trying: _Try) -> None:
        """One try, and what comes of it."""
        body = _read(parcel)
        _trying.set(trying)
        try:
            with leases.held(lease):
                end = await self._contained(parcel, body)
            metrics.OUTBOX.labels(end.channel, end.result).inc()
            if end.retry_in_s is not None:
                event(
                    log, "outbox", level=logging.WARNING, parcel=parcel.id, result=end.result, retry_in_s=end.retry_in_s
                )
            elif end.result != "ok":
                about = {"turn": str(body.get("turn", "?")), "kind": str(body.get("kind", TEXT))}
                event(log, "outbox gave up", level=logging.ERROR, result=end.result, **about)
                await self._gave_up(parcel, body, end)
            with leases.held(lease):
                await insisted(lambda: self._store.settle(parcel, retry_in_s=end.retry_in_s))
        except StoreUnavailable as error:  # its lease ends, and it is tried again
            event(log, "a parcel in the outbox waits for the store", level=logging.WARNING, error=error)
        except LeaseLost as error:  # it is, or will be, somebody else's
            event(log, "a parcel of the outbox was held for too long", level=logging.WARNING, error=error)
        except asyncio.CancelledError:
            if trying.waits:  # another process need not wait for its lease to end
                with suppress(StoreUnavailable, LeaseLost):
                    await self._store.settle(parcel, retry_in_s=0.0)
            raise

    async def _contained(self, parcel: Parcel, body: Mapping[str, Any]) -> _End:
        """May raise LeaseLost, StoreUnavailable."""
        if parcel.attempts > ATTEMPTS_MAX:
            return _End("given up", why="it was tried for too long")
        carrier = self._carriers.get(body.get("kind", TEXT))
        try:
            return await (self._carried(carrier, parcel, body) if carrier else self._text(parcel, body))
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:  # one parcel cannot stop the others, or the server
            metrics.BUGS.labels("outbox").inc()
            event(log, "a parcel in the outbox failed", level=logging.ERROR, parcel=parcel.id, exc_info=error)
            return _End("bug", _rest_s(parcel))

    async def _gave_up(self, parcel: Parcel, body: Mapping[str, Any], end: _End) -> None:
        """May raise StoreUnavailable."""
        if carrier := self._carriers.get(body.get("kind", TEXT)):
            try:
                await carrier.gave_up(parcel, body, end.why)
            except StoreUnavailable:
                raise
            except Exception as error:  # it is over all the same
                metrics.BUGS.labels("outbox").inc()
                event(log, "nobody heard of a lost parcel", level=logging.ERROR, parcel=parcel.id, exc_info=error)

    async def _carried(self, carrier: Carrier, parcel: Parcel, body: Mapping[str, Any]) -> _End:
        return await self._tried(lambda: carrier.carry(parcel, body), parcel, body["kind"])

    async def _text(self, parcel: Parcel, body: Mapping[str, Any]) -> _End:
        """A text for where a turn was answered."""
        turn = await self._store.turn(TurnId(body["turn"])) if body.get("kind", TEXT) == TEXT else None
        channel = self._channels.get(turn.address.channel) if turn else None
        if not turn or not channel:
            return _End("dropped", why="nobody carries it")
        found = turn, channel
        return await self._tried(lambda: self._post(*found, body, parcel), parcel, channel.name)

    async def _tried(self, carry: Callable[[], Awaitable[None]], parcel: Parcel, name: str) -> _End:
        try:
            async with asyncio.timeout(TRY_MAX_S):
                await carry()
        except RateLimited as error:
            return _End("RateLimited", error.retry_after_s, name)
        except (ChannelUnavailable, Unconfirmed, TimeoutError) as error:
            return _End(type(error).__name__, _rest_s(parcel), name)
        except ChannelError as error:
            return _End(type(error).__name__, None, name, str(error))
        return _End("ok", None, name)

    async def _post(self, turn: Turn, channel: Channel, body: Mapping[str, Any], parcel: Parcel) -> None:
        claim = Claim(turn=turn, fence=0, attempts=parcel.attempts)
        # A turn may have several: each can be told from the others when it is looked for.
        number = NUMBER + int(parcel.id, 16) % PLACES
        page = Page(
            claim=claim, text=body["text"], number=number, last=body["last"], final=True, outcome=Outcome.ANSWERED
        )
        if parcel.attempts > 1 and await channel.find(turn.address, page):
            return
        await paced(self._store, channel, turn.address, parcel.id, lambda: channel.post(turn.address, page))


async def paced(store: Store, channel: Channel, to: Address, holder: str, call: Callable[[], Awaitable[T]]) -> T:
    """Make a post when the platform's quota carries it. May raise as the call, and StoreUnavailable."""
    pace = Pace(store, channel.limits(to), holder)
    try:
        await _in_turn(pace)
        try:
            return await call()
        except RateLimited as error:
            await pace.refused("post", error.retry_after_s, ours=error.ours)
            raise
    finally:
        with suppress(StoreUnavailable):  # what was set aside is free again by itself, and what was posted is there
            await pace.close()


async def insisted(operation: Callable[[], Awaitable[T]]) -> T:
    """Write down what has landed, also while the store is away: where nothing can be found it would land again. As
    long as the lease lasts; may raise LeaseLost, and then somebody else tries."""
    while True:
        try:
            return await operation()
        except StoreUnavailable as error:
            event(log, "what has landed waits for the store", level=logging.WARNING, error=error)
        await asyncio.sleep(AGAIN_S)
        leases.check()


async def _in_turn(pace: Pace) -> None:
    """Wait for quota. May raise RateLimited, StoreUnavailable."""
    trying = _trying.get() or _Try()
    trying.waits = True
    try:
        await pace.final("post")
    except Exception:
        trying.waits = False
        raise
    trying.waits = False


async def _ended(tasks: Mapping[asyncio.Task[None], _Try]) -> None:
    """Let tries end that have begun, and cut off those that wait."""
    clock = asyncio.get_running_loop().time
    until, cut = clock() + IN_FLIGHT_S, set[asyncio.Task[None]]()
    while tasks and clock() < until:
        for task, trying in tasks.items():
            if trying.waits and task not in cut:
                task.cancel()
                cut.add(task)
        await asyncio.wait([*tasks], timeout=STOP_LOOK_S)
    if under_way := [*tasks]:
        for task in under_way:
            task.cancel()
        await asyncio.wait(under_way)


def _rest_s(parcel: Parcel) -> float:
    return min(RETRY_MAX_S, RETRY_S * 2.0 ** min(parcel.attempts, 10))


def _read(parcel: Parcel) -> Mapping[str, Any]:
    """Empty when it cannot be read."""
    try:
        body = json.loads(parcel.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
