"""Tokens are estimated here, corrected by what bills say, and asked for only near a limit."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.counting import Counting, _likely
from bridge.brain.tokens import FACTOR_MAX, FACTOR_MIN, Meter, estimate, script
from bridge.errors import ModelOverflow, ModelUnavailable
from bridge.ports import ModelReply, ModelRequest, Writer
from bridge.types import File, Usage
from tests.unit.brain.made import drafted, passage, request


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How long does it take?", "latin"),
        ("Größe und Länge", "latin"),
        ("Сколько времени это займёт?", "other"),
        ("كم من الوقت يستغرق ذلك؟", "other"),
        ("何時に開きますか", "dense"),
        ("배송은 얼마나 걸리나요?", "dense"),
        ("", "latin"),
        ("👍", "latin"),
    ],
)
def test_the_script_of_a_text(text: str, name: str) -> None:
    assert script(text) == name


def test_estimates_follow_the_bills_script_by_script() -> None:
    meter = Meter()
    assert meter.factor("Сколько?") == 1.0
    for _ in range(200):
        meter.learn("Сколько?", estimated=1_000, real=1_400)
    assert meter.factor("Как?") == pytest.approx(1.4, abs=0.01)
    assert meter.factor("How long?") == 1.0


@given(st.lists(st.tuples(st.integers(-10, 10**9), st.integers(-10, 10**9)), max_size=50))
def test_no_bill_can_lead_estimates_astray(bills: list[tuple[int, int]]) -> None:
    meter = Meter()
    for estimated, real in bills:
        meter.learn("a", estimated=estimated, real=real)
    assert FACTOR_MIN <= meter.factor("a") <= FACTOR_MAX


@given(st.text(max_size=200), st.text(max_size=200))
def test_an_estimate_grows_with_the_text_and_no_character_is_more_than_a_token(one: str, other: str) -> None:
    assert estimate(one) <= estimate(one, other) <= estimate(one) + estimate(other)
    assert estimate(one) <= len(one)


@dataclass
class Reading:
    """A model that reads so many tokens, and counts them when asked."""

    tokens: int
    answered: list[ModelRequest] = field(default_factory=list)
    counted: int = 0
    away: bool = False

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.answered.append(request)
        return ModelReply(model="m", usage=Usage(input_tokens=10, cache_read_tokens=self.tokens - 10))

    async def count(self, request: ModelRequest) -> int:
        self.counted += 1
        if self.away:
            raise ModelUnavailable("nobody counts")
        return self.tokens


def counting(model: Reading, meter: Meter | None = None) -> Counting:
    return Counting(model, meter or Meter(), count=model.count, tokens_max=100_000, pdf_pages_max=100)


async def test_every_bill_teaches_but_those_with_files() -> None:
    asked = request(passages=[passage("Thirty days. " * 400)])
    model, meter = Reading(tokens=_likely(asked) * 3 // 2), Meter()
    for _ in range(100):
        await counting(model, meter).complete(asked, drafted())
    assert meter.factor("a") == pytest.approx(1.5, abs=0.01)
    before = meter.factor("a")
    model.tokens = 50_000
    await counting(model, meter).complete(replace(asked, files=(File("", "image/png", b"x"),)), drafted())
    small = Reading(tokens=10_000)
    await counting(small, meter).complete(request(), drafted())
    assert meter.factor("a") == before
    assert model.counted == 0, "far from the limit nobody is asked"


@pytest.mark.parametrize(("tokens", "answered"), [(99_999, True), (100_000, False)])
async def test_near_the_limit_the_model_is_asked(tokens: int, answered: bool) -> None:
    near = request("x" * 150_000)
    model = Reading(tokens=tokens)
    if answered:
        await counting(model).complete(near, drafted())
    else:
        with pytest.raises(ModelOverflow):
            await counting(model).complete(near, drafted())
    assert (model.counted, len(model.answered)) == (1, int(answered))


async def test_who_cannot_count_is_believed_by_the_estimate_and_tried_with_files() -> None:
    model = Reading(tokens=1, away=True)
    with pytest.raises(ModelOverflow):
        await counting(model).complete(request("x" * 250_000), drafted())
    pdf = replace(request(), files=(File("", "application/pdf", b"%PDF"),))
    await counting(model).complete(pdf, drafted())
    assert len(model.answered) == 1
