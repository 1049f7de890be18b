"""Texts that must still land after their turn has ended: a message whose platform said no later on.

What waits here outlives a crash. Within a conversation one text goes after the other. The final of a turn does not
come here: its turn waits for it, so that the next message is answered after it.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence

from bridge import metrics
from bridge.delivery.messages import IN_FLIGHT_S
from bridge.delivery.pacing import Pace
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited, StoreUnavailable, Unconfirmed
from bridge.logs import event
from bridge.ports import Channel, Claim, Page, Parcel, Store
from bridge.types import Outcome, Turn, TurnId, new_id

log = logging.getLogger(__name__)

LOOK_S = 1.0
LEASE_S = 60.0
AT_ONCE_MAX = 20
RETRY_S = 5.0
RETRY_MAX_S = 600.0
ATTEMPTS_MAX = 100
"""About half a day of tries."""
NUMBER = 1_000
"""Places of such texts among the messages of their turn begin here, after all others."""
PLACES = 0x10000


class Outbox:
    """See ports.SendLater. Has no state of its own."""

    def __init__(self, store: Store, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._channels = channels

    async def put(self, turn: Turn, text: str, delay_s: float) -> None:
        """Keep a text for where the turn was answered, due in `delay_s`. May raise StoreUnavailable."""
        body = json.dumps({"turn": turn.id, "text": text}, ensure_ascii=False)
        await self._store.enqueue(Parcel(id=new_id(), conversation_id=turn.conversation_id, body=body), delay_s=delay_s)

    async def run(self) -> None:
        """Post what is due, until cancelled."""
        while True:
            try:
                parcels = await self._store.take(lease_s=LEASE_S, limit=AT_ONCE_MAX)
            except StoreUnavailable as error:
                event(log, "the outbox cannot be read", level=logging.WARNING, error=error)
            else:
                await self._deliver_all(parcels)
            await asyncio.sleep(LOOK_S)

    async def _deliver_all(self, parcels: Sequence[Parcel]) -> None:
        """What has begun ends, also when one of them fails or we are cancelled: a post cut off might be made again."""
        tasks = [asyncio.ensure_future(self._deliver(parcel)) for parcel in parcels]
        try:
            if tasks:
                await asyncio.wait(tasks)
        except asyncio.CancelledError:
            await asyncio.wait(tasks, timeout=IN_FLIGHT_S)
            for task in tasks:
                task.cancel()
            raise
        for task in tasks:
            task.result()

    async def _deliver(self, parcel: Parcel) -> None:
        """One try."""
        try:
            await self._try(parcel)
        except StoreUnavailable as error:  # its lease ends, and it is tried again
            event(log, "a text in the outbox waits for the store", level=logging.WARNING, error=error)

    async def _try(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        turn = await self._store.turn(TurnId(wanted["turn"]))
        channel = self._channels.get(turn.address.channel) if turn else None
        retry_in_s, result = None, "given up" if parcel.attempts > ATTEMPTS_MAX else "dropped"
        if turn and channel and parcel.attempts <= ATTEMPTS_MAX:
            try:
                async with asyncio.timeout(LEASE_S / 2):
                    await self._post(channel, turn, wanted["text"], parcel)
                result = "ok"
            except RateLimited as error:
                retry_in_s, result = error.retry_after_s, "RateLimited"
            except (ChannelUnavailable, Unconfirmed, TimeoutError) as error:
                retry_in_s, result = min(RETRY_MAX_S, RETRY_S * 2 ** min(parcel.attempts, 10)), type(error).__name__
            except ChannelError as error:
                result = type(error).__name__
        metrics.OUTBOX.labels(channel.name if channel else "none", result).inc()
        if result != "ok":
            event(log, "outbox", level=logging.WARNING, result=result, retry_in_s=retry_in_s, parcel=parcel.id)
        await self._store.settle(parcel, retry_in_s=retry_in_s)

    async def _post(self, channel: Channel, turn: Turn, text: str, parcel: Parcel) -> None:
        claim = Claim(turn=turn, fence=0, attempts=parcel.attempts)
        # A turn may have several: each can be told from the others when it is looked for.
        number = NUMBER + int(parcel.id, 16) % PLACES
        page = Page(claim=claim, text=text, number=number, final=True, outcome=Outcome.ANSWERED)
        if parcel.attempts > 1 and await channel.find(turn.address, page):
            return
        pace = Pace(self._store, channel.limits(turn.address), parcel.id)
        try:
            await pace.final("post")
            try:
                await channel.post(turn.address, page)
            except RateLimited as error:
                await pace.refused("post", error.retry_after_s)
                raise
        finally:
            await pace.close()
