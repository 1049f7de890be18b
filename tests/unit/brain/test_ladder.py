"""The tiers of a model, one below the other: who is asked next, with what, and what a person sees of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from bridge.brain import claude_request
from bridge.brain.context import History
from bridge.brain.continuing import Continuing
from bridge.brain.lighter import PASSAGES_LIGHT
from bridge.brain.marked import MarkedText
from bridge.brain.model_rung import ModelRung
from bridge.brain.retrying import Retrying
from bridge.brain.route import ContextSize
from bridge.brain.settings import ClaudeSettings, PromptSettings
from bridge.errors import (
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelPaused,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    OverBudget,
)
from bridge.ports import Exchange, ModelReply, ModelRequest, Writer
from bridge.types import Opening, Reply, TextDelta, TextReset, TurnId
from tests.fakes.claude_rules import judge_body
from tests.fakes.scripted_model import Line, ScriptedModel, line
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.brain.made import VOICE, Events, passage, question, turn

GONE = line(error=ModelUnavailable("gone"))
BREAKS = line("30 d", error=ModelUnavailable("gone"))
TOO_LONG = line(error=ModelOverflow("prompt is too long"))
GOOD = line("30 days.")
ASKING = turn("How long may I keep it?")


class Ladder:
    """A rung whose tiers follow scripts."""

    def __init__(self, **lines: list[Line]) -> None:
        self.tiers = {tier: ScriptedModel(script) for tier, script in lines.items()}
        self.rung = ModelRung("claude", self.tiers, PromptSettings(), VOICE)
        self.events = Events()

    async def ask(
        self,
        tier: str = "opus",
        *,
        passages: int = 1,
        told: History | None = None,
        size: ContextSize = "focused",
        more: str = "",
    ) -> Reply:
        found = [passage(f"Fact {n}." + more, number=n) for n in range(passages)]
        asked = replace(question(ASKING, *found, told=told), tier=tier, first_text_by=asyncio.get_running_loop().time())
        asked = replace(asked, context=size)
        reply = await self.rung.answer(asked, self.events.append)
        assert self.events.shown == reply.text, "what is on the screen is the reply"
        return reply


@pytest.mark.parametrize(
    "error",
    [ModelOverloaded("x"), ModelUnavailable("x"), ModelPaused("x"), ModelRejected("x")],
    ids=lambda error: type(error).__name__,
)
async def test_a_tier_that_does_not_answer_is_followed_by_the_one_below(error: ModelError) -> None:
    ladder = Ladder(haiku=[GOOD], sonnet=[line(error=error)], opus=[line(error=error)])
    reply = await ladder.ask()
    assert reply.text == "30 days."
    assert reply.trace.failed == (f"claude:{type(error).__name__}",) * 2


async def test_no_tier_above_the_chosen_one_is_asked() -> None:
    ladder = Ladder(haiku=[GONE], sonnet=[GONE], opus=[])
    with pytest.raises(ModelUnavailable):
        await ladder.ask("sonnet")


async def test_a_refusal_is_not_taken_to_another_tier() -> None:
    ladder = Ladder(haiku=[], sonnet=[], opus=[line(error=ModelRefused("no"))])
    with pytest.raises(ModelRefused):
        await ladder.ask()


async def test_what_breaks_off_is_asked_for_once_more_of_the_same_tier_and_taken_back_first() -> None:
    ladder = Ladder(haiku=[], sonnet=[], opus=[BREAKS, GOOD])
    reply = await ladder.ask()
    assert reply.text == "30 days."
    assert ladder.events == [TextDelta("30 d"), TextReset(), TextDelta("30 days.")]
    first, second = ladder.tiers["opus"].asked
    assert first.first_text_by is not None
    assert second.first_text_by == float("inf"), "the first word came in time; now the whole is waited for"
    assert second.question == first.question


async def test_it_is_asked_for_once_more_in_all_and_then_comes_the_tier_below() -> None:
    ladder = Ladder(haiku=[GOOD], sonnet=[BREAKS], opus=[BREAKS, BREAKS])
    reply = await ladder.ask()
    assert reply.text == "30 days."
    assert ladder.events.count(TextReset()) == 3


async def test_when_all_break_off_nothing_of_it_stays() -> None:
    ladder = Ladder(sonnet=[BREAKS, BREAKS])
    with pytest.raises(ModelUnavailable):
        await ladder.ask()
    assert ladder.events.shown == ""


UNSEEN = line("You have ", error=ModelUnavailable("gone"))
"""Written, and held back by the checks."""


class WholeOnly(MarkedText):
    """Shows a draft only when it is complete."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self.kept: list[str] = []
        self.on_text = on_text
        super().__init__(self.kept.append)

    def finish(self) -> None:
        super().finish()
        self.on_text("".join(self.kept))


