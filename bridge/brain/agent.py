"""Lets a model call tools until it answers: one answer, however many rounds it takes.

What may be done is decided behind the Tools port. Here it is decided that nothing is done for nobody, that it ends, and
that nothing is cut off while it is being done.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from bridge.brain.cascade import NO_HURRY, Question
from bridge.errors import LeaseLost
from bridge.logs import event
from bridge.ports import Emit, Model, ModelReply, ModelRequest, ToolCall, ToolResult, ToolRound, Tools, Writer
from bridge.types import Passage, Progress, Usage

_log = logging.getLogger(__name__)

ROUNDS_MAX = 8
"""Rounds of calls for one question, whichever models made them; one more request, and it has to be answered."""
CALLS_MAX = 20
"""Calls of one round that are handed on; the rest is refused."""
GRACE_S = 6.0
"""What is being done when nobody waits any more may take so long to come to its end: no tool takes longer."""
LABELS_MAX = 3
"""Things that are said to be done at the same time."""

ANSWER_NOW = (
    "No more tools can be called for this message. Answer now from what you have, and say what you could not find out."
)
NO_TOOLS = "Tools cannot be used here. Answer without them."
NOT_THIS_TOOL = "This tool cannot be used now. Nothing was done. Say so, and offer a person."
TOO_MANY = "Too many calls at once. Nothing was done for this one."

Ending = Literal["", "person", "approval", "identity", "rounds"]
"""Why no model goes on: it has answered; a person takes over; somebody has to approve; the customer has to prove who
they are; it called for ever."""
_ENDINGS: tuple[Ending, ...] = ("person", "approval", "identity")
"""What counts when several calls end a turn: first comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a model's part of an answer ended."""

    reply: ModelReply
    ending: Ending = ""
    references: tuple[str, ...] = ()
    """Of what waits for approval."""


@dataclass(frozen=True, slots=True)
class Agent:
    """`tools` are those that are offered; with `reads_only`, what changes something is not."""

    tools: Tools | None = None
    reads_only: bool = False

    async def complete(
        self, model: Model, request: ModelRequest, draft: Writer, question: Question, emit: Emit
    ) -> Ended:
        """Ask, do what is called, and ask again with what came of it, until the model answers or the turn is over. What
        it says before a call stands above the rest, as a paragraph of its own. `question.work` keeps the rounds. May
        raise any ModelError, CheckFailed, LeaseLost, StoreUnavailable; whatever is raised, nothing is still running."""
        work = question.work
        ended = ModelReply(model="", usage=Usage())
        if work.rounds and (over := _over(ended, work.rounds[-1].results)):
            return over
        while True:
            last = len(work.rounds) >= ROUNDS_MAX
            told = _told(request, question, last=last)
            writer = _Spoken(draft)
            reply = await model.complete(told, writer)
            ended = replace(reply, usage=ended.usage + reply.usage)
            if not reply.calls:
                return Ended(reply=ended)
            if last:
                event(_log, "tool_rounds_spent", level=logging.WARNING, rounds=len(work.rounds))
                return Ended(reply=ended, ending="rounds")
            writer.paragraph()
            results = await self._round(reply, question, emit)
            if over := _over(ended, results):
                return over

    async def _round(self, reply: ModelReply, question: Question, emit: Emit) -> Sequence[ToolResult]:
        """Do what was called, and keep it. Who is cancelled here waits until what is being done has ended, so that it
        is known."""
        running = asyncio.create_task(self._run(reply.calls, question, emit))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await _ended(running)
            raise
        finally:
            if running.done() and not running.cancelled() and running.exception() is None:
                round = ToolRound(said=reply.said, calls=reply.calls, results=running.result())
                question.work.rounds.append(round)

    async def _run(self, calls: Sequence[ToolCall], question: Question, emit: Emit) -> tuple[ToolResult, ...]:
        """A result for each call, in order. May raise LeaseLost, StoreUnavailable."""
        refused = [self._refused(number, call, question) for number, call in enumerate(calls)]
        run = [call for call, why in zip(calls, refused, strict=True) if not why]
        done: list[ToolResult] = []
        if run and self.tools and question.session:
            labels = (self.tools.label(call, question.language) for call in run)
            if label := ", ".join([*dict.fromkeys(filter(None, labels))][:LABELS_MAX]):
                emit(Progress(label))
            done += await self.tools.run(run, question.session)
        left = iter(done)
        return tuple(
            ToolResult(call_id=call.id, text=why, failed=True) if why else next(left)
            for call, why in zip(calls, refused, strict=True)
        )

    def _refused(self, number: int, call: ToolCall, question: Question) -> str:
        """Why a call goes to nobody; "" when it is for the gateway to decide."""
        if self.tools is None or question.session is None:
            return NO_TOOLS
        if self.reads_only and not any(spec.name == call.name and spec.reads for spec in self.tools.specs):
            return NOT_THIS_TOOL
        return TOO_MANY if number >= CALLS_MAX else ""


async def _ended(running: "asyncio.Task[tuple[ToolResult, ...]]") -> None:
    """Wait for it, not for ever; also when the wait is cancelled again. May raise LeaseLost."""
    clock = asyncio.get_running_loop().time
    until = clock() + GRACE_S
    while not running.done():
        if (left := until - clock()) <= 0:
            running.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([running], timeout=max(left, 0.01))
    if not running.cancelled() and isinstance(error := running.exception(), LeaseLost):
        raise error


def _told(request: ModelRequest, question: Question, *, last: bool) -> ModelRequest:
    """The request with what was called so far. Nobody waits for a first word after that: it was said what is being
    done."""
    work = question.work
    if not work.rounds:
        return request
    request = replace(request, rounds=tuple(work.rounds), first_text_by=NO_HURRY)
    if not last:
        return request
    facts = f"{request.facts}\n{ANSWER_NOW}" if request.facts else ANSWER_NOW
    return replace(request, facts=facts, rounds=work.without_thoughts())


def _over(reply: ModelReply, results: Sequence[ToolResult]) -> Ended | None:
    """The end of the turn, when one of the results is."""
    ends = {result.ends for result in results}
    for ending in _ENDINGS:
        if ending in ends:
            references = dict.fromkeys(result.reference for result in results if result.reference)
            return Ended(reply=reply, ending=ending, references=tuple(references))
    return None


class _Spoken:
    """A writer that sets what was said before a call apart from what follows. Mutable."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._anything = False

    def write(self, text: str) -> None:
        self._anything = self._anything or bool(text.strip())
        self._writer.write(text)

    def cite(self, passages: Sequence[Passage]) -> None:
        self._writer.cite(passages)

    def paragraph(self) -> None:
        """End what was said, if anything was."""
        if self._anything:
            self._writer.write("\n\n")
            self._writer.cite(())
