"""Slack's own streaming, as an option: messages that grow by appending.

A stream lives five minutes and holds 12,000 characters. It is ended before that, and from then on its message is
edited like any other; so it is whenever nobody is sure what has arrived, and after a restart.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.blocks import Blocks
from bridge.channels.slack.place import Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.status import Latches
from bridge.errors import ChannelUnavailable, RateLimited
from bridge.markdown.heal import settled
from bridge.markdown.safe import safe
from bridge.ports import ChannelContext, Page

STREAM_AGE_MAX_S = 230.0
LIVE_MAX = 10_000


@dataclass(slots=True)
class _Live:
    """A stream of ours. Mutable."""

    sent: str
    began_at: float
    sure: bool = True
    """False when an append was lost: it may have arrived or not."""


class Streams:
    """Mutable: knows the streams that this process has begun."""

    def __init__(
        self,
        api: SlackApi,
        context: ChannelContext,
        quotas: SlackQuotas,
        latches: Latches,
        link_hosts: Collection[str],
    ) -> None:
        self._api = api
        self._context = context
        self._quotas = quotas
        self._latches = latches
        self._hosts = link_hosts
        self._live: OrderedDict[tuple[str, str], _Live] = OrderedDict()

    async def start(self, place: Place, channel: str, thread: str, page: Page) -> str | None:
        """The ts of a new stream; None where there can be none, or not now: then the page is posted. May raise
        ChannelError, StoreUnavailable."""
        user, bucket = page.claim.turn.inbounds[-1].sender.id, self._quotas.start(place)
        if not thread or self._latches.off(place.team, "streams") or not await self._quotas.spare(bucket):
            return None
        text = self._steady(page)
        args: dict[str, Any] = {"markdown_text": text} if text else {}
        if not channel.startswith("D"):
            args |= {"recipient_user_id": user, "recipient_team_id": place.team}
        try:
            answer = await self._api.call(
                place.team, "chat_startStream", creates=True, channel=channel, thread_ts=thread, **args
            )
        except RateLimited as error:
            # It may be this channel that wants no message now, or the workspace no stream.
            await self._context.store.pause(bucket, error.retry_after_s)
            raise
        except Refusal as refusal:
            self._latches.refused(place.team, "streams", refusal)
            return None
        ts = str(answer["ts"])
        self._live[channel, ts] = _Live(text, asyncio.get_running_loop().time())
        if len(self._live) > LIVE_MAX:
            self._live.popitem(last=False)
        return ts

    def knows(self, message: tuple[str, str]) -> bool:
        """True for a stream that this process has begun and not ended."""
        return message in self._live

    async def show(self, place: Place, message: tuple[str, str], page: Page, text: str, footer: Blocks) -> bool:
        """Append what is new to a stream that is known, or end it with that. False when the message must be edited
        instead: it streams no more. `text` and `footer` are the whole page's. May raise ChannelError,
        StoreUnavailable."""
        live = self._live[message]
        if page.final or not page.last:
            rest = text[len(live.sent) :] if live.sure and text.startswith(live.sent) else None
            return await self._stop(place, message, page, rest, footer) and rest is not None
        now = self._steady(page)
        old = asyncio.get_running_loop().time() - live.began_at > STREAM_AGE_MAX_S
        if old or not live.sure or not now.startswith(live.sent):
            await self._stop(place, message, page, None, [])
            return False
        if now == live.sent:
            return True
        return await self._append(place, message, live, now, page)

    def _steady(self, page: Page) -> str:
        """What of a draft no later text changes: what is appended stays."""
        return safe(settled(page.text), self._hosts)

    async def _append(self, place: Place, message: tuple[str, str], live: _Live, text: str, page: Page) -> bool:
        channel, ts = message
        try:
            await self._api.call(
                place.team, "chat_appendStream", channel=channel, ts=ts, markdown_text=text[len(live.sent) :]
            )
        except Refusal as refusal:
            del self._live[message]
            if refusal.code == "stopped_by_user":
                await self._context.stop(page.claim.turn.id)
                return True
            return False
        except ChannelUnavailable:
            live.sure = False
            raise
        live.sent = text
        return True

    async def _stop(self, place: Place, message: tuple[str, str], page: Page, rest: str | None, footer: Blocks) -> bool:
        """End a stream, with the rest of its text. False when Slack or the person has ended it before."""
        channel, ts = message
        bucket = self._quotas.stop(place)
        await self._quotas.take(bucket, page.claim, final=True)
        ended = False
        args: dict[str, Any] = {"markdown_text": rest} if rest else {}
        if rest is not None and footer:
            args["blocks"] = footer
        # When Slack's answer is lost the edit that follows finds out whether the stream has ended.
        with suppress(Refusal, ChannelUnavailable):
            call = self._api.call(place.team, "chat_stopStream", channel=channel, ts=ts, **args)
            await self._quotas.heed(bucket, call)
            ended = True
        del self._live[message]
        return ended
