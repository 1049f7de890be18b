"""Sends pages, and finds those whose sending was never confirmed.

Messages cannot change, and the order of two in Twilio's queue is nobody's promise: each waits until the one before it
was sent. So what WhatsApp refuses is mostly heard in time to be told like a refusal of the call itself.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from weakref import WeakValueDictionary

from bridge.channels.whatsapp.api import Api, Refused
from bridge.channels.whatsapp.codes import TOO_LONG, WINDOW_CLOSED, failure
from bridge.channels.whatsapp.ledger import Ledger, has_failed, was_sent
from bridge.channels.whatsapp.settings import Settings
from bridge.channels.whatsapp.written import filled, label, marked, units, variants, written
from bridge.errors import ChannelError, StoreUnavailable, Undeliverable, WindowClosed
from bridge.logs import event
from bridge.markdown.split import split
from bridge.ports import ChannelContext, Page
from bridge.types import Address, MessageRef, Turn

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often the store is asked whether a message was sent, for callbacks that another process hears."""
FIND_LOOKS = 3
FIND_AGAIN_S = 1.0
"""A message may need a moment to be listed."""
CLOCKS_APART = timedelta(seconds=30)
"""How far Twilio's clock may be behind ours."""
PART_UNITS_MAX = 500
"""Of each part of a page that Twilio calls too long although we think it is not: it fits however one counts."""
PARTS_MAX = 50
PART_NUMBER = 100_000
"""Parts are told from pages and from each other by their numbers, which begin here."""
_CLOSED = "more than 24 hours have passed since the person wrote: WhatsApp takes only a template now"
KEPT = "kept:"
"""Begins the id of a message that waits for the person to write again."""


