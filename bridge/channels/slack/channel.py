"""Slack as delivery speaks it: posts, edits, statuses, and what was posted found again."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bridge.channels.slack import blocks, oauth, sockets
from bridge.channels.slack.active import Active, Spot
from bridge.channels.slack.api import LockedOut, Refusal, Settled, SlackApi
from bridge.channels.slack.counter import Counter
from bridge.channels.slack.ears import Ears
from bridge.channels.slack.emails import Emails
from bridge.channels.slack.front import Front
from bridge.channels.slack.later import Later
from bridge.channels.slack.missed import Missed
from bridge.channels.slack.names import Names
from bridge.channels.slack.overhearing import Overhearing
from bridge.channels.slack.place import METADATA, NAME, Place, message_of, place_of, ref_to
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.room import Room
from bridge.channels.slack.routes import routes
from bridge.channels.slack.settings import Settings
from bridge.channels.slack.status import Latches, StatusLine
from bridge.channels.slack.streams import Streams
from bridge.channels.slack.threads import Threads
from bridge.channels.slack.tokens import Tokens
from bridge.errors import ChannelError, MessageGone, StoreUnavailable, Unconfirmed, Undeliverable
from bridge.logs import event
from bridge.ports import Card, ChannelContext, Claim, Limits, Mark, OutFile, Page, Routes
from bridge.types import Address, Attachment, MessageRef, Remark, Turn, TurnId

log = logging.getLogger(__name__)

EDIT_INTERVAL_S = 0.45
FIRST_CHARS = 20
FIRST_WAIT_S = 0.12
TYPING_S = 90.0
"""A status goes by itself after two minutes."""
LOOK_AGAIN_S = 2.5
"""Slack may take a post seconds after the connection broke: what is not there yet is looked for once more, so long
after nobody could hear of it any more."""
LOST_MAX = 1_000
LOOK_PAGES_MAX = 5
LOOK_PAGE = 200
LOOK_BEFORE = timedelta(minutes=2)
"""Our clock may be ahead of Slack's."""
BEGUN_AGAIN_S = 5.0
"""A turn whose question has changed is begun again within this time; nobody waits so long."""
AUTH_RETRY_FIRST_S = 1.0
AUTH_RETRY_MAX_S = 30.0
_FILE_HOSTS = ("slack-files.com",)
_DOMAIN = ".slack.com"
_ELSEWHERE = {"channel_not_found", "not_in_channel", "is_archived"}
"""A command may come from where the app cannot write; its answer then goes to the person alone."""
_NOT_ITS_FORM = _ELSEWHERE | {"streaming_state_conflict", "thread_not_found", "cannot_reply_to_message"}
"""Refusals that another form of the same message would not change."""


