"""Answers a turn: searches the knowledge base, chooses the way that the question goes, then climbs the cascade."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bridge.brain import prompt
from bridge.brain.cascade import QUOTING, Question, Rung, billed, climb
from bridge.brain.context import TIERS, History, history, key
from bridge.brain.escalating.escalation import UNRESOLVED, Calling, Escalation
from bridge.brain.following import Sought, first_query, seek
from bridge.brain.knowledge.context_sizes import context
from bridge.brain.knowledge.settings import Settings as KnowledgeSettings
from bridge.brain.phrases import Voice, language_of
from bridge.brain.route import SMALL_TALK, Category, ContextSize, Route
from bridge.brain.routing.rules import has_order_number
from bridge.brain.settings import PromptSettings
from bridge.brain.work import Unfinished
from bridge.errors import StoreUnavailable
from bridge.ports import Claim, Emit, Identities, Retriever, Spender, Tools, ToolSession
from bridge.types import (
    Action,
    Conversation,
    File,
    Identity,
    Outcome,
    Passage,
    Progress,
    Reply,
    TextDelta,
    Trace,
    Turn,
    TurnId,
    Unread,
)

ORDER_NUMBER = "order_number"
"""The reason of a route: a message that is an order's number and nothing else."""
FOLLOW_UP_PASSAGES = 3
"""New ones that go along with a question that leans on one before it."""
LANGUAGE_TURNS = 4
"""So many questions before it tell the language of one that is too short to tell."""
SUMMARY_WAIT_S = 1.0
"""How long a finished answer waits for the summary that was written beside it; without one the next turn tries."""


class Routing(Protocol):
    """Chooses the way of a question."""

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route: ...

    def settled(self, route: Route, *, found: bool) -> Route:
        """The route once it is known whether the knowledge base has something."""


class Spending(Protocol):
    """Knows what may still be spent."""

    async def ceiling(self, spender: Spender | None) -> str:
        """The most able tier that may be asked; "" for none."""


class Person(Rung, Calling, Protocol):
    """People at the end of the cascade, or beside it."""


class Summarising(Protocol):
    """Writes down what was said."""

    async def summarise(self, told: History, spender: Spender) -> str:
        """A summary of `told.to_summarise` and of the summary before it; "" when there is none to be had."""


