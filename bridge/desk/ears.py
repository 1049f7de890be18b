"""What people at the desk press, fill in, ask and change. A click decides by compare-and-set: the first one counts."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from bridge import tickets
from bridge.desk import cards, commands, drafts, parcels, saying
from bridge.desk import handoff as handoffs
from bridge.desk.gate import MESSAGE, internal, said
from bridge.desk.handoff import WAITS, Handoff
from bridge.desk.office import Office
from bridge.desk.parcels import APPROVAL, TOLD
from bridge.desk.saying import took
from bridge.desk.words import tell
from bridge.errors import BridgeError
from bridge.ports import (
    Approval,
    Claim,
    Click,
    Colleague,
    Decision,
    Form,
    Parcel,
    Submission,
)
from bridge.types import Address, ConversationId, Inbound, MessageRef, TurnId

SNOOZE_MINUTES_MAX = 7 * 24 * 60
NOTE_CHARS_MAX = 3_000
WRITING_EVERY_S = 4.0
"""How often a customer is shown that a colleague writes."""
WRITING_MAX = 1_000
"""Threads of which that is known."""
OUT_OF_DATE = "This card is out of date: there is a newer one for this conversation."
Amend = Callable[[Inbound, bool], Awaitable[None]]


@dataclass(slots=True)
class Ears:
    """Implements ports.DeskEars. Mutable: knows whose writing was shown."""

    office: Office
    amend: Amend
    """Changes a message that was not passed on yet."""
    _shown_at: dict[str, float] = field(default_factory=dict)

    # ------------------------------------------------------------ buttons

    async def clicked(self, click: Click) -> Form | str | None:
        if click.action in ("approve", "deny", "edit_approval"):
            return await self._approval(click)
        if click.action in ("send", "edit", "discard"):
            return await drafts.clicked(self.office, click.action, click.value, click.by)
        if click.action == "template":
            return await self._knock(click.value)
        handoff = await self._case(click.value)
        return await self._pressed(click.action, handoff, click.by) if handoff else OUT_OF_DATE

    async def _case(self, value: str) -> Handoff | None:
        """The handoff that a button or a form is about, while its card is the newest."""
        number, _, conversation_id = value.partition(" ")
        found = await self.office.load(conversation_id)
        return found[0] if found and str(found[0].number) == number else None

    async def _pressed(self, action: str, handoff: Handoff, by: Colleague) -> Form | str | None:
        if action in ("claim", "take_over"):
            return await self._take(handoff, by, over=action == "take_over")
        if action == "suggest":
            return await drafts.ask(self.office, handoff, by)
        if action == "close":
            return await self._close(handoff, by)
        if not handoff.active:
            return "Nothing to do: the assistant has this conversation."
        minutes = self.office.settings.snooze_minutes
        return cards.return_form(handoff) if action == "return" else cards.snooze_form(handoff, minutes)

    async def _take(self, handoff: Handoff, by: Colleague, *, over: bool) -> str | None:
        unanswered = await self._unanswered(handoff.conversation_id)

        def make(now: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            after = handoffs.taken(now, by, now=self.office.now(), over=over and now.colleague != by)
            if after is None or now.number != handoff.number:
                return None
            after = replace(after, news=now.news + 1)
            sent = [parcels.card(after, version)]
            if now.state != "human":
                sent += [
                    *tell(self.office, after, "joined"),
                    *(parcels.customers(after, inbound) for inbound in unanswered),
                ]
            return after, sent

        if after := await self.office.change(handoff.conversation_id, make):
            if handoff.state in WAITS:
                took(handoff, self.office.now())
            # What the assistant is writing just now ends where it is.
            await self.office.stop_all(after.conversation_id)
            return None
        return await self._whose(handoff, by)

    async def _unanswered(self, conversation_id: ConversationId) -> Sequence[Inbound]:
        """What the customer wrote and the assistant has not answered yet."""
        turns = [await self.office.turn(id) for id in await self.office.store.unfinished(conversation_id)]
        return [
            inbound for turn in turns if turn for inbound in turn.inbounds if not (inbound.notice or inbound.answer)
        ]

    async def _whose(self, handoff: Handoff, by: Colleague) -> str:
        found = await self.office.load(handoff.conversation_id)
        if not found or found[0].number != handoff.number:
            return OUT_OF_DATE
        has = found[0].colleague
        if found[0].state != "human" or has is None:
            return f"Too late: it is {cards.state(found[0])}."
        return "You have it already." if has.id == by.id else f"{has.name or has.id} has it already."

    async def _close(self, handoff: Handoff, by: Colleague) -> str | None:
        asks = self.office.settings.rating

        def make(now: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            after = handoffs.closed(now, by, now=self.office.now())
            if after is None or now.number != handoff.number:
                return None
            after = replace(after, news=now.news + 1, rating="asked" if asks else "")
            return after, [parcels.card(after, version), *tell(self.office, after, "closed")]

        after = await self.office.change(handoff.conversation_id, make)
        if after is None:
            return await self._whose(handoff, by)
        if after.ticket:
            await tickets.close(self.office.store, after.ticket, self.office.now())
        return None

    async def _knock(self, id: str) -> str:
        kept = await saying.kept(self.office.store, id)
        if kept is None:
            return "It is too late for that: the message is not known any more."
        if not any(part["text"] and not part["ref"] for part in kept["parts"].values()):
            return "A template brings no files: write some words, and send the files once the customer has written."
        sent = f"desk:knocked:{id}"
        if await self.office.store.get(sent):
            return "The template was sent already."
        await self.office.send(parcels.knock(ConversationId(kept["handoff"]), id))
        await self.office.store.put(sent, "1", ttl_s=saying.KEPT_S)
        return "The template is on its way; your message follows when the customer writes."

    # ------------------------------------------------------------ approvals

    async def _approval(self, click: Click) -> Form | str | None:
        approvals = self.office.approvals
        if approvals is None:
            return "Nothing can be approved here."
        if click.action == "edit_approval":
            approval = await approvals.load(click.value)
            return cards.edit_form(approval) if approval and approval.state == "pending" else self._late(approval)
        verdict: Literal["approve", "deny"] = "approve" if click.action == "approve" else "deny"
        return await self._decided(await approvals.decide(click.value, click.by, verdict))

    async def _decided(self, decision: Decision) -> str | None:
        approval = decision.approval
        if decision.counts and approval:
            await self.office.send(parcels.approval(approval, approval.state), decided(approval))
            return None
        if decision.why_not == "stranger":
            return "You are not among those who may approve this."
        if decision.why_not == "requester":
            return "Whoever asks for something cannot approve it."
        if decision.why_not == "invalid":
            return "This cannot be approved so: " + "; ".join(f"{k}: {v}" for k, v in decision.problems.items())
        return self._late(approval)

    def _late(self, approval: Approval | None) -> str:
        if approval is None:
            return "There is no such request any more."
        return f"Too late: {cards.verdict(approval, self.office.when(approval.decided_at))}."

    # ------------------------------------------------------------ forms

    async def submitted(self, submission: Submission) -> Mapping[str, str]:
        form, by, fields = submission.form, submission.by, submission.fields
        if form == "edit_approval" and self.office.approvals:
            decision = await self.office.approvals.decide(submission.value, by, "approve", dict(fields))
            if decision.why_not == "invalid":
                return dict(decision.problems)
            why = await self._decided(decision)
            return {next(iter(fields), "reason"): why} if why else {}
        if form == "suggestion":
            why = await drafts.send(self.office, submission.value, by, fields.get("text", ""))
            return {"text": why} if why else {}
        first = next(iter(fields), "note")
        if (handoff := await self._case(submission.value)) is None:
            return {first: OUT_OF_DATE}
        if form == "return":
            why = await self._return(handoff, by, fields.get("note", ""))
        elif form == "snooze":
            why = await self._snooze(handoff, by, fields.get("minutes", ""))
        else:
            why = OUT_OF_DATE
        return {first: why} if why else {}

    async def _return(self, handoff: Handoff, by: Colleague, note: str) -> str | None:
        if len(note) > NOTE_CHARS_MAX:
            return f"At most {NOTE_CHARS_MAX} characters."

        def make(now: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            after = handoffs.returned(now, by, now=self.office.now())
            if after is None or now.number != handoff.number:
                return None
            after = replace(after, news=now.news + 1)
            noted = parcels.notice(after, TOLD, f"returned:{after.news}", text=note.strip(), by=by)
            return after, [parcels.card(after, version), noted, *tell(self.office, after, "returned")]

        changed = await self.office.change(handoff.conversation_id, make)
        return None if changed else "The assistant has it already."

    async def _snooze(self, handoff: Handoff, by: Colleague, minutes: str) -> str | None:
        if not minutes.strip().isascii() or not minutes.strip().isdigit():
            return "A number of minutes, please."
        length = int(minutes) if len(minutes.strip()) <= len(str(SNOOZE_MINUTES_MAX)) else 0
        if not 1 <= length <= SNOOZE_MINUTES_MAX:
            return f"Between 1 and {SNOOZE_MINUTES_MAX} minutes."
        now = self.office.now()

        def make(it: Handoff, version: int) -> tuple[Handoff, Sequence[Parcel]] | None:
            after = handoffs.snoozed(it, by, until=now + 60.0 * length, now=now)
            return (after, [parcels.card(after, version)]) if after and it.number == handoff.number else None

        changed = await self.office.change(handoff.conversation_id, make)
        return None if changed else "There is nothing to be reminded of."

    # ------------------------------------------------------------ what was changed, and who writes

    async def changed(self, inbound: Inbound, deleted: bool) -> None:
        await self.amend(inbound, deleted)
        if (customers := await self.office.conversation_of(inbound.address)) is None:
            return
        id, at = said(inbound), MessageRef(inbound.address, inbound.address.hints.get(MESSAGE, ""))
        # What has become a note among colleagues is not for the customer any more.
        text = None if deleted or internal(inbound) else inbound.text
        # Both: it may be there already, or still wait for the customer's platform.
        await saying.amend(self.office.store, id, text)
        await self.office.send(parcels.change(ConversationId(customers), id, at, text))

    async def writing(self, thread: Address) -> None:
        shown = self._shown_at
        now = time.monotonic()
        if now - shown.get(thread.key, -WRITING_EVERY_S) < WRITING_EVERY_S:
            return
        customers = await self.office.conversation_of(thread)
        case = await self.office.load(customers) if customers else None
        if case is None or case[0].state != "human":
            return
        found = case[0]
        if len(shown) > WRITING_MAX:
            shown.clear()
        shown[thread.key] = now
        channel = self.office.channels.get(found.customer.channel)
        turn = await self.office.store.turn(TurnId(found.relayed or found.turn_id))
        if channel and turn:
            with suppress(BridgeError):  # nobody minds
                await channel.typing(found.customer, Claim(turn=turn, fence=0, attempts=1), "")

    # ------------------------------------------------------------ commands

    async def command(self, text: str, by: Colleague) -> str:
        word = text.strip().lower()
        if word == "queue":
            return await commands.queue(self.office)
        return await commands.status(self.office) if word == "status" else commands.HELP


def decided(approval: Approval) -> Parcel:
    """The conversation hears what became of it."""
    return parcels.notice_of(approval.conversation_id, approval.address, APPROVAL, approval.id)
