"""What Telegram lets a bot say, counted in the store for every process, and what it has asked to be quiet about.

Flood control is not bound to a method: who was refused a chat action may not write to that chat either.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.channels.telegram.places import NAME, Place
from bridge.errors import ChannelUnavailable, RateLimited
from bridge.ports import Bucket, Quotas

CHAT_PER_S = 0.98
"""Messages and edits of a chat, each counted from the end of the one before. Telegram publishes one a second; the rest
is for clocks."""
GROUP_BURST = 4
GROUP_PER_S = 16 / 60
"""Together 20 in any minute, as published."""
BOT_BURST = 5
BOT_PER_S = 25.0
"""Together 30 in any second, as published."""
LONG_S = 5.0
"""A private chat alone is never asked to be quiet for so long: the whole bot is meant ..."""
GROUP_LONG_S = 60.0
"""... and a group no longer than its minute."""
TOGETHER_S = 1.0
"""Chats that are refused within this time are not refused for their own sake."""
CALL_S = 60.0
"""How long a call counts as under way when nobody says that it has ended."""
SPARE_S = 10.0
"""How long a call that nobody has planned waits for its place."""


class Quota:
    """The calls of one bot. Mutable: knows which chat was refused last."""

    def __init__(self, store: Quotas, bot_id: int) -> None:
        self._store = store
        self._name = f"{NAME}:{bot_id}"
        self._bot = Bucket(self._name, BOT_BURST, BOT_PER_S)
        self._refused_chat = 0
        self._refused_at = float("-inf")

    def buckets(self, where: Place) -> tuple[Bucket, ...]:
        """What a message or an edit spends; the strictest comes last."""
        chat = Bucket(f"{self._name}:{where.chat}", 1, CHAT_PER_S)
        if where.private:
            return self._bot, chat
        return self._bot, Bucket(f"{self._name}:{where.chat}:minute", GROUP_BURST, GROUP_PER_S), chat

    async def quiet(self) -> bool:
        """Whether the whole bot was asked to be quiet. May raise StoreUnavailable."""
        return await self._store.spend(self._bot, tokens=0.0, reserve=float("-inf")) > 0

    async def spare(self, where: Place) -> None:
        """Take what one more call needs, now that the one before has ended. May raise ChannelUnavailable when there is
        none soon, and StoreUnavailable."""
        until = asyncio.get_running_loop().time() + SPARE_S
        buckets = self.buckets(where)
        strictest = buckets[-1]  # where alone calls count as under way
        await self._store.ended(strictest)
        for bucket in buckets:
            while wait_s := await self._store.spend(bucket, call_s=CALL_S if bucket is strictest else 0.0):
                if asyncio.get_running_loop().time() + wait_s > until:
                    raise ChannelUnavailable("there is no call to spare for a simpler form")
                await asyncio.sleep(wait_s)

    @asynccontextmanager
    async def obeyed(self, where: Place) -> AsyncIterator[None]:
        """Calls to a chat. When Telegram asks for quiet, nobody writes there, or anywhere if it means the whole bot.
        May raise StoreUnavailable."""
        try:
            yield
        except RateLimited as error:
            await self._store.pause(self.buckets(where)[-1], error.retry_after_s)
            if self._means_all(where, error.retry_after_s):
                await self._store.pause(self._bot, error.retry_after_s)
            raise

    def _means_all(self, where: Place, seconds: float) -> bool:
        now = asyncio.get_running_loop().time()
        others = self._refused_chat != where.chat and now - self._refused_at < TOGETHER_S
        self._refused_chat, self._refused_at = where.chat, now
        return others or seconds > (LONG_S if where.private else GROUP_LONG_S)