class Poster:
    """Has no state but who is being written to right now."""

    def __init__(self, settings: Settings, context: ChannelContext, api: Api, ledger: Ledger) -> None:
        self._settings = settings
        self._context = context
        self._api = api
        self._ledger = ledger
        self._hosts = context.business.get("link_hosts", ())
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def post(self, to: Address, page: Page) -> MessageRef:
        """As ports.Channel.post. Outside the 24 hours a template is sent, or the page is kept; whoever writes as a
        colleague decides about that first (WindowClosed)."""
        async with self._writing.setdefault(to.key, asyncio.Lock()):
            await self._may_write(to.key)
            if not self._body(page):
                raise Undeliverable("there is nothing to say")
            if sid := await self._within(to.key, page, lambda: self._free(to.key, page)):
                return MessageRef(to, sid)
            if page.author:
                raise WindowClosed(_CLOSED)
            return MessageRef(to, await self._outside(to.key, page))

    async def knock(self, to: Address, page: Page) -> MessageRef:
        """As ports.KnockingChannel."""
        async with self._writing.setdefault(to.key, asyncio.Lock()):
            await self._may_write(to.key)
            return MessageRef(to, await self._outside(to.key, page))

    async def post_file(self, to: Address, page: Page, url: str) -> MessageRef:
        """Send a file that Twilio fetches at `url`, with the page as its caption. As ports.FileChannel."""
        async with self._writing.setdefault(to.key, asyncio.Lock()):
            await self._may_write(to.key)
            text = {"body": body} if (body := self._body(page)) else {}
            sid = await self._within(
                to.key, page, lambda: self._send(to.key, page, at_stake="", media_url=[url], **text)
            )
            if not sid:
                raise WindowClosed(_CLOSED)
            return MessageRef(to, sid)

    async def _may_write(self, person: str) -> None:
        if await self._ledger.opted_out(person):
            raise Undeliverable("the person wants no messages")

    async def _within(self, person: str, page: Page, send: Callable[[], Awaitable[str]]) -> str:
        """What it sends while free words are taken; "" when they are not."""
        if not await self._ledger.window_open(person, page.claim.turn):
            return ""
        try:
            return await send()
        except Refused as error:
            if error.code != WINDOW_CLOSED:
                raise
        await self._ledger.close_window(person)
        return ""

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        """As ports.Channel.find: by what we wrote down, by what a callback told, at last by the text in Twilio's
        list."""
        for look in range(FIND_LOOKS):
            if look:
                await asyncio.sleep(FIND_AGAIN_S)
            known = await self._ledger.post(page.claim.turn.id, label(page))
            if known and (known.startswith(KEPT) or not has_failed(await self._status(known))):
                return MessageRef(to, known)
            if listed := await self._listed(to.key, page):
                await self._ledger.posted(page.claim.turn.id, label(page), listed)
                return MessageRef(to, listed)
        return None

    async def _free(self, person: str, page: Page) -> str:
        """Send a page in free words."""
        try:
            return await self._send(person, page, at_stake=page.text, body=self._body(page))
        except Refused as error:
            parts = split(page.text, PART_UNITS_MAX, lambda text: units(marked(text, self._hosts)))
            if error.code != TOO_LONG or len(parts) == 1:
                raise
        event(log, "a message is too long after all", level=logging.WARNING, turn=page.claim.turn.id, parts=len(parts))
        return await self._parts(person, page, parts)

    async def _parts(self, person: str, page: Page, texts: Sequence[str]) -> str:
        """Send all parts of a page, but not those that an earlier try has sent. Returns the last one's SID."""
        turn, sid = page.claim.turn, ""
        for number, text in enumerate(texts):
            last = page.last and number == len(texts) - 1
            part = replace(page, text=text, number=PART_NUMBER + page.number * PARTS_MAX + number, last=last)
            known = await self._ledger.post(turn.id, label(part))
            sid = known or await self._send(person, part, at_stake=text, body=self._body(part))
        async with _store_may_be_away():
            await self._ledger.posted(turn.id, label(page), sid)
        return sid

    def _body(self, page: Page) -> str:
        return written(page, self._hosts, self._context.say)

    async def _send(self, person: str, page: Page, *, at_stake: str, **content: str | list[str]) -> str:
        """Make a message and wait until it was sent, for some time. `at_stake` is the text that is lost should it fail
        after that. Raises as ports.Channel.post."""
        turn = page.claim.turn
        sid = await self._api.create(
            to=f"whatsapp:{person}",
            from_=self._settings.sender,
            status_callback=f"{self._context.public_url}/twilio/status?turn={turn.id}&page={label(page)}",
            validity_period=self._settings.validity_s,
            **content,
        )
        # From here on the message is there, so a store that is away must not make it look as if it were not.
        async with _store_may_be_away():
            await self._ledger.posted(turn.id, label(page), sid)
        status, code = await self._outcome(sid)
        if has_failed(status):
            async with _store_may_be_away():
                await self._ledger.forget_post(turn.id, label(page))
            raise failure(code)
        async with _store_may_be_away():
            await self._watch(sid, turn, page, at_stake)
        return sid

    async def _watch(self, sid: str, turn: Turn, page: Page, at_stake: str) -> None:
        """A failure that comes from now on is met by the callback, one that came just now by us."""
        await self._ledger.watch(sid, turn.id, at_stake)
        status, code = await self._ledger.status(sid)
        if has_failed(status) and await self._ledger.unwatch(sid):
            await self._ledger.forget_post(turn.id, label(page))
            raise failure(code)
        if status in ("delivered", "read"):
            await self._ledger.unwatch(sid)

    async def _outcome(self, sid: str) -> tuple[str, int]:
        """What became of a message, as far as it is known after `sent_wait_s`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.sent_wait_s
        told = self._ledger.bell(sid)
        try:
            while True:
                told.clear()
                status, code = await self._ledger.status(sid)
                if was_sent(status) or has_failed(status):
                    return status, code
                left_s = until - loop.time()
                if left_s <= 0:
                    return await self._api.status(sid)
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK_S, left_s)):
                        await told.wait()
        except (ChannelError, StoreUnavailable):
            return "", 0

    async def _outside(self, person: str, page: Page) -> str:
        """More than 24 hours after the person's last message: knock with a template, if there is one, and keep what it
        cannot hold until they write again."""
        turn = page.claim.turn
        name = turn.inbounds[-1].sender.name
        variables, whole = filled(self._settings.template_variables, page.text, name, self._hosts)
        knocks = bool(self._settings.template_sid) and await self._ledger.knocks(turn.id, label(page))
        says_all = knocks and whole and page.last
        if not says_all:
            await self._ledger.keep(person, turn.id, page.text)
        sid = f"{KEPT}{turn.id}:{label(page)}"
        if knocks:
            content = {"content_sid": self._settings.template_sid, "content_variables": json.dumps(variables)}
            try:
                return await self._send(person, page, at_stake=page.text if says_all else "", **content)
            except Refused as error:
                event(log, "the template was refused", level=logging.ERROR, code=error.code)
                await self._ledger.keep(person, turn.id, page.text)
        event(log, "an answer waits for the person to write again", turn=turn.id, page=page.number)
        await self._ledger.posted(turn.id, label(page), sid)
        return sid

    async def _status(self, sid: str) -> str:
        status, _ = await self._ledger.status(sid)
        return status if was_sent(status) or has_failed(status) else (await self._api.status(sid))[0]

    async def _listed(self, person: str, page: Page) -> str | None:
        """A message with the page's text among those since the question, that is no other page of ours."""
        texts = variants(page, self._hosts, self._context.say)
        since = page.claim.turn.inbounds[0].received_at - CLOCKS_APART
        async for message in self._api.messages(to=f"whatsapp:{person}", sender=self._settings.sender):
            if message.created_at < since:
                return None
            is_free = await self._ledger.turn_of(message.sid) is None
            if message.body.strip() in texts and not has_failed(message.status) and is_free:
                return message.sid
        return None


@asynccontextmanager
async def _store_may_be_away() -> AsyncIterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        event(log, "a message that was sent cannot be noted", level=logging.ERROR, error=error)
