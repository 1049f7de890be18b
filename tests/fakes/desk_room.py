"""A room where people at the desk are, without a platform: cards, notes and marks in memory, and people who press
buttons, fill in forms and write. It enforces what a real one does."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bridge.errors import ChannelError, MessageGone, Unconfirmed, Undeliverable
from bridge.ports import (
    Accepted,
    Card,
    Click,
    Colleague,
    DeskEars,
    Form,
    Mark,
    OutFile,
    Receive,
    Submission,
)
from bridge.types import Address, Attachment, Inbound, MessageRef, Sender, new_id
from tests.fakes.recording_channel import PlainChannel, Platform

HEADING_CHARS_MAX = 150
FIELD_CHARS_MAX = 2_000
FIELDS_MAX = 10
TEXT_CHARS_MAX = 3_000
VALUE_CHARS_MAX = 2_000
TITLE_CHARS_MAX = 24
BUTTONS_MAX = 25

MAYA = Colleague("U-MAYA", "Maya")
TOM = Colleague("U-TOM", "Tom")


@dataclass(slots=True)
class Shown:
    """A message of ours in the room."""

    id: str
    card: Card
    below: str = ""
    """The message it stands below; "" for one on its own."""
    edits: int = 0


@dataclass(slots=True)
class Note:
    id: str
    text: str
    author: str
    below: str
    files: tuple[OutFile, ...] = ()


@dataclass(slots=True)
class Room:
    """Mutable: what stands in the room, for every process that speaks to it."""

    cards: dict[str, Shown] = field(default_factory=dict)
    """By message id, oldest first."""
    notes: list[Note] = field(default_factory=list)
    marks: dict[str, tuple[Mark, str]] = field(default_factory=dict)
    history: list[tuple[str, Mark]] = field(default_factory=list)
    """Every mark that was set, in order."""
    troubles: deque[tuple[str, ChannelError]] = field(default_factory=deque)
    """What befalls the next calls: "before" or "after" their effect."""
    down: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    """What colleagues sent, by url."""
    count: int = 0

    def thread(self, message_id: str = "") -> Address:
        """Where people write below a card; the first one's when none is named."""
        return Address("desk", f"thread:{message_id or next(iter(self.cards))}")

    @property
    def own(self) -> list[Shown]:
        """Cards on their own."""
        return [shown for shown in self.cards.values() if not shown.below]

    def heading(self, part: str) -> list[Shown]:
        return [shown for shown in self.cards.values() if part in shown.card.heading]


class DeskChannel(PlainChannel):
    """Implements ports.DeskRoom over a Room."""

    def __init__(self, room: Room, name: str = "desk") -> None:
        super().__init__(Platform(), name)
        self.room = room

    async def is_desk(self, address: Address) -> bool:
        return address.channel == self.name

    async def fetch(self, attachment: Attachment, to: Address, *, bytes_max: int) -> bytes:
        if attachment.url not in self.room.files:
            raise Undeliverable("there is no such file")
        return self.room.files[attachment.url][: bytes_max + 1]

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        check(card)
        after = await self._call()
        room = self.room
        if ref is not None:
            if ref.message_id not in room.cards:
                raise MessageGone("message_not_found")
            shown = room.cards[ref.message_id]
            shown.card, shown.edits = card, shown.edits + 1
        elif known := next((message_id for message_id, each in room.cards.items() if each.id == card.id), None):
            ref = self._ref(known, below)
        else:
            if below is not None and below.message_id not in room.cards:
                raise MessageGone("thread_not_found")
            room.count += 1
            ref = self._ref(f"c{room.count}", below)
            room.cards[ref.message_id] = Shown(card.id, card, below.message_id if below else "")
        self._end(after)
        return ref

    def _ref(self, message_id: str, below: MessageRef | None) -> MessageRef:
        return MessageRef(below.address if below else Address(self.name, f"thread:{message_id}"), message_id)

    async def add_note(
        self, below: MessageRef, id: str, text: str, author: str, files: Sequence[OutFile]
    ) -> MessageRef:
        assert text or files, "a note says something"
        after = await self._call()
        if below.message_id not in self.room.cards:
            raise MessageGone("thread_not_found")
        if all(note.id != id for note in self.room.notes):
            self.room.notes.append(Note(id, text, author, below.message_id, tuple(files)))
        self._end(after)
        return MessageRef(below.address, f"n{id}")

    async def set_mark(self, message: MessageRef, mark: Mark, why: str = "") -> None:
        after = await self._call()
        self.room.marks[message.message_id] = (mark, why)
        self.room.history.append((message.message_id, mark))
        self._end(after)

    async def link(self, message: MessageRef) -> str:
        await self._call()
        return f"https://desk.example/{message.message_id}"

    async def _call(self) -> ChannelError | None:
        """May raise what befalls it; what befalls it afterwards is returned."""
        await asyncio.sleep(0.01)
        if self.room.down:
            raise Unconfirmed("the room is away")
        if not self.room.troubles:
            return None
        when, error = self.room.troubles.popleft()
        if when == "before":
            raise error
        return error

    def _end(self, after: ChannelError | None) -> None:
        if after is not None:
            raise after


