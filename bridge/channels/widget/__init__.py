"""The web widget: our own platform, so its messages are the entries of a log in our own store.

A conversation's log holds server-sent events; every page that is open on it reads it by cursor, from any process.
"""

from collections import OrderedDict

from bridge.channels.widget.events import citation, entry, log_name, status
from bridge.channels.widget.pages import pages
from bridge.channels.widget.routes import Handlers
from bridge.channels.widget.sessions import Sessions
from bridge.channels.widget.settings import Settings
from bridge.ports import ChannelContext, Claim, Limits, Page, Routes
from bridge.types import Address, MessageRef, TurnId

SECRETS = ("WIDGET_SIGNING_KEY", "WIDGET_IDENTITY_SECRET")
"""Both optional: without the first a key is made and kept in the store; without the second nobody can be identified."""
REQUIRED: tuple[str, ...] = ()
SHOWN_MAX = 2_000
"""Live answers whose shown text is remembered; a forgotten one is sent anew after a reset."""


class WidgetChannel:
    """Implements ports.EditableChannel. A message's id is its turn's."""

    name = "widget"

    def __init__(self, settings: Settings, context: ChannelContext) -> None:
        self._settings = settings
        self._context = context
        self._store = context.store
        self.limits = Limits(text_chars_max=100_000, edit_interval_s=settings.edit_interval_s)
        self._shown: OrderedDict[TurnId, str | None] = OrderedDict()
        """The text that readers have of live turns; None: only its status."""

    def routes(self) -> Routes:
        sessions = Sessions(
            self._store,
            signing_key=self._context.secrets.get("WIDGET_SIGNING_KEY"),
            identity_secret=self._context.secrets.get("WIDGET_IDENTITY_SECRET"),
            life_s=self._settings.session_hours * 3600,
            renewal_s=self._settings.renewal_days * 86_400,
        )
        handlers = Handlers(self._settings, self._context, sessions)
        return [*handlers.routes(), *pages(demo=self._settings.demo_page)]

    async def typing(self, to: Address, claim: Claim, label: str) -> None:
        await self._store.append(log_name(to.key), status(claim.turn, label), claim=claim)
        self._shown.setdefault(claim.turn.id, None)

    async def post(self, to: Address, page: Page) -> MessageRef:
        ref = MessageRef(to, page.claim.turn.id)
        await self.edit(ref, page)
        return ref

    async def edit(self, ref: MessageRef, page: Page) -> None:
        """Send what is new. A final goes in one piece under a key of its own, so that it is there once, whole."""
        turn_id = page.claim.turn.id
        entries = self._news(page)
        key = None
        if page.final:
            citations = [citation(n, passage) for n, passage in enumerate(page.citations, start=1)]
            done = {"turn_id": turn_id, "text": page.text, "citations": citations, "outcome": page.outcome}
            entries.append(entry("done", done))
            key = f"done:{turn_id}"
        if entries:
            await self._store.append(log_name(ref.address.key), *entries, key=key, claim=page.claim)
        self._remember(turn_id, page)

    async def delete(self, ref: MessageRef) -> None:
        """The widget's answers are one message each; there is never one too many."""

    def _news(self, page: Page) -> list[str]:
        """The events that lead from what this turn's readers have seen to the page's text."""
        turn = page.claim.turn
        entries = []
        # Every turn begins with a status: it holds the questions, for pages that did not ask them.
        if turn.id not in self._shown:
            entries.append(status(turn, ""))
        shown = self._shown.get(turn.id)
        if (shown is None and page.claim.attempts > 1) or not page.text.startswith(shown or ""):
            # What an attempt before a crash has shown, we do not know.
            entries.append(entry("reset", {"turn_id": turn.id}))
            shown = None
        if new := page.text[len(shown or "") :]:
            entries.append(entry("delta", {"turn_id": turn.id, "text": new}))
        return entries

    def _remember(self, turn_id: TurnId, page: Page) -> None:
        if page.final:
            self._shown.pop(turn_id, None)
            return
        self._shown[turn_id] = page.text
        if len(self._shown) > SHOWN_MAX:
            self._shown.popitem(last=False)


def build(settings: Settings, context: ChannelContext) -> WidgetChannel:
    """The channel."""
    return WidgetChannel(settings, context)
