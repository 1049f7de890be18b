"""What people see of one turn: the newest draft while it is written, and the final reply for certain.

The draft is a level, not a queue: the writer shows whatever is newest when the channel allows, so nothing piles up
and the model never waits for a platform. One call is in flight at a time, and none is cut off for a newer one.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace

from bridge import metrics
from bridge.delivery.bubbles import Bubbles
from bridge.delivery.messages import Messages
from bridge.delivery.pacing import Pace
from bridge.delivery.pages import Pages
from bridge.delivery.render import Draft, fold
from bridge.errors import ChannelError, LeaseLost, RateLimited, StoreUnavailable, Undeliverable
from bridge.failpoints import reach
from bridge.logs import event
from bridge.ports import Channel, Claim, EditableChannel, Quotas, Step
from bridge.types import MessageRef, Reply, ReplyEvent, Turn

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 15.0


class Screen:
    """Mutable; belongs to one turn. `guard` raises LeaseLost when the turn is not ours any more; `record` writes a
    step of the turn down; `anew` says, in the language of a text, that it begins again."""

    def __init__(
        self,
        channel: Channel,
        claim: Claim,
        quotas: Quotas,
        *,
        guard: Callable[[], Awaitable[None]],
        record: Callable[[Step], Awaitable[None]],
        anew: Callable[[str], str],
    ) -> None:
        limits = channel.limits(claim.turn.address)
        self._channel = channel
        self._claim = claim
        self._guard = guard
        self._typing_s = limits.typing_s
        self._first_chars = limits.first_chars
        self._pace = Pace(quotas, limits, claim.turn.id)
        self._messages = Messages(channel, claim, self._pace, guard=guard, record=record)
        editable = isinstance(channel, EditableChannel)
        self._writer = Pages(self._messages, limits) if editable else Bubbles(self._messages, limits, anew)
        self._draft = Draft()
        self._drafts = 0
        self._news = asyncio.Event()
        self._status_news = asyncio.Event()
        self.first_text_at: float | None = None
        """Wall-clock time of the first visible text."""

    @property
    def text(self) -> str:
        """What has been written so far."""
        return self._draft.text

    @property
    def edits(self) -> int:
        """How often a message was changed."""
        return self._messages.edits

    def read_as(self, turn: Turn) -> None:
        """From now on the messages of the turn read so, wherever they are shown."""
        self._claim = self._messages.claim = replace(self._claim, turn=turn)

    def emit(self, event: ReplyEvent) -> None:
        """Fold an event into the draft; never waits."""
        before, self._draft = self._draft, fold(self._draft, event)
        self._drafts += 1
        self._news.set()
        if self._draft.status != before.status:
            self._status_news.set()

    async def follow(self) -> None:
        """Show drafts until cancelled. A draft that cannot be shown is dropped: a newer one or the final follows.
        May raise LeaseLost."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._contained(self._follow_text()))
            group.create_task(self._contained(self._follow_status()))

    async def _contained(self, showing: Coroutine[None, None, None]) -> None:
        """A bug in showing drafts costs the drafts, not the answer. May raise LeaseLost."""
        try:
            await showing
        except LeaseLost:
            raise
        except Exception as error:
            metrics.BUGS.labels("delivery").inc()
            event(log, "showing drafts failed", level=logging.ERROR, exc_info=error)

    async def finish(self, reply: Reply) -> tuple[MessageRef, ...]:
        """Show the final reply; no `follow` may be running. Returns the messages that hold it.
        May raise RateLimited, ChannelUnavailable, Unconfirmed, Undeliverable, StoreUnavailable, LeaseLost."""
        reach("final.before")
        await self._writer.finish(reply)
        if reply.text and self.first_text_at is None:
            self.first_text_at = time.time()
        reach("final.after")
        return self._messages.refs

    async def withdraw(self) -> None:
        """Take everything away that was shown. May raise as `finish`."""
        await self._messages.trim(0)

    async def close(self) -> None:
        """Give back the quota that was set aside; the last call, however the turn ends or rests."""
        with suppress(StoreUnavailable):  # what is set aside comes back by itself
            await self._pace.close()

    async def _follow_text(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while True:
            await self._news.wait()
            self._news.clear()
            seen, messages = self._drafts, self._messages.count
            try:
                # A draft without text changes no message: its text comes soon.
                wait_s = await self._writer.show(self._draft.text) if self._draft.text.strip() else None
                backoff_s = BACKOFF_FIRST_S
            except Undeliverable:
                return
            except RateLimited as error:
                wait_s = error.retry_after_s
            except (ChannelError, StoreUnavailable):
                wait_s, backoff_s = backoff_s, min(BACKOFF_MAX_S, backoff_s * 2)
            if self._messages.count and self.first_text_at is None:
                self.first_text_at = time.time()
            if self._messages.count > messages:  # a message takes the typing status away
                self._status_news.set()
            if wait_s is not None:
                await self._rest(wait_s)
            if skipped := max(0, self._drafts - seen - 1):
                metrics.EDITS_COALESCED.labels(self._channel.name).inc(skipped)

    async def _rest(self, wait_s: float) -> None:
        """Until it is worth looking again; for a first message that is still too short, until there is more text."""
        if self._messages.count or len(self._draft.text) >= self._first_chars:
            await asyncio.sleep(wait_s)
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
        self._news.set()

    async def _follow_status(self) -> None:
        """Say what is being done: when that changes, and as often as the platform forgets it while there is no text."""
        label: str | None = "" if not self._typing_s else None
        quiet_until, now = 0.0, asyncio.get_running_loop().time
        while True:
            # Where messages cannot change, nothing tells that more is coming but this.
            refresh = self._typing_s and (isinstance(self._writer, Bubbles) or not self._messages.count)
            if label != self._draft.status or refresh:
                label = self._draft.status
                try:
                    if now() >= quiet_until and not await self._pace.quiet_s():
                        await self._guard()
                        await self._channel.typing(self._claim.turn.address, self._claim, label)
                except RateLimited as error:
                    quiet_until = now() + error.retry_after_s
                except (ChannelError, StoreUnavailable):
                    pass  # nobody minds; the next may be shown
            self._status_news.clear()
            if label == self._draft.status:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._typing_s or None):
                        await self._status_news.wait()
