"""What people wrote in a thread before they called us into it, or to each other since we last looked."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.channels.slack.api import SlackApi
from bridge.channels.slack.place import METADATA, Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.text import kept, readable
from bridge.channels.slack.threads import KEEP_S
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited
from bridge.ports import KeyValue
from bridge.types import Inbound, Remark, Sender, Turn

REMARKS_MAX = 40
REMARKS_CHARS_MAX = 6_000
"""Of all remarks together: the first, which says what the thread is about, and the newest."""
REMARK_CHARS_MAX = 2_000
LOOK_S = 4.0
"""How long an answer waits for them."""
PAGES_MAX = 3
"""How much of a thread is read from where the last reading ended. Of a longer one the newest part is looked for."""
GUESSES_MAX = 4
"""Of when that part begins."""
PAGE = 200
"""Apps that are sold outside the Marketplace get 15."""
RESERVE = 0.25
"""Share of the quota that is left for answers that must be found again."""
QUOTA_S = 1.0
"""What is said about when to come back; nobody does."""
NAME_CHARS_MAX = 100
_SAID = (None, "bot_message", "file_share", "thread_broadcast")


class Overhearing:
    """Reads threads of channels. In direct messages everything is said to us."""

    def __init__(self, api: SlackApi, quotas: SlackQuotas, store: KeyValue) -> None:
        self._api = api
        self._quotas = quotas
        self._store = store

    async def read(self, place: Place, channel: str, thread: str, turn: Turn, earlier: Sequence[Turn]) -> list[Remark]:
        """As `ListeningChannel.overheard`; `channel` and `thread` are where the conversation stands."""
        upto = _ts(turn.inbounds[-1])
        if channel.startswith("D") or not thread or not upto or float(upto) <= float(thread):
            return []
        since = await self._since(place.team, channel, earlier)
        messages, whole = await self._messages(place, channel, thread, since=since, upto=upto)
        if messages and not whole:
            await self._store.put(_name(place.team, channel, upto), messages[-1]["ts"], ttl_s=KEEP_S)
        known = {_ts(inbound) for past in (*earlier, turn) for inbound in past.inbounds}
        bot = turn.inbounds[-1].address.hints.get("bot", "")
        others = [message for message in messages if message["ts"] not in known and not _ours(message, bot)]
        return _bounded([remark for message in others if (remark := _remark(message, bot))])

    async def _since(self, team: str, channel: str, earlier: Sequence[Turn]) -> str:
        """Up to when the thread was read for an earlier question."""
        looked = [_ts(inbound) for turn in earlier for inbound in turn.inbounds if inbound.overheard is not None]
        last = max(filter(None, looked), key=float, default="")
        return (await self._store.get(_name(team, channel, last)) or last) if last else "0"

    async def _messages(
        self, place: Place, channel: str, thread: str, *, since: str, upto: str
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """The thread's messages between two times, oldest first, and whether its end was reached. Slack gives its
        first message in any case. May raise ChannelError, StoreUnavailable."""
        args: dict[str, Any] = {
            "channel": channel,
            "ts": thread,
            "oldest": since,
            "latest": upto,
            "include_all_metadata": True,
            "limit": PAGE,
        }
        found: dict[str, Mapping[str, Any]] = {}
        try:
            async with asyncio.timeout(LOOK_S):
                whole = await self._read_through(place, args, found) or await self._read_end(place, args, found)
        except (ChannelError, TimeoutError) as error:
            if not found:
                if isinstance(error, ChannelError):
                    raise
                raise ChannelUnavailable(f"conversations_replies: no answer in {LOOK_S} s") from None
            whole = False  # some of it is better than nothing
        return [found[ts] for ts in sorted(found, key=float)], whole

    async def _read_through(self, place: Place, args: Mapping[str, Any], found: dict[str, Mapping[str, Any]]) -> bool:
        """Read on from the oldest message; True when there is no more."""
        cursor = ""
        for _ in range(PAGES_MAX):
            cursor = await self._page(place, {**args, "cursor": cursor} if cursor else args, found)
            if not cursor:
                return True
        return False

    async def _read_end(self, place: Place, args: Mapping[str, Any], found: dict[str, Mapping[str, Any]]) -> bool:
        """Read the newest part of a long thread; True when there is one. Slack's pages go on from `oldest`, so when it
        begins is guessed: first as if people had written as quickly as in the last page, then halfway between too
        early and too late."""
        if not (read := sorted(map(float, found))):
            return False
        early, late = read[-1], float(args["latest"])
        begin = max(early, late - (early - read[-PAGE:][0]) / 2)
        reached = False
        for _ in range(GUESSES_MAX):
            part: dict[str, Mapping[str, Any]] = {}
            cursor = await self._page(place, {**args, "oldest": f"{begin:.6f}"}, part)
            found |= part
            if cursor:
                early = max([early, *map(float, part)])
            elif len(part) >= REMARKS_MAX:
                return True
            else:
                reached, late = reached or bool(part), begin
            begin = (early + late) / 2
        return reached

    async def _page(self, place: Place, args: Mapping[str, Any], found: dict[str, Mapping[str, Any]]) -> str:
        """Read one page; the cursor of the next, "" for none. May raise ChannelError, StoreUnavailable."""
        bucket = self._quotas.look(place, "conversations_replies")
        if not await self._quotas.spare(bucket, reserve=RESERVE * bucket.capacity):
            raise RateLimited(f"{bucket.key}: the quota is used up", retry_after_s=QUOTA_S, ours=True)
        answer = await self._quotas.heed(bucket, self._api.call(place.team, "conversations_replies", **args))
        for message in answer.get("messages", []):
            if float(args["oldest"]) < float(message["ts"]) < float(args["latest"]):
                found[message["ts"]] = message
        return str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def _name(team: str, channel: str, ts: str) -> str:
    """How far the thread was read for the question of that time, where that was not up to it."""
    return f"slack:overheard:{team}:{channel}:{ts}"


def _ts(inbound: Inbound) -> str:
    """When it was written, as Slack counts; "" for commands."""
    return inbound.address.hints.get("ts", "")


def _ours(message: Mapping[str, Any], bot: str) -> bool:
    metadata = message.get("metadata") or {}
    return message.get("user") == bot or metadata.get("event_type") == METADATA


def _remark(message: Mapping[str, Any], bot: str) -> Remark | None:
    """None for what nobody said: people who came or went, a message taken away."""
    if message.get("subtype") not in _SAID or message.get("user") == "USLACKBOT":
        return None
    words = readable(message.get("text"), bot) or "\n".join(_fallbacks(message))
    text = "\n".join(filter(None, [words[:REMARK_CHARS_MAX], *_files(message)]))
    profile = message.get("bot_profile") or {}
    name = kept(message.get("username")) or kept(profile.get("name"))
    author = kept(message.get("user")) or kept(message.get("bot_id"))
    return Remark(Sender(author, name[:NAME_CHARS_MAX]), text) if text else None


def _fallbacks(message: Mapping[str, Any]) -> Iterator[str]:
    """What other apps write beside their text."""
    attachments = message.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        if isinstance(attachment, dict) and (words := kept(attachment.get("fallback"))):
            yield words


def _files(message: Mapping[str, Any]) -> Iterator[str]:
    """Files that others shared are named, not read."""
    files = message.get("files")
    for file in files if isinstance(files, list) else []:
        if isinstance(file, dict):
            yield f"[a file: {' '.join(kept(file.get('name')).split())[:NAME_CHARS_MAX] or 'without a name'}]"


def _bounded(remarks: Sequence[Remark]) -> list[Remark]:
    """The first and the newest that fit."""
    if not remarks:
        return []
    first, newest = remarks[0], list[Remark]()
    left = REMARKS_CHARS_MAX - len(first.text)
    for remark in reversed(remarks[1:]):
        left -= len(remark.text)
        if left < 0 or len(newest) == REMARKS_MAX - 1:
            break
        newest.append(remark)
    return [first, *reversed(newest)]
