"""Decides about every call a model makes, and has done what is allowed. Everything else is denied.

A call goes through: is there such a tool; are its arguments what it takes; is the customer known well enough; must a
person approve it. Only then does a tool run: reads side by side, writes one after the other, each of them once.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge import metrics
from bridge.ports import Store, ToolCall, ToolResult, ToolSession, ToolSpec
from bridge.tools import audit, doubts, policy, results
from bridge.tools.approvals import Approvals
from bridge.tools.arguments import BadArguments, digest
from bridge.tools.audit import Decided
from bridge.tools.catalogue import Catalogue
from bridge.tools.execution import UNCLEAR, Executor, Ran, insist, uninterrupted
from bridge.tools.gate import UNKNOWN
from bridge.tools.given import Given
from bridge.tools.journal import Journal
from bridge.tools.policy import CALLS_MAX, SAME_MAX
from bridge.tools.tool import AnyTool, Tier
from bridge.types import ConversationId

PROBLEMS_CHARS_MAX = 1_000

Say = Callable[[str, str], str]
"""A fixed sentence by language and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A call that may be made."""

    call: ToolCall
    tool: AnyTool
    args: Any
    digest: str
    tier: Tier


async def _nobody(_: ConversationId) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The only way to a tool."""

    catalogue: Catalogue
    executor: Executor
    approvals: Approvals
    store: Store
    say: Say
    taken_over: Callable[[ConversationId], Awaitable[bool]] = _nobody
    """Whether people have the conversation. May raise StoreUnavailable."""
    journal: Journal
    # ------------------------------------------------------------ what there is

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return self.catalogue.specs

    def label(self, call: ToolCall, language: str) -> str:
        tool = self.catalogue.find(call.name)
        if tool is None or not tool.label or call.args is None:
            return ""
        try:
            about = tool.about(tool.arguments.parse(call.args))
        except BadArguments:
            return ""
        return " ".join(words for words in (self.say(language, tool.label), about) if words)

    # ------------------------------------------------------------ calls

    async def run(self, calls: Sequence[ToolCall], session: ToolSession) -> Sequence[ToolResult]:
        self.journal.begin(session)
        if await self.taken_over(session.conversation.id):
            await self._note([self._decided(session, verdict="taken_over") for _ in calls], session)
            return [self._refused(call, results.TAKEN_OVER) for call in calls]
        judged = [self._judge(call, session) for call in calls]
        await self._note([decided for _, decided in judged], session)
        answers: dict[int, ToolResult] = {}
        for writes, group in itertools.groupby(enumerate(judged), key=lambda each: _writes(each[1][0])):
            if not writes:
                answers |= await self._side_by_side([(at, way) for at, (way, _) in group], session)
                continue
            for place, (at, (way, _)) in enumerate(group):
                if any(answer.ends == "person" for answer in answers.values()):
                    answers[at] = self._refused(calls[at], results.NOT_RUN)
                elif place and await self.taken_over(session.conversation.id):
                    await self._note([self._decided(session, verdict="taken_over")], session)
                    answers[at] = self._refused(calls[at], results.TAKEN_OVER)
                else:
                    answers[at] = await self._do(way, session)
        return [answers[at] for at in range(len(calls))]

    async def _side_by_side(
        self, ways: Sequence[tuple[int, Allowed | ToolResult]], session: ToolSession
    ) -> dict[int, ToolResult]:
        tasks = {at: asyncio.ensure_future(self._do(way, session)) for at, way in ways}
        try:
            await asyncio.gather(*tasks.values())
        except BaseException:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            raise
        return {at: task.result() for at, task in tasks.items()}

    async def _do(self, way: Allowed | ToolResult, session: ToolSession) -> ToolResult:
        match way:
            case ToolResult():
                return way
            case Allowed(tier=Tier.READ):
                return self._told(way, await self.executor.run(way.tool, way.args, session))
        return await uninterrupted(self._write(way, session), lambda result: self._unheard(result, session))

    async def _write(self, way: Allowed, session: ToolSession) -> ToolResult:
        if before := self.journal.ended(session, way.tool, way.digest):
            return self._told(way, before)
        whom = doubts.whom(session)
        if await doubts.holds(self.store, way.tool.name, whom, way.digest):
            await self._note([self._decided(session, way.tool, way.tier, "unknown_before", way.digest)], session)
            return self._told(way, UNCLEAR)
        checked = await self.executor.check(way.tool, way.args, session)
        if isinstance(checked, Ran):
            return self._told(way, checked)
        if Tier.HIGH in (way.tier, checked) or not await self._small(way, session, whom):
            return await self._ask(replace(way, tier=Tier.HIGH), session)
        ran = await self.journal.once(session, way.tool, way.digest, lambda: self._run(way, session, whom))
        if way.tool.gives and ran.outcome == "failed":
            await Given(self.store, way.tool.name, whom).take_back(session.claim, _key(way, session))
        await self._note([self._decided(session, way.tool, way.tier, ran.outcome, way.digest)], session)
        return self._told(way, ran)

    async def _small(self, way: Allowed, session: ToolSession, whom: str) -> bool:
        """Whether what it gives away takes no person, also with what was given before."""
        if way.tool.gives is None:
            return True
        most = way.tool.gives_most(self.executor.settings)
        given = Given(self.store, way.tool.name, whom)
        return await given.add(session.claim, _key(way, session), way.tool.gives(way.args), most)

    async def _run(self, way: Allowed, session: ToolSession, whom: str) -> Ran:
        ran = await self.executor.run(way.tool, way.args, session, _key(way, session))
        if ran.outcome == "unknown":
            # Before the journal says so: where this is cut short, whoever finds the intent remembers it.
            await insist(lambda: doubts.keep(self.store, session.claim, way.tool.name, whom, way.digest))
        return ran

    async def _unheard(self, result: ToolResult, session: ToolSession) -> None:
        """Nobody waits for the result any more: a person has to hear of it when nobody knows it."""
        tickets, action = self.executor.tickets, result.action
        if tickets and action and action.outcome == "unknown":
            turn = session.claim.turn.id
            await insist(
                lambda: tickets.open(session, reason=UNKNOWN, subject=action.tool, text=action.digest, key=turn)
            )

    async def _ask(self, way: Allowed, session: ToolSession) -> ToolResult:
        """Ask people; what could not be done anyway is not asked for."""
        name = way.tool.name
        found = await self.approvals.ask(session, way.tool, way.args, way.digest)
        reference = found.approval.reference if found.approval else ""
        told, kind, ends, line = {
            "": (results.pending(reference), "approval", "approval", f"waits for a person's approval, {reference}"),
            "denied": (results.denied_before(reference), "denied", "", "was denied by a person"),
            "many": (results.TOO_MANY_WAIT, "denied", "person", "was not asked for: too much waits for approval"),
            "nobody": (results.NO_APPROVER, "denied", "person", "needs a person"),
        }[found.why_not]
        metrics.TOOL_CALLS.labels(name, kind).inc()
        approval = found.approval.id if found.approval else ""
        verdict = f"asked_{found.why_not or 'people'}"
        await self._note([self._decided(session, way.tool, way.tier, verdict, way.digest, approval)], session)
        kept = results.action(way.tool, kind, f"{name} {line}")
        answer = results.result(way.call, told, kept, failed=kind != "approval", ends=ends)
        return replace(answer, reference=reference if kind == "approval" else "")

    # ------------------------------------------------------------ the decision

    def _judge(self, call: ToolCall, session: ToolSession) -> tuple[Allowed | ToolResult, Decided]:
        """What is to become of a call. Changes nothing but the session's count."""
        session.made.append(call)
        tool = self.catalogue.find(call.name)
        if tool is None:
            verdict = "restricted" if call.name in policy.RESTRICTED else "no_such_tool"
            return self._refused(call, results.UNKNOWN_TOOL), self._decided(session, verdict=verdict)
        try:
            args = _readable(call, tool, session)
            judgement = policy.judge(tool, args, session.identity, self.executor.settings)
            if judgement.verdict == "restricted":
                raise _Denied("restricted", results.NEVER)
        except _Denied as denied:
            metrics.TOOL_CALLS.labels(tool.name, "denied").inc()
            kept = results.action(tool, "denied", f"{tool.name} was not allowed")
            refusal = results.result(call, denied.told, kept, failed=True)
            return refusal, self._decided(session, tool, tool.tier, denied.verdict)
        name = digest(tool.name, tool.arguments.plain(args), session.identity.customer_id)
        decided = self._decided(session, tool, judgement.tier, judgement.verdict, name)
        if judgement.verdict == "identity":
            metrics.TOOL_CALLS.labels(tool.name, "identity").inc()
            told = results.identity_needed(judgement.level)
            kept = results.action(tool, "identity", f"{tool.name} needs to know who asks")
            return results.result(call, told, kept, failed=True, ends="identity"), decided
        way = Allowed(call=call, tool=tool, args=args, digest=name, tier=judgement.tier)
        return way, decided

    def _refused(self, call: ToolCall, told: str) -> ToolResult:
        """A call of which not even the name is believed."""
        metrics.TOOL_CALLS.labels("", "denied").inc()
        return results.result(call, told, results.action(None, "denied"), failed=True)

    def _told(self, way: Allowed, ran: Ran) -> ToolResult:
        metrics.TOOL_CALLS.labels(way.tool.name, ran.outcome).inc()
        line = ran.digest or f"{way.tool.name}: {ran.outcome}"
        return ToolResult(
            call_id=way.call.id,
            text=results.fitted(ran.told),
            failed=ran.outcome != "done",
            passages=ran.passages,
            action=results.action(way.tool, ran.outcome, line, ran.does),
            ends=ran.ends,
        )

    def _decided(
        self,
        session: ToolSession,
        tool: AnyTool | None = None,
        tier: Tier | None = None,
        verdict: str = "",
        args: str = "",
        approval: str = "",
    ) -> Decided:
        return Decided(
            turn=session.claim.turn.id,
            tool=tool.name if tool else "",
            tier=tier.value if tier else "",
            level=session.identity.level,
            verdict=verdict,
            args=args,
            approval=approval,
        )

    async def _note(self, decided: Sequence[Decided], session: ToolSession) -> None:
        await audit.write(self.store, decided, session.claim)