def check(card: Card) -> None:
    """As a platform refuses what it cannot show."""
    assert 0 < len(card.heading) <= HEADING_CHARS_MAX, card.heading
    assert len(card.text) <= TEXT_CHARS_MAX
    assert len(card.fields) <= FIELDS_MAX, [label for label, _ in card.fields]
    assert all(0 < len(value) <= FIELD_CHARS_MAX for _, value in card.fields), card.fields
    assert len(card.buttons) <= BUTTONS_MAX
    assert len({button.action for button in card.buttons}) == len(card.buttons)
    assert all(0 < len(button.value) <= VALUE_CHARS_MAX for button in card.buttons)


@dataclass(slots=True)
class People:
    """Those who are in the room. `ears` and `receive` are whose server they reach."""

    room: Room
    ears: DeskEars
    receive: Receive

    async def press(self, by: Colleague, action: str, message_id: str = "") -> Form | str | None:
        """Press a button as it is shown; with a name, on that message."""
        shown = self.find(action, message_id)
        button = next(each for each in shown.card.buttons if each.action == action)
        at = MessageRef(self.room.thread(shown.below or self.name(shown)), self.name(shown))
        answer = await self.ears.clicked(Click(action=action, value=button.value, by=by, at=at))
        if isinstance(answer, Form):
            assert len(answer.title) <= TITLE_CHARS_MAX, answer.title
        return answer

    async def fill_in(self, by: Colleague, form: Form | str | None, **fields: str) -> dict[str, str]:
        """Send a form with some of its fields changed; what is wrong."""
        assert isinstance(form, Form), form
        values = {each.name: each.value for each in form.fields}
        assert fields.keys() <= values.keys()
        submission = Submission(form=form.name, value=form.value, by=by, fields=values | fields)
        problems = dict(await self.ears.submitted(submission))
        assert problems.keys() <= values.keys(), "a platform shows what is wrong at a field"
        return problems

    def find(self, action: str, message_id: str = "") -> Shown:
        """The newest message with such a button. May raise LookupError."""
        found = [shown for name, shown in self.room.cards.items() if name == message_id or not message_id]
        return [shown for shown in found if any(each.action == action for each in shown.card.buttons)][-1]

    def name(self, shown: Shown) -> str:
        return next(message_id for message_id, each in self.room.cards.items() if each is shown)

    async def write(
        self,
        by: Colleague,
        text: str,
        *,
        files: Sequence[Attachment] = (),
        message: str = "",
        thread: Address | None = None,
        called: bool = False,
    ) -> Accepted:
        """Write below the first card. With the name of a `message`, that message."""
        inbound = self.message(by, text, files=files, message=message, thread=thread, called=called)
        return await self.receive(inbound)

    def message(
        self,
        by: Colleague,
        text: str,
        *,
        files: Sequence[Attachment] = (),
        message: str = "",
        thread: Address | None = None,
        called: bool = False,
    ) -> Inbound:
        message = message or new_id()
        place = thread or self.room.thread()
        hints = {"message": message} | ({"called": "1"} if called else {})
        return Inbound(
            event_id=f"desk:{message}",
            address=Address(place.channel, place.key, hints),
            sender=Sender(by.id, by.name),
            text=text,
            received_at=datetime.now(UTC),
            attachments=tuple(files),
        )
