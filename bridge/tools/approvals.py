"""What waits for a person's yes: asked for once, decided once, carried out once. The record is the truth; a card at the
desk is a view of it, and a button carries nothing but its id.

    pending -> approved -> executing -> done | failed | unknown
            -> denied
            -> expired

Each step is one compare-and-set. `executing` is written before the tool is called, under the claim of the turn that
does it: whoever finds it there knows that somebody was cut short, and does not do it again.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bridge import metrics
from bridge.brain.person import number
from bridge.errors import StoreUnavailable
from bridge.failpoints import reach
from bridge.logs import event
from bridge.ports import CHANGES_MAX, Approval, ApprovalCards, Claim, Colleague, Decision, Record, Store, ToolSession
from bridge.tools import audit, doubts, policy, results
from bridge.tools.approval_records import (
    INDEX,
    KIND,
    WAITING,
    Kept,
    index_body,
    read,
    read_index,
    record,
)
from bridge.tools.approval_words import Words
from bridge.tools.arguments import BadArguments, digest
from bridge.tools.audit import Decided
from bridge.tools.execution import UNCLEAR, Executor, Ran, insist, uninterrupted
from bridge.tools.journal import retried
from bridge.tools.tool import AnyTool, asked_for
from bridge.types import Conversation, Identity, Outcome, Reply, TurnId

log = logging.getLogger(__name__)

PENDING_MAX = 5
"""Requests of one conversation that wait at the same time."""
DUE_AT_ONCE = 100
RETELL_S = 60.0
"""After so long a conversation that has not heard of a decision is told again."""
TELL_S = 24 * 3600.0
"""For so long it is tried."""
CARRY_OUT_S = 3600.0
"""What was approved longer ago is not done any more."""

Verdict = Literal["approve", "deny"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking."""

    approval: Approval | None
    why_not: Literal["", "denied", "many", "nobody"] = ""
    """A person said no to the very same; too many wait already; nobody may approve."""


