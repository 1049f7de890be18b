"""The desk in Slack: cards in one channel, and below each a thread in which people answer."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from bridge.channels.slack import cards
from bridge.channels.slack.active import Active, Spot
from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.blocks import Blocks
from bridge.channels.slack.later import Later
from bridge.channels.slack.marks import Marks
from bridge.channels.slack.once import KEEP_S, WAIT_S, Form, Once
from bridge.channels.slack.place import NAME, Place, message_of, place_of, ref_to
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.tokens import Tokens
from bridge.channels.slack.uploads import Uploads
from bridge.errors import ChannelUnavailable, MessageGone, Undeliverable
from bridge.logs import event
from bridge.ports import Card, ChannelContext, Mark, OutFile
from bridge.types import Address, MessageRef

log = logging.getLogger(__name__)

HOME_S = 10.0
"""How long a card waits, when the server has just begun, for Slack to say whose channel that is."""
LINKS_MAX = 5_000
"""Links that are remembered."""
_CLOSED = {"channel_not_found", "is_archived", "not_in_channel", "restricted_action"}
"""Refusals of a channel that a person can open to us again."""
FILES_LOST = "⚠️ Slack does not take the files: {names}"


class Room:
    """Implements what ports.DeskRoom adds to a channel. Mutable: remembers links. May raise ChannelError,
    StoreUnavailable throughout.

    The address of everything here is that of a thread: below the first message of the desk's channel that holds a card.
    """

    def __init__(
        self, context: ChannelContext, api: SlackApi, tokens: Tokens, quotas: SlackQuotas, active: Active, later: Later
    ) -> None:
        self._context = context
        self._channel = context.desk_channel
        self._api = api
        self._tokens = tokens
        self._quotas = quotas
        self._active = active
        self._later = later
        self._once = Once(api, context.store, quotas)
        self._marks = Marks(api, context.store, quotas, later)
        self._links: OrderedDict[str, str] = OrderedDict()
        self.uploads = Uploads(api, context.store, quotas)

    # ------------------------------------------------------------ where

    def is_here(self, team: str, channel: str) -> bool:
        """True for the desk's channel, in threads and outside."""
        return bool(self._channel) and channel == self._channel and self.is_colleague(team)

    def is_colleague(self, team: object) -> bool:
        """True for people of the workspace that the desk is in, by theirs: in a channel that companies share others
        can write and click too."""
        home = self._tokens.home_team
        return self._tokens.home_is_org or not home or team == home

    def place(self, team: str, channel: str, thread: str) -> Place:
        """A thread of the desk's channel, as it is named everywhere: an organisation's app is told other workspaces."""
        return Place(self._tokens.home_team or team, channel, thread)

    async def is_card(self, place: Place) -> bool:
        """True for the thread below a card."""
        if not (place.thread and self.is_here(place.team, place.channel)):
            return False
        return await self._context.store.get(_thread_key(place)) is not None

    async def is_desk(self, address: Address) -> bool:
        return address.channel == NAME and await self.is_card(place_of(address))

    # ------------------------------------------------------------ what is shown

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        forms = self._forms(card)
        if ref is not None:
            with self._usable(message_of(ref)[0]):
                await self._once.edit(f"card:{card.id}", place_of(ref.address), message_of(ref), forms)
            return ref
        place = place_of(below.address) if below else await self._desk()
        with self._usable(place.channel):
            channel, ts = await self._once.post(f"card:{card.id}", place, forms)
        if not place.thread:
            place = Place(place.team, channel, ts)
            await self._context.store.put(_thread_key(place), card.id, ttl_s=KEEP_S)
            # What people write there while nobody listens is looked for.
            self._later.do("active", self._active.note(Spot(place.team, channel, ts)))
        return ref_to(Address(NAME, place.key), channel, ts)

    async def add_note(
        self, below: MessageRef, id: str, text: str, author: str, files: Sequence[OutFile]
    ) -> MessageRef:
        place = place_of(below.address)
        if files and not text.strip():
            text = ", ".join(file.name for file in files)
        posted: list[tuple[str, str]] = []
        for number, (blocks, words) in enumerate(cards.note_parts(text, author, self._hosts())):
            name = f"note:{id}" if number == 0 else f"note:{id}:{number}"
            plain = cards.plain_note(words, ())
            with self._usable(place.channel):
                posted.append(await self._once.post(name, place, [(words, blocks), (words, plain), (words, [])]))
        if files:
            await self._files(place, id, files)
        return ref_to(below.address, *posted[0])

    async def set_mark(self, message: MessageRef, mark: Mark, why: str = "") -> None:
        place, at = place_of(message.address), message_of(message)
        await self._marks.show(place, at, mark)
        if mark == "failed" and why:
            await self.add_note(message, f"why:{message.message_id}:{why}"[:200], f"⚠️ {why}", "", ())

    async def link(self, message: MessageRef) -> str:
        if message.message_id in self._links:
            return self._links[message.message_id]
        place, (channel, ts) = place_of(message.address), message_of(message)
        try:
            async with self._quotas.in_turn(self._quotas.link(place), message.message_id, patience_s=WAIT_S):
                answer = await self._api.call(place.team, "chat_getPermalink", channel=channel, message_ts=ts)
        except (Undeliverable, MessageGone):
            return ""
        link = str(answer.get("permalink", ""))
        self._links[message.message_id] = link
        if len(self._links) > LINKS_MAX:
            self._links.popitem(last=False)
        return link

    async def check(self) -> str:
        """One line for the operator. May raise Undeliverable with the fix, ChannelUnavailable."""
        place = await self._desk()
        try:
            await self._api.call(place.team, "conversations_history", channel=place.channel, limit=1)
        except Refusal as refusal:
            fix = "invite the app there (/invite), or set desk.slack_channel to the channel's id"
            raise Undeliverable(f"the desk's channel {place.channel} cannot be used ({refusal.code}): {fix}") from None
        return f"the desk is in {place.channel}"

    def sections(self, text: str) -> Blocks:
        """Words of ours to one person."""
        return cards.sections(text, self._hosts())

    # ------------------------------------------------------------ helpers

    async def _desk(self) -> Place:
        """The desk's channel. May raise ChannelUnavailable, Undeliverable."""
        if not self._channel:
            raise Undeliverable("there is no desk in Slack: set desk.slack_channel")
        if not (home := await self._tokens.home(HOME_S)):
            raise ChannelUnavailable("Slack has not told yet who we are")
        return Place(home, self._channel)

    @contextmanager
    def _usable(self, channel: str) -> Iterator[None]:
        """What cannot be shown because the desk's channel is closed to us waits until somebody has mended that, and the
        log says so. A desk that has moved is shown anew."""
        try:
            yield
        except Refusal as refusal:
            if refusal.code not in _CLOSED:
                raise
            if channel != self._channel:
                raise MessageGone(f"the desk is not in {channel} any more ({refusal.code})") from None
            fix = "invite the app there (/invite), or set desk.slack_channel to another channel's id"
            event(log, "the desk's channel cannot be used", level=logging.ERROR, channel=NAME, error=refusal, fix=fix)
            raise ChannelUnavailable(f"the desk's channel cannot be used ({refusal.code})") from None

    def _hosts(self) -> Sequence[str]:
        """Where links of ours may lead here: the business's own hosts, the workspace and this server."""
        public = urlsplit(self._context.public_url).netloc
        return [*self._context.business.get("link_hosts", ()), *filter(None, (self._tokens.home_host, public))]

    def _forms(self, card: Card) -> list[Form]:
        words, hosts = cards.card_notification(card), self._hosts()
        return [(words, cards.card_blocks(card, hosts)), (words, cards.plain_card(card, hosts)), (words, [])]

    async def _files(self, place: Place, id: str, files: Sequence[OutFile]) -> None:
        """Show a customer's files below their words; what Slack does not take is said."""
        try:
            await self.uploads.show(f"note:{id}", place, files)
        except Refusal as refusal:
            event(log, "files are left out", level=logging.WARNING, channel=NAME, error=refusal)
            lost = FILES_LOST.format(names=", ".join(file.name for file in files))
            forms: list[Form] = [(cards.note_parts(lost, "", ())[0][1], cards.plain_note(lost, ()))]
            await self._once.post(f"note:{id}:lost", place, forms)


def _thread_key(place: Place) -> str:
    return f"slack:card:{place.key}"
