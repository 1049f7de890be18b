"""Shows at the desk what is to be seen there: cards, notes below them, marks at messages. Carriers of the outbox.

A card is drawn when it is shown, from what its record holds then: however many changes wait, the last one counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge import tickets
from bridge.desk import cards, drafts, parcels, transcript
from bridge.desk.handoff import Handoff
from bridge.desk.office import ALONE, FOUND_S, THREAD, Office
from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, Undeliverable
from bridge.media.kinds import kind_of
from bridge.ports import Card, DeskRoom, OutFile, Parcel, Record
from bridge.types import Address, Attachment, MessageRef, Turn, TurnId

FILE_BYTES_MAX = 20 * 2**20
"""Of a file that is passed on."""
FETCH_TRIES_MAX = 5
"""How often a customer's file is asked for, some minutes altogether: their words wait as long, and all that follows."""
TRANSCRIPT_NAME = "transcript.txt"
UNKNOWN = "application/octet-stream"
OWN_S = 90 * 24 * 3600.0
"""For so long it is known where an approval's card is."""


def room_of(office: Office) -> DeskRoom:
    """May raise Undeliverable."""
    if (room := office.room) is None:
        raise Undeliverable("there is no desk any more: [desk] slack_channel is empty, or Slack is not enabled")
    return room


async def fetched(office: Office, attachment: Attachment, place: Address) -> OutFile:
    """A file, from where it was sent. May raise ChannelError."""
    channel = office.channels.get(place.channel)
    if channel is None:
        raise Undeliverable("its channel is not enabled")
    data = await channel.fetch(attachment, place, bytes_max=FILE_BYTES_MAX)
    if len(data) > FILE_BYTES_MAX:
        raise Undeliverable(f"it is larger than {FILE_BYTES_MAX // 2**20} MB")
    return OutFile(name=attachment.name or "file", media_type=kind_of(data) or UNKNOWN, data=data)


@dataclass(frozen=True, slots=True)
class _Quiet:
    """What a carrier does that tells nobody of what it could not show: the ticket is kept all the same."""

    office: Office

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        """The log says it."""