@pytest.mark.parametrize("hurried", [True, False])
async def test_what_breaks_off_before_anybody_saw_it_is_asked_for_once_more_too(hurried: bool) -> None:
    ladder = Ladder(haiku=[], sonnet=[GOOD], opus=[UNSEEN, UNSEEN])
    rung = replace(ladder.rung, drafting=lambda _, on_text: WholeOnly(on_text))
    by = asyncio.get_running_loop().time() + 15 if hurried else None
    asked = replace(question(ASKING), tier="opus", first_text_by=by)
    reply = await rung.answer(asked, ladder.events.append)
    assert reply.text == ladder.events.shown == "30 days."
    first, second = ladder.tiers["opus"].asked
    assert second.first_text_by == first.first_text_by, "nobody has read anything yet"


async def test_half_a_word_is_a_beginning_too() -> None:
    """It is held back, since an answer may be cut there; nobody sees it."""
    model = ScriptedModel([line("Hel", error=ModelUnavailable("gone")), GOOD])
    events = Events()
    rung = ModelRung("claude", {"sonnet": Continuing(model)}, PromptSettings(), VOICE)
    reply = await rung.answer(question(ASKING), events.append)
    assert reply.text == events.shown == "30 days."
    assert TextReset() not in events


@dataclass(slots=True)
class Silent:
    """Never says a word; given up after its patience, or when nobody waits any more."""

    patience_s: float
    waited: list[float] = field(default_factory=list)

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        assert request.first_text_by is not None
        left_s = min(self.patience_s, request.first_text_by - asyncio.get_running_loop().time())
        self.waited.append(round(left_s, 3))
        await asyncio.sleep(left_s)
        raise ModelUnavailable("no text came for too long")


PATIENCE_S = {"haiku": 4.0, "sonnet": 6.0, "opus": 12.0}


@pytest.mark.parametrize(
    ("tier", "below_s", "left_s", "waits", "over_s"),
    [
        ("haiku", 0.0, 15.0, {"haiku": [4.0]}, 4.0),
        ("sonnet", 0.0, 15.0, {"sonnet": [6.0], "haiku": [4.0]}, 10.0),
        ("opus", 0.0, 15.0, {"opus": [11.0], "haiku": [4.0]}, 15.0),
        ("sonnet", 8.0, 15.0, {"sonnet": [6.0], "haiku": [4.0]}, 10.0),
        ("opus", 8.0, 15.0, {"opus": [10.0]}, 10.0),
        ("opus", 3.0, 15.0, {"opus": [12.0]}, 12.0),
        ("sonnet", 8.0, 6.0, {"sonnet": [4.0]}, 4.0),
        ("sonnet", 0.0, 6.0, {"sonnet": [4.0], "haiku": [2.0]}, 6.0),
    ],
)
def test_a_model_that_is_silent_leaves_time_to_those_below(
    tier: str, below_s: float, left_s: float, waits: dict[str, list[float]], over_s: float
) -> None:
    async def story() -> None:
        models = {name: Silent(patience_s) for name, patience_s in PATIENCE_S.items()}
        tiers = {name: Retrying(model) for name, model in models.items()}
        rung = ModelRung("claude", tiers, PromptSettings(), VOICE, below_s=below_s, patience_s=PATIENCE_S)
        began = asyncio.get_running_loop().time()
        asked = replace(question(ASKING), tier=tier, first_text_by=began + left_s)
        with pytest.raises(ModelUnavailable):
            await rung.answer(asked, Events().append)
        assert {name: model.waited for name, model in models.items() if model.waited} == waits
        assert asyncio.get_running_loop().time() - began == pytest.approx(over_s, abs=0.01)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story())


async def test_when_the_budget_is_spent_the_error_says_so_and_what_to_do() -> None:
    ladder = Ladder(haiku=[], sonnet=[], opus=[])
    with pytest.raises(OverBudget, match=r"raise its limits in \[budget\], or wait"):
        await ladder.ask("")


async def test_a_model_of_ones_own_is_asked_without_any_budget() -> None:
    events = Events()
    rung = ModelRung("backup", {"": ScriptedModel([GOOD])}, PromptSettings(), VOICE)
    assert (await rung.answer(replace(question(ASKING), tier=""), events.append)).text == "30 days."


