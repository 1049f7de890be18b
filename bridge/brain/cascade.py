"""Tries one way to answer after the other until one answers. Knows rungs, not what they are made of.

Retries, the choice of a tier, breakers and budgets belong between `climb` and a rung: each is a rung around a rung.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from bridge import metrics
from bridge.brain.context import History
from bridge.brain.phrases import Voice
from bridge.brain.quotes import Quotable
from bridge.brain.route import ASKED_FOR_PERSON, ContextSize, Route
from bridge.brain.work import Work
from bridge.errors import LeaseLost, ModelError, ModelRefused
from bridge.logs import event
from bridge.ports import Emit, Spender, ToolSession
from bridge.types import (
    Conversation,
    File,
    Outcome,
    Passage,
    Reply,
    ReplyEvent,
    TextDelta,
    TextReset,
    Turn,
    Unread,
)

_log = logging.getLogger(__name__)

NO_HURRY = float("inf")
"""As the time until which a first word is waited for: somebody has begun to read, and the whole is waited for."""
MODEL_REFUSED = "model_refused"
UNANSWERED = "unanswered"
ASKED_BY_MODEL = "model"
UNKNOWN_WRITE = "unknown_write"
"""Reasons of an escalation: the model declined to answer; nothing and nobody could; the model asked for a person;
nobody knows whether something was done."""
QUOTING = frozenset({"cache", "faq", "extractive"})
"""Rungs that say what was written for somebody else."""
AHEAD_S = 1.0
"""When there is no text after so long, what the lower rungs need is worked out while a model is still asked. A healthy
model has mostly begun by then: at once, it would cost every turn up to 60 ms of CPU that nobody needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the rungs have to answer, and from what."""

    turn: Turn
    conversation: Conversation
    query: str
    """What was searched for: the question, with the one before it when it leans on that."""
    passages: tuple[Passage, ...]
    """Best first; empty when the knowledge base has nothing."""
    context: ContextSize = "focused"
    """The size of that."""
    subject: str = ""
    """The id of the earlier turn that the question leans on; "" when it stands by itself."""
    language: str
    """The language to answer in."""
    route: Route = field(default_factory=Route)
    tier: str = "sonnet"
    """The tier to ask: the route's, or a higher one that this conversation has reached, or a lower one that is left."""
    history: History = field(default_factory=History)
    """What was said before, as a model is told it."""
    spender: Spender
    first_text_by: float | None = None
    """The event loop's time after which nobody waits for the first word any more."""
    asked_at: float | None = None
    """The event loop's time when the first rung was asked: the whole answer is waited for from then on."""
    files: tuple[File, ...] = ()
    unread: tuple[Unread, ...] = ()
    """What came along and could not be read. With what a rung itself cannot read, it says so below its answer, or
    alone when there is nothing else to answer."""
    session: ToolSession | None = None
    """For whom tools act; None where none may."""
    work: Work = field(default_factory=Work, compare=False)
    """What was called so far, on whichever rung."""
    quotable: Quotable = field(default_factory=Quotable, compare=False)
    escalation: str = UNANSWERED
    """Why a person is called, should it come to that."""


class Rung(Protocol):
    """One way to answer."""

    @property
    def name(self) -> str: ...

    async def answer(self, question: Question, emit: Emit) -> Reply | None:
        """Emit the answer's text, and nothing else of it, and return the whole; None when there is nothing to say to
        this, which is no failure. A reply that is escalated and has no ticket asks for a person, and is not shown. May
        raise ModelError, also after text was emitted."""


@runtime_checkable
class Preparing(Rung, Protocol):
    """A rung whose work can begin while others are still asked."""

    async def prepare(self, question: Question) -> None:
        """Work out what an answer will need, so that it need not be waited for."""


async def climb(
    rungs: Sequence[Rung], question: Question, voice: Voice, emit: Emit, person: Rung | None = None
) -> Reply:
    """The answer of the first rung that has one; else a `person` is called, who is asked for, too, when the customer
    wants one, a model declines or asks for one; an apology where there is no person. May raise LeaseLost, and nothing
    else."""
    draft = Shown(emit)
    question = replace(question, asked_at=asyncio.get_running_loop().time())
    ahead = asyncio.create_task(_prepare(rungs, question, draft))
    try:
        return await _climb(rungs, question, voice, draft, person)
    finally:
        ahead.cancel()
        await asyncio.wait([ahead])