def no_cards(_: Approval) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Approvals in the store's records. Implements `bridge.ports.Approvals`."""

    store: Store
    executor: Executor
    find: Callable[[str], AnyTool | None]
    """A tool that is offered, by exactly its name."""
    words: Words
    cards: ApprovalCards = no_cards
    now: Callable[[], float] = time.time

    # ------------------------------------------------------------ asking

    async def ask(self, session: ToolSession, tool: AnyTool, args: Any, name: str) -> Asked:
        """Ask people for this exact action; who asks again for the same while it waits is given the same.
        May raise LeaseLost, StoreUnavailable."""
        if not self.executor.settings.approvers:
            return Asked(None, "nobody")
        conversation = session.conversation.id
        for _ in range(CHANGES_MAX):
            index = await self.store.load_record(INDEX, conversation)
            earlier = await self._earlier(read_index(index))
            if before := earlier.get(name):
                return Asked(before.approval, "denied" if before.approval.state == "denied" else "")
            if worded := _in_other_words(earlier.values(), session, tool, args):
                return Asked(worded)
            if sum(each.approval.state != "denied" for each in earlier.values()) >= PENDING_MAX:
                return Asked(None, "many")
            approval = self._new(session, tool, args, name)
            cards = self.cards(approval)
            if not cards:
                return Asked(None, "nobody")
            listed = {each.approval.digest: each.approval.id for each in earlier.values()} | {name: approval.id}
            listing = Record(
                kind=INDEX,
                id=conversation,
                body=index_body(listed),
                version=index.version if index else 0,
                open=False,
                forget_at=approval.expires_at + self.executor.settings.approval_s,
            )
            kept = record(Kept(approval=approval, fence=session.claim.fence), due_at=approval.expires_at)
            if await self.store.save_records(kept, listing, parcels=cards, claim=session.claim):
                metrics.APPROVALS.labels("pending").inc()
                return Asked(approval)
        raise StoreUnavailable("an approval could not be written down: others kept changing the same records")

    async def _earlier(self, listed: Mapping[str, str]) -> dict[str, Kept]:
        """Those that still wait, and those that were denied not long ago, by digest."""
        found: dict[str, Kept] = {}
        for name, id in listed.items():
            stored = await self._read(id)
            if stored is None:
                continue
            approval = stored[0].approval
            current = approval.state in ("pending", "denied") and self.now() < approval.expires_at
            if current or approval.state in ("approved", "executing"):
                found[name] = stored[0]
        return found

    def _new(self, session: ToolSession, tool: AnyTool, args: Any, name: str) -> Approval:
        id = self.words.new_id()
        turn = session.claim.turn
        now = self.now()
        return Approval(
            id=id,
            reference=number(TurnId(id)),
            conversation_id=session.conversation.id,
            turn_id=turn.id,
            address=turn.address,
            language=session.language,
            tool=tool.name,
            title=asked_for(tool, args, self.executor.settings),
            args=dict(tool.arguments.plain(args)),
            digest=name,
            customer_id=session.identity.customer_id,
            identity_level=session.identity.level,
            requesters=tuple(sorted({inbound.sender.id for inbound in turn.inbounds})),
            asked_at=now,
            expires_at=now + self.executor.settings.approval_s,
        )

    # ------------------------------------------------------------ deciding

    async def load(self, id: str) -> Approval | None:
        found = await self._read(id)
        return found[0].approval if found else None

    async def _read(self, id: str) -> tuple[Kept, Record] | None:
        stored = await self.store.load_record(KIND, id)
        kept = read(stored) if stored else None
        return (kept, stored) if kept and stored else None

    async def decide(self, id: str, by: Colleague, verdict: Verdict, args: Mapping[str, str] | None = None) -> Decision:
        for _ in range(CHANGES_MAX):
            found = await self._read(id)
            if found is None:
                return Decision(approval=None, counts=False, why_not="missing")
            kept, stored = found
            if why_not := self._why_not(kept.approval, by):
                return Decision(approval=kept.approval, counts=False, why_not=why_not)
            try:
                changed = self._decided(kept.approval, by, verdict, args)
            except BadArguments as error:
                return Decision(approval=kept.approval, counts=False, why_not="invalid", problems=error.problems)
            if await self._move(kept, stored, changed):
                return Decision(approval=changed, counts=True)
        raise StoreUnavailable("a decision could not be written down: others kept changing the same record")

    def _why_not(self, approval: Approval, by: Colleague) -> Literal["", "stranger", "requester", "decided", "expired"]:
        """Why somebody's click does not count."""
        if by.id not in self.executor.settings.approvers:
            return "stranger"
        if by.id in approval.requesters:
            return "requester"
        if approval.state == "expired" or (approval.state == "pending" and self.now() >= approval.expires_at):
            return "expired"
        return "" if approval.state == "pending" else "decided"

    def _decided(self, approval: Approval, by: Colleague, verdict: Verdict, args: Mapping[str, str] | None) -> Approval:
        """May raise BadArguments."""
        decided = replace(approval, decided_by=by, decided_at=self.now())
        if verdict == "deny":
            return replace(decided, state="denied")
        tool = self.find(approval.tool)
        if tool is None:
            raise BadArguments({"": "there is no such tool any more"})
        parsed = tool.arguments.parse(_filled_in(approval.args, args or {}))
        plain = dict(tool.arguments.plain(parsed))
        identity = _identity(approval)
        if policy.judge(tool, parsed, identity, self.executor.settings).verdict not in ("approval", "allowed"):
            raise BadArguments({"": "that is more than may ever be done"})
        return replace(
            decided,
            state="approved",
            title=asked_for(tool, parsed, self.executor.settings),
            args=plain,
            digest=digest(tool.name, plain, approval.customer_id),
            edited=plain != dict(approval.args),
        )

    async def _move(self, kept: Kept, stored: Record, changed: Approval, claim: Claim | None = None) -> bool:
        """From one state to the next, unless somebody else was faster. May raise LeaseLost, StoreUnavailable."""
        due_at = self.now() + RETELL_S
        saved = record(replace(kept, approval=changed), version=stored.version, due_at=due_at)
        if not await self.store.save_records(saved, claim=claim):
            return False
        metrics.APPROVALS.labels(changed.state).inc()
        await self._note(changed)
        return True

    async def _note(self, approval: Approval) -> None:
        """What was decided stands, also when the audit log cannot be written: then our own log has the entry."""
        decided = Decided(
            turn=approval.turn_id,
            tool=approval.tool,
            tier="high",
            level=approval.identity_level,
            verdict=approval.state,
            args=approval.digest,
            approval=approval.id,
            by=approval.decided_by.id if approval.decided_by else "",
        )
        try:
            await audit.write(self.store, [decided])
        except StoreUnavailable:
            event(log, "the audit log lacks an entry", level=logging.ERROR, entry=asdict(decided))

    # ------------------------------------------------------------ telling

    async def due(self) -> Sequence[Approval]:
        waiting: list[Approval] = []
        for stored in await self.store.due_records(KIND, limit=DUE_AT_ONCE):
            kept = read(stored)
            if kept is None:
                event(log, "an approval cannot be read", level=logging.ERROR)
                await self.store.save_records(replace(stored, due_at=None, open=False))
                continue
            approval = kept.approval
            if approval.state == "pending":
                if self.now() < approval.expires_at:
                    continue
                approval = replace(approval, state="expired")
                if await self._move(kept, stored, approval):
                    waiting.append(approval)
                continue
            since = approval.decided_at or approval.expires_at
            over = kept.told or self.now() - since > TELL_S
            again = record(kept, version=stored.version, due_at=None if over else self.now() + RETELL_S)
            if await self.store.save_records(again) and not over:
                waiting.append(approval)
        return waiting

    # ------------------------------------------------------------ carrying out

    async def carry_out(self, claim: Claim, id: str) -> Reply:
        for _ in range(CHANGES_MAX):
            found = await self._read(id)
            if found is None or found[0].approval.conversation_id != claim.turn.conversation_id:
                event(log, "a notice names no approval of its conversation", level=logging.ERROR)
                return _nothing()
            kept, stored = found
            if kept.approval.state == "pending" and self.now() < kept.approval.expires_at:
                return _nothing()
            if kept.approval.state in WAITING:
                await self._go_on(claim, kept, stored)
            elif kept.told or await self._tell(claim, kept, stored):
                return self.words.reply(claim.turn, kept.approval, kept, self.find(kept.approval.tool))
        raise StoreUnavailable("an approval could not be carried out: others kept changing its record")

    async def _go_on(self, claim: Claim, kept: Kept, stored: Record) -> None:
        """One step towards the end."""
        approval = kept.approval
        if approval.state == "executing":  # somebody was cut short, perhaps we ourselves
            return await self._end(claim, approval.id, UNCLEAR)
        if approval.state == "pending" or self.now() - approval.decided_at > CARRY_OUT_S:
            await self._move(kept, stored, replace(approval, state="expired"), claim)
        elif await self._move(kept, stored, replace(approval, state="executing"), claim):
            await uninterrupted(self._execute(claim, approval.id))
        return None

    async def _tell(self, claim: Claim, kept: Kept, stored: Record) -> bool:
        return await self.store.save_records(record(replace(kept, told=True), version=stored.version), claim=claim)

    async def _execute(self, claim: Claim, id: str) -> None:
        found = await self._read(id)
        if found is None or found[0].approval.state != "executing":
            return  # we were held up, and somebody else went on
        reach("tool.before")
        ran = await self._run(claim, found[0].approval)
        reach("tool.called")
        await insist(lambda: self._end(claim, id, ran))
        reach("tool.done")

    async def _run(self, claim: Claim, approval: Approval) -> Ran:
        """Do exactly what was approved, if it may still be done."""
        tool = self.find(approval.tool)
        if tool is None:
            return Ran(outcome="failed", told=results.UNKNOWN_TOOL)
        session = ToolSession(
            claim=claim,
            conversation=Conversation(id=approval.conversation_id),
            language=approval.language,
            identity=_identity(approval),
        )
        try:
            args = tool.arguments.parse(approval.args)
        except BadArguments:
            return Ran(outcome="failed", told=results.MALFORMED)
        exact = digest(tool.name, tool.arguments.plain(args), approval.customer_id) == approval.digest
        judgement = policy.judge(tool, args, session.identity, self.executor.settings)
        if not exact or judgement.verdict not in ("approval", "allowed"):
            return Ran(outcome="failed", told=results.NEVER)
        checked = await self.executor.check(tool, args, session)
        if isinstance(checked, Ran):
            return checked
        return await self.executor.run(tool, args, session, key=approval.id)

    async def _end(self, claim: Claim, id: str, ran: Ran) -> None:
        """Write down how it ended, if nobody has. May raise LeaseLost, StoreUnavailable."""
        found = await self._read(id)
        if found is None or found[0].approval.state != "executing":
            return
        kept, stored = found
        if ran.outcome == "unknown":
            approval = kept.approval
            whom = doubts.named(approval.customer_id, approval.conversation_id)
            await doubts.keep(self.store, claim, approval.tool, whom, approval.digest, self.now)
        ended = replace(kept, told_data=results.fitted(ran.told), line=ran.digest, does=ran.does)
        await self._move(ended, stored, replace(kept.approval, state=ran.outcome), claim)


