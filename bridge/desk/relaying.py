"""Brings to a customer what people at the desk said, and to the conversation what happened there. Carriers of the
outbox: in order, tried until it lands, and once, however often the server dies meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bridge import metrics
from bridge.delivery.outbox import NUMBER, PLACES, insisted, paced
from bridge.desk import drafts, parcels, saying, transcript
from bridge.desk.office import Office
from bridge.desk.showing import fetched
from bridge.errors import (
    ChannelUnavailable,
    MessageGone,
    RateLimited,
    Unconfirmed,
    Undeliverable,
    WindowClosed,
)
from bridge.ports import Channel, Claim, Colleague, EditableChannel, FileChannel, KnockingChannel, Mark, Page, Parcel
from bridge.types import (
    ConversationId,
    Inbound,
    MessageRef,
    Outcome,
    Reply,
    ReplyEvent,
    Sender,
    Turn,
    TurnId,
    new_id,
    without_marks,
)

NOT_EDITABLE = "Messages cannot be changed on this channel: the customer still sees the first one."
TOO_LONG = "It has become too long for one message: the customer still sees the first one."
ONLY_FILES = "It had only files: the customer does not see the words that were added."
NOTHING = "(The assistant has nothing to suggest.)"
NOT_WRITTEN = "(The assistant could not write one.)"
DRAFT_TRIES_MAX = 2
"""How often the assistant is asked for the same draft."""
FAILED_KEPT_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Relays:
    """Implements ports.Carrier: to the customer."""

    office: Office

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        try:
            await self._carry(parcel, body)
        except (RateLimited, ChannelUnavailable, Unconfirmed):
            if parcel.attempts == 1 and "message" in body:
                await self._mark(body, "pending")
            raise
        except Undeliverable as error:
            if "message" not in body:
                raise
            await self._failed(body, str(error))
            if isinstance(error, WindowClosed):
                await self.office.send(parcels.window(ConversationId(body["handoff"]), body["said"]))

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        if "message" in body:
            await self._failed(body, why)

    async def _carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        if body["op"] in ("say", "tell"):
            return await self._say(parcel, body)
        kept = await saying.kept(self.office.store, body["said"])
        if kept is None:
            return None  # it never reached the customer
        turn, channel = await self._where(kept["turn"])
        if body["op"] == "knock":
            return await self._knock(parcel, turn, channel, kept)
        return await self._change(parcel, turn, channel, kept)

    async def _where(self, turn_id: str) -> tuple[Turn, Channel]:
        """May raise Undeliverable, StoreUnavailable."""
        turn = await self.office.store.turn(TurnId(turn_id))
        channel = self.office.channels.get(turn.address.channel) if turn else None
        if turn is None or channel is None:
            raise Undeliverable("the customer's channel is not enabled any more")
        return turn, channel

    # ------------------------------------------------------------ words and files

    async def _say(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        turn, channel = await self._where(body["turn"])
        page, again = _page(parcel, turn, body), parcel.attempts > 1
        said = body.get("said", "")
        ref = await channel.find(turn.address, page) if again else None
        if ref is None and said:
            if (now := await self._now(body, turn, channel)) is None:
                return  # taken back before it was there
            if now != page.text:
                page = replace(page, text=now)
                ref = await channel.find(turn.address, page) if again else None
            # Also of what does not land: a template may bring it later.
            await saying.keep(self.office.store, body, page.text, page.number, None)
        if ref is None:
            ref = await self._shown(parcel, body, turn, channel, page)
        if not said:
            return
        await insisted(lambda: self._landed(body, page, ref))
        metrics.RELAYS.labels("customer", channel.name, "ok").inc()
        if came_at := body.get("came_at"):
            metrics.RELAY_SECONDS.labels(channel.name).observe(max(0.0, self.office.now() - came_at))

    async def _landed(self, body: Mapping[str, Any], page: Page, ref: MessageRef) -> None:
        """May raise StoreUnavailable; harmless when it is done again."""
        await saying.keep(self.office.store, body, page.text, page.number, ref)
        if body["last"] and await self.office.store.get(_failed_key(body["said"])) is None:
            await self._mark(body, "delivered")

    async def _now(self, body: Mapping[str, Any], turn: Turn, channel: Channel) -> str | None:
        """What is to be said, as it reads now; None when it was taken back. What was changed in several messages, or
        would need more than one now, stays as it was: whoever changed it is told so by the change, which follows."""
        now = await saying.amended(self.office.store, body["said"], body["text"])
        if now is None or body.get("texts") != 1 or not (now.strip() and _fits(channel, turn, now)):
            return None if now is None else str(body["text"])
        return now

    async def _shown(
        self, parcel: Parcel, body: Mapping[str, Any], turn: Turn, channel: Channel, page: Page
    ) -> MessageRef:
        store, to = self.office.store, turn.address
        if "attachment" not in body:
            return await paced(store, channel, to, parcel.id, lambda: channel.post(to, page))
        if not isinstance(channel, FileChannel):
            raise Undeliverable("files cannot be sent on the customer's channel")
        source = parcels.read_ref(body["message"]).address
        file = await fetched(self.office, parcels.read_file(body["attachment"]), source)
        return await paced(store, channel, to, parcel.id, lambda: channel.post_file(to, page, file))

    # ------------------------------------------------------------ changes

    async def _change(self, parcel: Parcel, turn: Turn, channel: Channel, kept: Mapping[str, Any]) -> None:
        """Make what the customer sees of it read as it reads by now: the newest change counts."""
        store, parts = self.office.store, kept["parts"].items()
        shown = {number: each for number, each in parts if each["ref"]}
        texts = {number: each for number, each in parts if not each["file"]}
        before = "\n\n".join(each["text"] for each in texts.values())
        now = await saying.amended(store, kept["said"], before)
        if not shown or now == before:
            return
        if not isinstance(channel, EditableChannel):
            raise Undeliverable(NOT_EDITABLE)
        if now is None or not now.strip():
            for each in (shown if now is None else {n: each for n, each in shown.items() if n in texts}).values():
                await channel.delete(parcels.read_ref(each["ref"]))
            return await self._heard(turn, kept, before, f"(taken back: {before or 'a file'})")
        if not texts:
            raise Undeliverable(ONLY_FILES)
        if len(texts) > 1 or not _fits(channel, turn, now):
            raise Undeliverable(TOO_LONG)
        [(part, only)] = texts.items()
        if not only["ref"]:
            return
        page, ref = _page(parcel, turn, {**kept, "text": now}, number=only["number"]), parcels.read_ref(only["ref"])
        try:
            await channel.edit(ref, page)
        except MessageGone:
            raise Undeliverable("the customer's message is gone") from None
        await saying.keep(store, {**kept, "part": part}, now, only["number"], ref)
        await self._heard(turn, kept, now, f"(changed) {now}")

    async def _heard(self, turn: Turn, kept: Mapping[str, Any], now: str, text: str) -> None:
        """The conversation hears of a change, as it has heard of the words."""
        id, by = parcels.name(kept["said"], now), Colleague("", kept["author"])
        conversation_id = ConversationId(kept["handoff"])
        await self.office.send(parcels.notice_of(conversation_id, turn.address, parcels.SAID, id, text=text, by=by))

    async def _knock(self, parcel: Parcel, turn: Turn, channel: Channel, kept: Mapping[str, Any]) -> None:
        if not isinstance(channel, KnockingChannel):
            raise Undeliverable("this channel has no template")
        waits = [each for each in kept["parts"].values() if each["text"] and not each["ref"]]
        if not waits:
            return
        text = "\n\n".join(each["text"] for each in waits)
        now = await saying.amended(self.office.store, kept["said"], text)
        if now is None:
            return  # taken back meanwhile
        if len(kept["parts"]) == 1 and now.strip():
            text = now
        page = _page(parcel, turn, {**kept, "text": text}, number=waits[0]["number"])
        await paced(self.office.store, channel, turn.address, parcel.id, lambda: channel.knock(turn.address, page))
        sent = "The template was sent; your message follows when the customer writes."
        await insisted(lambda: self._mark(kept, "pending", sent))

    # ------------------------------------------------------------ what became of it

    async def _failed(self, body: Mapping[str, Any], why: str) -> None:
        metrics.RELAYS.labels("customer", body["handoff"].partition(":")[0], "failed").inc()
        if body["op"] == "say":
            await self.office.store.put(_failed_key(body["said"]), why, ttl_s=FAILED_KEPT_S)
        await self._mark(body, "failed", why)

    async def _mark(self, body: Mapping[str, Any], mark: Mark, why: str = "") -> None:
        message = parcels.read_ref(body["message"])
        await self.office.send(parcels.mark(ConversationId(body["handoff"]), message, mark, why))


def _page(parcel: Parcel, turn: Turn, body: Mapping[str, Any], number: int | None = None) -> Page:
    """A message that is nobody's answer: its place tells it from all others of its turn."""
    return Page(
        claim=Claim(turn=turn, fence=0, attempts=parcel.attempts),
        text=body["text"],
        number=_number(parcel) if number is None else number,
        final=True,
        outcome=Outcome.ANSWERED,
        author=body["author"],
        rating=body.get("rating", False),
    )


