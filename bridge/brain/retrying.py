"""Asks a model again when it failed soon, before its first word, and somebody still waits."""

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
SILENCE_S = 2.0
"""A model that fails later than this was silent, and did not refuse. Whoever has waited through it does not wait for
the same model again: the time is for the next one."""


def full_jitter(most_s: float) -> float:
    return random.uniform(0.0, most_s)


@dataclass(frozen=True, slots=True)
class Retrying:
    """A model that is asked again when it refuses at once. `jitter` chooses a wait up to the given one."""

    model: Model
    jitter: Callable[[float], float] = full_jitter

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """As the model. Raises the last attempt's error."""
        spoken = _Spoken(writer)
        if _left_s(request) < ATTEMPT_S_MIN:
            raise ModelUnavailable("nobody waits for an answer any more", usage=Usage())
        clock = asyncio.get_running_loop().time
        for backoff_s in BACKOFF_S[: ATTEMPTS_MAX - 1]:
            began = clock()
            try:
                return await self.model.complete(request, spoken)
            except (ModelPaused, ModelWordless):
                raise
            except (ModelOverloaded, ModelUnavailable) as error:
                asked_s = error.retry_after_s if isinstance(error, ModelOverloaded) else None
                # Everybody is told the same time: only chance keeps them from coming back at the same moment.
                wait_s = (asked_s or 0.0) + self.jitter(backoff_s)
                late = spoken.anything or clock() - began > SILENCE_S
                if late or wait_s > WAIT_S_MAX or wait_s + ATTEMPT_S_MIN > _left_s(request):
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
