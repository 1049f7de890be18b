"""A process that can be killed between any two things it does to the world, as by SIGKILL: what it asked for may still
happen, but it hears of nothing any more and does nothing any more. What it leaves behind in its store stays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.ports import Channel, Store
from tests.fakes.recording_channel import Kind, PlainChannel, RecordingChannel

T = TypeVar("T")


@dataclass(slots=True)
class Life:
    """Mutable. Dies at step `ends_at`, if any: each call to the store or to a platform has a step before it, where it
    is not made, and a step after it, where nobody hears that it was made."""

    ends_at: int | None = None
    steps: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    over_at: float | None = None
    """The event loop's time."""

    def end(self) -> None:
        self.over.set()
        self.over_at = asyncio.get_running_loop().time()

    async def do(self, call: Callable[[], Awaitable[T]], gone: Exception) -> T:
        """Make a call. Raises `gone` in a process that is dead: it unwinds and can do no more harm."""
        self._step(gone)
        result = await call()
        self._step(gone)
        return result

    def _step(self, gone: Exception) -> None:
        self.steps += 1
        if self.steps == self.ends_at:
            self.end()
        if self.over.is_set():
            raise gone


class _Store:
    def __init__(self, store: Store, life: Life) -> None:
        self._store = store
        self._life = life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            gone = StoreUnavailable("dead") if name == "claim" else LeaseLost("dead")
            return await self._life.do(lambda: method(*args, **kwargs), gone)

        return call


def mortal_store(store: Store, life: Life) -> Store:
    """The store as a process sees it that lives so long."""
    return cast(Store, _Store(store, life))


class MortalPlainChannel(PlainChannel):
    """A channel in a process that lives so long."""

    def __init__(self, channel: PlainChannel, life: Life) -> None:
        super().__init__(channel.platform, channel.name)
        self._life = life
        self.platform.died_at[id(self)] = lambda: life.over_at

    async def _ask(self, kind: Kind, call: Callable[[], Awaitable[T]]) -> T:
        ask = super()._ask
        return await self._life.do(lambda: ask(kind, call), LeaseLost("dead"))

    @property
    def dead(self) -> bool:
        return self._life.over.is_set()


class MortalRecordingChannel(MortalPlainChannel, RecordingChannel):
    """The same, of messages that can change."""


def mortal_channel(channel: PlainChannel, life: Life) -> PlainChannel:
    """The channel as a process sees it that lives so long."""
    editable = isinstance(channel, RecordingChannel)
    return MortalRecordingChannel(channel, life) if editable else MortalPlainChannel(channel, life)


class _Channel:
    def __init__(self, channel: Channel, life: Life) -> None:
        self._channel = channel
        self._life = life

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._channel, name)
        if name not in ("typing", "post", "find", "edit", "delete"):
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._life.do(lambda: value(*args, **kwargs), LeaseLost("dead"))

        return call


def mortal(channel: Channel, life: Life) -> Channel:
    """Any channel as a process sees it that lives so long."""
    return cast(Channel, _Channel(channel, life))
