"""Shows pages: as messages that are edited, as drafts or as rich messages, as the settings say and Telegram takes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from bridge import metrics
from bridge.channels.telegram.api import CAPTION_UNITS_MAX, Api, Moved, NoThread, Refused, Unknown
from bridge.channels.telegram.drafts import Sent, draft_id, reference
from bridge.channels.telegram.places import Place, place, reply_to
from bridge.channels.telegram.quota import Quota
from bridge.channels.telegram.settings import Settings
from bridge.channels.telegram.written import Written, simpler, write
from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, Unconfirmed
from bridge.logs import event
from bridge.markdown.entities import utf16
from bridge.ports import ChannelContext, Claim, OutFile, Page
from bridge.types import Address, MessageRef

log = logging.getLogger(__name__)

LATCH_S = 6 * 3600.0
"""How long we do without a feature that Telegram has refused."""

T = TypeVar("T")


class Latch:
    """A feature that not every server has. Mutable."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._off_until = 0.0

    @property
    def on(self) -> bool:
        return self._wanted and asyncio.get_running_loop().time() >= self._off_until

    def refused(self) -> None:
        self._off_until = asyncio.get_running_loop().time() + LATCH_S


class Posting:
    """The messages of one bot."""

    def __init__(self, settings: Settings, context: ChannelContext, api: Api, quota: Quota) -> None:
        self._context = context
        self._api = api
        self._quota = quota
        self._hosts: tuple[str, ...] = tuple(context.business.get("link_hosts", ()))
        self._sent = Sent(context.store)
        self._drafts = Latch(wanted=settings.stream == "draft")
        self._labels = Latch(wanted=True)
        self._rich = Latch(wanted=settings.rich)

    async def post(self, to: Address, page: Page) -> MessageRef:
        """As ports.Channel. A group that has become a supergroup is followed to its new id."""
        where, written = place(to), self._written(page)
        if self._as_draft(where, page):
            name = reference(page)
            if await self._draft(where, draft_id(name) or 1, written):
                return MessageRef(to, name)
        found, message_id = await self._send(to, page, written)
        return MessageRef(replace(to, key=found.key), str(message_id))

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        """As ports.FileChannel. A text that is no caption goes before the file, in a message of its own."""
        where, written = place(to), replace(self._written(page), buttons=())
        if not page.text.strip() and not page.author:
            written = replace(written, text="", entities=())
        if utf16(written.text) > CAPTION_UNITS_MAX:
            where, _ = await self._send(to, page, written)
            await self._quota.spare(where)
            written = replace(written, text="", entities=())
        try:
            message_id = await self._api.send_file(where, written, file)
        except Moved as moved:
            where = Place(moved.chat)
            message_id = await self._api.send_file(where, written, file)
        return MessageRef(replace(to, key=where.key), str(message_id))

    async def edit(self, ref: MessageRef, page: Page) -> None:
        """As ports.EditableChannel. The draft of a page that is complete becomes a message."""
        where, written, draft = place(ref.address), self._written(page), draft_id(ref.message_id)
        message_id = int(ref.message_id) if draft is None else await self._sent.message(where, draft)
        try:
            if message_id is not None:
                await self._edit(where, message_id, page, written)
            elif draft and not (self._as_draft(where, page) and await self._draft(where, draft, written)):
                await self._become(ref.address, draft, page, written)
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from None

    async def delete(self, ref: MessageRef) -> None:
        """As ports.EditableChannel. A draft goes by itself."""
        where, draft = place(ref.address), draft_id(ref.message_id)
        message_id = int(ref.message_id) if draft is None else await self._sent.message(where, draft)
        if message_id is None:
            return
        try:
            await self._api.delete(where.chat, message_id)
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from None

    def _written(self, page: Page) -> Written:
        return write(page, self._context.say, self._hosts, rich=self._rich.on)

    # ------------------------------------------------------------ messages

    async def _send(self, to: Address, page: Page, written: Written) -> tuple[Place, int]:
        """Post a message; where it is, and its id."""
        where, reply = place(to), reply_to(to) if page.number == 0 else None
        try:
            return where, await self._send_there(where, page, written, reply)
        except NoThread:
            if not where.private:
                raise
            return where, await self._send_there(Place(where.chat), page, written, reply)
        except Moved as moved:
            where = Place(moved.chat)
            return where, await self._send_there(where, page, written, None)

    async def _send_there(self, where: Place, page: Page, written: Written, reply: int | None) -> int:
        return await self._taken(where, page, written, lambda form: self._send_so(where, form, reply))

    async def _send_so(self, where: Place, written: Written, reply: int | None) -> int:
        if written.markdown:
            try:
                return await self._api.send_rich(where, written, reply_to=reply)
            except (Unknown, Refused):
                self._rich.refused()
        return await self._api.send(where, written, reply_to=reply)

    async def _edit(self, where: Place, message_id: int, page: Page, written: Written) -> None:
        try:
            await self._taken(where, page, written, lambda form: self._edit_so(where.chat, message_id, form))
        except Refused as refused:
            if not page.final:
                raise
            # It must not look as if more were coming there: the answer comes below, if it may be posted.
            await self._quota.spare(where)
            with suppress(Refused):
                await self._api.remove_buttons(where.chat, message_id)
            raise MessageGone("telegram takes no edit of it") from refused

    async def _edit_so(self, chat: int, message_id: int, written: Written) -> None:
        if written.markdown:
            try:
                await self._api.edit_rich(chat, message_id, written)
                return
            except (Unknown, Refused):
                self._rich.refused()
        await self._api.edit(chat, message_id, written)

    async def _taken(self, where: Place, page: Page, written: Written, call: Callable[[Written], Awaitable[T]]) -> T:
        """The result of a call with a page, or, when Telegram refuses a final, with the fullest form that it takes. A
        draft is not worth it: the final follows."""
        try:
            return await call(written)
        except Refused as error:
            if not page.final:
                raise
            refused = error
        for form in simpler(written, self._hosts):
            await self._quota.spare(where)
            with suppress(Refused):
                result = await call(form)
                metrics.BUGS.labels("telegram").inc()
                event(log, "telegram takes an answer only in a simpler form", level=logging.ERROR, error=refused)
                return result
        raise refused

    # ------------------------------------------------------------ drafts

    async def label(self, to: Address, claim: Claim, label: str) -> bool:
        """Show what is being done, as a draft that goes by itself or with the answer; False where that cannot be."""
        where = place(to)
        if not (where.private and self._labels.on):
            return False
        page = Page(claim=claim, text=f"{label} …")
        try:
            await self._api.draft(where, draft_id(reference(page)) or 1, Written(page.text))
        except Unknown:
            self._without_drafts()
            return False
        except (Refused, Unconfirmed):
            return False
        return True

    def _as_draft(self, where: Place, page: Page) -> bool:
        """A page below which nothing follows yet, while it is written."""
        return self._drafts.on and where.private and page.last and not page.final

    async def _draft(self, where: Place, draft: int, written: Written) -> bool:
        """Show a draft; False when Telegram does not take it. Twice is harmless."""
        try:
            await self._api.draft(where, draft, written)
        except Unknown:
            self._without_drafts()
            return False
        except Refused:
            return False  # the person has stopped it, or this one cannot be a draft
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from None
        return True

    def _without_drafts(self) -> None:
        self._drafts.refused()
        self._labels.refused()

    async def _become(self, to: Address, draft: int, page: Page, written: Written) -> None:
        """Send the message of a draft, once."""
        where = place(to)
        await self._sent.begin(where, draft)
        try:
            _, message_id = await self._send(to, page, written)
        except ChannelError as error:
            await self._sent.failed(where, draft, error)
            raise
        await self._sent.end(where, draft, message_id)
