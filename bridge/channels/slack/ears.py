"""What Slack tells us, whichever way it comes: questions are stored, everything else is done or passed over."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from bridge.channels.slack import blocks, cards
from bridge.channels.slack.active import Active, Spot
from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.counter import COMMAND, Counter, for_one
from bridge.channels.slack.later import Later
from bridge.channels.slack.payloads import ID, attachments_in, id_in, table_in, ts_in
from bridge.channels.slack.place import ASK, NAME, Place, place_of
from bridge.channels.slack.settings import Settings
from bridge.channels.slack.text import kept, mentions, mentions_somebody, readable
from bridge.channels.slack.threads import Threads
from bridge.channels.slack.tokens import Tokens
from bridge.errors import BadPayload
from bridge.logs import event as log_event
from bridge.ports import Bucket, ChannelContext
from bridge.types import Address, Inbound, Remark, Sender, Turn, TurnId

log = logging.getLogger(__name__)

PROMPTS_MAX = 4
STOP_KEEP_S = 3_600.0
"""How long the same word "stop" is known when it comes again."""
SMALL_CALLS_PER_MINUTE = 80
"""Of each method that is only a nicety; Slack allows 100."""
_TRIGGER = re.compile(r"[\w.:-]{1,200}", re.ASCII)
_SAID = (None, "file_share", "thread_broadcast")
"""Subtypes of messages that people write."""


class Ears:
    """Mutable: knows the messages that are just being stored."""

    def __init__(
        self,
        settings: Settings,
        context: ChannelContext,
        api: SlackApi,
        tokens: Tokens,
        threads: Threads,
        active: Active,
        later: Later,
        counter: Counter,
    ) -> None:
        self._settings = settings
        self._context = context
        self._api = api
        self._tokens = tokens
        self._threads = threads
        self._active = active
        self._later = later
        self._counter = counter
        self._arriving: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # ------------------------------------------------------------ events

    async def event(self, payload: Mapping[str, Any]) -> None:
        """An event; on return it is stored. May raise BadPayload, StoreUnavailable, as the others."""
        said = table_in(payload, "event")
        team, bot = _installation(payload)
        if not await self._tokens.serves(team):
            log_event(log, "an event of a workspace that is not ours", level=logging.WARNING, team=team)
            return
        match said.get("type"):
            case "message" | "app_mention":
                await self._message(said, team, bot)
            case "agent_session_stopped":
                await self._stopped(said, team)
            case "assistant_thread_started":
                place = table_in(said, "assistant_thread")
                self._prompt(team, id_in(place, "channel_id"), ts_in(place, "thread_ts"))
            case "app_home_opened" if said.get("tab") == "messages":
                self._prompt(team, id_in(said, "channel"), "")
            case "app_uninstalled" | "tokens_revoked":
                await self._removed(said, team, payload.get("event_time"))

    async def _message(self, said: Mapping[str, Any], team: str, bot: str) -> None:
        match said.get("subtype"):
            case "message_changed":
                now, before = table_in(said, "message"), said.get("previous_message")
                before = before if isinstance(before, dict) else {}
                if now.get("subtype") == "tombstone":  # taken away, and answers below it are left
                    await self._amend(said, before, team, bot, deleted=True)
                elif now.get("text") != before.get("text"):  # not only a preview was added
                    await self._amend(said, now, team, bot, deleted=False)
            case "message_deleted":
                before = said.get("previous_message")
                if isinstance(before, dict):
                    await self._amend(said, before, team, bot, deleted=True)
            case subtype if subtype in _SAID:
                await self._question(said, team, bot)

    async def _amend(
        self, said: Mapping[str, Any], message: Mapping[str, Any], team: str, bot: str, *, deleted: bool
    ) -> None:
        """A question was changed or taken back."""
        if message.get("subtype") not in _SAID:
            return
        inbound = await self._inbound({**said, **message, "channel": said.get("channel")}, team, bot, amended=True)
        if inbound and _at_desk(inbound):
            await self._counter.changed(inbound, deleted)
        elif inbound and not deleted and self._is_stop(inbound):
            await self._context.stop_all(inbound.address.conversation_id)
        elif inbound:
            await self._context.amend(inbound, deleted)

    async def _question(self, said: Mapping[str, Any], team: str, bot: str) -> None:
        inbound = await self._inbound(said, team, bot)
        if inbound is None:
            return
        self._later.do("active", self._active.note(self._spot(said, team)))
        # A mention in a channel comes as two events of one message.
        async with self._arriving.setdefault(inbound.event_id, asyncio.Lock()):
            if self._is_stop(inbound):
                await self._stop_word(inbound)
            else:
                await self._receive(inbound)

    async def _receive(self, inbound: Inbound) -> bool:
        """True when it is new."""
        if (place := _direct_thread(inbound)) is not None:
            await self._threads.note(place)
        return (await self._context.receive(inbound)).fresh

    def _spot(self, said: Mapping[str, Any], team: str) -> Spot:
        """Where people talk with us."""
        channel, ts, thread = str(said["channel"]), str(said["ts"]), str(said.get("thread_ts") or "")
        flat = channel.startswith("D") and self._settings.direct_messages == "flat"
        return Spot(team, channel, thread or ("" if flat else ts))

    def _is_stop(self, inbound: Inbound) -> bool:
        return self._context.is_stop(inbound.text) and not (inbound.attachments or _at_desk(inbound))

    async def missed(self, team: str, bot: str, messages: Sequence[Mapping[str, Any]]) -> int:
        """Messages of one place that no event may have told us of, oldest first; how many were new. May raise
        StoreUnavailable."""
        asked: list[tuple[Inbound, Spot]] = []
        for said in messages:
            said = {**said, "thread_ts": None} if said.get("thread_ts") == said["ts"] else said
            if said.get("bot_id") or said.get("subtype") not in _SAID:
                continue
            try:
                inbound = await self._inbound(said, team, bot)
            except BadPayload:
                continue
            if inbound is None:
                continue
            if not self._is_stop(inbound):
                asked.append((inbound, self._spot(said, team)))
            elif _direct_thread(inbound):
                asked.clear()
            else:  # whoever asked wants no answer any more
                asked = [(other, spot) for other, spot in asked if other.address.key != inbound.address.key]
        found = 0
        for inbound, spot in asked:
            await self._active.note(spot)
            async with self._arriving.setdefault(inbound.event_id, asyncio.Lock()):
                found += await self._receive(inbound)
        return found

    async def _stop_word(self, inbound: Inbound) -> None:
        marker = f"slack:stop:{inbound.event_id}"
        if await self._context.store.get(marker):
            return
        keys = [inbound.address.key]
        if (place := _direct_thread(inbound)) is not None:
            # Nobody opens the thread of an answer to stop it.
            keys += [Place(place.team, place.channel, ts).key for ts in await self._threads.noted(place)]
        if sum([await self._context.stop_all(Address(NAME, key).conversation_id) for key in keys]):
            await self._context.store.put(marker, "1", ttl_s=STOP_KEEP_S)
        else:
            answer = self._context.say("nothing_to_stop", inbound.text)
            await self._context.receive(replace(inbound, answer=answer))

    async def _inbound(self, said: Mapping[str, Any], team: str, bot: str, *, amended: bool = False) -> Inbound | None:
        """The message as a question to us; None when it is not, or nobody wrote it. What was `amended` belongs to its
        conversation whatever it says now."""
        user = said.get("user")
        if not isinstance(user, str) or user in (bot, "USLACKBOT") or not ID.fullmatch(user):
            return None
        channel, ts = id_in(said, "channel"), ts_in(said, "ts")
        thread = ts_in(said, "thread_ts") if said.get("thread_ts") else ""
        if thread and (place := await self._counter.thread_of(team, channel, thread)):
            return await self._counter.inbound(said, place, bot)
        called = said.get("type") == "app_mention" or mentions(said.get("text"), bot)
        key = await self._threads.key_of(team, channel, thread or ts) if amended else None
        key = key or await self._key(said, team, channel, thread or ts, in_thread=bool(thread), called=called)
        if key is None:
            return None
        attachments = tuple(attachments_in(said))
        text = readable(said.get("text"), bot)
        if not (text or attachments or called):
            return None
        # Somebody calls, and says no more: into a thread, what others wrote there is the question.
        greets = not (text or attachments or (thread and self._settings.read_threads and not channel.startswith("D")))
        return Inbound(
            event_id=f"{NAME}:{team}:{channel}:{ts}",
            address=Address(NAME, key, {"ts": ts, "user": user, "bot": bot}),
            sender=Sender(user),
            text=text,
            received_at=datetime.now(UTC),
            attachments=attachments,
            answer=self._ready(text, greets=greets, files=bool(attachments)),
        )

    def _ready(self, text: str, *, greets: bool, files: bool) -> str:
        """What needs no thought."""
        if greets:
            return self._context.welcome()
        return self._context.say("slack_help", text) if self._context.is_help(text) and not files else ""

    async def _key(
        self, said: Mapping[str, Any], team: str, channel: str, root: str, *, in_thread: bool, called: bool
    ) -> str | None:
        """The conversation of a message; None when it is none of ours."""
        known = await self._threads.key_of(team, channel, root) if in_thread else None
        if said.get("channel_type") == "im" or channel.startswith("D"):
            flat = self._settings.direct_messages == "flat" and not in_thread
            return known or Place(team, channel, "" if flat else root).key
        if called:
            key = known or Place(team, channel, root).key
            await self._threads.mark(team, channel, root, key)
            return key
        follows = self._settings.follow_threads and not mentions_somebody(said.get("text"))
        return known if follows else None

    async def _removed(self, said: Mapping[str, Any], team: str, at: object) -> None:
        """The app was taken out of a workspace; that may be told after it was installed again."""
        revoked = said.get("tokens")
        if said.get("type") == "tokens_revoked" and not (isinstance(revoked, dict) and revoked.get("bot")):
            return  # those of people, which we have none of
        await self._tokens.forget(team, at if isinstance(at, int) else int(time.time()))

    async def _stopped(self, said: Mapping[str, Any], team: str) -> None:
        """Slack's own stop button."""
        channel, thread = id_in(said, "channel"), ts_in(said, "thread_ts")
        key = await self._threads.key_of(team, channel, thread) or Place(team, channel, thread).key
        await self._context.stop_all(Address(NAME, key).conversation_id)

    # ------------------------------------------------------------ clicks and commands

    async def click(self, payload: Mapping[str, Any]) -> None:
        """A button of ours."""
        if payload.get("type") != "block_actions":
            return
        actions = payload.get("actions")
        if not (isinstance(actions, list) and actions and isinstance(actions[0], dict)):
            raise BadPayload("a click without an action")
        action_id, value = str(actions[0].get("action_id", "")), kept(actions[0].get("value"))
        if action_id.startswith(cards.DESK):
            return await self._counter.clicked(payload, actions[0])
        if not action_id.startswith("bridge_"):
            return
        rating, _, rated = value.rpartition(":")
        turn = await self._context.store.turn(TurnId(rated))
        if turn is None or turn.address.channel != NAME:
            return
        # The one that the app is installed in; whoever clicks may be of another company.
        team = place_of(turn.address).team
        if not await self._tokens.serves(team):
            return
        user = id_in(table_in(payload, "user"), "id")
        if action_id == blocks.STOP:
            await self._context.stop(turn.id)
        elif action_id == blocks.RETRY and turn.reply is not None:
            await self._context.receive(_again(turn, user))
        elif action_id.startswith(blocks.RATE) and rating in ("up", "down"):
            await self._context.rate(turn, "up" if rating == "up" else "down", "")
            self._thank(payload, turn, team, user)

    def _thank(self, payload: Mapping[str, Any], turn: Turn, team: str, user: str) -> None:
        container = table_in(payload, "container")
        args = {"channel": id_in(container, "channel_id"), "user": user}
        args["text"] = self._context.say("feedback_thanks", turn.question)
        if container.get("thread_ts"):
            args["thread_ts"] = ts_in(container, "thread_ts")
        self._later.do("thanks", self._small(team, "chat_postEphemeral", args))

    async def form(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A form that was filled in."""
        return await self._counter.submitted(payload)

    async def command(self, form: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """`/ask`: what was asked is answered in the channel; the person alone sees at once that it was heard.
        `/bridge` is the desk's."""
        if form.get("command") == COMMAND:
            return await self._counter.command(form)
        team, channel, user = id_in(form, "team_id"), id_in(form, "channel_id"), id_in(form, "user_id")
        trigger = form.get("trigger_id")
        if not (isinstance(trigger, str) and _TRIGGER.fullmatch(trigger)):
            raise BadPayload("a command without a trigger")
        text = readable(form.get("text"), "")
        if not await self._tokens.serves(team):
            return None
        if not text or self._context.is_help(text):
            return for_one(self._context.say("slack_help", text))
        name = kept(form.get("user_name"))[:100]
        inbound = Inbound(
            event_id=f"{NAME}:{team}:{ASK}{trigger}",
            address=Address(NAME, Place(team, channel, f"{ASK}{trigger}".replace(":", "-")).key, {"user": user}),
            sender=Sender(user, name),
            text=text,
            received_at=datetime.now(UTC),
        )
        await self._context.receive(inbound)
        return for_one(self._context.say("looking_up", text))

    # ------------------------------------------------------------ niceties

    def _prompt(self, team: str, channel: str, thread: str) -> None:
        """Offer the business's suggestions where somebody is about to ask."""
        suggestions = [str(text) for text in self._context.business.get("suggestions", ())][:PROMPTS_MAX]
        if not suggestions:
            return
        prompts = [{"title": text, "message": text} for text in suggestions]
        args: dict[str, Any] = {"channel_id": channel, "prompts": prompts}
        if title := str(self._context.business.get("greeting", "")):
            args["title"] = title
        if thread:
            args["thread_ts"] = thread
        self._later.do("prompts", self._small(team, "assistant_threads_setSuggestedPrompts", args))

    async def _small(self, team: str, method: str, args: Mapping[str, Any]) -> None:
        bucket = Bucket(f"slack:{method}:{team}", SMALL_CALLS_PER_MINUTE / 2, SMALL_CALLS_PER_MINUTE / 120)
        if await self._context.store.spend(bucket) == 0.0:
            try:
                await self._api.call(team, method, **args)
            except Refusal as refusal:
                log_event(log, "left out", level=logging.INFO, channel=NAME, error=refusal)


# ---------------------------------------------------------------- reading payloads


def _installation(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The workspace whose installation hears an event, and its bot user. In a channel that workspaces share the
    event itself may name another one. May raise BadPayload."""
    authorizations = payload.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else {}
    first = first if isinstance(first, dict) else {}
    team = first.get("team_id") or payload.get("team_id")
    bot = first.get("user_id")
    return id_in({"team_id": team}, "team_id"), bot if isinstance(bot, str) and ID.fullmatch(bot) else ""


def _at_desk(inbound: Inbound) -> bool:
    return "message" in inbound.address.hints


def _direct_thread(inbound: Inbound) -> Place | None:
    """Where a message begins a thread in a direct message."""
    place = place_of(inbound.address)
    begins = place.channel.startswith("D") and place.thread == inbound.address.hints["ts"]
    return place if begins else None


def _again(turn: Turn, user: str) -> Inbound:
    """The question of a turn once more, with the files that came with it; the same however often it is wanted."""
    return Inbound(
        event_id=f"{NAME}:{turn.address.key}:r:{turn.id}",
        address=turn.address,
        sender=Sender(user),
        text=turn.question,
        received_at=datetime.now(UTC),
        attachments=tuple(attachment for inbound in turn.inbounds for attachment in inbound.attachments),
        retry_of=turn.id,
        overheard=_overheard(turn),
    )


def _overheard(turn: Turn) -> tuple[Remark, ...] | None:
    """What was read of the thread for a turn; None when it was not."""
    heard = [inbound.overheard for inbound in turn.inbounds if inbound.overheard is not None]
    return tuple(remark for remarks in heard for remark in remarks) if heard else None
