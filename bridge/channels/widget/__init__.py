"""The web widget: our own platform, so its messages are the entries of a log in our own store.

A conversation's log holds server-sent events; every page that is open on it reads it by cursor, from any process.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from bridge.channels._offered import FILE_BYTES_MAX, Offer, Offered
from bridge.channels.widget.events import citation, entry, log_name, message, status
from bridge.channels.widget.pages import pages
from bridge.channels.widget.routes import Handlers
from bridge.channels.widget.sessions import Sessions
from bridge.channels.widget.settings import Settings
from bridge.errors import Undeliverable
from bridge.ports import ChannelContext, Claim, Limits, OutFile, Page, Routes
from bridge.types import Address, Attachment, MessageRef, Outcome, TurnId, new_id

SECRETS = ("WIDGET_SIGNING_KEY", "WIDGET_IDENTITY_SECRET")
"""Both optional: without the first a key is made and kept in the store; without the second nobody can be identified."""
REQUIRED: tuple[str, ...] = ()
ANSWER_CHARS_MAX = 1_000_000
"""More than any answer: an answer is one bubble."""
FILES_KEPT_S = 30 * 86_400.0
"""How long a file that somebody at the desk sent can be fetched."""
LIVE_MAX = 20_000
"""Claims whose shown text is remembered: more than can run at once, so that only dead ones are forgotten."""


@dataclass(slots=True)
class _Live:
    """What the readers of an answer have seen of it. Mutable; belongs to one claim."""

    sure: bool
    """False when something may have been shown that we do not know: by an attempt before this one, or by a write
    that may or may not have arrived."""
    asked: bool = False
    """The status with the questions was shown."""
    text: str = ""


class WidgetChannel:
    """Implements ports.EditableChannel, FileChannel and RelayingChannel. An answer's id is its turn's; a message that
    is no answer is named by its turn and its number."""

    name = "widget"

    def __init__(self, settings: Settings, context: ChannelContext) -> None:
        self._settings = settings
        self._context = context
        self._store = context.store
        self._limits = Limits(size_max=ANSWER_CHARS_MAX, edit_interval_s=settings.edit_interval_s)
        self._files = Offered(context.store, "/widget/files", FILES_KEPT_S)
        self._live: OrderedDict[tuple[TurnId, int], _Live] = OrderedDict()

    def routes(self) -> Routes:
        sessions = Sessions(
            self._store,
            signing_key=self._context.secrets.get("WIDGET_SIGNING_KEY"),
            identity_secret=self._context.secrets.get("WIDGET_IDENTITY_SECRET"),
            life_s=self._settings.session_hours * 3600,
            renewal_s=self._settings.renewal_days * 86_400,
        )
        handlers = Handlers(self._settings, self._context, sessions)
        return [*handlers.routes(), self._files.route(), *pages(demo=self._settings.demo_page)]

    def limits(self, to: Address) -> Limits:
        return self._limits

    async def run(self) -> None:
        """Nothing but routes."""

    async def close(self) -> None:
        """Nothing is open."""

    async def check(self) -> str:
        pages = len(self._settings.allowed_origins)
        return f"open to the pages of {pages} other origin{'s' if pages != 1 else ''}"

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        await self._store.append(log_name(to.key), status(claim.turn, label), claim=claim)
        self._seen(claim).asked = True

    async def relayed(self, to: Address, claim: Claim) -> None:
        """People have the question: the page shows it, and nothing that is on its way."""
        turn = claim.turn
        over = {"turn_id": turn.id, "text": "", "citations": [], "outcome": Outcome.RELAYED}
        entries = [status(turn, ""), entry("done", over)]
        await self._store.append(log_name(to.key), *entries, key=f"done:{turn.id}", claim=claim)

    async def post(self, to: Address, page: Page) -> MessageRef:
        if page.number or page.author:
            return await self._tell(to, page)
        ref = MessageRef(to, page.claim.turn.id)
        await self.edit(ref, page)
        return ref

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        """A post may be made again: what is shown of it already is taken into account."""
        return None

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        raise Undeliverable("the widget takes no files")

    async def edit(self, ref: MessageRef, page: Page) -> None:
        """Send what is new. A final goes in one piece under a key of its own, so that it is there once, whole."""
        if ":" in ref.message_id:
            await self._store.append(log_name(ref.address.key), message(ref.message_id, page))
            return
        turn_id = page.claim.turn.id
        live = self._seen(page.claim)
        entries = _news(live, page)
        key = None
        if page.final:
            citations = [citation(n, passage) for n, passage in enumerate(page.citations, start=1)]
            done = {"turn_id": turn_id, "text": page.text, "citations": citations, "outcome": page.outcome}
            entries.append(entry("done", done))
            key = f"done:{turn_id}"
        if entries:
            live.sure = False
            await self._store.append(log_name(ref.address.key), *entries, key=key, claim=page.claim)
        live.sure, live.asked, live.text = True, True, page.text
        if page.final:
            del self._live[turn_id, page.claim.fence]

    async def delete(self, ref: MessageRef) -> None:
        """The widget's answers are one message each, and there is never one too many; other messages are taken back."""
        if ":" in ref.message_id:
            gone = entry("message", {"id": ref.message_id, "author": "system", "name": "", "text": ""})
            await self._store.append(log_name(ref.address.key), gone)

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        if len(file.data) > FILE_BYTES_MAX:
            raise Undeliverable(f"the file is larger than {FILE_BYTES_MAX // 2**20} MB")
        # Named by its message, so that a file that is sent once more is not kept twice.
        name = hashlib.blake2b(_name(page).encode(), digest_size=16).hexdigest()
        secret = await self._store.get(f"widget:file:{name}") or new_id()
        await self._store.put(f"widget:file:{name}", secret, ttl_s=FILES_KEPT_S, if_absent=True)
        return await self._tell(to, page, await self._files.offer(file, id=secret))

    async def _tell(self, to: Address, page: Page, *files: Offer) -> MessageRef:
        """A message that is no answer: at most once, by its name."""
        name = _name(page)
        await self._store.append(log_name(to.key), message(name, page, files), key=f"message:{name}")
        return MessageRef(to, name)

    def _seen(self, claim: Claim) -> _Live:
        key = (claim.turn.id, claim.fence)
        if key not in self._live:
            self._live[key] = _Live(sure=not any(step.kind == "post" for step in claim.steps.values()))
            if len(self._live) > LIVE_MAX:
                self._live.popitem(last=False)
        self._live.move_to_end(key)
        return self._live[key]


def _name(page: Page) -> str:
    return f"{page.claim.turn.id}:{page.number}"


def _news(live: _Live, page: Page) -> list[str]:
    """The events that lead from what the readers have seen to the page's text."""
    turn = page.claim.turn
    # Every turn begins with a status: it holds the questions, for pages that did not ask them.
    entries = [] if live.asked else [status(turn, "")]
    shown = live.text
    if not live.sure or not page.text.startswith(shown):
        shown = ""
        entries.append(entry("reset", {"turn_id": turn.id}))
    if page.text != shown:
        entries.append(entry("delta", {"turn_id": turn.id, "text": page.text[len(shown) :]}))
    return entries


def build(settings: Settings, context: ChannelContext) -> WidgetChannel:
    """The channel."""
    return WidgetChannel(settings, context)
