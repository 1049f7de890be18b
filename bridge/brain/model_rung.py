"""A language model answers from the passages: the tier that was chosen, else the ones below it.

What a draft must pass is checked while it is written. A draft that fails is written anew once; then we say that we do
not know.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bridge import metrics
from bridge.brain import prompt
from bridge.brain.agent import Agent, Ended
from bridge.brain.cascade import ASKED_BY_MODEL, NO_HURRY, UNANSWERED, UNKNOWN_WRITE, Question, Shown
from bridge.brain.context import TIERS, anew, key
from bridge.brain.done import done_before
from bridge.brain.estimates import REQUEST_TOKENS
from bridge.brain.fit import fit
from bridge.brain.lighter import less_of
from bridge.brain.marked import MarkedText
from bridge.brain.noted import Noted
from bridge.brain.phrases import Voice
from bridge.brain.settings import PromptSettings
from bridge.brain.tokens import Meter, estimate
from bridge.errors import (
    CheckFailed,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelRejected,
    ModelUnavailable,
    ModelUnreadable,
    OverBudget,
    StoreUnavailable,
)
from bridge.logs import event
from bridge.markdown.closed import closed
from bridge.ports import Emit, Model, ModelRequest, Tools, ToolSpec, Writer
from bridge.types import Outcome, Passage, Reply, TextDelta, Trace, Turn, Usage

_log = logging.getLogger(__name__)

DRAFTS_MAX = 2
"""A draft that fails its checks, and one more."""
BELOW_SHARE = 1 / 3
"""Of the time until somebody has to hear the first word, at most so much is left to those that are asked next."""


class Draft(Writer, Protocol):
    """An answer as it may be shown. `write`, `cite` and `finish` may raise CheckFailed."""

    @property
    def text(self) -> str: ...

    @property
    def citations(self) -> tuple[Passage, ...]: ...

    def finish(self) -> None:
        """The answer is complete: give out what was held back."""


def _provable(turn: Turn) -> bool:
    return True


Drafting = Callable[[Question, Callable[[str], None]], Draft]
"""Begins a draft; what may be shown of it goes to the callback."""


def unchecked(question: Question, on_text: Callable[[str], None]) -> Draft:
    """A draft that everything is shown of."""
    return MarkedText(on_text)


@dataclass(frozen=True, slots=True)
class ModelRung:
    """`tiers` are its models by tier."""

    name: str
    tiers: Mapping[str, Model]
    prompt: PromptSettings
    voice: Voice
    drafting: Drafting = unchecked
    pinned: Callable[[], str] = str
    """The documents that always go along, as they are now."""
    meter: Meter = field(default_factory=Meter)
    total_s: float | None = None
    """For the whole answer, whatever was tried for it, on other rungs too."""
    below_s: float = 0.0
    """Seconds until the first word that are left to a rung below that asks another model; with 0 they are left to the
    smallest tier."""
    patience_s: Mapping[str, float] = field(default_factory=dict)
    """How long a tier may take for its first word."""
    visible_max: Mapping[str, int] = field(default_factory=dict)
    """Tokens of the longest answer by channel, where it is shorter than the model's."""
    tools: Tools | None = None
    """What its models may have looked up and done."""
    reads_only: bool = False
    """They may look things up, and change nothing."""
    provable: Callable[[Turn], bool] = _provable
    """Whether there is a way to show who one is, for whoever wrote a turn."""

    async def answer(self, question: Question, emit: Emit) -> Reply:
        now = asyncio.get_running_loop().time()
        until = None if self.total_s is None else (question.asked_at or now) + self.total_s
        too_long = f"{self.name} took too long for a whole answer"
        if until is not None and until <= now:
            raise ModelUnavailable(too_long, usage=Usage())
        try:
            async with asyncio.timeout_at(until):
                return await self._climbed(question, Shown(emit))
        except TimeoutError as error:
            raise ModelUnavailable(too_long) from error

    async def _climbed(self, question: Question, shown: Shown) -> Reply:
        """The answer of the first model that gives one. What breaks off in the middle is asked for once more."""
        failed: list[str] = []
        error: ModelError | None = None
        tiers = self._ladder(question.tier)
        if not tiers and not question.tier:
            raise OverBudget("the budget is spent: raise its limits in [budget], or wait", usage=Usage())
        lasts = self._lasts(question, tiers)
        again = False
        while tiers:
            model = Noted(self.tiers[tiers[0]])
            first_text_by = None if question.first_text_by is None else min(question.first_text_by, lasts[tiers[0]])
            try:
                reply = await self._answered(replace(question, first_text_by=first_text_by), model, shown, failed)
                return replace(reply, trace=replace(reply.trace, failed=(*failed, *reply.trace.failed)))
            except (ModelOverloaded, ModelUnavailable, ModelRejected, OverBudget) as trouble:
                # A smaller model of the same provider is often less busy, still allowed, or not too dear.
                failed.append(f"{self.name}:{type(trouble).__name__}")
                event(_log, "model_failed", level=logging.WARNING, rung=self.name, error=trouble)
                error = trouble
            if shown.anything:
                # The person has begun to read: now the whole is waited for, not its first word.
                question = replace(question, first_text_by=NO_HURRY)
                lasts = dict.fromkeys(tiers, NO_HURRY)
            if again or not model.wrote:
                del tiers[0]
            else:
                again = True
            shown.reset()
        raise error or ModelUnavailable(f"{self.name} has no model of tier {question.tier!r} or below")

    def _ladder(self, tier: str) -> list[str]:
        """From the tier down, never up in cost."""
        return [name for name in reversed(TIERS[: TIERS.index(tier) + 1]) if name in self.tiers]

    def _lasts(self, question: Question, tiers: Sequence[str]) -> Mapping[str, float]:
        """Until when each of these tiers may keep somebody waiting for a first word: a model that is silent must not
        take the time of those that are asked after it."""
        if question.first_text_by is None or question.first_text_by == NO_HURRY:
            return dict.fromkeys(tiers, NO_HURRY)
        most_s = BELOW_SHARE * max(0.0, question.first_text_by - asyncio.get_running_loop().time())
        if self.below_s:
            return dict.fromkeys(tiers, question.first_text_by - min(self.below_s, most_s))
        last = tiers[-1:]
        left_s = min([most_s, *(self.patience_s.get(tier, most_s) for tier in last)])
        return {tier: question.first_text_by - (0.0 if tier in last else left_s) for tier in tiers}

    async def _answered(self, question: Question, model: Model, shown: Shown, failed: list[str]) -> Reply:
        """One model's answer. May raise ModelError, also after text was shown."""
        if prompt.wordless(question.turn) and not question.files:
            unread = self.voice.unread(question.language, question.unread)
            shown(TextDelta(unread))
            return Reply(text=unread, outcome=Outcome.UNKNOWN, rung="phrase")
        question = self._fitted(question)
        try:
            return await self._drafted(question, model, shown, failed)
        except (ModelUnreadable, ModelOverflow) as trouble:
            if (less := less_of(question, trouble)) is None:
                raise
            if shown.anything:
                if isinstance(trouble, ModelUnreadable):
                    raise  # what had begun to answer could read them
                less = replace(less, first_text_by=NO_HURRY)
            shown.reset()
            kind = type(trouble).__name__
            metrics.RUNG_FAILURES.labels(self.name, kind).inc()
            event(_log, "rung_failed", level=logging.WARNING, rung=self.name, error=kind, message=str(trouble))
            return await self._answered(less, model, shown, failed)

    async def _drafted(self, question: Question, model: Model, shown: Shown, failed: list[str]) -> Reply:
        """The first draft that passes its checks. May raise ModelError, also after text was shown."""
        first = request = self.request(question)
        agent = Agent(self.tools, self.reads_only)
        for _ in range(DRAFTS_MAX):
            question.work.begin_anew()
            draft = self.drafting(question, lambda text: shown(TextDelta(text)))
            try:
                ended = await agent.complete(model, request, draft, question, shown)
                if ended.ending in ("person", "rounds"):
                    return self._to_a_person(_reason(ended, question), question, first, shown)
                draft.finish()
            except CheckFailed as trouble:
                failed.append(f"check:{trouble.check}")
                metrics.CHECKS_FAILED.labels(trouble.check).inc()
                shown.reset()
                request = replace(first, facts=f"{first.facts}\n{_REWRITE.format(hint=trouble.hint)}")
            except StoreUnavailable as trouble:
                # Whether something was done cannot be written down: nothing more is.
                event(_log, "tools_without_store", level=logging.WARNING, error=trouble)
                return self._to_a_person(UNANSWERED, question, first, shown)
            else:
                return self._reply(question, first, draft, ended, shown)
        text = self.voice.say(question.language, "unknown", "offer_person")
        shown(TextDelta(text))
        return Reply(text=text, outcome=Outcome.UNKNOWN, rung=self.name, trace=self._trace(question, first))

    def _fitted(self, question: Question) -> Question:
        """With as much of its parts as a request has room for."""
        asked = prompt.question(question.turn, self.prompt)
        system = self._system()
        turns = prompt.standing(question.conversation.turns, question.turn)
        found = (result.text for result in question.work.results)
        around = estimate(system, asked, self._facts(question), *found, *map(prompt.written, self._offered))
        passages, told = fit(
            prompt.sources(question.passages),
            question.history,
            lambda room: anew(turns, self.prompt, tokens_max=room, asker=prompt.asker(question.turn)),
            fixed=around + REQUEST_TOKENS,
            tokens_max=int(self.prompt.request_tokens_max / self.meter.factor(asked)),
        )
        # What stayed behind is sent with the next question that wants as much.
        size = question.context if len(passages) == len(prompt.sources(question.passages)) else "focused"
        return replace(question, passages=passages, history=told, context=size)

    def request(self, question: Question) -> ModelRequest:
        """What a model gets for the question: only what it does not have already."""
        history = question.history
        passages = prompt.sources(question.passages)
        return ModelRequest(
            system=self._system(),
            summary=prompt.summarised(history.summary),
            history=history.exchanges,
            question=prompt.question(question.turn, self.prompt),
            passages=tuple(passage for passage in passages if key(passage) not in history.sent),
            facts=self._facts(question),
            files=prompt.attached(question.files),
            tools=self._offered,
            output_tokens_max=self.visible_max.get(question.turn.address.channel),
            spender=question.spender,
            first_text_by=question.first_text_by,
            follow_up_likely=True,  # pays from about one in four on, and more than that ask a second time
        )

    def _system(self) -> str:
        offered = bool(self._offered)
        return prompt.system_prompt(self.prompt, self.voice.business, self.pinned(), tools=offered)

    @property
    def _offered(self) -> tuple[ToolSpec, ...]:
        """The same in every request: tools stand at the beginning of what a model's cache knows."""
        specs = self.tools.specs if self.tools else ()
        return tuple(sorted((it for it in specs if it.reads or not self.reads_only), key=lambda spec: spec.name))

    def _facts(self, question: Question) -> str:
        told = prompt.facts(
            question.turn,
            self.voice.business,
            question.language,
            found=bool(prompt.sources(question.passages)),
            files=(*question.files, *question.unread),
            words_max=self.prompt.words_max.get(question.turn.address.channel),
            others_wrote=bool(prompt.overheard(question.turn))
            or any(prompt.OVERHEARD in exchange.question for exchange in question.history.exchanges),
            identity=prompt.identity_of(question.session),
        )
        if self._offered and question.session is None:
            told = f"{told}\n{prompt.NOT_HERE}"
        if before := done_before(question.turn, question.conversation.turns):
            told = f"{told}\n{prompt.ANEW}\n{before}"
        return told

    def _to_a_person(self, reason: str, question: Question, request: ModelRequest, shown: Shown) -> Reply:
        """The end of the answer: people have the last word."""
        shown.reset()
        trace = self._trace(question, request)
        return Reply(text="", outcome=Outcome.ESCALATED, rung=self.name, escalation_reason=reason, trace=trace)

    def _reply(self, question: Question, request: ModelRequest, draft: Draft, ended: Ended, shown: Shown) -> Reply:
        notes = self._ending(question.language, ended, question.turn)
        notes += filter(None, [self.voice.unread(question.language, question.unread)])
        text = "\n\n".join(filter(None, [closed(draft.text), *notes])) if notes else draft.text
        if not text.startswith(draft.text):  # it ended in half of what closes its code
            shown.reset()
            shown(TextDelta(text))
        elif notes:
            shown(TextDelta(text.removeprefix(draft.text)))
        return Reply(
            text=text,
            outcome=Outcome.ANSWERED,
            citations=draft.citations,
            rung=self.name,
            model=ended.reply.model,
            usage=ended.reply.usage,
            trace=self._trace(question, request),
        )

    def _ending(self, language: str, ended: Ended, turn: Turn) -> list[str]:
        """What has to be said below an answer that ended otherwise than by itself."""
        match ended.ending:
            case "approval":
                pending = self.voice.say(language, "approval_pending")
                numbers = ", ".join(f"**{reference}**" for reference in ended.references)
                return [f"{pending} {self.voice.say(language, 'reference')} {numbers}" if numbers else pending]
            case "identity":
                asked = ("identity_needed",) if self.provable(turn) else ("identity_nowhere", "offer_person")
                return [self.voice.say(language, *asked)]
            case _:
                return [self.voice.say(language, "cut_short")] if ended.reply.truncated else []

    def _trace(self, question: Question, request: ModelRequest) -> Trace:
        return Trace(
            epoch=question.history.epoch,
            opening=question.history.opening,
            prompt_version=prompt.version(request.system),
            sent=request.passages,
            context=question.context,
            # Later its files are gone, and what was said of them would not be true any more.
            facts=self._facts(replace(question, files=(), unread=())),
        )


def _reason(ended: Ended, question: Question) -> str:
    """Why a person is called in the middle of an answer."""
    if any(action.outcome == "unknown" for action in question.work.actions):
        return UNKNOWN_WRITE
    return ASKED_BY_MODEL if ended.ending == "person" else UNANSWERED


_REWRITE = (
    "A draft of your answer was held back and the customer has not seen it: {hint} Write the answer anew without this "
    "mistake, and do not mention the draft."
)