def _number(parcel: Parcel) -> int:
    return NUMBER + int(parcel.id, 16) % PLACES


def _fits(channel: Channel, turn: Turn, text: str) -> bool:
    """One message carries it, with a name."""
    limits = channel.limits(turn.address)
    return limits.size(text) <= limits.size_max - saying.NAME_CHARS


def _failed_key(said: str) -> str:
    return f"desk:failed:{said}"


@dataclass(frozen=True, slots=True)
class Notices:
    """Implements ports.Carrier: into the customer's conversation, in its turn."""

    office: Office

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        by, text = body["by"] or {"id": "", "name": ""}, body["text"]
        kind, _, id = body["notice"].partition(":")
        if kind == parcels.SAID and (text := await saying.amended(self.office.store, id, text)) is None:
            return  # nobody ever saw it
        await self.office.receive(
            Inbound(
                event_id=body["event_id"],
                address=parcels.read_address(body["to"]),
                sender=Sender(f"desk:{by['id']}", by["name"]),
                text=text,
                received_at=datetime.now(UTC),
                notice=body["notice"],
            )
        )

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        """The log says it."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Implements ports.Carrier: has the assistant draft a reply, which no customer sees."""

    office: Office

    async def carry(self, parcel: Parcel, body: Mapping[str, Any]) -> None:
        found = await self.office.load(body["handoff"])
        if found is None or self.office.brain is None:
            return
        if parcel.attempts > DRAFT_TRIES_MAX:
            raise Undeliverable("it was tried often enough: each try may cost money")
        handoff = found[0]
        past = await self.office.store.conversation(handoff.conversation_id, turns_max=self.office.turns_max)
        question = transcript.unanswered(past.turns)
        asked = Inbound(
            event_id=f"desk:suggest:{body['suggestion']}",
            address=handoff.customer,
            sender=Sender("desk"),
            text=question,
            received_at=datetime.now(UTC),
        )
        turn = Turn(id=TurnId(new_id()), conversation_id=handoff.conversation_id, inbounds=(asked,))
        reply = await self.office.brain.answer(turn, transcript.told(past), _unseen) if question else None
        await drafts.made(self.office, body["suggestion"], _worth(reply), why_not=NOTHING)

    async def gave_up(self, parcel: Parcel, body: Mapping[str, Any], why: str) -> None:
        await drafts.made(self.office, body["suggestion"], "", why_not=NOT_WRITTEN)


def _worth(reply: Reply | None) -> str:
    """The draft, when it is one."""
    usable = reply is not None and reply.outcome in (Outcome.ANSWERED, Outcome.DEGRADED)
    return without_marks(reply.text) if reply and usable else ""


def _unseen(event: ReplyEvent) -> None:
    """Nobody watches a draft being written."""
