"""Messages to the desk, each posted once however often it is tried.

Before a post it is written down that it is tried, and afterwards where the message stands. A post whose answer was
lost is looked for by its name, which stands in the message's metadata.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.blocks import Blocks
from bridge.channels.slack.place import Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.errors import ChannelUnavailable, RateLimited, StoreUnavailable
from bridge.ports import KeyValue

METADATA = "bridge_desk"
"""The type of the metadata that messages to the desk carry."""
KEEP_S = 400 * 86_400.0
"""How long it is known where a message stands."""
LOOK_AGAIN_S = 2.5
"""Slack may take a post so long after the connection broke."""
LOOK_BEFORE_S = 120.0
"""Our clock may be ahead of Slack's."""
LOOK_PAGES_MAX = 5
LOOK_PAGE = 200
WAIT_S = 1.2
"""How long a call waits for its place in a quota: for the next post of a channel. Whoever is further back comes again,
and takes no room of the outbox meanwhile."""
_TRIED = "?"
_ITS_FORM = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
"""Refusals of a form: another one may be taken."""

Form = tuple[str, Blocks]
"""What stands in notifications, and the blocks; none when the text is all."""


class Once:
    """May raise ChannelError, StoreUnavailable throughout."""

    def __init__(self, api: SlackApi, store: KeyValue, quotas: SlackQuotas) -> None:
        self._api = api
        self._store = store
        self._quotas = quotas

    async def where(self, name: str) -> tuple[str, str] | None:
        """The channel and ts of a message that was posted."""
        kept = await self._store.get(_key(name))
        return None if kept is None or kept.startswith(_TRIED) else _place_in(kept)

    async def post(self, name: str, place: Place, forms: Sequence[Form]) -> tuple[str, str]:
        """The channel and ts of the message of that name, which is posted in the first of its `forms` that Slack takes
        unless it is there."""
        kept = await self._store.get(_key(name))
        if kept is not None and not kept.startswith(_TRIED):
            return _place_in(kept)
        if kept is not None and (found := await self._found(name, place, float(kept.removeprefix(_TRIED)))):
            await self._keep(name, found)
            return found
        async with self._quotas.in_turn(self._quotas.post(place), name, patience_s=WAIT_S):
            posted = await self._posted(name, place, forms)
        await self._keep(name, posted)
        return posted

    async def _posted(self, name: str, place: Place, forms: Sequence[Form]) -> tuple[str, str]:
        """Post, and say so before."""
        await self._store.put(_key(name), f"{_TRIED}{time.time():.3f}", ttl_s=KEEP_S)
        args: dict[str, Any] = {"channel": place.channel, "unfurl_links": False, "unfurl_media": False}
        if place.thread:
            args["thread_ts"] = place.thread
        try:
            answer = await self._written(place.team, "chat_postMessage", name, forms, creates=True, **args)
        except (RateLimited, Refusal, ChannelUnavailable):
            with suppress(StoreUnavailable):  # then it is looked for in vain
                await self._store.delete(_key(name))
            raise
        return str(answer["channel"]), str(answer["ts"])

    async def edit(self, name: str, place: Place, message: tuple[str, str], forms: Sequence[Form]) -> None:
        """Make a message show something else."""
        channel, ts = message
        async with self._quotas.in_turn(self._quotas.update(place), name, patience_s=WAIT_S):
            await self._written(place.team, "chat_update", name, forms, channel=channel, ts=ts)

    async def _written(
        self, team: str, method: str, name: str, forms: Sequence[Form], **args: Any
    ) -> Mapping[str, Any]:
        """Call with the first form that Slack takes."""
        args["metadata"] = {"event_type": METADATA, "event_payload": {"id": name}}
        for text, blocks in forms[:-1]:
            try:
                return await self._api.call(team, method, text=text, blocks=blocks, **args)
            except Refusal as refusal:
                if refusal.code not in _ITS_FORM:
                    raise
        text, blocks = forms[-1]
        return await self._api.call(team, method, text=text, blocks=blocks, **args)

    async def _keep(self, name: str, posted: tuple[str, str]) -> None:
        await self._store.put(_key(name), ":".join(posted), ttl_s=KEEP_S)

    async def _found(self, name: str, place: Place, tried_at: float) -> tuple[str, str] | None:
        """Look for a message that was tried at that time (Unix seconds)."""
        await asyncio.sleep(min(LOOK_AGAIN_S, max(0.0, tried_at + LOOK_AGAIN_S - time.time())))
        method = "conversations_replies" if place.thread else "conversations_history"
        bucket = self._quotas.look(place, method)
        args: dict[str, Any] = {
            "channel": place.channel,
            "oldest": f"{tried_at - LOOK_BEFORE_S:.6f}",
            "include_all_metadata": True,
            "limit": LOOK_PAGE,
        }
        if place.thread:
            args["ts"] = place.thread
        for _ in range(LOOK_PAGES_MAX):
            async with self._quotas.in_turn(bucket, name, patience_s=WAIT_S):
                answer = await self._api.call(place.team, method, **args)
            for message in answer.get("messages", []):
                if _named(message) == name:
                    return place.channel, str(message["ts"])
            args["cursor"] = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not args["cursor"]:
                break
        return None


def _named(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    named = metadata.get("event_payload") or {}
    return named.get("id") if metadata.get("event_type") == METADATA else None


def _place_in(kept: str) -> tuple[str, str]:
    channel, _, ts = kept.partition(":")
    return channel, ts


def _key(name: str) -> str:
    return f"slack:desk:{name}"
