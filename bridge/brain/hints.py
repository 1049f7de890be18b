"""What processes tell each other of models that fail: who stops asking one leaves a word in the store, and the others
try it with one question before they send it all of theirs.

A word is no order: each process decides for itself, and a model that answers is asked, whatever others found. Nothing
waits for the store on the way to a model; while it is away, every process learns by itself as if it were alone.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from bridge.brain.breaker import Breaker
from bridge.errors import StoreUnavailable
from bridge.ports import KeyValue
from bridge.types import new_id

LOOK_S = 1.5
"""How often words are left and read."""
SLACK_S = 5.0
"""How much longer than its breaker is open a word is kept."""


class Hints:
    """Mutable: remembers what it has said and heard. `breakers` are this process's, by model."""

    def __init__(
        self, store: KeyValue, breakers: Mapping[str, Breaker], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._breakers = breakers
        self._clock = clock
        self._said: dict[str, str] = {}
        """By model, what names the time that it fails for, as long as it does."""
        self._heard: dict[str, str] = {}
        """By model, the newest word of others."""

    async def exchange(self) -> None:
        """Say what has changed here, and hear what others say."""
        with suppress(StoreUnavailable):  # the next look tells
            for model, breaker in self._breakers.items():
                await self._exchange(model, breaker)

    async def _exchange(self, model: str, breaker: Breaker) -> None:
        """May raise StoreUnavailable."""
        word = await self._store.get(_key(model))
        now = self._clock()
        state = breaker.state(now)
        if state == "open":
            ours = self._said.setdefault(model, new_id())
            if word in (None, ours):
                await self._store.put(_key(model), ours, ttl_s=breaker.wait_s(now) + SLACK_S)
                return
        elif state == "closed" and (said := self._said.pop(model, None)) and word == said:
            await self._store.delete(_key(model))
            return
        if word is None:
            breaker.reassured()
        elif word not in (self._said.get(model), self._heard.get(model)):
            # Each word counts once, and nothing for who has found out by itself.
            self._heard[model] = word
            breaker.warned(now)


def _key(model: str) -> str:
    return f"breaker:{model}"
