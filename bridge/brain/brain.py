"""Answers a turn: searches the knowledge base, chooses the way that the question goes, then climbs the cascade."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bridge.brain import prompt
from bridge.brain.cascade import Question, Rung, climb
from bridge.brain.context import TIERS, History, history
from bridge.brain.knowledge.context_sizes import context
from bridge.brain.knowledge.settings import Settings as KnowledgeSettings
from bridge.brain.leaning import may_lean
from bridge.brain.phrases import Voice, language_of
from bridge.brain.route import SMALL_TALK, Route
from bridge.brain.settings import PromptSettings
from bridge.ports import Emit, Retriever, Spender
from bridge.types import Conversation, File, Outcome, Passage, Progress, Reply, TextDelta, Turn, Unread

QUERY_CHARS_MAX = 2_000
"""Of a question, so much is searched for and compared with passages; a model reads more of it."""
FOLLOW_UP_PASSAGES = 3
"""New ones that go along with a question that leans on one before it."""
SUMMARY_WAIT_S = 1.0
"""How long a finished answer waits for the summary that was written beside it; without one the next turn tries."""


class Routing(Protocol):
    """Chooses the way of a question."""

    async def route(self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender) -> Route: ...

    def settled(self, route: Route, *, found: bool) -> Route:
        """The route once it is known whether the knowledge base has something."""


class Spending(Protocol):
    """Knows what may still be spent."""

    async def ceiling(self, spender: Spender | None) -> str:
        """The most able tier that may be asked; "" for none."""


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
    person: Rung | None = None
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
    first_text_s: float = 15.0
    """Seconds until nobody waits for a model's first word any more ..."""
    files_s: float = 0.0
    """... and so many more when files came along."""

    async def answer(
        self, turn: Turn, conversation: Conversation, emit: Emit, files: Sequence[File | Unread] = ()
    ) -> Reply:
        """Emit what is being done and said, and return the final reply. `files` came with the question. Expected
        failures never leave."""
        earlier = prompt.standing(conversation.turns, turn)
        language = self._language(turn, earlier)
        if prompt.too_long(turn, self.prompt):
            return self._phrase(language, "too_long", emit)
        if prompt.wordless(turn) and not files:
            return self._phrase(language, "text_only", emit)
        emit(Progress(self.voice.say(language, "looking_up")))
        question = await self._question(turn, conversation, earlier, language, files)
        if question.route.reason in SMALL_TALK and not files:
            return self._phrase(language, question.route.reason, emit, outcome=Outcome.ANSWERED)
        async with asyncio.TaskGroup() as group:
            summing = group.create_task(self._summary(question))
            reply = await climb(self.rungs, question, self.voice, emit, self.person)
            await asyncio.wait([summing], timeout=SUMMARY_WAIT_S)
            summary = summing.result() if summing.done() else ""
            summing.cancel()
        if self.keeping:
            await self.keeping.keep(question, reply)
        return _with_summary(reply, summary, question.spender) if summary else reply

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
        query, found = await self._query(turn, earlier, language)
        async with asyncio.TaskGroup() as group:
            routing = group.create_task(self._route(turn, earlier, query, spender))
            searching = group.create_task(self._focused(query)) if found is None else None
        route, passages = routing.result(), searching.result() if searching else found or ()
        if self.routing:
            route = self.routing.settled(route, found=bool(passages))
        told = history(
            earlier,
            now=turn.inbounds[-1].received_at,
            tier=route.tier,
            version=self.version(),
            settings=self.prompt,
            current=self.retriever.current,
        )
        if told.sent and prompt.leaning(turn.question, query):
            # The model still has what was found for the question that this one leans on.
            passages = passages[:FOLLOW_UP_PASSAGES]
        elif route.context != "focused" and not _has_context(earlier, told, route):
            passages = await context(self.retriever, query, route.context, self.knowledge)
        return Question(
            turn=turn,
            conversation=conversation,
            query=query,
            passages=passages,
            language=language,
            route=route,
            tier=await self._tier(route, told, spender),
            history=told,
            spender=spender,
            first_text_by=waits_until,
            files=tuple(file for file in files if isinstance(file, File)),
            unread=tuple(file for file in files if isinstance(file, Unread)),
        )

    async def _query(
        self, turn: Turn, earlier: Sequence[Turn], language: str
    ) -> tuple[str, tuple[Passage, ...] | None]:
        """What to search for, and what was found when that had to be known: a few words for which nothing is found
        ("do I have to decide now?") are about what was asked before."""
        asked, around = turn.question, prompt.around(turn)
        query = prompt.search_query(asked, earlier, language=language, chars_max=QUERY_CHARS_MAX, before=around)
        if not earlier or not may_lean(asked) or prompt.leaning(asked, query):
            return query, None
        if found := await self._focused(query):
            return query, found
        return prompt.with_subject(asked, earlier, language=language, chars_max=QUERY_CHARS_MAX), None

    async def _focused(self, query: str) -> tuple[Passage, ...]:
        return await context(self.retriever, query, "focused", self.knowledge)

    async def _route(self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender) -> Route:
        if self.routing is None:
            return Route(tier=self.tier)
        return await self.routing.route(turn, earlier, query, spender)

    async def _tier(self, route: Route, told: History, spender: Spender) -> str:
        """The route's, or a higher one that this conversation has reached, but none that is too dear now."""
        wanted = max(route.tier, told.tier, key=TIERS.index)
        if self.spending is None:
            return wanted
        return min(wanted, await self.spending.ceiling(spender), key=TIERS.index)

    async def _summary(self, question: Question) -> str:
        if self.summarising is None or not question.history.to_summarise:
            return ""
        return await self.summarising.summarise(question.history, question.spender)

    def _phrase(self, language: str, name: str, emit: Emit, *, outcome: Outcome = Outcome.UNKNOWN) -> Reply:
        text = self.voice.say(language, name)
        emit(TextDelta(text))
        return Reply(text=text, outcome=outcome, rung="phrase")

    def _language(self, turn: Turn, earlier: Sequence[Turn]) -> str:
        """A question too short to tell ("ok?") is in the language of the one before, or of those who talk there."""
        before = earlier[-1].question if earlier else prompt.around(turn)
        return language_of(turn.question, self.voice.language(before))


def _has_context(earlier: Sequence[Turn], told: History, route: Route) -> bool:
    """A question of this category brought its larger context in this epoch, and the model still has that."""
    traces = [turn.reply.trace for turn in earlier if turn.reply]
    mine = [trace for trace in traces if trace.epoch == told.epoch and trace.category == route.category.value]
    return any(trace.sent for trace in mine)


def _with_summary(reply: Reply, summary: str, spender: Spender) -> Reply:
    """And with what that cost: it may have come after the answer was counted up."""
    bill = spender.bill
    usage = bill.usage if bill.nano else reply.usage
    return replace(reply, usage=usage, trace=replace(reply.trace, summary=summary, cost_nano=bill.nano))
