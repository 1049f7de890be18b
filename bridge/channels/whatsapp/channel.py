"""WhatsApp as delivery speaks it: messages that are sent once, and the typing indicator before them."""

import asyncio

from pydantic import SecretStr

from bridge.channels._offered import FILE_BYTES_MAX, Offered
from bridge.channels.whatsapp.api import Api, Refused
from bridge.channels.whatsapp.following import Follower
from bridge.channels.whatsapp.ledger import Ledger
from bridge.channels.whatsapp.posting import Poster
from bridge.channels.whatsapp.reception import Reception
from bridge.channels.whatsapp.routes import Handlers
from bridge.channels.whatsapp.settings import Settings
from bridge.channels.whatsapp.sweep import Sweep
from bridge.channels.whatsapp.written import marked, units
from bridge.errors import Undeliverable
from bridge.ports import Bucket, ChannelContext, Claim, Limits, OutFile, Page, Routes
from bridge.types import Address, Attachment, MessageRef

TEXT_UNITS_MAX = 1_500
"""Twilio takes 1,600; the rest is for a note below the text."""
BUBBLES_MAX = 3
TYPING_S = 20.0
"""The typing indicator stays for 25 seconds."""
TYPING_OFF_S = 6 * 3600.0
"""How long an account that has no typing indicator is not asked for it."""
PAIR_CAPACITY = 3.8
"""WhatsApp takes four at once from one number to one person and then one each six seconds. The rest is for messages
that need longer on their way than the one before."""
PAIR_PER_S = 1 / 6
SENDER_PER_S = 40.0
"""Half of what WhatsApp takes from one number."""
MEDIA_WAITS_S = (0.5, 1.5)
"""A file may not be there yet when its message is."""
FILES_TAKEN = frozenset({"image/jpeg", "image/png", "application/pdf", "audio/ogg", "audio/mpeg", "audio/mp4"})
FILES_KEPT_S = 3_600.0
"""Twilio fetches a file within minutes."""
_MISSING = (404, 20404)


class WhatsAppChannel:
    """Implements ports.Channel, FileChannel and KnockingChannel. A message's id is its SID; a conversation's key is
    the person's number."""

    name = "whatsapp"

    def __init__(self, settings: Settings, context: ChannelContext) -> None:
        token = context.secrets["TWILIO_AUTH_TOKEN"]
        account_sid = context.secrets["TWILIO_ACCOUNT_SID"].get_secret_value()
        self._settings = settings
        self._context = context
        self._hosts: tuple[str, ...] = tuple(context.business.get("link_hosts", ()))
        self._api = Api(account_sid, token, settings.api_url)
        self._ledger = Ledger(context.store, settings.sender)
        self._poster = Poster(settings, context, self._api, self._ledger)
        self._reception = Reception(context, self._ledger)
        self._follower = Follower(context, self._ledger)
        self._files = Offered(context.store, "/twilio/files", FILES_KEPT_S)
        self._typing_off_until = 0.0

    def limits(self, to: Address) -> Limits:
        pair = Bucket(f"whatsapp:{self._settings.sender}:{to.key}", PAIR_CAPACITY, PAIR_PER_S)
        sender = Bucket(f"whatsapp:{self._settings.sender}", SENDER_PER_S, SENDER_PER_S)
        return Limits(
            size_max=TEXT_UNITS_MAX,
            size=lambda text: units(marked(text, self._hosts)),
            typing_s=TYPING_S,
            post=(sender, pair),
            sources_below=True,
            disclosure_above=True,
            bubbles_max=BUBBLES_MAX,
        )

    def routes(self) -> Routes:
        names = ("TWILIO_AUTH_TOKEN", "TWILIO_SECONDARY_AUTH_TOKEN")
        tokens: list[SecretStr] = [self._context.secrets[name] for name in names if name in self._context.secrets]
        handlers = Handlers(
            sender=self._settings.sender,
            public_url=self._context.public_url,
            tokens=tokens,
            reception=self._reception,
            follower=self._follower,
        )
        return [*handlers.routes(), self._files.route()]

    async def run(self) -> None:
        if self._settings.sweep_s:
            sweep = Sweep(self._settings.sender, self._api, self._ledger, self._reception, self._follower)
            await sweep.run(self._settings.sweep_s)

    async def close(self) -> None:
        await self._api.close()

    async def check(self) -> str:
        if not (self._settings.api_url or self._context.public_url.startswith("https://")):
            raise Undeliverable(
                "server.public_url must be the https address under which Twilio reaches this server;"
                f" it is {self._context.public_url}"
            )
        await self._api.check(self._settings.sender)
        return f"Twilio takes our credentials; {self._settings.sender} listens at {self._context.public_url}"

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        """Show that we type; it also shows the person's message as read. Twilio has no room for a label."""
        sid = to.hints.get("sid")
        now = asyncio.get_running_loop().time()
        if not sid or now < self._typing_off_until or await self._ledger.opted_out(to.key):
            return
        try:
            await self._api.typing(sid)
        except Refused as error:
            if error.code in _MISSING:
                self._typing_off_until = now + TYPING_OFF_S
            raise

    async def post(self, to: Address, page: Page) -> MessageRef:
        return await self._poster.post(to, page)

    async def knock(self, to: Address, page: Page) -> MessageRef:
        return await self._poster.knock(to, page)

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        if file.media_type not in FILES_TAKEN:
            raise Undeliverable("WhatsApp takes pictures (JPEG, PNG), PDF and sound, and no other files")
        if len(file.data) > FILE_BYTES_MAX:
            raise Undeliverable(f"the file is larger than {FILE_BYTES_MAX // 2**20} MB")
        offer = await self._files.offer(file)
        return await self._poster.post_file(to, page, f"{self._context.public_url}{offer.path}")

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        return await self._poster.find(to, page)

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        for wait_s in MEDIA_WAITS_S:
            try:
                return await self._api.fetch(attachment.url, bytes_max=bytes_max)
            except Refused as error:
                if error.code not in _MISSING:
                    raise
            await asyncio.sleep(wait_s)
        return await self._api.fetch(attachment.url, bytes_max=bytes_max)
