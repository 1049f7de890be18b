"""Reads what customers write while they prove who they are, before any model does: addresses, codes, and that they do
not want to.

A code is taken out of the message, which goes on without it, and is stored without it.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bridge import metrics
from bridge.errors import SenderError, StoreUnavailable
from bridge.identity import addresses, digits, limits, verification, words
from bridge.identity.means import Means
from bridge.identity.senders import Checked
from bridge.identity.verification import Verdict, Verification
from bridge.logs import event
from bridge.ports import Claim, Record
from bridge.types import CONTACT, Conversation, ConversationId, Inbound, Reply, Turn

log = logging.getLogger(__name__)

WithPeople = Callable[[ConversationId], Awaitable[bool]]
"""Whether people have a conversation: then nothing is said here, but codes do not go to them either."""
SAVES_MAX = 5
"""How often a change is made again because the record changed in between."""
_SAID: dict[Verdict, tuple[str, ...]] = {
    "sent": ("identity_sent",),
    "no_way": ("identity_unavailable", "offer_person"),
    "too_many": ("identity_too_many", "offer_person"),
    "right": ("identity_confirmed",),
    "known": ("identity_confirmed",),
    "wrong": ("identity_wrong",),
    "locked": ("identity_locked",),
    "late": ("identity_late",),
    "failed": ("identity_unavailable", "offer_person"),
    "left": ("identity_left",),
    "asked": ("identity_ask",),
    "stranger": ("identity_stranger",),
}
_WITH_A_CODE: tuple[Verdict, ...] = ("right", "wrong", "locked", "late", "failed", "known")


@dataclass(frozen=True, slots=True)
class _Message:
    """What the gate looks at together."""

    claim: Claim
    conversation: Conversation
    inbound: Inbound
    needed: Turn | None
    """The turn whose request waits for the proof."""


class IdentityGate:
    """Implements ports.Gate. Stands before the desk's: also what goes to people goes without codes."""

    def __init__(self, means: Means, wake: Callable[[], None], *, with_people: WithPeople) -> None:
        self._store = means.store
        self._settings = means.settings
        self._known = means.known
        self._ways = means.ways
        self._key = means.key
        self._say = means.say
        self._clock = means.clock
        self._wake = wake
        self._with_people = with_people

    async def admits(self, claim: Claim, turn: Turn, conversation: Conversation) -> Turn | Reply:
        """As ports.Gate."""
        inbounds: list[Inbound] = []
        for inbound in turn.inbounds:
            if inbound.answer or inbound.notice not in ("", CONTACT):
                inbounds.append(inbound)
            else:
                needed = self._needing(conversation, inbound)
                inbounds += await self._read(_Message(claim, conversation, inbound, needed))
        return replace(turn, inbounds=tuple(inbounds))

    async def without_codes(self, inbound: Inbound) -> Inbound:
        """A message as people may see it who do not wait for its turn to end: what was tried as a code is left out,
        and what could be. May raise StoreUnavailable."""
        if inbound.notice or (codes := digits.find(inbound.text)) is None:
            return inbound
        id = verification.record_id(inbound.address.conversation_id, inbound.sender.id)
        record = await self._store.load_record(verification.KIND, id)
        if record is None:
            return inbound
        now = verification.read(record)
        tried = now.heard.get(inbound.event_id) in _WITH_A_CODE
        return replace(inbound, text=codes.masked) if tried or now.has_code(self._clock()) else inbound

    def _needing(self, conversation: Conversation, inbound: Inbound) -> Turn | None:
        """The newest turn of this sender's in which something needed to know who they are."""
        for past in reversed(conversation.turns):
            if any(one.begins for one in past.inbounds):
                return None
            asked_by = [one.sender.id for one in past.inbounds if not one.answer]
            actions = past.reply.trace.actions if past.reply else ()
            if asked_by and asked_by[-1] == inbound.sender.id and any(it.outcome == "identity" for it in actions):
                return past
        return None

    async def _read(self, message: _Message) -> list[Inbound]:
        """The message as it goes on. May raise LeaseLost, StoreUnavailable."""
        inbound = message.inbound
        id = verification.record_id(message.conversation.id, inbound.sender.id)
        silent: bool | None = None
        for _ in range(SAVES_MAX):
            record = await self._store.load_record(verification.KIND, id)
            if record is None:
                if message.needed is None and inbound.notice != CONTACT and not words.is_verify(inbound.text):
                    break  # nearly every message of nearly everybody
                record = Record(kind=verification.KIND, id=id, body="")
            if silent is None:
                silent = await self._with_people(message.conversation.id)
            before = self._with_need(verification.read(record), message.needed)
            if verdict := before.heard.get(inbound.event_id):  # this turn was begun before
                return self._as_read(message, before, verdict, silent=silent)
            done = await self._understood(message, record, before, silent=silent)
            if done is None:
                break
            after, verdict = done
            if await self._saved(record, after.noted(inbound.event_id, verdict), message.claim):
                metrics.IDENTITY_STEPS.labels(inbound.address.channel, verdict).inc()
                if after.state == "sending":
                    self._wake()
                return self._as_read(message, after, verdict, silent=silent)
        else:  # it may hold a code: it must not go on as it is
            raise StoreUnavailable("a proof could not be written down: others kept changing it")
        return [inbound]

    def _with_need(self, now: Verification, needed: Turn | None) -> Verification:
        """What it was asked for may have come up since it was last looked at."""
        if needed is None or needed.id == now.needed_by:
            return now
        asked_at = needed.inbounds[-1].received_at.timestamp()
        return now.asked(asked_at, needed.id, needed.question) if asked_at > now.since else now

    async def _saved(self, record: Record, after: Verification, claim: Claim) -> bool:
        now = self._clock()
        due_at = None
        if after.state == "sending":
            due_at = now if after.sendings == 0 else record.due_at
        changed = verification.written(record, after, self._settings, now, due_at=due_at)
        return await self._store.save_records(changed, claim=claim)

    # ------------------------------------------------------------ what a message means

    async def _understood(
        self, message: _Message, record: Record, before: Verification, *, silent: bool
    ) -> tuple[Verification, Verdict] | None:
        """What it changes, and what is said; None for a message that is none of our business."""
        now, inbound = self._clock(), message.inbound
        codes = digits.find(inbound.text)
        if before.has_code(now) and codes:
            return await self._tried(record, before, codes)
        if silent:
            return None
        if inbound.notice == CONTACT:
            who = await self._known.vouched(inbound.sender)
            return (
                (before.left(now), "right")
                if who.level
                else (before.asked(now, before.needed_by, before.words), "stranger")
            )
        if spoken := self._spoken(before, inbound.text, codes, now):
            return spoken
        under_way = before.has_code(now) or before.had_code(now)
        found = addresses.find(inbound.text, self._settings.country_code)
        if under_way and words.is_again(inbound.text) and before.way:
            found = addresses.Found(before.way, before.address, "")
        if not found or not (under_way or before.waits(now, self._settings)):
            return None
        # When the code has ended, an address in the middle of something else is no wish for another.
        aside = before.had_code(now) and digits.says_more(found.rest)
        return None if aside else await self._requested(message, before, found)

    def _spoken(
        self, before: Verification, text: str, codes: digits.Codes | None, now: float
    ) -> tuple[Verification, Verdict] | None:
        """What needs no look at anything else: commands, and codes that are good no more."""
        if codes and codes.alone and (before.had_code(now) or before.gave_up(now)):
            return before.failed(now), "late"
        if codes and codes.alone and before.state == "confirmed" and now < before.until:
            return before, "known"
        going_on = before.has_code(now) or before.had_code(now) or before.waits(now, self._settings)
        if words.is_verify(text):
            proven = before.holds(now, self._settings)
            waiting = (before.needed_by, before.words) if going_on else ("", "")
            return (before, "known") if proven else (before.asked(now, *waiting), "asked")
        return (before.left(now), "left") if going_on and words.is_cancel(text) else None

    async def _requested(
        self, message: _Message, before: Verification, found: addresses.Found
    ) -> tuple[Verification, Verdict]:
        """A code is asked for. Nothing here knows whether the address is on file."""
        if message.inbound.sender.shared or not self._ways.has(found.way):
            return before, "no_way"
        sender = f"{message.inbound.address.channel}:{message.inbound.sender.id}"
        if not await limits.allowed(self._store, self._settings, sender, found.address):
            return before, "too_many"
        now = self._clock()
        until = now + self._settings.code_minutes * 60
        return before.requested(now, found.way, found.address, message.claim.turn.id, until), "sent"

    async def _tried(self, record: Record, before: Verification, codes: digits.Codes) -> tuple[Verification, Verdict]:
        """Codes were sent: each counts as a try."""
        now, after = self._clock(), before
        for code in codes.values:
            after = after.tried()
            try:
                checked = await self._checked(record, after, code)
            except SenderError as error:
                event(log, "a code could not be checked", level=logging.WARNING, error=error)
                return after, "failed"
            if checked == "right":
                return after.confirmed(now), "right"
            if checked == "ended" or after.tries >= self._settings.tries_max:
                return after.failed(now), "locked"
        return after, "wrong"

    async def _checked(self, record: Record, tried: Verification, code: str) -> Checked:
        """May raise SenderError."""
        if tried.way == "email" or self._ways.verifier is None or not code:
            return "right" if verification.is_right(self._key, record.id, tried, code) else "wrong"
        if not (tried.customer_id and tried.digest):
            await self._ways.verifier.probe()  # takes as long as a real one
            return "wrong"
        return await self._ways.verifier.check(tried.digest, code)

    # ------------------------------------------------------------ what goes on

    def _as_read(self, message: _Message, state: Verification, verdict: Verdict, *, silent: bool) -> list[Inbound]:
        """The message after it was understood: with what is said to it, without its code, and with what it asks
        besides. After the right code the request that waited for it comes again."""
        inbound = message.inbound
        codes = digits.find(inbound.text) if verdict in _WITH_A_CODE else None
        found = addresses.find(inbound.text, self._settings.country_code) if verdict == "sent" else None
        text = codes.masked if codes else inbound.text
        more = not codes.alone if codes else bool(found and digits.says_more(found.rest))
        if silent:
            return [replace(inbound, text=text)]
        answer = " ".join(self._say(name, state.words or text) for name in _SAID[verdict])
        said = replace(inbound, text=text, answer=answer, notice="")
        read = [said]
        if more:
            # What is asked keeps the message's own name: by it pages know which of theirs it is.
            said = replace(said, event_id=f"{inbound.event_id}#said", text=digits.MASK if codes else found.address)  # type: ignore[union-attr]
            read = [said, replace(inbound, text=text)]
        if verdict == "right" and message.needed and message.needed.id == state.needed_by:
            read[1:1] = [_again(inbound, message.needed)]
        return read


def _again(inbound: Inbound, needed: Turn) -> Inbound:
    """The request that waited, asked again by whoever has asked it."""
    asked = [one for one in needed.inbounds if not one.answer and one.sender.id == inbound.sender.id]
    return Inbound(
        event_id=f"{inbound.event_id}#again",
        address=inbound.address,
        sender=inbound.sender,
        text="\n\n".join(one.text for one in asked if one.text),
        received_at=inbound.received_at,
        attachments=tuple(file for one in asked for file in one.attachments),
        retry_of=needed.id,
    )
