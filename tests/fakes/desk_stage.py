"""A customer, an assistant and people at the desk, with the real turns, outbox and desk between them. One life of a
server after the other on the same store; made for virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bridge.brain.person import number
from bridge.brain.phrases import PhrasesSettings, Voice
from bridge.brain.settings import BusinessSettings
from bridge.delivery.outbox import Outbox
from bridge.desk import handoff as handoffs
from bridge.desk.desk import Desk, desk
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.desk.settings import DeskSettings
from bridge.dispatch import Dispatch
from bridge.errors import LeaseLost, StoreUnavailable
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings
from bridge.ports import Approvals, Card, Carrier, Channel, Emit, Gate, Mark, OutFile, Page, Store
from bridge.stores.memory import MemoryStore
from bridge.turn import TurnRunner
from bridge.types import (
    Address,
    Attachment,
    Conversation,
    Inbound,
    MessageRef,
    Outcome,
    Reply,
    TextDelta,
    Turn,
    TurnId,
)
from tests.fakes.core import message
from tests.fakes.desk_room import DeskChannel, People, Room
from tests.fakes.mortal import Life, mortal_store
from tests.fakes.recording_channel import Kind, Platform, RecordingChannel
from tests.fakes.server import Answer, FunctionBrain

T = TypeVar("T")

LOOK_S = 1.0
HUMAN = "human"
"""What the customer writes to be passed to a person."""
CUSTOMER = Address("recording", "room")


class CustomerChannel(RecordingChannel):
    """Shows files, too."""

    def __init__(self, platform: Platform, files: dict[str, bytes]) -> None:
        super().__init__(platform)
        self.files = files
        self.shown: list[OutFile] = []
        self.pages: list[Page] = []
        """Every page that was posted, in order."""

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        return self.files[attachment.url][: bytes_max + 1]

    async def post(self, to: Address, page: Page) -> MessageRef:
        ref = await super().post(to, page)
        self.pages.append(page)
        return ref

    async def post_file(self, to: Address, page: Page, file: OutFile) -> MessageRef:
        ref = await self.post(to, page)
        self.shown.append(file)
        return ref


class MortalCustomer(CustomerChannel):
    """In a process that lives so long."""

    def __init__(self, platform: Platform, files: dict[str, bytes], life: Life) -> None:
        super().__init__(platform, files)
        self._life = life
        platform.died_at[id(self)] = lambda: life.over_at

    async def _ask(self, kind: Kind, call: Callable[[], Awaitable[T]]) -> T:
        ask = super()._ask
        return await self._life.do(lambda: ask(kind, call), LeaseLost("dead"))

    @property
    def dead(self) -> bool:
        return self._life.over.is_set()


class MortalDesk(DeskChannel):
    """In a process that lives so long."""

    def __init__(self, room: Room, life: Life) -> None:
        super().__init__(room)
        self._life = life

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        show = super().show_card
        return await self._life.do(lambda: show(card, below=below, ref=ref), LeaseLost("dead"))

    async def add_note(
        self, below: MessageRef, id: str, text: str, author: str, files: Sequence[OutFile]
    ) -> MessageRef:
        add = super().add_note
        return await self._life.do(lambda: add(below, id, text, author, files), LeaseLost("dead"))

    async def set_mark(self, message: MessageRef, mark: Mark, why: str = "") -> None:
        show = super().set_mark
        await self._life.do(lambda: show(message, mark, why), LeaseLost("dead"))


async def assistant(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Passes on who asks for a person, and answers everything else."""
    if HUMAN in turn.question:
        words = f"Passed on as {number(turn.id)}."
        ticket = number(turn.id)
        return Reply(
            text=words, outcome=Outcome.ESCALATED, rung="person", escalation_reason="asked_for_person", ticket=ticket
        )
    said = f"Bot: {turn.question}"
    emit(TextDelta(said))
    return Reply(text=said, outcome=Outcome.ANSWERED, rung="claude")


