"""Tokens are estimated here, corrected by what bills say, and asked for only near a limit."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.counting import Counting, _likely
from bridge.brain.tokens import FACTOR_MAX, FACTOR_MIN, Meter, estimate, most_tokens, script
from bridge.errors import ModelOverflow, ModelUnavailable
from bridge.ports import ModelReply, ModelRequest, ToolRound, Writer
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


SPELLED = [
    "😀🧿🪬🫠",
    "👩🏽‍🚒👨‍👩‍👧",
    "𓀀𓁀𓂀𓃀",
    "བཀྲ་ཤིས་བདེ་ལེགས",
    "ሰላም፣ እንዴት ነህ",
    "𝒜𝓂𝒶𝓏𝒾𝓃𝑔",
    "⠓⠑⠇⠇⠕",
    "𠀀𠀁𠀂",
    "e̷̢̛x̸̨̛",
    "§¶¡¿÷×",
    "~^|}{][@#%&*<>?",
    "0123456789",
]
"""What a vocabulary may have to spell."""
WORDS = [
    "When will my order 4711 arrive, and can I still change the address?",
    "Hello 👋 I'd like to return the blue helmet – it's too small. What do I need to do?",
    "Größe und Länge stimmen nicht. Wie kann ich das Rad umtauschen?",
    "¿Cuándo abren los sábados? ¿Puedo llevar la bicicleta sin cita previa?",
    "Le vélo est « comme neuf » ; puis-je le rendre à l’atelier ?",
    "Сколько времени занимает доставка в Казань?",
    "كم من الوقت يستغرق التوصيل إلى الرياض؟",
    "配送需要多长时间？可以修改地址吗？",
    "डिलीवरी में कितना समय लगता है?",
    "Is https://acme.example/orders/4711 the right page? It says that there is no such order.",
]
"""What people write."""


@pytest.mark.parametrize("text", SPELLED)
@given(words=st.text(alphabet="abc ", max_size=50))
def test_no_vocabulary_needs_more_tokens_than_there_are_bytes_to_spell(text: str, words: str) -> None:
    letters = sum(c.isascii() and (c.isalpha() or c == " ") for c in text)
    spelled = len(text.encode()) - letters
    assert most_tokens(words + text, correction=1.3) >= spelled + estimate(words)


@pytest.mark.parametrize("text", WORDS)
def test_words_are_not_spelled(text: str) -> None:
    assert most_tokens(text, correction=1.3) <= 3.3 * estimate(text)
    assert most_tokens(text * 100, correction=1.3) <= 3.3 * estimate(text * 100)


def test_plain_words_have_the_tokens_that_are_estimated() -> None:
    assert most_tokens("word " * 1_000, correction=1.3) == 2_600
    assert most_tokens("何時に開きますか" * 100, correction=1.3) == 1_040
    assert most_tokens("", correction=1.3) == 0
    assert most_tokens("\ud800", correction=1.3) == 3, "half a character may come from a broken client"


@given(st.lists(st.text(max_size=100), max_size=4), st.floats(1.0, 2.6))
def test_the_most_is_never_less_than_the_estimate(texts: list[str], correction: float) -> None:
    assert most_tokens(*texts, correction=correction) >= estimate(*texts)


@pytest.mark.parametrize("text", SPELLED)
def test_what_is_spelled_teaches_nothing_about_words(text: str) -> None:
    meter = Meter()
    for mixed in (text * 200, (text + " ok ") * 200):
        meter.learn(mixed, estimated=8_000, real=20_000)
    assert {meter.factor(words) for words in WORDS} == {1.0}


@pytest.mark.parametrize("text", WORDS)
def test_what_people_write_teaches(text: str) -> None:
    for words in (text, text * 60):
        meter = Meter()
        meter.learn(words, estimated=8_000, real=12_000)
        assert meter.factor(text) > 1.0


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


async def test_every_bill_teaches_but_those_with_files_or_calls() -> None:
    asked = request(passages=[passage("Thirty days. " * 400)])
    model, meter = Reading(tokens=_likely(asked) * 3 // 2), Meter()
    for _ in range(100):
        await counting(model, meter).complete(asked, drafted())
    assert meter.factor("a") == pytest.approx(1.5, abs=0.01)
    before = meter.factor("a")
    model.tokens = 50_000
    await counting(model, meter).complete(replace(asked, files=(File("", "image/png", b"x"),)), drafted())
    await counting(model, meter).complete(replace(asked, rounds=(ToolRound(said=(), calls=(), results=()),)), drafted())
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