class Keeping(Protocol):
    """Remembers answers that somebody else may be given again."""

    async def keep(self, question: Question, reply: Reply) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    """Implements the Brain port. `rungs` are tried in order; a `person` is the last of them and always there."""

    retriever: Retriever
    rungs: Sequence[Rung]
    person: Person | None = None
    voice: Voice
    prompt: PromptSettings
    knowledge: KnowledgeSettings
    version: Callable[[], str] = str
    """The version of the system prompt as it is now."""
    tier: str
    """The tier that is asked where nothing else is said."""
    routing: Routing | None = None
    spending: Spending | None = None
    summarising: Summarising | None = None
    keeping: Keeping | None = None
    escalation: Escalation | None = None
    """When people are called although nobody asked for them; only with a `person`."""
    tools: Tools | None = None
    identities: Identities | None = None
    first_text_s: float = 15.0
    """Seconds until nobody waits for a model's first word any more ..."""
    files_s: float = 0.0
    """... and so many more when files came along."""
    unfinished: Unfinished = field(default_factory=Unfinished)

    async def answer(
        self,
        turn: Turn,
        conversation: Conversation,
        emit: Emit,
        files: Sequence[File | Unread] = (),
        *,
        claim: Claim | None = None,
    ) -> Reply:
        """Emit what is being done and said, and return the final reply. `files` came with the question; under `claim`
        tools act. Expected failures never leave. May raise LeaseLost."""
        earlier = prompt.standing(conversation.turns, turn)
        language = self._language(turn, earlier)
        if prompt.too_long(turn, self.prompt):
            return self._phrase(language, "too_long", emit)
        if prompt.wordless(turn) and not files:
            return self._phrase(language, "text_only", emit)
        emit(Progress(self.voice.say(language, "looking_up")))
        question = await self._question(turn, conversation, earlier, language, files)
        if self.tools and claim:
            session = await self._session(claim, conversation, question)
            question = replace(question, session=session, work=self.unfinished.take(turn.id))
        if question.route.reason in SMALL_TALK and not files and not question.work.rounds:
            return self._phrase(language, question.route.reason, emit, outcome=Outcome.ANSWERED)
        summing = asyncio.create_task(self._summary(question))
        try:
            reply = await self._answered(question, emit)
            if not reply.ticket:  # its number is on the screen: it has to be written down
                await asyncio.wait([summing], timeout=SUMMARY_WAIT_S)
            summary = summing.result() if summing.done() else ""
        except asyncio.CancelledError:
            self.unfinished.keep(turn.id, question.work)
            raise
        finally:
            summing.cancel()
            await asyncio.wait([summing])
        if self.keeping:
            await self.keeping.keep(question, reply)
        trace = replace(reply.trace, subject=question.subject, context=reply.trace.context or question.context)
        reply = replace(reply, trace=replace(trace, prompt_version=trace.prompt_version or self.version()))
        if not summary:
            return reply
        # What it cost may have come after the answer was counted up.
        return billed(replace(reply, trace=replace(reply.trace, summary=summary)), question.spender)

    def acted(self, turn_id: TurnId) -> Sequence[Action]:
        """What was called for an answer that was cut off and is wanted no more; told once."""
        return self.unfinished.take(turn_id).actions

    async def _answered(self, question: Question, emit: Emit) -> Reply:
        """The answer of the first rung that has one, and people beside it where there is a reason."""
        if self.person is None or self.escalation is None:
            return await climb(self._rungs(question), question, self.voice, emit, self.person)
        exchanges = await self.escalation.exchanges(question)
        if self.escalation.at_once(exchanges):
            return await climb((), replace(question, escalation=UNRESOLVED), self.voice, emit, self.person)
        reply = await climb(self._rungs(question), question, self.voice, emit, self.person)
        return self.escalation.beside(question, reply, exchanges, self.person, emit)

    async def _session(self, claim: Claim, conversation: Conversation, question: Question) -> ToolSession:
        """For whom tools act. Who cannot be looked up now is not known."""
        try:
            identity = await self.identities.of(question.turn) if self.identities else Identity()
        except StoreUnavailable:
            identity = Identity()
        return ToolSession(claim=claim, conversation=conversation, language=question.language, identity=identity)

    def _rungs(self, question: Question) -> Sequence[Rung]:
        """Where a mistake would hurt somebody, and where an order has to be looked up, pages that happen to fit are no
        answer: then a person is."""
        about_order = question.session is not None and has_order_number(question.turn.question)
        looked_up = about_order or (question.session is not None and question.route.reason == ORDER_NUMBER)
        if self.person is None or not (looked_up or question.route.category is Category.SENSITIVE_MATTER):
            return self.rungs
        return [rung for rung in self.rungs if rung.name not in QUOTING]

    async def _question(
        self,
        turn: Turn,
        conversation: Conversation,
        earlier: Sequence[Turn],
        language: str,
        files: Sequence[File | Unread],
    ) -> Question:
        waits_until = asyncio.get_running_loop().time() + self.first_text_s + (self.files_s if files else 0.0)
        spender = Spender(turn.id, turn.conversation_id, f"{turn.address.channel}:{turn.inbounds[-1].sender.id}")
        sought, route = await self._sought(turn, earlier, language, spender)
        ceiling = await self._ceiling(spender)
        told = history(
            earlier,
            now=turn.inbounds[-1].received_at,
            tier=min(route.tier, ceiling, key=TIERS.index),
            version=self.version(),
            settings=self.prompt,
            current=self.retriever.current,
            asker=prompt.asker(turn),
        )
        passages, size = await self._along(sought, route, told, earlier)
        return Question(
            turn=turn,
            conversation=conversation,
            query=sought.query,
            passages=passages,
            context=size,
            subject=sought.subject or "",
            language=language,
            route=route,
            # A higher tier that this conversation has reached stays, but none that is too dear now.
            tier=min(max(route.tier, told.tier, key=TIERS.index), ceiling, key=TIERS.index),
            history=told,
            spender=spender,
            first_text_by=waits_until,
            files=tuple(file for file in files if isinstance(file, File)),
            unread=tuple(file for file in files if isinstance(file, Unread)),
        )

    async def _sought(
        self, turn: Turn, earlier: Sequence[Turn], language: str, spender: Spender
    ) -> tuple[Sought, Route]:
        """What is found for the question, and the way that it goes."""
        if earlier:  # what it leans on is known only when something was searched for
            sought = await seek(turn, earlier, language, self._focused)
            route = await self._route(turn, earlier, sought.query, spender, sought.subject)
        else:
            async with asyncio.TaskGroup() as group:
                routing = group.create_task(self._route(turn, earlier, first_query(turn), spender))
                searching = group.create_task(seek(turn, earlier, language, self._focused))
            sought, route = searching.result(), routing.result()
        return sought, self.routing.settled(route, found=bool(sought.passages)) if self.routing else route

    async def _along(
        self, sought: Sought, route: Route, told: History, earlier: Sequence[Turn]
    ) -> tuple[tuple[Passage, ...], ContextSize]:
        """The passages that go along with the question, and the size of that."""
        if sought.subject and told.sent:
            # The model still has what was found for what the question leans on.
            new = [passage for passage in sought.passages if key(passage) not in told.sent][:FOLLOW_UP_PASSAGES]
            kept = [passage for passage in sought.passages if key(passage) in told.sent or passage in new]
            return tuple(kept), "focused"
        if route.context == "focused" or _has_context(earlier, told, route):
            return sought.passages[: self.knowledge.passages_max], "focused"
        return await context(self.retriever, sought.query, route.context, self.knowledge), route.context

    async def _focused(self, query: str) -> tuple[Passage, ...]:
        return await context(self.retriever, query, "focused", self.knowledge)

    async def _route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, subject: str | None = None
    ) -> Route:
        if self.routing is None:
            return Route(tier=self.tier)
        return await self.routing.route(turn, earlier, query, spender, subject=subject)

    async def _ceiling(self, spender: Spender) -> str:
        """The most able tier that may be asked."""
        return TIERS[-1] if self.spending is None else await self.spending.ceiling(spender)

    async def _summary(self, question: Question) -> str:
        if self.summarising is None or not question.history.to_summarise:
            return ""
        return await self.summarising.summarise(question.history, question.spender)

    def _phrase(self, language: str, name: str, emit: Emit, *, outcome: Outcome = Outcome.UNKNOWN) -> Reply:
        text = self.voice.say(language, name)
        emit(TextDelta(text))
        return Reply(text=text, outcome=outcome, rung="phrase", trace=Trace(prompt_version=self.version()))

    def _language(self, turn: Turn, earlier: Sequence[Turn]) -> str:
        """A question too short to tell ("ok?") is in the language of those before, or of those who talk there."""
        before = [past.question for past in earlier[-LANGUAGE_TURNS:]] or [prompt.around(turn)]
        language = self.voice.language(before[0])
        for text in (*before[1:], turn.question):
            language = language_of(text, language)
        return language


def _has_context(earlier: Sequence[Turn], told: History, route: Route) -> bool:
    """The model still has what an earlier question of this kind brought in this epoch."""
    traces = [turn.reply.trace for turn in earlier if turn.reply]
    return any(trace.epoch == told.epoch and trace.context == route.context and trace.sent for trace in traces)
