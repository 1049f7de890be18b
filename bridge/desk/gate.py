"""What becomes of a turn that people have a part in, before the assistant sees it.

A customer's turn: while people have the conversation it is passed on to them, and the assistant keeps silent. A turn
of the desk's own: what colleagues write in a thread goes to its customer. A notice: something happened at the desk.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from bridge import metrics
from bridge.desk import handoff as handoffs
from bridge.desk import parcels
from bridge.desk.handoff import Handoff
from bridge.desk.office import ALONE, Office
from bridge.desk.parcels import APPROVAL, SAID, TOLD
from bridge.desk.saying import INTERNAL, Words, passed_on
from bridge.desk.transcript import RUNG, calls
from bridge.desk.words import told
from bridge.errors import ChannelError, StoreUnavailable
from bridge.logs import event
from bridge.ports import Claim, Colleague, Parcel
from bridge.types import ConversationId, Inbound, MessageRef, Outcome, Reply, Turn

log = logging.getLogger(__name__)

RATINGS_LOG = "ratings"
RATING_S = 24 * 3600.0
"""For so long a digit is an answer to the question how it was."""
_RATING = re.compile(
    r"\W*([1-5])\W*(?:/\s*5|of 5|stars?|sterne?|estrellas?|étoiles?|estrelas?|stelle?|sterren?)?\W*", re.I
)
_THUMBS = {"👍": "5", "👎": "1"}
UNKNOWN_S = 300.0
"""For so long it may take until it is known whose thread a new one is: longer than a lease of the outbox."""
CALLED = "called"
"""The hint of a message that calls us by our name."""
MESSAGE = "message"
"""The hint that names a colleague's message on its platform."""
ALONE_SAYS = "The customer does not see this: it stands below an approval, which only its buttons decide."
RELAYED = Reply(text="", outcome=Outcome.RELAYED, rung=RUNG)


