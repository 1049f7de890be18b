"""Answers without a model: everything said is quoted from the passages, or a fixed phrase."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain import quotes
from bridge.brain.cascade import Question
from bridge.brain.extractive import Extractive, pieces
from bridge.brain.sentences import sentences, units
from bridge.brain.settings import ExtractiveSettings
from bridge.errors import EmbedderError
from bridge.ports import Vectors
from bridge.types import CITATION_MARK, Outcome, Passage, Reply
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, Events, marks_in_prose, passage, turn

WINDOWS = """You may return most things.

## The windows

| What you bought | Time | Condition |
| --- | --- | --- |
| Bikes | 30 days | Ridden under 25 km |
| Clothing | 60 days | Labels attached |
| Gift cards | 14 days | Nothing spent |

The return counts as in time if you tell us on the last day. A bike then has to reach us within another 14 days.

## What you need

To send a parcel back you need:

1. the order number,
2. the original box.

Keep the receipt of the post office."""

ANSWER = "You have 30 days, e.g. until 3 May. It must be clean."
FAQ = passage(ANSWER, number=9, section="How long may I keep a bike?", kind="faq")


class Meaning:
    """An embedder whose only idea is whether a text speaks of money."""

    id = "money/1"
    dimensions = 2

    def __init__(self, *, away: bool = False, knows: float = 1.0) -> None:
        self.away = away
        self.knows = knows
        self.embedded: list[str] = []

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        if self.away:
            raise EmbedderError("away")
        self.embedded += texts
        money = [any(word in text for word in ("cost", "price", "£")) for text in texts]
        return np.array([[1.0, 0.0] if m else [0.0, 1.0] for m in money], np.float32)

    def coverage(self, text: str) -> float:
        return self.knows


def question(text: str, *passages: Passage, language: str = "en") -> Question:
    return made.question(turn(text), *passages, language=language)


async def ask(text: str, *passages: Passage, language: str = "en", embedder: Meaning | None = None) -> Reply:
    events = Events()
    rung = Extractive(ExtractiveSettings(piece_s=0), VOICE, embedder)
    reply = await rung.answer(question(text, *passages, language=language), events.append)
    assert reply is not None
    assert events.shown == reply.text
    return reply


async def test_a_faq_entry_that_asks_the_same_is_answered_whole() -> None:
    reply = await ask("how long can I keep my bike", passage(WINDOWS), FAQ)
    assert reply.text == f"{ANSWER} [1]"
    assert (reply.citations, reply.outcome) == ((FAQ,), Outcome.ANSWERED)


async def test_a_faq_entry_that_asks_the_opposite_is_not_the_answer() -> None:
    refuse = passage("Opened lubricants.", section="Which items can I not return?", kind="faq")
    reply = await ask("Which items can I return?", refuse)
    assert reply.text.startswith("This is what our help pages say:")


async def test_the_row_of_a_table_that_answers_is_quoted_with_its_head() -> None:
    reply = await ask("how long for gift cards?", passage(WINDOWS))
    assert reply.text == (
        "This is what our help pages say:\n\n**The windows** [1]\n\n"
        "| What you bought | Time | Condition |\n| --- | --- | --- |\n| Gift cards | 14 days | Nothing spent |"
    )


async def test_a_list_comes_with_the_line_that_announces_it() -> None:
    reply = await ask("which box for the order number?", passage(WINDOWS))
    assert "To send a parcel back you need:\n\n1. the order number,\n2. the original box. [1]" in reply.text


async def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    told = passage("Batteries are dangerous goods. They travel on the road only. Bread is tasty.")
    reply = await ask("Do you travel?", told)
    assert "Batteries are dangerous goods. They travel on the road only. [1]" in reply.text


async def test_headings_are_never_left_dangling() -> None:
    told = passage("Bikes are free.\n\n## Express parcels\n\nOrder before one.")
    assert "Express" not in (await ask("are bikes free", told)).text


async def test_an_open_fence_does_not_swallow_the_next_quotation() -> None:
    reply = await ask(
        "press the red button", passage("```\npress the red button"), passage("Red button: press.", number=2)
    )
    assert "```\npress the red button\n```\n\nRed button: press. [2]" in reply.text


async def test_a_quotation_in_a_document_stays_one() -> None:
    reply = await ask("is battery care vital", passage("> **Note:** battery care is vital.\n> Ask us.\n\nBread."))
    assert "> **Note:** battery care is vital.\n> Ask us. [1]" in reply.text


async def test_two_passages_are_quoted_with_two_marks() -> None:
    reply = await ask(
        "Do you repair a puncture?", passage("We repair a puncture."), passage("A puncture we repair.", number=2)
    )
    assert reply.text.endswith("We repair a puncture. [1]\n\nA puncture we repair. [2]")


async def test_meaning_finds_what_has_no_word_in_common() -> None:
    told = passage("Bring it to the shop. We charge £25. It will be quick.")
    assert "£25" in (await ask("what is the price", told, embedder=Meaning())).text


@pytest.mark.parametrize("embedder", [Meaning(away=True), Meaning(knows=0.1)], ids=["away", "does not know the words"])
async def test_without_a_vector_words_decide(embedder: Meaning) -> None:
    told = passage("Opening is at nine. We charge £25.")
    assert "nine" in (await ask("cost of opening", told, embedder=embedder)).text
    assert embedder.embedded == []


async def test_sentences_are_embedded_once() -> None:
    embedder = Meaning()
    rung = Extractive(ExtractiveSettings(piece_s=0), VOICE, embedder)
    for _ in range(3):
        await rung.answer(question("what is the price", passage(WINDOWS)), lambda _: None)
    sentences_seen = [text for text in embedder.embedded if text != "what is the price"]
    assert len(sentences_seen) == len(set(sentences_seen)) > 3


async def test_vectors_are_forgotten_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "VECTORS_CACHED_MAX", 2)
    vectors = quotes.SentenceVectors(Meaning())
    assert await vectors.cosines("price", ["a £1", "b", "c £2"]) == {"a £1": 1.0, "b": 0.0, "c £2": 1.0}
    assert await vectors.cosines("price", ["a £1", "c £2"]) == {"a £1": 1.0, "c £2": 1.0}
    assert len(vectors._known) == 2


class Slow(Meaning):
    """Takes its time for every text."""

    async def embed(self, texts: Sequence[str], kind: Literal["query", "document"]) -> Vectors:
        await asyncio.sleep(0.02 * len(texts))
        return await super().embed(texts, kind)


def test_nobody_waits_for_long_for_what_sentences_mean() -> None:
    """The likeliest are compared, and the next question finds more of them ready."""

    async def work() -> None:
        vectors = quotes.SentenceVectors(Slow(), within_s=0.3)
        texts = [f"price {number}" for number in range(24)]
        first = await vectors.cosines("price", texts)
        assert list(first) == texts[: quotes.EMBEDDED_AT_ONCE]
        assert len(await vectors.cosines("price", texts)) == 2 * len(first)
        assert await quotes.SentenceVectors(Slow(), within_s=0.01).cosines("price", texts) == {}

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work())


@pytest.mark.parametrize(
    ("language", "unknown"),
    [
        ("en", "I'm sorry, I don't know that."),
        ("de", "Das weiß ich leider nicht."),
        ("es", "no lo sé"),
        ("ja", "分かりかねます"),
        ("sv", "I don't know"),
    ],
)
async def test_without_passages_it_says_so_and_offers_a_person(language: str, unknown: str) -> None:
    reply = await ask("?", language=language)
    assert unknown in reply.text
    assert "help@acme.example" in reply.text
    assert (reply.outcome, reply.citations) == (Outcome.UNKNOWN, ())


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("Hello!", "en", "Hello! What would you like to know?"),
        ("Guten Tag", "de", "Guten Tag! Was möchten Sie wissen?"),
        ("thank you so much!!", "en", "You're welcome! Just ask if there is anything else."),
        ("Tschüss", "de", "Auf Wiedersehen und alles Gute!"),
        ("¡Hola! Buenas tardes", "es", "¡Hola! ¿Qué le gustaría saber?"),
    ],
)
async def test_small_talk_gets_a_kind_word_and_no_quotation(text: str, language: str, answer: str) -> None:
    reply = await ask(text, passage(WINDOWS), language=language)
    assert (reply.text, reply.outcome, reply.citations) == (answer, Outcome.ANSWERED, ())


@pytest.mark.parametrize(
    "text", ["👍", "❤️", "👍🏽👍🏽", "🙏 !", "thanks 👍", ":+1:", ":+1::skin-tone-3:", ":heart: :100:", "<3", ":)"]
)
async def test_a_thumb_or_a_heart_is_thanked_for_like_thanks(text: str) -> None:
    assert (await ask(text, passage(WINDOWS))).text == "You're welcome! Just ask if there is anything else."


async def test_the_terms_of_a_question_are_found_once_and_not_for_every_sentence() -> None:
    """Found again for each of the 3,000 sentences, it would take minutes."""
    endless = " ".join(f"number w{n}" for n in range(20_000))
    told = [passage(" ".join(f"Number {n} is so." for n in range(1_500)), number=n, language="en") for n in range(2)]
    relevance = await quotes.Relevance.of(endless, told, None)
    assert len(relevance.scores) == 3_000


async def test_passages_are_taken_apart_outside_the_event_loop() -> None:
    class Watched(list[Passage]):
        def __iter__(self) -> Iterator[Passage]:
            read_by.add(threading.get_ident())
            return super().__iter__()

    read_by: set[int] = set()
    await quotes.Relevance.of("keep a bike", Watched([FAQ]), None)
    assert read_by
    assert threading.get_ident() not in read_by


async def test_a_question_is_weighed_outside_the_event_loop_and_only_if_there_is_something_to_compare() -> None:
    class Watched(Meaning):
        def coverage(self, text: str) -> float:
            weighed_by.append(threading.get_ident())
            return super().coverage(text)

    weighed_by: list[int] = []
    embedder = Watched()
    await ask("what is the price", embedder=embedder)
    assert (weighed_by, embedder.embedded) == ([], [])
    await ask("what is the price", passage(WINDOWS), embedder=embedder)
    assert len(weighed_by) == 1
    assert threading.get_ident() not in weighed_by


@pytest.mark.parametrize(
    "text", ["Hello, is it open?", "hi 5", "Thanks but no", "Hi there 你好吗", "👎", "😡", "👍?", "5 👍", ":bike:"]
)
async def test_what_might_be_a_question_is_no_small_talk(text: str) -> None:
    assert (await ask(text)).outcome is Outcome.UNKNOWN


async def test_it_streams() -> None:
    events = Events()
    rung = Extractive(ExtractiveSettings(piece_s=0), VOICE)
    reply = await rung.answer(question("how long may I keep a bike", FAQ), events.append)
    assert reply is not None
    assert len(events) > 3
    assert "".join(pieces(reply.text)) == reply.text


async def test_what_fits_only_loosely_is_quoted_with_a_reservation_and_a_person() -> None:
    text = "The shop is closed on Monday. Returned bikes go back on sale."
    sure = (await ask("is the shop closed on monday", passage(text))).text
    unsure = (await ask("which monday ferry takes folding tandems abroad", passage(text))).text
    assert VOICE.say("en", "lead_in") in sure
    assert unsure.startswith(VOICE.say("en", "unsure"))
    assert unsure.endswith(VOICE.say("en", "offer_person"))


async def test_where_a_model_would_have_answered_a_quote_says_how_to_reach_people() -> None:
    asked = question("is the shop closed on monday", passage("The shop is closed on Monday."))
    for last, offered in ((True, False), (False, True)):
        rung = Extractive(ExtractiveSettings(piece_s=0), VOICE, last=last)
        reply = await rung.answer(asked, Events().append)
        assert reply is not None
        assert reply.text.endswith(VOICE.say("en", "offer_person")) == offered


async def test_a_mark_inside_a_document_is_not_taken_for_ours() -> None:
    reply = await ask("is it so", passage("It is so [3]."))
    assert "It is so (3). [1]" in reply.text
    assert len(reply.citations) == 1


# ---------------------------------------------------------------- nothing is invented

WORDS = "bike return 30 days. | - # Cost: [2] ** It (a) £5! ? ``` 1. > \n \n\n | --- |"
MARKDOWN = st.one_of(
    st.lists(st.sampled_from(WORDS.split(" ")), max_size=40).map(" ".join), st.text(max_size=80), st.just(WINDOWS)
)
PASSAGES = st.lists(
    st.tuples(MARKDOWN, st.sampled_from(["article", "faq"]), st.text(max_size=20)), min_size=1, max_size=4
)


def words(text: str) -> str:
    """The text without spaces and our marks of quotation: what Markdown may lay out in another way."""
    return "".join(re.sub(r"\*\*|>|`|\[\d+\]|\(\d+\)", "", text).split())


@given(text=st.one_of(st.just("return a bike, days and cost?"), st.text(min_size=1, max_size=40)), made=PASSAGES)
async def test_every_sentence_is_from_the_passages_or_a_phrase(
    text: str, made: list[tuple[str, Literal["article", "faq"], str]]
) -> None:
    passages = [passage(t, number=n, kind=kind, section=section) for n, (t, kind, section) in enumerate(made)]
    reply = await ask(text, *passages)
    told = {words(part) for p in passages for part in (p.text, p.title, p.section)}
    phrases = {words(VOICE.say("en", name)) for name in type(VOICE.phrases.en).model_fields}
    for unit in units(reply.text):
        for line in (unit.text, *unit.header.splitlines()):
            said = words(line)
            assert any(said in source for source in told) or any(said in phrase for phrase in phrases), unit
    ours = set(range(1, len(reply.citations) + 1))
    assert set(marks_in_prose(reply.text)) <= ours
    assert ours <= {int(mark[1]) for mark in CITATION_MARK.finditer(reply.text)}


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("paragraph", "parts"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It costs £3.95. Bring 2.5 kg.", ["It costs £3.95.", "Bring 2.5 kg."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Use oil, e.g. Finish Line. Wipe it.", ["Use oil, e.g. Finish Line.", "Wipe it."]),
        ("Teile, z. B. Ketten. Sie passen.", ["Teile, z. B. Ketten.", "Sie passen."]),
        ("Dr. Smith is in. ask him", ["Dr. Smith is in. ask him"]),
        ("可以。不行！好", ["可以。", "不行！", "好"]),
        ("broken\nlines here. Yes.", ["broken lines here.", "Yes."]),
        ("Run it. ``` ls", ["Run it. ``` ls"]),
        ("Bring it. - Now. # So", ["Bring it. - Now. # So"]),
        ("", []),
        ("Ask ca. Ten. It is (e.g. Red).", ["Ask ca. Ten.", "It is (e.g. Red)."]),
        ("At Cuba. He sat. St. Ives", ["At Cuba.", "He sat.", "St. Ives"]),
        ("e.g. X " * 60_000, [("e.g. X " * 60_000).strip()]),  # reading it again from its start would take hours
    ],
    ids=lambda value: repr(value)[:20],
)
def test_sentences(paragraph: str, parts: list[str]) -> None:
    assert sentences(paragraph) == parts
