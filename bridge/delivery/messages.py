"""The platform messages of one turn: posts, edits and deletes them one call at a time, and writes down what is there,
so that a turn cut short goes on in the messages it had begun.

Each method makes at most one call. What failed is seen in what the messages show, and is done by calling again.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from bridge import leases, metrics
from bridge.delivery.pacing import Call, Kind, Pace
from bridge.errors import ChannelError, MessageGone, RateLimited, StoreUnavailable, Unconfirmed, Undeliverable
from bridge.failpoints import reach
from bridge.logs import event
from bridge.markdown.heal import heal
from bridge.ports import Channel, Claim, EditableChannel, Page, Step
from bridge.types import MessageRef, Outcome, Reply

log = logging.getLogger(__name__)

NOTE_S = 1.0
"""How long drafts wait for a note to be written down; it is not worth more."""
IN_FLIGHT_S = 45.0
"""How long a call may still take when nobody wants it any more: longer than any channel waits for its platform."""
REPOSTS_MAX = 5
"""How often messages of one turn are posted again because someone took them away ..."""
DRAFT_REPOSTS_MAX = 1
"""... and of these, how often for a draft."""
POST = "post"
"""Keys of the journal steps that hold the posted messages begin so; the page's number follows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What people can tell apart of a page."""

    text: str
    last: bool
    final: bool
    outcome: Outcome | None


def visible(draft: str) -> str:
    """What people see of a draft: an edit that changes nothing of it is not worth its token, or refused."""
    return heal(draft).rstrip()


def shown(page: Page) -> Shown:
    """Of a page that something follows only its text shows."""
    text = page.text if page.final else visible(page.text)
    return Shown(text, page.last, page.last and page.final, page.outcome if page.last else None)


@dataclass(slots=True)
class Message:
    """One message: where it is (None while nobody knows), what it was posted with, what it shows (None when that is
    not known), and what its writer noted about it."""

    ref: MessageRef | None
    text: str
    shows: Shown | None = None
    note: str = ""