def _identity(approval: Approval) -> Identity:
    level: Literal[0, 1, 2] = 2 if approval.identity_level >= 2 else 1 if approval.identity_level == 1 else 0
    return Identity(level=level, customer_id=approval.customer_id)


def _nothing() -> Reply:
    return Reply(text="", outcome=Outcome.RELAYED)


def _in_other_words(earlier: Iterable[Kept], session: ToolSession, tool: AnyTool, args: Any) -> Approval | None:
    """What was asked for by an attempt of this turn that was cut short, or for the answer that it makes anew: a model
    that is asked again words it otherwise."""
    claim, wanted = session.claim, tool.arguments.plain(args)
    turns = {claim.turn.id, *retried(claim.turn, session.conversation.turns)}
    for kept in earlier:
        approval = kept.approval
        ours = approval.turn_id in turns and kept.fence < claim.fence and approval.tool == tool.name
        if ours and approval.state != "denied" and _but_for_words(approval.args) == _but_for_words(wanted):
            return approval
    return None


def _but_for_words(args: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is free text."""
    return {name: value for name, value in args.items() if not (isinstance(value, str) and " " in value.strip())}


def _filled_in(args: Mapping[str, Any], filled: Mapping[str, str]) -> dict[str, Any]:
    """The arguments with what somebody wrote into a form: text as it is, anything else as JSON.
    May raise BadArguments."""
    if unknown := filled.keys() - args.keys():
        raise BadArguments(dict.fromkeys(sorted(unknown), "there is no such argument"))
    return {**args, **{name: _value(args[name], text) for name, text in filled.items()}}


def _value(before: Any, text: str) -> Any:
    if isinstance(before, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