TOLD = History(
    epoch=3,
    summary="They bought a bike.",
    exchanges=(Exchange(question="Hello", answer="Hi!", passages=(passage("Fact 0.", number=0),)),),
)


BRIEF = Opening(summary="They bought a bike.\nAsked: Hello\nAnswered: Hi!")


async def test_a_request_that_is_too_long_is_asked_once_more_with_less_around_it() -> None:
    ladder = Ladder(opus=[TOO_LONG, GOOD])
    reply = await ladder.ask(passages=5, told=TOLD)
    whole, light = ladder.tiers["opus"].asked
    assert len(whole.history) == 1
    assert light.history == ()
    assert light.summary == f"{whole.summary}\n> Asked: Hello\n> Answered: Hi!", "nothing is lost"
    assert [one.text for one in light.passages] == ["Fact 0.", "Fact 1.", "Fact 2."]
    assert len(light.passages) == PASSAGES_LIGHT
    assert light.question == whole.question
    assert judge_body(claude_request.body(light, ClaudeSettings().tiers.opus)) is None
    # The next turn goes on from what was sent, in an epoch of its own.
    assert reply.trace.epoch == 4
    assert reply.trace.opening == BRIEF
    assert reply.trace.sent == light.passages


async def test_what_turns_out_too_long_while_it_is_read_is_taken_back_and_asked_with_less() -> None:
    """A model may notice only after some words that there is no room for more."""
    ladder = Ladder(opus=[line("30 d", error=ModelOverflow("the context window is full")), GOOD])
    reply = await ladder.ask(passages=5, told=TOLD)
    assert reply.text == "30 days."
    assert ladder.events == [TextDelta("30 d"), TextReset(), TextDelta("30 days.")]
    assert ladder.tiers["opus"].asked[1].history == ()
    assert ladder.tiers["opus"].asked[1].first_text_by == float("inf"), "somebody reads already"


async def test_a_larger_context_that_was_cut_is_not_thought_to_be_there() -> None:
    assert (await Ladder(opus=[GOOD]).ask(passages=5, size="extended")).trace.context == "extended"
    assert (await Ladder(opus=[TOO_LONG, GOOD]).ask(passages=5, size="extended")).trace.context == "focused"
    small = Ladder(opus=[GOOD])
    small.rung = replace(small.rung, prompt=PromptSettings(request_tokens_max=20_000))
    assert (await small.ask(passages=40, size="extended", more=" More of it." * 300)).trace.context == "focused"


async def test_where_an_epoch_begins_anyway_it_begins_lighter() -> None:
    ladder = Ladder(opus=[TOO_LONG, GOOD])
    told = replace(TOLD, opening=Opening(summary=TOLD.summary, turns=(TurnId("t0"),)))
    reply = await ladder.ask(told=told)
    assert (reply.trace.epoch, reply.trace.opening) == (3, BRIEF)


@pytest.mark.parametrize("told", [History(), TOLD], ids=["nothing around it", "even so"])
async def test_what_is_too_long_even_so_goes_to_the_next_rung(told: History) -> None:
    ladder = Ladder(sonnet=[], opus=[TOO_LONG] * (2 if told.exchanges else 1))
    with pytest.raises(ModelOverflow):
        await ladder.ask(told=told)


def test_all_that_is_tried_for_an_answer_has_an_end() -> None:
    class Slow:
        async def complete(self, *_: object) -> None:
            await asyncio.sleep(40)
            raise ModelUnavailable("gone")

    async def story() -> None:
        rung = ModelRung("claude", {"haiku": Slow(), "sonnet": Slow()}, PromptSettings(), VOICE, total_s=60.0)  # type: ignore[dict-item]
        began = asyncio.get_running_loop().time()
        with pytest.raises(ModelUnavailable, match="too long"):
            await rung.answer(question(ASKING), Events().append)
        assert asyncio.get_running_loop().time() - began == pytest.approx(60.0, abs=0.1)
        # What was tried on rungs above counts, too.
        asked = replace(question(ASKING), asked_at=began + 10.0)
        with pytest.raises(ModelUnavailable, match="too long"):
            await rung.answer(asked, Events().append)
        assert asyncio.get_running_loop().time() - began == pytest.approx(70.0, abs=0.1)
        with pytest.raises(ModelUnavailable, match="too long"):
            await rung.answer(asked, Events().append)
        assert asyncio.get_running_loop().time() - began == pytest.approx(70.0, abs=0.1)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story())