@dataclass(slots=True)
class Stage:
    """One life of a server. Mutable."""

    store: Store
    platform: Platform
    room: Room
    office: Office
    desk: Desk
    dispatch: Dispatch
    people: People
    customer: CustomerChannel
    heard: list[tuple[str, Conversation]] = field(default_factory=list)
    """What the assistant was asked, and what it was told before."""

    async def say(self, text: str, *, event_id: str = "", files: Sequence[Attachment] = ()) -> TurnId:
        """The customer writes."""
        return (await self.dispatch.receive(self.words(text, event_id=event_id, files=files))).turn_id

    def words(self, text: str, *, event_id: str = "", files: Sequence[Attachment] = ()) -> Inbound:
        written = message(text)
        return Inbound(
            event_id=event_id or written.event_id,
            address=CUSTOMER,
            sender=written.sender,
            text=text,
            received_at=written.received_at,
            attachments=tuple(files),
        )

    async def asks(self, text: str) -> Turn:
        """The customer writes, and the turn ends."""
        return await self.ended(await self.say(text))

    async def ended(self, turn_id: TurnId) -> Turn:
        async with asyncio.timeout(100_000):
            while True:
                turn = await self.store.turn(turn_id)
                if turn is not None and turn.reply is not None:
                    return turn
                await asyncio.sleep(0.05)

    async def quiet(self) -> None:
        """Until nothing is under way."""
        async with asyncio.timeout(1_000_000):
            while True:
                gauges = await self.store.gauges()
                if not (gauges.turns_waiting or gauges.turns_running or gauges.parcels):
                    return
                await asyncio.sleep(0.05)

    async def handoff(self) -> Handoff | None:
        kept = await self.store.load_record(handoffs.KIND, CUSTOMER.conversation_id)
        return handoffs.read(kept) if kept else None

    @property
    def seen(self) -> list[str]:
        """What the customer sees, oldest first."""
        return [shown.text for shown in self.platform.room()]

    @property
    def notes(self) -> list[str]:
        """What the customer said, as the desk sees it."""
        return [note.text for note in self.room.notes if note.author]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a stage differs from the usual one."""

    settings: DeskSettings = field(default_factory=lambda: DeskSettings(slack_channel="C0DESK"))
    answer: Answer = assistant
    approvals: Approvals | None = None
    first: Gate | None = None
    """Stands before the desk's."""
    business: BusinessSettings = field(default_factory=BusinessSettings)
    customer: Callable[[Platform, dict[str, bytes]], CustomerChannel] = CustomerChannel


@asynccontextmanager
async def stage(
    kept: MemoryStore,
    platform: Platform,
    room: Room,
    *,
    life: Life | None = None,
    **wanted: Any,
) -> AsyncIterator[Stage]:
    """Until the end of the block: then everything that runs is cut off where it is. With a `life` it may end before,
    as by SIGKILL. What is `wanted` are fields of Wanted."""
    made = Wanted(**wanted)
    clock = kept._clock
    store = mortal_store(kept, life) if life else kept
    dispatch = Dispatch(store, turns_max=8, drain_s=1.0)
    visitor = MortalCustomer(platform, room.files, life) if life else made.customer(platform, room.files)
    room_channel = MortalDesk(room, life) if life else DeskChannel(room)
    channels: dict[str, Channel] = {visitor.name: visitor, "desk": room_channel}
    carriers: dict[str, Carrier] = {}
    outbox = Outbox(store, channels, carriers)
    office = Office(
        store=store,
        settings=made.settings,
        voice=Voice(made.business, PhrasesSettings()),
        channels=channels,
        room_name="desk",
        receive=dispatch.receive,
        stop_all=dispatch.stop_all,
        turns_max=50,
        wake=outbox.wake,
        approvals=made.approvals,
        now=clock,
    )
    people = desk(office, dispatch.amend)
    carriers |= people.carriers()
    heard: list[tuple[str, Conversation]] = []

    async def noted(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        heard.append((turn.question, conversation))
        return await made.answer(turn, conversation, emit)

    office.brain = FunctionBrain(noted)
    runner = TurnRunner(
        store=store,
        channels=channels,
        brain=office.brain,
        apology=lambda turn: "Sorry, that went wrong.",
        anew=lambda text: "Once more:",
        reader=FileReader(settings=FilesSettings()),
        turns_max=50,
        gates=(made.first, people) if made.first else (people,),
        desk=people,
    )

    async def look() -> None:
        while True:
            with suppress(StoreUnavailable):
                await people.look()
            await asyncio.sleep(LOOK_S)

    tasks = [asyncio.ensure_future(work) for work in (dispatch.run(runner), outbox.run(), look())]
    try:
        yield Stage(
            store, platform, room, office, people, dispatch, People(room, people.ears, dispatch.receive), visitor, heard
        )
        if life is None:
            assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
    finally:
        dispatch.close()
        for task in tasks[1:]:
            task.cancel()
        for task in tasks:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait(tasks)
