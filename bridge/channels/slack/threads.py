"""Which Slack threads are conversations of ours: those we were called into, and those that a command began."""

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

from bridge.channels.slack.place import Place
from bridge.ports import KeyValue

KEEP_S = 90 * 86_400.0
"""How long after the last mention a thread goes on without one."""
ROOTS_MAX = 1_000
DIRECT_MAX = 20
DIRECT_S = 86_400.0
"""How many threads of a direct message are known by its name, and how long: the word "stop" stops their answers."""


class Threads:
    """What is kept is the key of the conversation. May raise StoreUnavailable throughout."""

    def __init__(self, store: KeyValue) -> None:
        self._store = store
        self._noting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._roots: OrderedDict[str, tuple[str, str]] = OrderedDict()

    async def key_of(self, team: str, channel: str, ts: str) -> str | None:
        """The conversation of a thread that is ours."""
        return await self._store.get(_name(team, channel, ts))

    async def mark(self, team: str, channel: str, ts: str, key: str) -> None:
        await self._store.put(_name(team, channel, ts), key, ttl_s=KEEP_S)

    async def root_of(self, place: Place) -> tuple[str, str] | None:
        """Where the thread of a command's conversation began: channel and ts."""
        if place.key in self._roots:
            return self._roots[place.key]
        channel, separator, ts = (await self._store.get(_root_name(place)) or "").partition(":")
        return (channel, ts) if separator else None

    async def begin(self, place: Place, channel: str, ts: str) -> None:
        """The first answer to a command was posted: its thread is the conversation."""
        self._roots[place.key] = (channel, ts)
        if len(self._roots) > ROOTS_MAX:
            self._roots.popitem(last=False)
        await self._store.put(_root_name(place), f"{channel}:{ts}", ttl_s=KEEP_S)
        await self.mark(place.team, channel, ts, place.key)

    async def note(self, place: Place) -> None:
        """A thread of a direct message begins."""
        name = _direct_name(place)
        async with self._noting.setdefault(name, asyncio.Lock()):
            noted = [*await self.noted(place), place.thread][-DIRECT_MAX:]
            await self._store.put(name, ",".join(noted), ttl_s=DIRECT_S)

    async def noted(self, place: Place) -> list[str]:
        """The threads that began in a direct message lately, oldest first."""
        kept = await self._store.get(_direct_name(place))
        return kept.split(",") if kept else []


def _direct_name(place: Place) -> str:
    return f"slack:direct:{place.team}:{place.channel}"


def _root_name(place: Place) -> str:
    return f"slack:root:{place.key}"


def _name(team: str, channel: str, ts: str) -> str:
    return f"slack:thread:{team}:{channel}:{ts}"