class _Denied(Exception):
    """A call that is not made."""

    def __init__(self, verdict: str, told: str) -> None:
        super().__init__(verdict)
        self.verdict = verdict
        self.told = told


def _readable(call: ToolCall, tool: AnyTool, session: ToolSession) -> Any:
    """The arguments of a call that may be looked at. Raises _Denied."""
    if len(session.made) > CALLS_MAX:
        raise _Denied("too_many", results.TOO_MANY)
    if call.args is None:
        raise _Denied("malformed", results.MALFORMED)
    try:
        args = tool.arguments.parse(call.args)
    except BadArguments as error:
        raise _Denied("malformed", f"The arguments are not right: {error}"[:PROBLEMS_CHARS_MAX]) from None
    if _same(call, tool, args, session.made) > SAME_MAX:
        raise _Denied("repeated", results.REPEATED)
    return args


def _key(way: Allowed, session: ToolSession) -> str:
    """The same for the same write of a turn, whoever makes it again."""
    return f"{session.claim.turn.id}:{way.digest}"


def _writes(way: Allowed | ToolResult) -> bool:
    return isinstance(way, Allowed) and way.tier is not Tier.READ


def _same(call: ToolCall, tool: AnyTool, args: Any, made: Sequence[ToolCall]) -> int:
    """How often this very call was made, this time included: as the tool reads it, however it was written."""
    return sum(_is(tool, args, earlier) for earlier in made if earlier.name == call.name)


def _is(tool: AnyTool, args: Any, earlier: ToolCall) -> bool:
    try:
        return earlier.args is not None and bool(tool.arguments.parse(earlier.args) == args)
    except BadArguments:
        return False
