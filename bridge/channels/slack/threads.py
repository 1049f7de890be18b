"""Which Slack threads are conversations of ours: those we were called into, and those that a command began."""

import json
import time
from collections import OrderedDict
from typing import Protocol

from bridge.channels.slack.place import Place
from bridge.errors import StoreUnavailable
from bridge.ports import CHANGES_MAX, KeyValue, Record, Records

KEEP_S = 90 * 86_400.0
"""How long after the last mention a thread goes on without one."""
ROOTS_MAX = 1_000
DIRECT = "slack_direct"
"""Kind of the records that hold the threads of a direct message."""
DIRECT_MAX = 20
DIRECT_S = 86_400.0
"""How many threads of a direct message are known by its name, and how long: the word "stop" stops their answers."""


class ThreadStore(KeyValue, Records, Protocol):
    """What is needed of a store."""


class Threads:
    """What is kept is the key of the conversation. May raise StoreUnavailable throughout."""

    def __init__(self, store: ThreadStore) -> None:
        self._store = store
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
        """A thread of a direct message begins, perhaps while another process notes another."""
        for _ in range(CHANGES_MAX):
            kept = await self._store.load_record(DIRECT, _direct(place))
            noted = [*_threads_in(kept), place.thread][-DIRECT_MAX:]
            changed = Record(
                kind=DIRECT,
                id=_direct(place),
                body=json.dumps(noted),
                version=kept.version if kept else 0,
                open=False,
                forget_at=time.time() + DIRECT_S,
            )
            if await self._store.save_records(changed):
                return
        raise StoreUnavailable("a thread could not be noted: others kept noting theirs")

    async def noted(self, place: Place) -> list[str]:
        """The threads that began in a direct message lately, oldest first."""
        return _threads_in(await self._store.load_record(DIRECT, _direct(place)))


def _threads_in(kept: Record | None) -> list[str]:
    return [str(thread) for thread in json.loads(kept.body)] if kept else []


def _direct(place: Place) -> str:
    return f"{place.team}:{place.channel}"


def _root_name(place: Place) -> str:
    return f"slack:root:{place.key}"


def _name(team: str, channel: str, ts: str) -> str:
    return f"slack:thread:{team}:{channel}:{ts}"
