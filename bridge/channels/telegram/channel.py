"""The channel: what delivery asks of Telegram, handed to the files that know how."""

from collections import OrderedDict

from aiohttp import web
from pydantic import SecretStr

from bridge.channels.telegram.api import FILE_BYTES_MAX, Api
from bridge.channels.telegram.feed import PATH, Feed
from bridge.channels.telegram.hearing import Hearing
from bridge.channels.telegram.places import NAME, place
from bridge.channels.telegram.posting import Posting
from bridge.channels.telegram.quota import Quota
from bridge.channels.telegram.settings import Settings
from bridge.channels.telegram.webhook import Webhook
from bridge.channels.telegram.written import NOTE_UNITS_MAX, TEXT_UNITS_MAX, size
from bridge.errors import ChannelUnavailable, Unconfirmed, Undeliverable
from bridge.ports import ChannelContext, Claim, Limits, OutFile, Page, Routes
from bridge.types import Address, Attachment, MessageRef, TurnId

PRIVATE_INTERVAL_S = 1.0
GROUP_INTERVAL_S = 3.0
FIRST_CHARS = 30
FIRST_WAIT_S = 0.3
"""The first text makes the phone ring: some words should stand in it."""
TYPING_S = 4.0
"""Telegram shows it for five seconds."""
BEGUN_MAX = 10_000
"""Turns that have text to show, remembered until they end: more than run at once."""


class TelegramChannel:
    """Implements ports.EditableChannel and FileChannel."""

    name = NAME

    def __init__(self, settings: Settings, context: ChannelContext, token: SecretStr, bot_id: int) -> None:
        self._hosts = tuple(context.business.get("link_hosts", ()))
        self._api = Api(token, url=settings.api_url, call_s=settings.call_s)
        self._hearing = Hearing(context, self._api, bot_id)
        self._quota = Quota(context.store, bot_id)
        self._posting = Posting(settings, context, self._api, self._quota)
        self._feed = Feed(settings, context, self._api, self._hearing)
        self._begun: OrderedDict[TurnId, None] = OrderedDict()
        self._labels: OrderedDict[TurnId, str] = OrderedDict()
        """What was told last of what tools do."""
        self._say = context.say
        self._routes: Routes = ()
        if settings.mode == "webhook":
            webhook = Webhook(context.secrets["TELEGRAM_WEBHOOK_SECRET"].get_secret_value(), self._hearing)
            self._routes = (web.post(PATH, webhook.handle),)

    def limits(self, to: Address) -> Limits:
        where = place(to)
        calls = self._quota.buckets(where)
        return Limits(
            size_max=TEXT_UNITS_MAX - NOTE_UNITS_MAX,
            size=lambda markdown: size(markdown, self._hosts),
            edit_interval_s=PRIVATE_INTERVAL_S if where.private else GROUP_INTERVAL_S,
            first_chars=FIRST_CHARS,
            first_wait_s=FIRST_WAIT_S,
            typing_s=TYPING_S,
            post=calls,
            edit=calls,
            sources_below=True,
            disclosure_above=True,
        )

    def routes(self) -> Routes:
        return self._routes

    async def run(self) -> None:
        await self._feed.run()

    async def close(self) -> None:
        await self._hearing.close()
        await self._api.close()

    async def check(self) -> str:
        return await self._feed.check()

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        """Not where text grows already: Telegram would go on showing it for seconds after the last word. What a tool
        does is shown in words, once; that something is looked up at all is not worth them."""
        where = place(to)
        if claim.turn.id in self._begun or await self._quota.quiet():
            return
        async with self._quota.obeyed(where):
            if self._tells(claim, label) and await self._posting.label(to, claim, label):
                return
            await self._api.typing(where, forum="forum" in to.hints)

    def _tells(self, claim: Claim, label: str) -> bool:
        """It is new, and says more than that an answer is being made."""
        if (
            not label
            or label == self._say("looking_up", claim.turn.question)
            or self._labels.get(claim.turn.id) == label
        ):
            return False
        self._labels[claim.turn.id] = label
        if len(self._labels) > BEGUN_MAX:
            self._labels.popitem(last=False)
        return True

    async def post(self, to: Address, page: Page) -> MessageRef:
        async with self._quota.obeyed(place(to)):
            ref = await self._posting.post(to, page)
        self._note(page)
        return ref

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        if len(file.data) > FILE_BYTES_MAX:
            raise Undeliverable(f"the file is larger than {FILE_BYTES_MAX // 2**20} MB")
        async with self._quota.obeyed(place(to)):
            return await self._posting.post_file(to, page, file)

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        """A bot cannot read what stands in a chat."""
        return None

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        try:
            return await self._api.download(attachment.url, bytes_max)
        except Unconfirmed as error:
            raise ChannelUnavailable(str(error)) from None

    async def edit(self, ref: MessageRef, page: Page) -> None:
        async with self._quota.obeyed(place(ref.address)):
            await self._posting.edit(ref, page)
        self._note(page)

    async def delete(self, ref: MessageRef) -> None:
        async with self._quota.obeyed(place(ref.address)):
            await self._posting.delete(ref)

    def _note(self, page: Page) -> None:
        """Something of a turn is visible, or all of it."""
        self._begun[page.claim.turn.id] = None
        if page.last and page.final:
            del self._begun[page.claim.turn.id]
            self._labels.pop(page.claim.turn.id, None)
        elif len(self._begun) > BEGUN_MAX:
            self._begun.popitem(last=False)