@dataclass(frozen=True, slots=True)
class Cards(_Quiet):
    """Implements ports.Carrier."""

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        what = body["what"]
        if what == "approval":
            return await self._approval(body["approval"])
        found = await self.office.load(body["handoff"])
        if found is None:
            return None
        handoff = found[0]
        if what == "handoff":
            return await self._handoff(handoff) if body["number"] == handoff.number else None
        if what == "reminder":
            if handoff.number == body["number"]:
                await self._below(handoff, cards.reminder(handoff, body["id"], body["why"]))
        elif what == "window":
            await self._below(handoff, cards.window(handoff, body["said"]))
        elif what == "suggestion":
            await self._suggestion(handoff, body["suggestion"])
        return None

    async def _handoff(self, handoff: Handoff) -> None:
        """Post the card, or make it show how things are; then what people write below it is found."""
        room = room_of(self.office)
        turns = await self._turns(handoff)
        when = self.office.when(handoff.waits_since)
        card = cards.handoff(handoff, turns, zone=self.office.voice.business.time_zone, when=when)
        try:
            at = await room.show_card(card, below=None, ref=handoff.card)
        except MessageGone:
            # Somebody took it away: a new one, and a new thread with it.
            again = replace(card, id=parcels.name(card.id, handoff.card.message_id if handoff.card else ""))
            at = await room.show_card(again, below=None, ref=None)
        if at == handoff.card:
            return
        await self._keep(handoff, at)
        if handoff.ticket and (link := await room.link(at)):
            await tickets.taken(self.office.store, handoff.ticket, "desk", link)

    async def _keep(self, handoff: Handoff, at: MessageRef) -> None:
        """Whose thread this is. May raise StoreUnavailable."""
        thread = at.address.conversation_id
        known = await self.office.store.load_record(THREAD, thread)
        belongs = Record(
            kind=THREAD,
            id=thread,
            body=json.dumps({"conversation_id": handoff.conversation_id}),
            version=known.version if known else 0,
            open=False,
            forget_at=self.office.now() + FOUND_S,
        )

        def make(now: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            return (replace(now, card=at), ()) if now.number == handoff.number else None

        await self.office.change(handoff.conversation_id, make, records=[belongs])

    async def _turns(self, handoff: Handoff) -> Sequence[Turn]:
        """Those up to the one that called; it may not have ended yet."""
        store = self.office.store
        past = (await store.conversation(handoff.conversation_id, turns_max=self.office.turns_max)).turns
        ids = [turn.id for turn in past]
        if handoff.turn_id in ids:
            return past[: ids.index(TurnId(handoff.turn_id)) + 1]
        calling = await self.office.turn(TurnId(handoff.turn_id))
        return [*past, calling] if calling else past

    async def _below(self, handoff: Handoff, card: Card, ref: MessageRef | None = None) -> MessageRef:
        if handoff.card is None:
            raise ChannelUnavailable("its card is not there yet")
        return await room_of(self.office).show_card(card, below=handoff.card, ref=ref)

    async def _approval(self, id: str) -> None:
        """Below the conversation's card, when there is one."""
        approval = await self.office.approvals.load(id) if self.office.approvals else None
        if approval is None:
            return
        card = cards.approval(
            approval,
            when=self.office.when(approval.asked_at),
            until=self.office.when(approval.expires_at),
            decided=self.office.when(approval.decided_at),
            zone=self.office.voice.business.time_zone,
        )
        store, key = self.office.store, f"desk:approval:{id}"
        known = await store.get(key)
        ref = parcels.read_ref(json.loads(known)) if known else None
        found = await self.office.load(approval.conversation_id)
        below = found[0].card if found and found[0].active else None
        at = await room_of(self.office).show_card(card, below=None if ref else below, ref=ref)
        if at != ref:
            await store.put(key, json.dumps(parcels.ref(at)), ttl_s=OWN_S)
            if not below:
                await store.put(f"{ALONE}{at.address.key}", id, ttl_s=OWN_S)

    async def _suggestion(self, handoff: Handoff, id: str) -> None:
        found = await drafts.load(self.office, id)
        if found is None:
            return
        draft = found[0]
        at = await self._below(handoff, cards.suggestion(id, draft.text, draft.became), draft.at)
        if draft.at is None:
            await drafts.shown(self.office, id, at)


@dataclass(frozen=True, slots=True)
class Notes(_Quiet):
    """Implements ports.Carrier."""

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        found = await self.office.load(body["handoff"])
        if found is None:
            return
        handoff, room = found[0], room_of(self.office)
        if handoff.card is None:
            raise ChannelUnavailable("its card is not there yet")
        if body["what"] == "transcript":
            return await self._transcript(room, handoff, handoff.card, body)
        text, files = body["text"], list[OutFile]()
        for each in map(parcels.read_file, body["files"]):
            try:
                files.append(await fetched(self.office, each, handoff.customer))
            except ChannelError as error:
                if not isinstance(error, (MessageGone, Undeliverable)) and parcel.attempts < FETCH_TRIES_MAX:
                    raise
                text = f"{text}\n(A file, {each.name or 'without a name'}, could not be passed on: {error}.)".strip()
        await room.add_note(handoff.card, body["id"], text, body["author"], files)

    async def _transcript(self, room: DeskRoom, handoff: Handoff, card: MessageRef, body: Mapping[str, Any]) -> None:
        past = await self.office.store.conversation(handoff.conversation_id, turns_max=self.office.turns_max)
        turns = [turn for turn in past.turns if turn.id != body["turn"]]
        if calling := await self.office.turn(TurnId(body["turn"])):
            turns.append(calling)
        data = transcript.as_file(turns).encode(errors="replace")
        file = OutFile(name=TRANSCRIPT_NAME, media_type="text/plain", data=data[-FILE_BYTES_MAX:])
        id = parcels.name("transcript", handoff.conversation_id, body["turn"])
        try:
            await room.add_note(card, id, "What was said so far:", "", [file])
        except Undeliverable:
            # Where no file may be put, the last lines.
            text = "\n\n".join(transcript.lines(turns)[-cards.LAST_TURNS :])
            await room.add_note(card, id, text, "", ())


@dataclass(frozen=True, slots=True)
class Marks(_Quiet):
    """Implements ports.Carrier."""

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        await room_of(self.office).set_mark(parcels.read_ref(body["message"]), body["mark"], body["why"])
