"""Asks a model again when it failed before its first word and somebody still waits."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.errors import ModelOverloaded, ModelPaused, ModelUnavailable, ModelWordless
from bridge.ports import Model, ModelReply, ModelRequest, Writer
from bridge.types import Passage, Usage

BACKOFF_S = (1.0, 2.0, 4.0)
"""The longest wait before each further attempt; how long it is, is chance, so that many do not come back at once."""
ATTEMPTS_MAX = 3
ATTEMPT_S_MIN = 1.0
"""With less time left until nobody waits any more, no attempt is begun."""
WAIT_S_MAX = 4.0
"""Whoever shall wait longer is better served by a smaller model, or by none."""


def full_jitter(most_s: float) -> float:
    return random.uniform(0.0, most_s)


@dataclass(frozen=True, slots=True)
class Retrying:
    """A model that is asked again, as long as nothing was written. `jitter` chooses a wait up to the given one."""

    model: Model
    jitter: Callable[[float], float] = full_jitter

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """As the model. Raises the last attempt's error."""
        spoken = _Spoken(writer)
        if _left_s(request) < ATTEMPT_S_MIN:
            raise ModelUnavailable("nobody waits for an answer any more", usage=Usage())
        for backoff_s in BACKOFF_S[: ATTEMPTS_MAX - 1]:
            try:
                return await self.model.complete(request, spoken)
            except (ModelPaused, ModelWordless):
                raise
            except (ModelOverloaded, ModelUnavailable) as error:
                asked_s = error.retry_after_s if isinstance(error, ModelOverloaded) else None
                wait_s = self.jitter(backoff_s) if asked_s is None else asked_s
                if spoken.anything or wait_s > WAIT_S_MAX or wait_s + ATTEMPT_S_MIN > _left_s(request):
                    raise
            await asyncio.sleep(wait_s)
        return await self.model.complete(request, spoken)


def _left_s(request: ModelRequest) -> float:
    if request.first_text_by is None:
        return float("inf")
    return request.first_text_by - asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Spoken:
    """A writer that remembers whether there was anything. Mutable."""

    writer: Writer
    anything: bool = False

    def write(self, text: str) -> None:
        self.anything = True
        self.writer.write(text)

    def cite(self, passages: Sequence[Passage]) -> None:
        self.writer.cite(passages)
