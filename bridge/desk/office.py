"""What the parts of the desk share: where things are kept and shown, and how a handoff is changed."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.brain.hours import is_open
from bridge.brain.phrases import Voice
from bridge.desk import handoff as handoffs
from bridge.desk.handoff import Handoff
from bridge.desk.settings import DeskSettings
from bridge.errors import StoreUnavailable
from bridge.ports import (
    CHANGES_MAX,
    Approvals,
    Brain,
    Channel,
    Claim,
    DeskRoom,
    Identities,
    Parcel,
    Receive,
    Record,
    Store,
)
from bridge.types import Address, ConversationId, Inbound, Turn, TurnId

THREAD = "thread"
"""Kind of the records that say which conversation a thread at the desk belongs to; their id is the thread's own
conversation."""
ALONE = "desk:alone:"
"""Begins the name under which the store holds what a thread at the desk is about that is nobody's conversation."""
FOUND_S = 90 * 24 * 3600.0
"""For so long it is known what a message at the desk belongs to."""

StopAll = Callable[[ConversationId], Awaitable[int]]
Discreet = Callable[[Inbound], Awaitable[Inbound]]


def _nothing() -> None:
    """Nobody is woken."""


async def _as_it_is(inbound: Inbound) -> Inbound:
    return inbound


@dataclass(slots=True, kw_only=True)
class Office:
    """Mutable: what the desk works with is put together one after the other."""

    store: Store
    settings: DeskSettings
    voice: Voice
    channels: Mapping[str, Channel]
    """Also those that are built after the desk."""
    room_name: str
    """The channel where people answer."""
    receive: Receive
    stop_all: StopAll
    turns_max: int
    """Turns of a conversation that are looked at."""
    wake: Callable[[], None] = _nothing
    """Something was put into the outbox."""
    sinks: Sequence[str] = ()
    """Where tickets go besides our own table."""
    identities: Identities | None = None
    approvals: Approvals | None = None
    brain: Brain | None = None
    """Who drafts replies."""
    now: Callable[[], float] = field(default=time.time)
    discreet: Discreet = _as_it_is
    """A message of a turn that has not ended, as people may see it. May raise StoreUnavailable."""

    @property
    def room(self) -> DeskRoom | None:
        """Where people answer; None while nobody does."""
        channel = self.channels.get(self.room_name) if self.settings.slack_channel else None
        return channel if isinstance(channel, DeskRoom) else None

    # ------------------------------------------------------------ handoffs

    async def load(self, conversation_id: str) -> tuple[Handoff, int] | None:
        """A handoff and its version. May raise StoreUnavailable."""
        kept = await self.store.load_record(handoffs.KIND, conversation_id)
        found = handoffs.read(kept) if kept else None
        return (found, kept.version) if kept and found else None

    async def change(
        self,
        conversation_id: str,
        make: Callable[[Handoff, int], tuple[Handoff, Sequence[Parcel]] | None],
        *,
        claim: Claim | None = None,
        records: Sequence[Record] = (),
    ) -> Handoff | None:
        """Change a handoff and send what follows from it, all or none. `make` says how, given the version; its None
        leaves everything as it is. None when nothing was changed. May raise LeaseLost, StoreUnavailable."""
        for _ in range(CHANGES_MAX):
            found = await self.load(conversation_id)
            made = make(*found) if found else None
            if found is None or made is None:
                return None
            changed, parcels = made
            kept = handoffs.record(changed, self.settings, version=found[1])
            if await self.store.save_records(kept, *records, parcels=parcels, claim=claim):
                self.wake()
                return changed
        raise StoreUnavailable("a handoff could not be changed: others kept changing it")

    async def conversation_of(self, thread: Address) -> str | None:
        """The conversation that a thread at the desk belongs to. May raise StoreUnavailable."""
        kept = await self.store.load_record(THREAD, thread.conversation_id)
        return str(json.loads(kept.body)["conversation_id"]) if kept else None

    async def turn(self, id: TurnId) -> Turn | None:
        """A turn as people may see it, also while it runs. May raise StoreUnavailable."""
        turn = await self.store.turn(id)
        if turn is None or turn.reply:
            return turn
        return replace(turn, inbounds=tuple([await self.discreet(inbound) for inbound in turn.inbounds]))

    async def send(self, *parcels: Parcel) -> None:
        """Put parcels into the outbox. May raise StoreUnavailable."""
        await self.store.enqueue(*parcels)
        self.wake()

    # ------------------------------------------------------------ words and hours

    def say(self, language: str, *names: str) -> str:
        return self.voice.say(language, *names)

    def there(self) -> bool | None:
        """Whether people are there, by the opening hours; None when they do not tell."""
        hours = self.voice.business.opening_hours
        return is_open(hours, self.when(self.now())) if hours.strip() else None

    def when(self, at: float) -> datetime:
        """A time on the business's clock."""
        return datetime.fromtimestamp(at, self.voice.business.zone)
