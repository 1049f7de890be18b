"""What we remember of people and of our messages to them, in the store: for every process, also after a restart."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

from bridge.ports import KeyValue
from bridge.types import Turn, TurnId

WINDOW = timedelta(hours=24) - timedelta(minutes=1)
"""How long after a person's message WhatsApp takes an answer in free words, less what sending takes."""
DAY_S = 86_400.0
POST_S = 7 * DAY_S
"""How long a message of ours is known by its turn: a thumb may come late."""
WATCH_S = 12 * 3600.0
"""How long its end is waited for: longer than it may stay in Twilio's queue."""
TAKING_S = 60.0
"""How long who takes a kept answer has to put it on its way."""
KEPT_S = 30 * DAY_S
"""How long an answer waits for the person to write again."""
KEPT_MAX = 20
"""How many may wait for one person: of more, the oldest are lost."""

_ORDER = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read", "undelivered", "failed")
_SENT = frozenset({"sent", "delivered", "read"})
_FAILED = frozenset({"undelivered", "failed", "canceled"})


class Ledger:
    """One sender's; in memory is only who waits for a callback. Every method may raise StoreUnavailable."""

    def __init__(self, store: KeyValue, sender: str) -> None:
        self._store = store
        self._sender = sender
        self._bells: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    # ------------------------------------------------------------ people

    async def heard(self, person: str, at: datetime) -> None:
        """They wrote: for 24 hours from then we may answer in free words."""
        latest = await self._time("heard", person)
        if latest is None or latest < at:
            await self._store.put(self._key("heard", person), at.isoformat(), ttl_s=DAY_S)
            await self._store.delete(self._key("closed", person))

    async def close_window(self, person: str) -> None:
        """WhatsApp says that the 24 hours are over, whatever we counted."""
        await self._store.put(self._key("closed", person), "", ttl_s=DAY_S)

    async def window_open(self, person: str, turn: Turn | None = None) -> bool:
        """Whether we may write in free words; what a turn tells counts too, should the store have forgotten."""
        if await self._store.get(self._key("closed", person)) is not None:
            return False
        times = [inbound.received_at for inbound in turn.inbounds if not inbound.notice] if turn else []
        if latest := await self._time("heard", person):
            times.append(latest)
        return bool(times) and datetime.now(UTC) - max(times) < WINDOW

    async def opt_out(self, person: str, at: datetime) -> bool:
        """They want to hear nothing from us until they write again; False when they have written since."""
        latest = await self._time("heard", person)
        if latest is not None and at < latest:
            return False
        await self._store.put(self._key("out", person), at.isoformat())
        return True

    async def opt_in(self, person: str, at: datetime) -> bool:
        """They write; False when they have wished for silence since."""
        out = await self._time("out", person)
        if out is not None and at < out:
            return False
        if out is not None:
            await self._store.delete(self._key("out", person))
        return True

    async def opted_out(self, person: str) -> bool:
        return await self._store.get(self._key("out", person)) is not None

    async def keep(self, person: str, turn_id: TurnId, text: str) -> None:
        """Keep an answer until the person writes again, once."""
        if (turn_id, text) in await self.kept(person):
            return
        place, value = await self._places(person), json.dumps([turn_id, text])
        while not await self._store.put(self._place(person, place), value, ttl_s=KEPT_S, if_absent=True):
            place += 1
        await self._store.put(self._key("places", person), str(place + 1), ttl_s=KEPT_S)

    async def kept(self, person: str) -> list[tuple[TurnId, str]]:
        """The answers that wait, oldest first."""
        return [_answer(value) async for _, value in self._waiting(person)]

    async def take_kept(self, person: str) -> AsyncIterator[tuple[str, TurnId, str]]:
        """The answers that wait, oldest first, each for the one who is first to take it, with the name to give it up
        by: `sent`, or `not_sent`. Who does neither, because it died, leaves it to the next after a while."""
        async for key, value in self._waiting(person):
            if await self._store.put(_taken(key), "", ttl_s=TAKING_S, if_absent=True):
                yield key, *_answer(value)

    async def sent(self, key: str) -> None:
        """An answer that was taken is on its way. Whoever read it before this does not get it: it stays taken."""
        await self._store.delete(key)

    async def not_sent(self, key: str) -> None:
        """An answer that was taken is to be had again."""
        await self._store.delete(_taken(key))

    async def knock(self, turn_id: TurnId) -> str | None:
        """The SID of the template that was sent for a turn."""
        page = await self._store.get(self._key("knock", turn_id))
        return await self.post(turn_id, page) if page else None

    async def knocks(self, turn_id: TurnId, page: str) -> bool:
        """Whether it is this page, by its label, that may send a template: one a turn, the first that asks."""
        key = self._key("knock", turn_id)
        await self._store.put(key, page, ttl_s=POST_S, if_absent=True)
        return await self._store.get(key) == page

    # ------------------------------------------------------------ messages from people

    async def note(self, sid: str) -> None:
        """A message was dealt with."""
        await self._store.put(self._key("noted", sid), "", ttl_s=2 * DAY_S)

    async def noted(self, sid: str) -> bool:
        return await self._store.get(self._key("noted", sid)) is not None

    async def swept_at(self) -> datetime | None:
        """Up to when Twilio's list was compared with ours."""
        return await self._time("swept", "")

    async def sweep(self, at: datetime) -> None:
        await self._store.put(self._key("swept", ""), at.isoformat())

    # ------------------------------------------------------------ our messages

    async def posted(self, turn_id: TurnId, page: str, sid: str) -> None:
        """A page of a turn, by its label, is this message."""
        await self._store.put(self._key("post", f"{turn_id}:{page}"), sid, ttl_s=POST_S)
        await self._store.put(self._key("turn", sid), turn_id, ttl_s=POST_S)

    async def post(self, turn_id: TurnId, page: str) -> str | None:
        return await self._store.get(self._key("post", f"{turn_id}:{page}"))

    async def forget_post(self, turn_id: TurnId, page: str) -> None:
        """The message of this page was lost; another will take its place."""
        await self._store.delete(self._key("post", f"{turn_id}:{page}"))

    async def turn_of(self, sid: str) -> TurnId | None:
        value = await self._store.get(self._key("turn", sid))
        return TurnId(value) if value else None

    async def told(self, sid: str, status: str, error_code: int) -> None:
        """Twilio tells; what it says comes in any order, and more than once."""
        known, _ = await self.status(sid)
        if _rank(status) > _rank(known):
            await self._store.put(self._key("status", sid), f"{status} {error_code}", ttl_s=WATCH_S)
        if bell := self._bells.get(sid):
            bell.set()

    def bell(self, sid: str) -> asyncio.Event:
        """Is set when something is told of a message in this process; whoever holds it clears it."""
        return self._bells.setdefault(sid, asyncio.Event())

    async def status(self, sid: str) -> tuple[str, int]:
        """The latest status of a message and its error code; "" when nothing was told yet."""
        status, _, code = (await self._store.get(self._key("status", sid)) or "").partition(" ")
        return status, int(code or 0)

    async def watch(self, sid: str, turn_id: TurnId, text: str) -> None:
        """Keep the text of a message until it has arrived; "" when it is kept elsewhere."""
        await self._store.put(self._key("watch", sid), json.dumps([turn_id, text]), ttl_s=WATCH_S)

    async def unwatch(self, sid: str) -> tuple[TurnId, str] | None:
        """Give up watching: turn and text for the one who is first to do so."""
        value = await self._store.get(self._key("watch", sid))
        if value is None or not await self._store.delete(self._key("watch", sid)):
            return None
        return _answer(value)

    async def count_again(self, turn_id: TurnId) -> int:
        """How often messages of a turn were sent again, this time included."""
        key = self._key("again", turn_id)
        count = int(await self._store.get(key) or 0) + 1
        await self._store.put(key, str(count), ttl_s=DAY_S)
        return count

    async def _waiting(self, person: str) -> AsyncIterator[tuple[str, str]]:
        """Key and value of each answer that waits: in the last places that were given out, and in those that were
        filled just now. Places are not used again while an answer may be in one, so what is read is what is deleted."""
        given_out = await self._places(person)
        place = max(given_out - KEPT_MAX, 0)
        while True:
            key = self._place(person, place)
            value = await self._store.get(key)
            if value is not None:
                yield key, value
            elif place >= given_out:
                return
            place += 1

    async def _places(self, person: str) -> int:
        return int(await self._store.get(self._key("places", person)) or 0)

    async def _time(self, what: str, whose: str) -> datetime | None:
        value = await self._store.get(self._key(what, whose))
        return datetime.fromisoformat(value) if value else None

    def _place(self, person: str, place: int) -> str:
        return self._key("kept", f"{person}:{place}")

    def _key(self, what: str, whose: str) -> str:
        return f"{self._sender}:{what}:{whose}"


def _taken(key: str) -> str:
    return f"{key}:taken"


def _answer(value: str) -> tuple[TurnId, str]:
    turn_id, text = json.loads(value)
    return TurnId(turn_id), text


def was_sent(status: str) -> bool:
    """It has left Twilio's queue for the person's phone: what is sent next arrives after it."""
    return status in _SENT


def has_failed(status: str) -> bool:
    return status in _FAILED


def _rank(status: str) -> int:
    if status == "canceled":
        status = "failed"
    return _ORDER.index(status) if status in _ORDER else -1
