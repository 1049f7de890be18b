"""The live message of one turn: shows the newest draft while it is written, and the final reply for certain.

The draft is a level, not a queue: the writer shows whatever is newest when the channel allows, so nothing piles up
and the model never waits for a platform. One call is in flight at a time, and none is cut off for a newer one.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bridge import metrics
from bridge.delivery.render import Draft, fold
from bridge.errors import ChannelError, MessageGone, RateLimited, StoreUnavailable, Undeliverable
from bridge.failpoints import reach
from bridge.logs import event as log_event
from bridge.ports import Channel, Claim, EditableChannel, Page, Step
from bridge.types import Address, MessageRef, Reply, ReplyEvent

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 15.0
IN_FLIGHT_S = 10.0
"""How long a call may still take when its turn is taken from us."""
POST = "post"
"""Key of the journal step that holds the posted message."""


class Screen:
    """Mutable; belongs to one turn. `guard` raises LeaseLost when the turn is not ours any more; `record` writes a
    step of the turn down."""

    def __init__(
        self,
        channel: Channel,
        claim: Claim,
        *,
        guard: Callable[[], Awaitable[None]],
        record: Callable[[Step], Awaitable[None]],
    ) -> None:
        self._channel = channel
        self._claim = claim
        self._guard = guard
        self._record = record
        self._draft = Draft()
        self._news = asyncio.Event()
        self._ref = _posted(claim)
        self._shown = Draft()
        self._drafts = 0
        self._reposted = False
        self._quiet_until = 0.0
        """The platform has asked us to be silent until then (the event loop's time)."""
        self.edits = 0
        self.first_text_at: float | None = None
        """Wall-clock time of the first visible text."""

    @property
    def text(self) -> str:
        """What has been written so far."""
        return self._draft.text

    def emit(self, event: ReplyEvent) -> None:
        """Fold an event into the draft; never waits."""
        self._draft = fold(self._draft, event)
        self._drafts += 1
        self._news.set()

    async def follow(self) -> None:
        """Show drafts until cancelled. A draft that cannot be shown is dropped: a newer one or the final follows.
        May raise LeaseLost."""
        backoff_s = BACKOFF_FIRST_S
        while True:
            await self._news.wait()
            self._news.clear()
            seen = self._drafts
            try:
                wrote = await self._show(self._draft)
                backoff_s = BACKOFF_FIRST_S
                if wrote:
                    await asyncio.sleep(self._channel.limits.edit_interval_s)
            except Undeliverable:
                return
            except RateLimited as error:
                self._quiet_until = asyncio.get_running_loop().time() + error.retry_after_s
                await asyncio.sleep(error.retry_after_s)
                self._news.set()
            except (ChannelError, StoreUnavailable):
                await asyncio.sleep(backoff_s)
                backoff_s = min(BACKOFF_MAX_S, backoff_s * 2)
                self._news.set()
            if skipped := max(0, self._drafts - seen - 1):
                metrics.EDITS_COALESCED.labels(self._channel.name).inc(skipped)

    async def finish(self, reply: Reply) -> tuple[MessageRef, ...]:
        """Show the final reply; no `follow` may be running. Returns the messages that hold it.
        May raise RateLimited, ChannelUnavailable, Undeliverable, StoreUnavailable, LeaseLost."""
        if (wait_s := self._quiet_until - asyncio.get_running_loop().time()) > 0:
            raise RateLimited("still to be silent", retry_after_s=wait_s)
        page = Page(claim=self._claim, text=reply.text, final=True, outcome=reply.outcome, citations=reply.citations)
        reach("final.before")
        await self._write(page)
        reach("final.after")
        return (self._ref,) if self._ref else ()

    async def _show(self, draft: Draft) -> bool:
        """True when the platform was called. An empty draft changes no message: its text comes soon."""
        if draft == self._shown:
            return False
        if draft.text and draft.text != self._shown.text and isinstance(self._channel, EditableChannel):
            await self._write(Page(claim=self._claim, text=draft.text))
        elif draft.status != self._shown.status:
            await self._guard()
            await self._channel.typing(self._claim.turn.address, self._claim, draft.status)
        self._shown = draft
        return True

    async def _write(self, page: Page) -> None:
        """Post or edit."""
        if self._ref is None:
            await self._step("intent", None)
            await self._call("post", self._post(self._claim.turn.address, page))
        elif isinstance(self._channel, EditableChannel):
            try:
                await self._call("edit", self._edit(self._channel, self._ref, page))
            except MessageGone:
                if self._reposted and not page.final:
                    raise Undeliverable("its messages are taken away as often as they are posted") from None
                self._reposted, self._ref = True, None
                await self._write(page)
        # Else an earlier attempt has posted the final already, and this channel cannot change it.
        if page.text and self.first_text_at is None:
            self.first_text_at = time.time()

    async def _post(self, to: Address, page: Page) -> None:
        reach("post.before")
        ref = await self._channel.post(to, page)
        reach("post.after")
        self._ref = ref
        await self._step("done", ref)
        reach("post.recorded")

    async def _edit(self, channel: EditableChannel, ref: MessageRef, page: Page) -> None:
        reach("edit.before")
        await channel.edit(ref, page)
        self.edits += 1
        reach("edit.after")

    async def _call(self, kind: str, call: Any) -> None:
        """Guard, then let the call end whatever happens to us: a post cut off would leave a message nobody knows."""
        try:
            await self._guard()
        except BaseException:
            call.close()
            raise
        task = asyncio.ensure_future(call)
        result = "failed"
        try:
            await asyncio.shield(task)
            result = "ok"
        except asyncio.CancelledError:
            await asyncio.wait([task], timeout=IN_FLIGHT_S)
            if not task.cancel():
                result = type(task.exception()).__name__ if task.exception() else "ok"
            raise
        except (ChannelError, StoreUnavailable) as error:
            result = type(error).__name__
            log_event(log, "delivery failed", level=logging.WARNING, channel=self._channel.name, kind=kind, error=error)
            raise
        finally:
            metrics.DELIVERY_WRITES.labels(self._channel.name, kind, result).inc()

    async def _step(self, state: Any, ref: MessageRef | None) -> None:
        result = json.dumps({"key": ref.address.key, "message_id": ref.message_id}) if ref else ""
        await self._record(Step(key=POST, kind="post", state=state, result=result))


def _posted(claim: Claim) -> MessageRef | None:
    """The message an earlier attempt at this turn had begun, so that this one goes on in it. A step that cannot be
    read is as good as not written."""
    step = claim.steps.get(POST)
    if step is None or step.state != "done":
        return None
    try:
        ref = json.loads(step.result)
        address = Address(claim.turn.address.channel, ref["key"], claim.turn.address.hints)
        return MessageRef(address, ref["message_id"])
    except (ValueError, KeyError, TypeError):
        metrics.BUGS.labels("delivery").inc()
        log_event(log, "the recorded message cannot be read", level=logging.ERROR)
        return None