@dataclass(frozen=True, slots=True)
class DeskGate:
    """Implements ports.Gate."""

    office: Office

    async def admits(self, claim: Claim, turn: Turn) -> Turn | Reply:
        """May raise LeaseLost, StoreUnavailable."""
        if turn.address.channel == self.office.room_name and self.office.room:
            if customers := await self.office.conversation_of(turn.address):
                return await self._from_desk(claim, turn, customers)
            if await self._beside(turn):
                return await self._nobodys(turn)
        return await self._from_customer(claim, turn)

    async def _beside(self, turn: Turn) -> bool:
        room = self.office.room
        try:
            return room is not None and await room.is_desk(turn.address)
        except ChannelError:
            return False

    async def _nobodys(self, turn: Turn) -> Turn | Reply:
        """Somebody at the desk wrote where no conversation is known to be: who calls us by our name is answered. A card
        may have been posted just now, and nobody has written down yet whose it is: that is waited for.
        May raise StoreUnavailable."""
        if any(each.address.hints.get(CALLED) for each in turn.inbounds):
            return turn
        if await self.office.store.get(f"{ALONE}{turn.address.key}") is not None:
            words = filter(None, map(_words, turn.inbounds))
            await self.office.send(
                *(parcels.mark(turn.conversation_id, each.at, "failed", ALONE_SAYS) for each in words)
            )
            return RELAYED
        if self.office.now() - turn.inbounds[0].received_at.timestamp() < UNKNOWN_S:
            raise StoreUnavailable("it is not known yet whose thread this is")
        event(log, "somebody at the desk wrote in nobody's thread", level=logging.WARNING, turn=turn.id)
        return RELAYED

    # ------------------------------------------------------------ colleagues

    async def _from_desk(self, claim: Claim, turn: Turn, conversation_id: str) -> Reply:
        """What colleagues wrote goes to the customer."""
        taken = False

        def make(handoff: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            nonlocal taken
            if handoff.heard == turn.id:
                taken = handoff.silent
                return None  # an attempt before this one did it
            after, sent = handoff, list[Parcel]()
            for inbound in turn.inbounds:
                if words := _words(inbound):
                    after, more = passed_on(self.office, after, words, version)
                    sent += more
            taken = after.silent and not handoff.silent
            return replace(after, heard=turn.id), sent

        await self.office.change(conversation_id, make, claim=claim)
        if taken:
            # What the assistant is writing just now ends where it is.
            await self.office.stop_all(ConversationId(conversation_id))
        return RELAYED

    # ------------------------------------------------------------ customers

    async def _from_customer(self, claim: Claim, turn: Turn) -> Turn | Reply:
        # Where nobody can answer any more nobody has the conversation.
        found = await self.office.load(turn.conversation_id) if self.office.room else None
        happened = any(map(_ours, turn.inbounds))
        if not found and not happened:
            return turn
        ended: list[Reply] = []
        inbounds = []
        for inbound in turn.inbounds:
            if _ours(inbound):
                news = await self._happened(claim, inbound)
                ended.append(news)
                inbound = replace(inbound, answer=news.text)
            inbounds.append(inbound)
        if found and found[0].rating == "asked":
            inbounds = [await self._rated(claim, found[0], inbound) for inbound in inbounds]
        turn = replace(turn, inbounds=tuple(inbounds))
        wrote = [inbound for inbound in turn.inbounds if not (inbound.notice or inbound.answer)]
        after = await self._passed_on(claim, turn, wrote) if found and wrote else (found[0] if found else None)
        if wrote and not (after and after.silent) and not any(reply.ticket for reply in ended):
            return turn  # the assistant answers, below what is told
        if wrote and after and _calls(wrote) and after.state == "pending":
            text = told(self.office, after, "under_way")
            ended.append(Reply(text=text, outcome=Outcome.ESCALATED, rung=RUNG))
        return _together(turn, ended)

    async def _passed_on(self, claim: Claim, turn: Turn, wrote: Sequence[Inbound]) -> Handoff | None:
        """What the customer wrote goes to the desk, if people have the conversation; the handoff as it is then."""
        now = self.office.now()

        def make(handoff: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            if not handoff.active or handoff.relayed == turn.id:
                return None
            after = handoffs.customer_wrote(handoff, customer=turn.address, turn_id=turn.id, now=now)
            sent = [parcels.customers(handoff, inbound) for inbound in wrote]
            calls = handoff.state in handoffs.WAITS and _calls(wrote)
            if calls and now - handoff.called_at >= self.office.settings.call_again_s:
                after = replace(after, called_at=now)
                sent.append(parcels.reminder(handoff, "The customer asks again for a person", turn.id))
            return after, sent

        if passed := await self.office.change(turn.conversation_id, make, claim=claim):
            metrics.RELAYS.labels("desk", turn.address.channel, "ok").inc(len(wrote))
            return passed
        found = await self.office.load(turn.conversation_id)
        return found[0] if found else None

    async def _rated(self, claim: Claim, handoff: Handoff, inbound: Inbound) -> Inbound:
        """With thanks as its answer, when it says how it was."""
        points = "" if inbound.notice or inbound.answer else rating(inbound.text)
        if not points or handoff.active or self.office.now() - handoff.colleague_at > RATING_S:
            return inbound
        store, by = self.office.store, handoff.colleague
        about = {"conversation_id": handoff.conversation_id, "number": handoff.number, "turn_id": handoff.turn_id}
        entry = json.dumps({**about, "rating": int(points), "by": by.id if by else "", "at": self.office.now()})
        await store.append(RATINGS_LOG, entry, key=f"{handoff.conversation_id}:{handoff.number}", claim=claim)

        def make(now: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            if now.rating != "asked" or now.number != handoff.number:
                return None
            words = f"{now.name or 'The customer'} rated this {points} of 5."
            note = parcels.note(now, parcels.name("rating", handoff.conversation_id, str(now.number)), words)
            return replace(now, rating=cast(handoffs.Rating, points)), [note]

        if await self.office.change(handoff.conversation_id, make, claim=claim):
            metrics.RATINGS.labels(inbound.address.channel, points).inc()
        return replace(inbound, answer=self.office.say(handoff.language, "feedback_thanks"))

    # ------------------------------------------------------------ what happened

    async def _happened(self, claim: Claim, inbound: Inbound) -> Reply:
        """What is still to be told of it; its text is "" where that is nothing."""
        kind, _, id = inbound.notice.partition(":")
        if kind == APPROVAL and self.office.approvals:
            reply = await self.office.approvals.carry_out(claim, id)
            if approval := await self.office.approvals.load(id):
                await self.office.send(parcels.approval(approval, approval.state))
            return reply
        return RELAYED


def _ours(inbound: Inbound) -> bool:
    """Something happened at the desk; other notices are for others."""
    return inbound.notice.partition(":")[0] in (APPROVAL, SAID, TOLD)


def _words(inbound: Inbound) -> Words | None:
    """What is for the customer; None for a note among colleagues, and what nobody wrote."""
    if inbound.notice or inbound.answer or internal(inbound):
        return None
    if not inbound.text.strip() and not inbound.attachments:
        return None
    return Words(
        id=said(inbound),
        at=MessageRef(inbound.address, inbound.address.hints.get(MESSAGE, "")),
        by=Colleague(inbound.sender.id, inbound.sender.name),
        text=inbound.text,
        files=inbound.attachments,
        came_at=inbound.received_at.timestamp(),
    )


def internal(inbound: Inbound) -> bool:
    """It is a note among colleagues."""
    return inbound.text.lstrip().startswith(INTERNAL) or bool(inbound.address.hints.get(CALLED))


def said(inbound: Inbound) -> str:
    """Names what a colleague said."""
    return parcels.name(SAID, inbound.event_id)


def _calls(wrote: Sequence[Inbound]) -> bool:
    return any(calls(inbound.text) for inbound in wrote if inbound.text)


def rating(text: str) -> str:
    """1 to 5, in whatever digits; "" when it is something else."""
    text = text.strip()
    if text[:1] in _THUMBS and len(text) <= 2:  # a thumb may have a tone of skin
        return _THUMBS[text[0]]
    digits = "".join(str(unicodedata.digit(char, char)) for char in text[:20]) if len(text) <= 20 else ""
    found = _RATING.fullmatch(digits)
    return found[1] if found else ""


def _together(turn: Turn, ended: Sequence[Reply]) -> Turn | Reply:
    """The end of a turn that the assistant has no part in."""
    answered = [inbound.answer for inbound in turn.inbounds if inbound.answer and not _ours(inbound)]
    parts = [reply for reply in ended if reply.text]
    if not (answered or parts):
        return RELAYED
    counts = next((reply for reply in parts if reply.ticket), parts[-1] if parts else _COMMANDS)
    # Without what stands in the reply now.
    inbounds = tuple(replace(each, answer="") if _ours(each) else each for each in turn.inbounds)
    text = "\n\n".join([*answered, *(reply.text for reply in parts)])
    return replace(turn, inbounds=inbounds, reply=replace(counts, text=text))


_COMMANDS = Reply(text="", outcome=Outcome.ANSWERED, rung=RUNG)
