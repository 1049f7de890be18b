"""Texts that must still land after their turn has ended: a message whose platform said no later on.

What waits here outlives a crash. Within a conversation one text goes after the other. The final of a turn does not
come here: its turn waits for it, so that the next message is answered after it.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge import metrics
from bridge.delivery.messages import IN_FLIGHT_S
from bridge.delivery.pacing import Pace
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited, StoreUnavailable, Unconfirmed
from bridge.logs import event
from bridge.markdown.split import split
from bridge.ports import Channel, Claim, Page, Parcel, Store
from bridge.types import Outcome, Turn, TurnId, new_id

log = logging.getLogger(__name__)

LOOK_S = 1.0
LEASE_S = 120.0
TRY_MAX_S = 90.0
"""How long one try may take: to wait for quota, to look for what was lost, and to post. Shorter than the lease."""
AT_ONCE_MAX = 20
RETRY_S = 5.0
RETRY_MAX_S = 600.0
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


class Outbox:
    """See ports.SendLater. Has no state of its own."""

    def __init__(self, store: Store, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._channels = channels

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

    async def run(self) -> None:
        """Post what is due, until cancelled. What has begun ends, also then: a post cut off might be made again."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                for parcel in await self._due(AT_ONCE_MAX - len(tasks)):
                    task = asyncio.ensure_future(self._deliver(parcel))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                await asyncio.sleep(LOOK_S)
        finally:
            if under_way := set(tasks):
                await asyncio.wait(under_way, timeout=IN_FLIGHT_S)
                for task in under_way:
                    task.cancel()
                await asyncio.wait(under_way)

    async def _due(self, limit: int) -> Sequence[Parcel]:
        if not limit:
            return ()
        try:
            return await self._store.take(lease_s=LEASE_S, limit=limit)
        except StoreUnavailable as error:
            event(log, "the outbox cannot be read", level=logging.WARNING, error=error)
            return ()

    async def _deliver(self, parcel: Parcel) -> None:
        """One try, and what comes of it."""
        try:
            end = await self._contained(parcel)
            metrics.OUTBOX.labels(end.channel, end.result).inc()
            if end.retry_in_s is not None:
                event(
                    log, "outbox", level=logging.WARNING, parcel=parcel.id, result=end.result, retry_in_s=end.retry_in_s
                )
            elif end.result != "ok":
                event(log, "outbox gave up", level=logging.ERROR, turn=_turn_id(parcel), result=end.result)
            await self._store.settle(parcel, retry_in_s=end.retry_in_s)
        except StoreUnavailable as error:  # its lease ends, and it is tried again
            event(log, "a text in the outbox waits for the store", level=logging.WARNING, error=error)

    async def _contained(self, parcel: Parcel) -> _End:
        """May raise StoreUnavailable."""
        if parcel.attempts > ATTEMPTS_MAX:
            return _End("given up")
        try:
            return await self._try(parcel)
        except StoreUnavailable:
            raise
        except Exception as error:  # one text cannot stop the others, or the server
            metrics.BUGS.labels("outbox").inc()
            event(log, "a text in the outbox failed", level=logging.ERROR, turn=_turn_id(parcel), exc_info=error)
            return _End("bug", _rest_s(parcel))

    async def _try(self, parcel: Parcel) -> _End:
        wanted = json.loads(parcel.body)
        turn = await self._store.turn(TurnId(wanted["turn"]))
        channel = self._channels.get(turn.address.channel) if turn else None
        if not turn or not channel:
            return _End("dropped")
        try:
            async with asyncio.timeout(TRY_MAX_S):
                await self._post(channel, turn, wanted["text"], wanted["last"], parcel)
        except RateLimited as error:
            return _End("RateLimited", error.retry_after_s, channel.name)
        except (ChannelUnavailable, Unconfirmed, TimeoutError) as error:
            return _End(type(error).__name__, _rest_s(parcel), channel.name)
        except ChannelError as error:
            return _End(type(error).__name__, None, channel.name)
        return _End("ok", None, channel.name)

    async def _post(self, channel: Channel, turn: Turn, text: str, last: bool, parcel: Parcel) -> None:
        claim = Claim(turn=turn, fence=0, attempts=parcel.attempts)
        # A turn may have several: each can be told from the others when it is looked for.
        number = NUMBER + int(parcel.id, 16) % PLACES
        page = Page(claim=claim, text=text, number=number, last=last, final=True, outcome=Outcome.ANSWERED)
        if parcel.attempts > 1 and await channel.find(turn.address, page):
            return
        pace = Pace(self._store, channel.limits(turn.address), parcel.id)
        try:
            await pace.final("post")
            try:
                await channel.post(turn.address, page)
            except RateLimited as error:
                await pace.refused("post", error.retry_after_s, ours=error.ours)
                raise
        finally:
            await pace.close()


def _rest_s(parcel: Parcel) -> float:
    return min(RETRY_MAX_S, RETRY_S * 2.0 ** min(parcel.attempts, 10))


def _turn_id(parcel: Parcel) -> str:
    """For the log; "?" when the parcel cannot be read."""
    try:
        return str(json.loads(parcel.body)["turn"])
    except (ValueError, KeyError, TypeError):
        return "?"