class SlackChannel:
    """Implements ports.EditableChannel, ListeningChannel, FileChannel and DeskRoom. A message's id is its channel and
    its ts."""

    name = NAME

    def __init__(self, settings: Settings, context: ChannelContext) -> None:
        self._settings = settings
        self._context = context
        self._hosts = tuple(context.business.get("link_hosts", ()))
        self._tokens = Tokens(context.secrets["SLACK_BOT_TOKEN"], context.store, oauth.keys(settings, context.secrets))
        self._api = SlackApi(settings.api_url, timeout_s=settings.timeout_s, token_of=self._tokens.of)
        self._later = Later()
        self._latches = Latches()
        self._threads = Threads(context.store)
        self._status = StatusLine(
            self._api, context.store, self._latches, self._later, sessions=settings.agent_sessions
        )
        self._quotas = SlackQuotas(settings, context.store)
        self._native = settings.stream == "native"
        self._learning = asyncio.Lock()
        self._lost: OrderedDict[tuple[TurnId, int, int], float] = OrderedDict()
        """When, on the loop's clock, the connection broke over a post, by turn, fence and page. What is not here,
        another owner of the turn has posted: that may have been just before it was looked for here."""
        self._streams = Streams(self._api, context, self._quotas, self._latches, self._hosts)
        self._overhearing = Overhearing(self._api, self._quotas, context.store)
        self._active = Active(context.store)
        self._room = Room(context, self._api, self._tokens, self._quotas, self._active, self._later)
        names = Names(self._api, context.store)
        counter = Counter(context, self._api, self._room, names, self._later)
        hearing = context
        if settings.vouch_emails:
            hearing = replace(context, receive=Emails(self._api, context.store).vouching(context.receive))
        ears = Ears(settings, hearing, self._api, self._tokens, self._threads, self._active, self._later, counter)
        self._front = Front(ears)
        self._missed = Missed(
            self._api, context.store, self._quotas, self._active, ears.missed, back_max_s=settings.catch_up_s
        )

    def routes(self) -> Routes:
        secret = self._context.secrets["SLACK_SIGNING_SECRET"]
        return [
            *routes(secret, self._front.hear),
            *oauth.routes(self._settings, self._context, self._api, self._tokens),
        ]

    async def run(self) -> None:
        """Learn who we are, keep Socket Mode open where it is wanted, and look for what was missed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.learn())
            if self._settings.catch_up_s:
                group.create_task(self._missed.run())
            if token := self._context.secrets.get("SLACK_APP_TOKEN"):
                open_url = partial(self._api.socket_url, token.get_secret_value())
                group.create_task(sockets.listen(open_url, self._front.hear, self._missed.listening))
            else:
                self._missed.listening(True)

    async def learn(self) -> None:
        """As ports.LearningChannel: whose token we have. Until Slack can be asked, what comes is taken as ours."""
        async with self._learning:
            known_down, wait_s = False, AUTH_RETRY_FIRST_S
            while not self._tokens.home_team:
                try:
                    about = await self._identity()
                except ChannelError as error:
                    if not known_down:  # said once, and once when it is back
                        event(log, "Slack does not know us", level=logging.ERROR, channel=NAME, error=error)
                    known_down = True
                    await asyncio.sleep(wait_s)
                    wait_s = min(AUTH_RETRY_MAX_S, wait_s * 2)
                    continue
                self._known_as(about)
                event(log, "known to Slack", level=logging.INFO, channel=NAME, team=self._tokens.home_team)

    async def close(self) -> None:
        await self._later.close()
        await self._api.close()

    async def check(self) -> str:
        try:
            about = await self._identity()
        except LockedOut as error:
            fix = "copy the Bot User OAuth Token of the app's page at api.slack.com/apps once more"
            raise Undeliverable(f"Slack refuses SLACK_BOT_TOKEN ({error.code}): {fix}") from None
        who = f"@{about.get('user')} in {about.get('team')} ({about.get('team_id')})"
        if self._context.desk_channel:
            self._known_as(about)
            who = f"{who}, {await self._room.check()}"
        if (token := self._context.secrets.get("SLACK_APP_TOKEN")) is None:
            return f"{who}, events at {self._context.public_url}/slack/events"
        try:
            await self._api.socket_url(token.get_secret_value())
        except (LockedOut, Refusal) as error:
            fix = "make an app-level token with the scope connections:write and turn Socket Mode on"
            raise Undeliverable(f"Slack refuses SLACK_APP_TOKEN ({error.code}): {fix}") from None
        return f"{who}, by Socket Mode"

    def limits(self, to: Address) -> Limits:
        place = place_of(to)
        return Limits(
            size_max=blocks.TEXT_CHARS_MAX,
            size=lambda text: blocks.size(text, self._hosts),
            edit_interval_s=EDIT_INTERVAL_S,
            first_chars=FIRST_CHARS,
            first_wait_s=FIRST_WAIT_S,
            typing_s=TYPING_S,
            post=(self._quotas.post(place),),
            edit=(self._quotas.append(place) if self._native else self._quotas.update(place),),
            disclosure_above=True,
        )

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        self._status.show(place_of(to), claim, label)

    async def post(self, to: Address, page: Page) -> MessageRef:
        try:
            return await self._post(to, page)
        except Unconfirmed as error:
            lost_at = -LOOK_AGAIN_S if isinstance(error, Settled) else asyncio.get_running_loop().time()
            self._lost_since(page, lost_at)
            raise

    async def _post(self, to: Address, page: Page) -> MessageRef:
        place = place_of(to)
        await self._status.settled(page.claim)
        channel, thread = await self._where(place)
        if self._native and not page.final and (ts := await self._streams.start(place, channel, thread, page)):
            return ref_to(to, channel, ts)
        args: dict[str, Any] = {"channel": channel, "unfurl_links": False, "unfurl_media": False}
        if thread:
            args["thread_ts"] = thread
        try:
            answer = await self._send(place, "chat_postMessage", page, args)
        except Refusal as refusal:
            if not (place.asked and refusal.code in _ELSEWHERE):
                raise
            answer = await self._send(place, "chat_postMessage", page, args | {"channel": _asker(page)})
        posted = str(answer["channel"]), str(answer["ts"])
        if place.asked and not thread:
            try:
                await self._threads.begin(place, *posted)
                await self._active.note(Spot(place.team, *posted))
            except StoreUnavailable as error:
                raise Unconfirmed("chat_postMessage: its thread could not be kept") from error  # find does both again
        self._after(place, page)
        return ref_to(to, *posted)

    async def edit(self, ref: MessageRef, page: Page) -> None:
        place, message = place_of(ref.address), message_of(ref)
        if not self._native:
            await self._update(place, message, page)
        elif not (self._streams.knows(message) and await self._stream(place, message, page)):
            # What delivery has spent is an append.
            bucket = self._quotas.update(place)
            await self._quotas.take(bucket, page.claim, final=page.final)
            await self._quotas.heed(bucket, self._update(place, message, page))
        self._after(place, page)

    async def delete(self, ref: MessageRef) -> None:
        channel, ts = message_of(ref)
        with suppress(MessageGone, Refusal):
            await self._api.call(place_of(ref.address).team, "chat_delete", channel=channel, ts=ts)

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        place = place_of(to)
        channel, thread = await self._where(place)
        method = "conversations_replies" if thread else "conversations_history"
        bucket = self._quotas.look(place, method)
        clock = asyncio.get_running_loop().time
        lost = self._lost.get(_post_of(page))
        until = (self._lost_since(page, clock()) if lost is None else lost) + LOOK_AGAIN_S
        last = clock() >= until
        while True:
            await self._quotas.take(bucket, page.claim, final=True)
            try:
                found = await self._quotas.heed(bucket, self._found(to, page, method, channel, thread))
            except Refusal:
                return None  # there is no such thread: nothing of ours can be in it
            if found:
                if place.asked and page.number == 0:
                    await self._threads.begin(place, *message_of(found))
                return found
            if last:
                return None
            await asyncio.sleep(until - clock())
            last = True

    def _lost_since(self, page: Page, at: float) -> float:
        self._lost[_post_of(page)] = at
        if len(self._lost) > LOST_MAX:
            self._lost.popitem(last=False)
        return at

    async def _found(self, to: Address, page: Page, method: str, channel: str, thread: str) -> MessageRef | None:
        """May raise Refusal, and as `find`."""
        place = place_of(to)
        since = page.claim.turn.inbounds[0].received_at - LOOK_BEFORE
        args: dict[str, Any] = {
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": LOOK_PAGE,
            "channel": channel,
        }
        if thread:
            args["ts"] = thread
        try:
            return await self._look(to, page, method, args)
        except Refusal as refusal:
            if not (place.asked and refusal.code in _ELSEWHERE):
                raise
            opened = await self._api.call(place.team, "conversations_open", users=_asker(page))
            return await self._look(to, page, method, args | {"channel": opened["channel"]["id"]})

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        team, url = place_of(to).team, attachment.url
        if url.startswith("file:"):
            about = await self._api.call(team, "files_info", file=url.removeprefix("file:"))
            url = str(about.get("file", {}).get("url_private", ""))
        if not self._is_slacks(url):
            raise Undeliverable("the file is not at Slack")
        return await self._api.read(team, url, bytes_max)

    async def overheard(self, turn: Turn, earlier: Sequence[Turn]) -> Sequence[Remark]:
        if not self._settings.read_threads:
            return ()
        place = place_of(turn.address)
        try:
            remarks = await self._overhearing.read(place, *await self._where(place), turn, earlier)
        except ChannelError:
            await self._greet(turn)
            raise
        if not remarks:
            await self._greet(turn)
        return remarks

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        """The file comes first and its caption below it, which is what `find` looks for: when it is there, all is."""
        place = place_of(to)
        channel, thread = await self._where(place)
        name = f"{page.claim.turn.id}:{page.number}"
        await self._room.uploads.show(name, Place(place.team, channel, thread), [file])
        return await self.post(to, page if page.text.strip() else replace(page, text=blocks.caption(file)))

    # ------------------------------------------------------------ the desk

    async def is_desk(self, address: Address) -> bool:
        return await self._room.is_desk(address)

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        return await self._room.show_card(card, below=below, ref=ref)

    async def add_note(
        self, below: MessageRef, id: str, text: str, author: str, files: Sequence[OutFile]
    ) -> MessageRef:
        return await self._room.add_note(below, id, text, author, files)

    async def set_mark(self, message: MessageRef, mark: Mark, why: str = "") -> None:
        await self._room.set_mark(message, mark, why)

    async def link(self, message: MessageRef) -> str:
        return await self._room.link(message)

    # ------------------------------------------------------------ helpers

    async def _greet(self, turn: Turn) -> None:
        """Somebody called, said nothing, and there is nothing to read: what they sent is answered like a mention
        outside of threads. May raise StoreUnavailable."""
        asking = [inbound for inbound in turn.inbounds if not inbound.answer]
        if len(asking) == 1 and not (asking[0].text or asking[0].attachments):
            await self._context.amend(replace(asking[0], answer=self._context.welcome()), False)
            await asyncio.sleep(BEGUN_AGAIN_S)

    def _known_as(self, about: Mapping[str, Any]) -> None:
        host = urlsplit(str(about.get("url", ""))).netloc
        self._tokens.told(str(about.get("team_id", "")), host, is_org=bool(about.get("is_enterprise_install")))

    async def _identity(self) -> Mapping[str, Any]:
        return await self._api.identity(self._context.secrets["SLACK_BOT_TOKEN"].get_secret_value())

    async def _where(self, place: Place) -> tuple[str, str]:
        """The channel to write in, and the ts of the thread, empty for none."""
        root = await self._threads.root_of(place) if place.asked else None
        return root or (place.channel, "" if place.asked else place.thread)

    async def _stream(self, place: Place, message: tuple[str, str], page: Page) -> bool:
        """Let a message of Slack's own streaming grow; False when it must be edited."""
        text = blocks.shown(page, self._hosts)
        footer = blocks.footer(page, self._say(page), self._hosts, native=self._rated(place))
        return await self._streams.show(place, message, page, text, footer)

    async def _update(self, place: Place, message: tuple[str, str], page: Page) -> None:
        args: dict[str, Any] = {"channel": message[0], "ts": message[1]}
        try:
            await self._send(place, "chat_update", page, args)
        except Refusal as refusal:
            if refusal.code != "streaming_state_conflict":
                raise
            # A stream that nobody here remembers: an earlier life of this server began it.
            with suppress(Refusal):
                await self._api.call(place.team, "chat_stopStream", **args)
            await self._send(place, "chat_update", page, args)

    async def _send(self, place: Place, method: str, page: Page, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call; when Slack does not take a final, once more for each plainer form, so that the answer is there and
        nothing offers to stop it. May raise the first Refusal."""
        first: Refusal | None = None
        tried: blocks.Blocks | None = None
        for form, written in self._forms(place, page):
            if written == tried or (form == "unrated" and first and first.code != "invalid_blocks"):
                continue
            tried = written
            message = {"text": blocks.notification(page), "blocks": written, "metadata": _metadata(page)}
            try:
                creates = method == "chat_postMessage"
                answer = await self._api.call(place.team, method, creates=creates, **args, **message)
            except Refusal as refusal:
                if refusal.code in _NOT_ITS_FORM:
                    raise
                first = first or refusal
                continue
            if form == "unrated":
                self._latches.turn_off(place.team, "feedback")
            if first:
                event(log, "shown in a plainer form", level=logging.WARNING, channel=NAME, form=form, error=first)
            return answer
        assert first
        raise first

    def _forms(self, place: Place, page: Page) -> Iterator[tuple[str, blocks.Blocks]]:
        """The blocks of a message, and of a final the forms to fall back to, the plainest last."""
        say = self._say(page)
        yield "whole", blocks.blocks_of(page, place, say, self._hosts, native=self._rated(place))
        if page.final:
            yield "unrated", blocks.blocks_of(page, place, say, self._hosts, native=False)
            yield "plain", blocks.plain(page, say, self._hosts)
            yield "text", []

    async def _look(self, to: Address, page: Page, method: str, args: Mapping[str, Any]) -> MessageRef | None:
        """Read messages until one is this page's. A stream has no metadata before it ends: an open one must be ours,
        unless the page is a colleague's."""
        cursor = ""
        for _ in range(LOOK_PAGES_MAX):
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            answer = await self._api.call(place_of(to).team, method, **args, **more)
            for message in answer.get("messages", []):
                if _is_page(message, page) or (self._native and not page.author and _is_open_stream(message)):
                    return ref_to(to, args["channel"], str(message["ts"]))
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return None

    def _after(self, place: Place, page: Page) -> None:
        """The answer is complete: nothing is left to stop."""
        if page.final and page.last:
            self._status.over(place, page.claim)

    def _say(self, page: Page) -> blocks.Say:
        return lambda name: self._context.say(name, page.claim.turn.question)

    def _rated(self, place: Place) -> bool:
        """Slack takes its own feedback buttons here."""
        return not self._latches.off(place.team, "feedback")

    def _is_slacks(self, url: str) -> bool:
        """Our token goes to nobody else."""
        parts, api = urlsplit(url), urlsplit(self._settings.api_url)
        host = parts.hostname or ""
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        return parts.scheme == "https" and parts.port in (None, 443) and (host in _FILE_HOSTS or host.endswith(_DOMAIN))


def _post_of(page: Page) -> tuple[TurnId, int, int]:
    return page.claim.turn.id, page.claim.fence, page.number


def _asker(page: Page) -> str:
    """Who sent the command."""
    return page.claim.turn.inbounds[0].sender.id


def _metadata(page: Page) -> Mapping[str, Any]:
    """How a message is found again; it goes with each edit."""
    named = {"turn_id": page.claim.turn.id, "page": page.number}
    return {"event_type": METADATA, "event_payload": named}


def _is_page(message: Mapping[str, Any], page: Page) -> bool:
    metadata = message.get("metadata") or {}
    named = metadata.get("event_payload") or {}
    ours = metadata.get("event_type") == METADATA
    return ours and named.get("turn_id") == page.claim.turn.id and named.get("page") == page.number


def _is_open_stream(message: Mapping[str, Any]) -> bool:
    return bool(message.get("bot_id")) and message.get("streaming_state") == "in_progress"
