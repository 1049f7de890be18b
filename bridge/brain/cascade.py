"""Tries one way to answer after the other until one answers. Knows rungs, not what they are made of.

Retries, the choice of a tier, breakers and budgets belong between `climb` and a rung: each is a rung around a rung.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bridge import metrics
from bridge.brain.context import History
from bridge.brain.phrases import Voice
from bridge.brain.route import Route
from bridge.errors import ModelError, ModelRefused
from bridge.logs import event
from bridge.ports import Emit, Spender
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

MODEL_REFUSED = "model_refused"
"""The reason of an escalation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the rungs have to answer, and from what."""

    turn: Turn
    conversation: Conversation
    query: str
    """What was searched for: the question, with the one before it when it leans on that."""
    passages: tuple[Passage, ...]
    """Best first; empty when the knowledge base has nothing."""
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
    files: tuple[File, ...] = ()
    unread: tuple[Unread, ...] = ()
    """What came along and could not be read. With what a rung itself cannot read, it says so below its answer, or
    alone when there is nothing else to answer."""


class Rung(Protocol):
    """One way to answer."""

    @property
    def name(self) -> str: ...

    async def answer(self, question: Question, emit: Emit) -> Reply:
        """Emit the answer's text, and nothing else of it, and return the whole. May raise ModelError, also after
        text was emitted."""


async def climb(rungs: Sequence[Rung], question: Question, voice: Voice, emit: Emit) -> Reply:
    """The answer of the first rung that has one; an apology when none has. Raises nothing."""
    draft = Shown(emit)
    failed: list[str] = []
    for position, rung in enumerate(rungs):
        try:
            reply = await rung.answer(question, draft)
        except ModelRefused as error:
            failed.append(_failed(rung, error))
            draft.reset()
            # A bigger model would be asked to do what this one declined: the next rung is a person.
            reply = _phrase(voice.say(question.language, "refused", "offer_person"), Outcome.ESCALATED, rung.name)
            draft(TextDelta(reply.text))
            return _traced(replace(reply, escalation_reason=MODEL_REFUSED), question, failed)
        except ModelError as error:
            failed.append(_failed(rung, error))
        except Exception as error:
            # A bug in one rung must not cost the person the answer of the next, and must not pass for an outage:
            # it is contained here, with its traceback and a counter of its own.
            failed.append(_failed(rung, error))
            metrics.BUGS.labels("cascade").inc()
            event(_log, "rung_bug", level=logging.ERROR, exc_info=error, rung=rung.name)
        else:
            if position > 0 and reply.outcome is Outcome.ANSWERED:
                reply = replace(reply, outcome=Outcome.DEGRADED)
            return _traced(reply, question, failed)
        draft.reset()
    reply = _phrase(voice.apology(question.turn), Outcome.FAILED, "apology")
    draft(TextDelta(reply.text))
    return _traced(reply, question, failed)


def _traced(reply: Reply, question: Question, failed: Sequence[str]) -> Reply:
    """With what it cost and what was tried before it."""
    bill = question.spender.bill
    route = question.route
    trace = replace(
        reply.trace,
        category=route.category.value,
        routed_by=route.by,
        confidence=route.confidence,
        tier=question.tier,
        review=route.review,
        cost_nano=bill.nano,
        failed=(*failed, *reply.trace.failed),
    )
    return replace(reply, usage=bill.usage if bill.nano else reply.usage, trace=trace)


def _phrase(text: str, outcome: Outcome, rung: str) -> Reply:
    return Reply(text=text, outcome=outcome, rung=rung)


def _failed(rung: Rung, error: Exception) -> str:
    """Note it; its name in a trace."""
    kind = type(error).__name__
    metrics.RUNG_FAILURES.labels(rung.name, kind).inc()
    event(_log, "rung_failed", level=logging.WARNING, rung=rung.name, error=kind, message=str(error))
    return f"{rung.name}:{kind}"


class Shown:
    """Passes events on, and remembers whether there is text to take back."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.anything = False

    def __call__(self, reply_event: ReplyEvent) -> None:
        match reply_event:
            case TextDelta():
                self.anything = True
            case TextReset():
                self.anything = False
            case _:
                pass
        self._emit(reply_event)

    def reset(self) -> None:
        if self.anything:
            self(TextReset())
