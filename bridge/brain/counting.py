"""Knows how many tokens a model really reads: learns it from each bill, and asks before a hard limit is passed."""

from collections.abc import Awaitable, Callable

from bridge.brain.estimates import frame_tokens, prompt_tokens, texts_of_round, texts_of_tools
from bridge.brain.tokens import Meter, estimate
from bridge.errors import BridgeError, ModelOverflow
from bridge.ports import Model, ModelReply, ModelRequest, Writer

NEAR = 0.75
"""From this share of a limit on the model is asked; below it an estimate will do."""

LEARN_TOKENS_MIN = 2_000
"""A smaller request says more of its frame than of its words."""

Count = Callable[[ModelRequest], Awaitable[int]]
"""The tokens of a request as the model counts them. May raise BridgeError."""


class Counting:
    """A Model around a Model."""

    def __init__(self, model: Model, meter: Meter, *, count: Count, tokens_max: int, pdf_pages_max: int) -> None:
        """A request of `tokens_max` or more is refused with ModelOverflow: above it the model costs more, or takes
        none."""
        self._model = model
        self._meter = meter
        self._count = count
        self._tokens_max = tokens_max
        self._pdf_pages_max = pdf_pages_max

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        estimated = prompt_tokens(request, pdf_pages_max=self._pdf_pages_max)
        if estimated >= NEAR * self._tokens_max and await self._real(request, estimated) >= self._tokens_max:
            raise ModelOverflow(f"the request has {self._tokens_max} tokens or more")
        reply = await self._model.complete(request, writer)
        likely = _likely(request)
        if likely >= LEARN_TOKENS_MIN and not (request.files or request.rounds):
            self._meter.learn(request.question, estimated=likely, real=reply.usage.prompt_tokens)
        return reply

    async def _real(self, request: ModelRequest, estimated: int) -> int:
        try:
            return await self._count(request)
        except BridgeError:  # whoever cannot count may still answer
            return 0 if request.files else estimated


def _likely(request: ModelRequest) -> int:
    """The tokens of a request, as `fit` counts them."""
    said = [text for one in request.history for text in (one.question, one.answer, one.facts, one.done)]
    quoted = [text for one in request.sources for text in (one.title, one.section, one.text)]
    called = [*texts_of_tools(request.tools), *(text for one in request.rounds for text in texts_of_round(one))]
    told = (request.system, request.summary, request.question, request.facts, request.written)
    return estimate(*told, *said, *quoted, *called) + frame_tokens(request)