class Messages:
    """Mutable; belongs to one turn. `guard` raises LeaseLost when the turn is not ours any more; `record` writes a
    step of the turn down."""

    def __init__(
        self,
        channel: Channel,
        claim: Claim,
        pace: Pace,
        *,
        guard: Callable[[], Awaitable[None]],
        record: Callable[[Step], Awaitable[None]],
    ) -> None:
        self.channel = channel
        # Asked for every edit: to ask a protocol takes longer than the rest of the edit.
        self._editable = channel if isinstance(channel, EditableChannel) else None
        self.claim = claim
        self.pace = pace
        self._guard = guard
        self._record = record
        self._messages = _recorded(claim)
        self._reposts = 0
        self.edits = 0

    @property
    def count(self) -> int:
        """How many there are, or may be."""
        return len(self._messages)

    @property
    def refs(self) -> tuple[MessageRef, ...]:
        return tuple(message.ref for message in self._messages if message.ref)

    @property
    def unsure(self) -> int | None:
        """The first that nobody knows to be there."""
        return next((number for number, message in enumerate(self._messages) if message.ref is None), None)

    @property
    def notes(self) -> list[str]:
        """What was noted about each."""
        return [message.note for message in self._messages]

    def shows(self, page: Page) -> bool:
        """True when there is nothing left to do for a page."""
        return page.number < self.count and self._messages[page.number].shows == shown(page)

    def needs(self, page: Page) -> Kind:
        """The call that brings a page nearer."""
        return "edit" if page.number < self.count and self._messages[page.number].ref else "post"

    async def write(self, page: Page, note: str = "") -> None:
        """Post or edit, or look for what was posted; page numbers come without gaps. May raise RateLimited,
        ChannelUnavailable, Unconfirmed, Undeliverable, StoreUnavailable, LeaseLost."""
        if page.number == self.count:
            message = Message(None, page.text, note=note)
            await self._step(page.number, "intent", message)
            await self._call("post", self._post(message, page))
            return
        message = self._messages[page.number]
        if message.ref is None:
            await self.trim(page.number + 1)
            await self._call("find", self._look())
        elif self._editable:
            await self._edit(self._editable, message, message.ref, page)
        else:
            message.shows = shown(page)  # it cannot change any more

    async def note_first(self, note: str) -> None:
        """Note something else about the first message. May raise LeaseLost."""
        first = next(iter(self._messages), None)
        if first and first.ref and first.note != note:
            first.note = note
            with suppress(TimeoutError):
                async with asyncio.timeout(NOTE_S):
                    await self._step(0, "done", first)

    async def land(self, parts: Sequence[str], reply: Reply, *, first: int = 0) -> None:
        """Show the final parts of a reply for certain, from page number `first` on. May raise as `write`."""
        for number, text in enumerate(parts, start=first):
            page = Page(
                claim=self.claim,
                text=text,
                number=number,
                last=number == first + len(parts) - 1,
                final=True,
                outcome=reply.outcome,
                citations=reply.citations,
                identity=any(action.outcome == "identity" for action in reply.trace.actions),
            )
            while not self.shows(page):
                await self.pace.final(self.needs(page))
                await self.write(page)

    async def trim(self, count: int) -> None:
        """Take the last messages away while there are more than `count`. May raise as `write`."""
        while self.count > count and self._editable:
            await self.pace.quiet()
            if ref := self._messages[-1].ref:
                await self._call("delete", self._editable.delete(ref))
                self._messages.pop()
            else:
                await self._call("find", self._look())

    async def _post(self, message: Message, page: Page) -> None:
        reach("post.before")
        self._messages.append(message)  # however this ends, it may be there
        try:
            message.ref = await self.channel.post(self.claim.turn.address, page)
        except Unconfirmed:
            raise
        except (ChannelError, StoreUnavailable):
            self._messages.pop()
            await self._step(page.number, "none", message)
            raise
        reach("post.after")
        message.shows = shown(page)
        await self._step(page.number, "done", message)
        reach("post.recorded")

    async def _look(self) -> None:
        """The post of the last message was never confirmed: has it arrived? If not, it is forgotten."""
        message, number = self._messages[-1], self.count - 1
        page = Page(claim=self.claim, text=message.text, number=number)
        found = await self.channel.find(self.claim.turn.address, page)
        if found:
            message.ref = found
            await self._step(number, "done", message)
            return
        # Where the platform lets nobody look it may be there all the same: the one window that stays open.
        metrics.POSTS_REPEATED.labels(self.channel.name).inc()
        event(log, "a post was never confirmed and is not found", level=logging.WARNING, channel=self.channel.name)
        self._messages.pop()

    async def _edit(self, channel: EditableChannel, message: Message, ref: MessageRef, page: Page) -> None:
        message.shows = None  # until the call has ended well, nobody knows
        try:
            await self._call("edit", self._change(channel, message, ref, page))
        except MessageGone:
            if self._reposts >= (REPOSTS_MAX if page.final else DRAFT_REPOSTS_MAX):
                raise Undeliverable("its messages are taken away as often as they are posted") from None
            # Those below it go as well, so that the order stays when all are posted again.
            await self.trim(page.number + 1)
            self._messages.pop()
            self._reposts += 1

    async def _change(self, channel: EditableChannel, message: Message, ref: MessageRef, page: Page) -> None:
        reach("edit.before")
        await channel.edit(ref, page)
        message.shows = shown(page)
        self.edits += 1
        reach("edit.after")

    async def _call(self, kind: Call, call: Coroutine[Any, Any, None]) -> None:
        """Guard, then let the call end whatever happens to us: a post cut off would leave a message nobody knows."""
        try:
            await self._guard()
        except BaseException:
            call.close()
            raise
        task = asyncio.ensure_future(self._counted(kind, call))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            try:
                await asyncio.wait([task], timeout=IN_FLIGHT_S)
            finally:
                task.cancel()
                await asyncio.wait([task])
            raise

    async def _counted(self, kind: Call, call: Coroutine[Any, Any, None]) -> None:
        result = "failed"
        try:
            with closing(call):
                leases.check()
                await call
            result = "ok"
        except (ChannelError, StoreUnavailable) as error:
            result = type(error).__name__
            event(log, "delivery failed", level=logging.WARNING, channel=self.channel.name, kind=kind, error=error)
            if isinstance(error, RateLimited):
                await self.pace.refused(kind, error.retry_after_s, ours=error.ours)
            raise
        finally:
            metrics.DELIVERY_WRITES.labels(self.channel.name, kind, result).inc()
            with suppress(StoreUnavailable):
                await self.pace.ended()

    async def _step(self, number: int, state: Literal["intent", "done", "none"], message: Message) -> None:
        """Only what cannot change has to be kept with its text: to be found by it, and to know what was said."""
        ref = {"key": message.ref.address.key, "message_id": message.ref.message_id} if message.ref else None
        text = "" if self._editable else message.text
        result = json.dumps({"there": state != "none", "ref": ref, "text": text, "note": message.note})
        step_state: Literal["intent", "done"] = "intent" if state == "intent" else "done"
        await self._record(Step(key=f"{POST}:{number}", kind="post", state=step_state, result=result))


def _recorded(claim: Claim) -> list[Message]:
    """The messages that an earlier attempt at this turn had begun, so that this one goes on in them. A step that
    cannot be read is as good as not written."""
    messages: list[Message] = []
    while step := claim.steps.get(f"{POST}:{len(messages)}"):
        try:
            kept = json.loads(step.result)
            if not kept["there"]:
                break
            ref = None
            if step.state == "done":
                address = replace(claim.turn.address, key=kept["ref"]["key"])
                ref = MessageRef(address, kept["ref"]["message_id"])
            messages.append(Message(ref, kept["text"], note=kept["note"]))
        except (ValueError, KeyError, TypeError):
            metrics.BUGS.labels("delivery").inc()
            event(log, "the recorded message cannot be read", level=logging.ERROR)
            break
    return messages
