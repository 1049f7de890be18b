"""Tries one way to answer after the other until one answers. Knows rungs, not what they are made of.

Retries, the choice of a tier, breakers and budgets belong between `climb` and a rung: each is a rung around a rung.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from bridge import metrics
from bridge.brain import prompt
from bridge.brain.phrases import Voice
from bridge.brain.settings import PromptSettings
from bridge.errors import ModelError, ModelOverflow, ModelRefused, ModelUnreadable
from bridge.logs import event
from bridge.markdown.closed import closed
from bridge.ports import Emit, Model, ModelReply
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


@dataclass(frozen=True, slots=True)
class ModelRung:
    """A language model answers from the passages."""

    name: str
    model: Model
    prompt: PromptSettings
    voice: Voice

    async def answer(self, question: Question, emit: Emit) -> Reply:
        unread = self.voice.unread(question.language, question.unread)
        if prompt.wordless(question.turn) and not question.files:
            emit(TextDelta(unread))
            return _phrase(unread, Outcome.UNKNOWN, "phrase")
        shown: list[str] = []
        try:
            reply = await self._complete(question, emit, shown)
        except (ModelUnreadable, ModelOverflow) as error:
            if shown or not question.files:
                raise
            _failed(self, error)
            return await self.answer(_without_files(question, error), emit)
        notes = [self.voice.say(question.language, "cut_short")] if reply.truncated else []
        notes += filter(None, [unread])
        text = "\n\n".join([closed(reply.text), *notes]) if notes else reply.text
        if not text.startswith(reply.text):  # it ended in half of what closes its code
            emit(TextReset())
            emit(TextDelta(text))
        elif notes:
            emit(TextDelta(text.removeprefix(reply.text)))
        return Reply(
            text=text,
            outcome=Outcome.ANSWERED,
            citations=reply.citations,
            rung=self.name,
            model=reply.model,
            usage=reply.usage,
        )

    async def _complete(self, question: Question, emit: Emit, shown: list[str]) -> ModelReply:
        """Ask the model. What it says goes to `emit` and to `shown`. May raise ModelError."""
        request = prompt.model_request(
            question.turn,
            question.conversation,
            question.passages,
            prompt=self.prompt,
            business=self.voice.business,
            language=question.language,
            files=question.files,
            unread=question.unread,
        )

        def on_text(text: str) -> None:
            shown.append(text)
            emit(TextDelta(text))

        return await self.model.complete(request, on_text)


def _without_files(question: Question, error: ModelError) -> Question:
    """A file may be broken in ways that only the model sees: the same question without any."""
    why: Literal["kind", "size"] = "size" if isinstance(error, ModelOverflow) else "kind"
    left_out = tuple(Unread(file.name, why) for file in question.files)
    return replace(question, files=(), unread=(*question.unread, *left_out))


async def climb(rungs: Sequence[Rung], question: Question, voice: Voice, emit: Emit) -> Reply:
    """The answer of the first rung that has one; an apology when none has. Raises nothing."""
    draft = _Draft(emit)
    for position, rung in enumerate(rungs):
        try:
            reply = await rung.answer(question, draft)
        except ModelRefused as error:
            _failed(rung, error)
            draft.reset()
            # A bigger model would be asked to do what this one declined: the next rung is a person.
            reply = _phrase(voice.say(question.language, "refused", "offer_person"), Outcome.ESCALATED, rung.name)
            draft(TextDelta(reply.text))
            return replace(reply, escalation_reason=MODEL_REFUSED)
        except ModelError as error:
            _failed(rung, error)
        except Exception as error:
            # A bug in one rung must not cost the person the answer of the next, and must not pass for an outage:
            # it is contained here, with its traceback and a counter of its own.
            _failed(rung, error)
            metrics.BUGS.labels("cascade").inc()
            event(_log, "rung_bug", level=logging.ERROR, exc_info=error, rung=rung.name)
        else:
            lower = position > 0 and reply.outcome is Outcome.ANSWERED
            return replace(reply, outcome=Outcome.DEGRADED) if lower else reply
        draft.reset()
    reply = _phrase(voice.apology(question.turn), Outcome.FAILED, "apology")
    draft(TextDelta(reply.text))
    return reply


def _phrase(text: str, outcome: Outcome, rung: str) -> Reply:
    return Reply(text=text, outcome=outcome, rung=rung)


def _failed(rung: Rung, error: Exception) -> None:
    kind = type(error).__name__
    metrics.RUNG_FAILURES.labels(rung.name, kind).inc()
    event(_log, "rung_failed", level=logging.WARNING, rung=rung.name, error=kind, message=str(error))


class _Draft:
    """Passes events on, and remembers whether there is text to take back."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._shown = False

    def __call__(self, reply_event: ReplyEvent) -> None:
        self._shown = self._shown or isinstance(reply_event, TextDelta)
        self._emit(reply_event)

    def reset(self) -> None:
        if self._shown:
            self._shown = False
            self._emit(TextReset())
