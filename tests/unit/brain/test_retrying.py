"""A model is asked again while somebody waits, and nobody waits in vain. In virtual time."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.brain.breaker import Breaking
from bridge.brain.model_rung import ModelRung
from bridge.brain.retrying import ATTEMPTS_MAX, BACKOFF_S, WAIT_S_MAX, Retrying
from bridge.brain.settings import PromptSettings
from bridge.errors import (
    BridgeError,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelPaused,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    ModelWordless,
)
from bridge.ports import ModelReply, ModelRequest, Writer
from bridge.types import Usage
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.brain.made import VOICE, Events, drafted, question, request, told, turn

GONE = line(error=ModelUnavailable("gone"))
BUSY = line(error=ModelOverloaded("busy"))


def virtually(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story())


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Longest:
    """Chance that always waits as long as it may."""

    waits: list[float] = field(default_factory=list)

    def __call__(self, most_s: float) -> float:
        self.waits.append(most_s)
        return most_s


@pytest.mark.parametrize("error", [GONE, BUSY], ids=["gone", "busy"])
def test_a_failure_before_the_first_word_is_tried_again(error: Line) -> None:
    async def story() -> None:
        model, chance, began = ScriptedModel([error, error, line("Hello")]), Longest(), now()
        reply = await told(Retrying(model, chance), request())
        assert reply.text == "Hello"
        assert chance.waits == [1.0, 2.0]
        assert now() - began == pytest.approx(3.0, abs=0.01)

    virtually(story)


def test_after_the_last_attempt_its_error_is_raised() -> None:
    async def story() -> None:
        model = ScriptedModel([GONE] * 9)
        with pytest.raises(ModelUnavailable):
            await Retrying(model).complete(request(), drafted())
        assert len(model.asked) == ATTEMPTS_MAX

    virtually(story)


def test_waits_are_chance() -> None:
    random.seed(4)
    most = BACKOFF_S[0]
    waits = [Retrying(ScriptedModel([])).jitter(most) for _ in range(200)]
    assert 0 <= min(waits) < 0.1 * most
    assert 0.9 * most < max(waits) <= most


@pytest.mark.parametrize(
    "error",
    [ModelRejected("x"), ModelOverflow("x"), ModelRefused("x"), ModelPaused("x"), ModelWordless("x")],
    ids=lambda error: type(error).__name__,
)
def test_what_another_attempt_would_not_mend_is_not_tried_again(error: BridgeError) -> None:
    async def story() -> None:
        model = ScriptedModel([line(error=error)])
        with pytest.raises(type(error)):
            await Retrying(model).complete(request(), drafted())

    virtually(story)


def test_after_the_first_word_nothing_is_tried_again() -> None:
    async def story() -> None:
        model = ScriptedModel([line("Hel", error=ModelUnavailable("gone"))])
        with pytest.raises(ModelUnavailable):
            await Retrying(model).complete(request(), drafted())

    virtually(story)


@pytest.mark.parametrize("retry_after_s", [0.0, 1.0, 3.0])
def test_a_short_retry_after_is_waited_for_and_a_little_longer(retry_after_s: float) -> None:
    """Whoever was told the same time does not come back at the same moment."""

    async def story() -> None:
        busy = line(error=ModelOverloaded("x", retry_after_s=retry_after_s))
        model, began = ScriptedModel([busy, line("Hello")]), now()
        await Retrying(model, lambda most_s: 0.6 * most_s).complete(request(), drafted())
        assert now() - began == pytest.approx(retry_after_s + 0.6, abs=0.001)

    virtually(story)


@dataclass(slots=True)
class Late:
    """Says nothing for a while; then its connection breaks."""

    silent_s: float
    asked: int = 0

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked += 1
        await asyncio.sleep(self.silent_s)
        raise ModelUnavailable("no text came for too long")


@pytest.mark.parametrize(("silent_s", "asked"), [(0.3, ATTEMPTS_MAX), (1.5, ATTEMPTS_MAX), (3.0, 1), (8.0, 1)])
def test_a_model_that_was_silent_is_not_asked_again(silent_s: float, asked: int) -> None:
    async def story() -> None:
        model = Late(silent_s)
        with pytest.raises(ModelUnavailable):
            await Retrying(model).complete(request(), drafted())
        assert model.asked == asked

    virtually(story)


@pytest.mark.parametrize("retry_after_s", [WAIT_S_MAX + 0.1, 3_600.0])
def test_a_long_retry_after_is_not_waited_for(retry_after_s: float) -> None:
    async def story() -> None:
        model, began = ScriptedModel([line(error=ModelOverloaded("x", retry_after_s=retry_after_s))]), now()
        with pytest.raises(ModelOverloaded):
            await Retrying(model).complete(request(), drafted())
        assert now() - began < 0.001

    virtually(story)


def test_nobody_is_kept_waiting_past_the_deadline() -> None:
    async def story() -> None:
        began = now()
        model = ScriptedModel([GONE] * 9)
        with pytest.raises(ModelUnavailable):
            await Retrying(model, Longest()).complete(replace(request(), first_text_by=began + 3.5), drafted())
        assert now() - began <= 2.5, "an attempt takes a second at least"
        assert len(model.asked) == 2

    virtually(story)


def test_when_the_deadline_is_over_nothing_is_asked_or_spent() -> None:
    async def story() -> None:
        model = ScriptedModel([])
        with pytest.raises(ModelUnavailable) as raised:
            await Retrying(model).complete(replace(request(), first_text_by=now() + 0.5), drafted())
        assert raised.value.usage == Usage()

    virtually(story)


# ---------------------------------------------------------------- an outage


@dataclass(slots=True)
class Storm:
    """A model that refuses everything until some time; it needs 50 ms for that, and for the first word 400 ms."""

    over_at: float
    refusals: list[ModelError] = field(
        default_factory=lambda: [
            ModelOverloaded("529", usage=Usage()),
            ModelUnavailable("500", usage=Usage()),
            ModelOverloaded("429", usage=Usage()),
        ]
    )
    asked: int = 0

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked += 1
        if asyncio.get_running_loop().time() < self.over_at:
            await asyncio.sleep(0.05)
            raise self.refusals[self.asked % len(self.refusals)]
        await asyncio.sleep(0.4)
        writer.write("Hello")
        await asyncio.sleep(4)
        return ModelReply(model="storm", usage=Usage())


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
def test_in_a_storm_hardly_anybody_waits_and_soon_after_it_the_model_answers(tier: str) -> None:
    """300 questions in a minute of refusals: the next rung has them soon. Within 10 s of its end the model answers."""

    async def story() -> None:
        loop = asyncio.get_running_loop()
        random.seed(1)
        began = now()
        storms = {name: Storm(began + 60) for name in ("haiku", "sonnet", "opus")}
        tiers = {name: Retrying(Breaking(model, name, clock=loop.time)) for name, model in storms.items()}
        rung = ModelRung("claude", tiers, PromptSettings(), VOICE)
        waits: list[float] = []
        answered: list[float] = []

        async def ask(at: float) -> None:
            await asyncio.sleep(at)
            asked = replace(question(turn("How long?")), tier=tier, first_text_by=now() + 15)
            try:
                await rung.answer(asked, Events().append)
            except ModelError:
                waits.append(now() - began - at)
            else:
                answered.append(at)

        await asyncio.gather(*(ask(n / 5) for n in range(400)))
        in_storm = sorted(waits)[: int(0.95 * 300)]
        assert max(in_storm) < 2.0, "95% of the answers begin elsewhere within two seconds"
        assert min(answered) < 60 + 10
        assert storms[tier].asked < 150, "a model that is down is left alone"

    virtually(story)