async def _climb(rungs: Sequence[Rung], question: Question, voice: Voice, draft: "Shown", person: Rung | None) -> Reply:
    failed: list[str] = []
    if wanted := person is not None and question.route.reason == ASKED_FOR_PERSON:
        question = replace(question, escalation=ASKED_FOR_PERSON)
    for rung in [*rungs, person] if person else rungs:
        if rung is not person and (wanted or _says_too_little(rung, question, person)):
            continue
        try:
            reply = await rung.answer(question, draft)
        except Exception as error:
            failed.append(_failed(rung, error))
            if isinstance(error, ModelRefused):
                # A bigger model would be asked to do what this one declined: the next rung is a person.
                wanted = True
                question = replace(question, escalation=MODEL_REFUSED)
        else:
            if reply is not None and _asks_for_person(reply):
                wanted = True
                failed += reply.trace.failed
                question = replace(question, escalation=reply.escalation_reason)
            elif reply is not None:
                return _traced(_degraded(reply) if failed else reply, question, failed)
        draft.reset()
        if draft.ever:
            question = replace(question, first_text_by=NO_HURRY)
    reply = _without_person(question, voice)
    draft(TextDelta(reply.text))
    return _traced(reply, question, failed)


def _says_too_little(rung: Rung, question: Question, person: Rung | None) -> bool:
    """A page is no answer where something was looked up or done: then a person's is."""
    return person is not None and bool(question.work.rounds) and rung.name in QUOTING


def _asks_for_person(reply: Reply) -> bool:
    return reply.outcome is Outcome.ESCALATED and not reply.ticket


def _degraded(reply: Reply) -> Reply:
    return replace(reply, outcome=Outcome.DEGRADED) if reply.outcome is Outcome.ANSWERED else reply


def _without_person(question: Question, voice: Voice) -> Reply:
    if question.escalation == MODEL_REFUSED:
        text = voice.say(question.language, "refused", "offer_person")
        return Reply(text=text, outcome=Outcome.ESCALATED, rung="phrase", escalation_reason=MODEL_REFUSED)
    if question.escalation not in (UNANSWERED, ASKED_FOR_PERSON):
        text = voice.say(question.language, "offer_person")
        reason = question.escalation
        return Reply(text=text, outcome=Outcome.ESCALATED, rung="phrase", escalation_reason=reason)
    return Reply(text=voice.apology(question.turn), outcome=Outcome.FAILED, rung="apology")


async def _prepare(rungs: Sequence[Rung], question: Question, draft: "Shown") -> None:
    """Let the rungs work ahead while there is no text."""
    await asyncio.sleep(AHEAD_S)
    for rung in rungs:
        if isinstance(rung, Preparing) and not draft.anything:
            try:
                await rung.prepare(question)
            except Exception as error:  # it comes again when the rung is asked, and is contained there
                _failed(rung, error)


def _traced(reply: Reply, question: Question, failed: Sequence[str]) -> Reply:
    """With what it cost and what was tried before it."""
    route = question.route
    trace = replace(
        reply.trace,
        category=route.category.value,
        routed_by=route.by,
        confidence=route.confidence,
        tier=question.tier,
        review=route.review,
        actions=question.work.actions,
        failed=(*failed, *reply.trace.failed),
    )
    return billed(replace(reply, trace=trace), question.spender)


def billed(reply: Reply, spender: Spender) -> Reply:
    """With what all model calls for its turn came to so far."""
    bill = spender.bill
    trace = replace(reply.trace, cost_nano=bill.nano)
    return replace(reply, usage=bill.usage if bill.nano else reply.usage, trace=trace)


def _failed(rung: Rung, error: Exception) -> str:
    """Note it; its name in a trace. A bug in one rung must not cost the customer the answer of the next, and must not
    pass for an outage: it is logged with its traceback and has a counter of its own. A lost lease ends everything."""
    if isinstance(error, LeaseLost):
        raise error
    kind = type(error).__name__
    metrics.RUNG_FAILURES.labels(rung.name, kind).inc()
    event(_log, "rung_failed", level=logging.WARNING, rung=rung.name, error=kind, message=str(error))
    if not isinstance(error, ModelError):
        metrics.BUGS.labels("cascade").inc()
        event(_log, "rung_bug", level=logging.ERROR, exc_info=error, rung=rung.name)
    return f"{rung.name}:{kind}"


class Shown:
    """Passes events on, and remembers whether there is text to take back, and whether there ever was."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.anything = False
        self.ever = False

    def __call__(self, reply_event: ReplyEvent) -> None:
        match reply_event:
            case TextDelta():
                self.anything = self.ever = True
            case TextReset():
                self.anything = False
            case _:
                pass
        self._emit(reply_event)

    def reset(self) -> None:
        if self.anything:
            self(TextReset())
