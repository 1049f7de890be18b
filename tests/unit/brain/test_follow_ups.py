"""Questions that lean on others: what is searched for them, and how much of the knowledge base goes along again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain import prompt
from bridge.brain.following import QUERY_CHARS_MAX, SUBJECT_CHARS_MAX, seek
from bridge.brain.leaning import leans, may_lean
from bridge.brain.model_rung import ModelRung
from bridge.brain.route import Category, ContextSize, Route
from bridge.brain.settings import PromptSettings
from bridge.ports import ModelRequest, Spender
from bridge.types import Passage, Turn
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.scripted_model import ScriptedModel, line
from tests.unit.brain import made
from tests.unit.brain.made import NOON, VOICE, Events, conversation, passage, turn

FITTING = [passage(f"A fitting, part {n}.", number=n) for n in range(30)]
PASSAGES_MAX = 5
"""Of made.brain."""


class ByWord(FakeRetriever):
    """Finds its passages for questions with the word "fitting", from number `first` on."""

    first = 0

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        self.asked.append(query)
        return self.passages[self.first :][:limit] if "fitting" in query else ()


@dataclass
class Talk:
    """Plays the routing, too: everything is of one category, with a larger context."""

    category: Category = Category.SIMPLE_SUPPORT
    context: ContextSize = "focused"
    retriever: ByWord = field(default_factory=lambda: ByWord(FITTING))
    claude: ScriptedModel = field(default_factory=lambda: ScriptedModel([line(f"Answer {n}.") for n in range(9)]))
    turns: list[Turn] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    highest: str = "opus"

    async def ceiling(self, spender: Spender | None) -> str:
        return self.highest

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route:
        self.queries.append(query)
        return Route(category=self.category, context=self.context)

    def settled(self, route: Route, *, found: bool) -> Route:
        return route

    async def ask(self, text: str) -> ModelRequest:
        """What the model got."""
        asking = turn(text, name=f"t{len(self.turns)}")
        received = NOON + timedelta(seconds=5 * len(self.turns))
        asking = replace(asking, inbounds=(replace(asking.inbounds[0], received_at=received),))
        rung = ModelRung("claude", dict.fromkeys(("haiku", "sonnet", "opus"), self.claude), PromptSettings(), VOICE)
        version = prompt.version(prompt.system_prompt(PromptSettings(), VOICE.business))
        brain = replace(made.brain(self.retriever, [rung]), routing=self, spending=self, version=lambda: version)
        reply = await brain.answer(asking, conversation(*self.turns), Events().append)
        self.turns.append(replace(asking, reply=reply))
        return self.claude.asked[-1]


async def searched(text: str, earlier: Sequence[Turn], language: str = "en") -> list[str]:
    """What is searched for when nothing is found."""
    asked: list[str] = []

    async def find(query: str) -> tuple[Passage, ...]:
        asked.append(query)
        return ()

    await seek(turn(text, name="now"), earlier, language, find)
    return asked


SUBJECT = "What does a bike fitting cost?"
EARLIER = [turn(SUBJECT, answered="£60.", name="t0")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "And for children?"),
        ("en", "how long does it take?"),
        ("en", "what about Sundays"),
        ("en", "Is it free?"),
        ("en", "why?"),
        ("en", "no, since last week"),
        ("de", "Und danach?"),
        ("de-AT", "Wo finde ich das?"),
        ("es", "¿Y cuánto tarda?"),
        ("fr", "Où est-ce que je trouve ça ?"),
        ("pt", "Já tentei isso"),
        ("it", "Dove lo trovo?"),
        ("nl", "Kost dat iets?"),
        ("ja", "それはもう試しました"),
        ("ar", "أين أجد ذلك؟"),
    ],
)
async def test_a_question_that_leans_back_is_searched_by_itself_and_with_its_subject(language: str, text: str) -> None:
    assert await searched(text, EARLIER, language) == [text, f"{SUBJECT}\n{text}"]
    assert await searched(text, (), language) == [text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Opening hours?"),
        ("en", "Do you deliver to Ireland?"),
        ("en", "Gift cards"),
        ("en", "No signal on my display"),
        ("en", "Are you open this Saturday?"),
        ("en", "Is it possible to rent a bike?"),
        ("en", "Do you offer IT training?"),
        ("en", "And now something completely different: do you sell trailers for two children?"),
        ("de", "Wie kann ich meine Bestellung stornieren?"),
        ("de", "Gibt es Parkplätze?"),
        ("de", "Sind Sie diese Woche offen?"),
        ("es", "No puedo entrar en mi cuenta"),
        ("pt", "Não consigo entrar na conta"),
        ("pt", "E-bikes têm garantia?"),
        ("it", "Siete aperti questo sabato?"),
        ("nl", "Zijn jullie deze zaterdag open?"),
        ("fr", "Est-ce payant ?"),
        ("ja", "営業時間は何時からですか"),
        ("ja", "この週末は開いていますか"),
        ("ar", "هل أنتم مفتوحون هذا السبت؟"),
        ("xx", "and that?"),
    ],
)
async def test_a_question_that_stands_alone_is_searched_alone(language: str, text: str) -> None:
    assert await searched(text, EARLIER, language) == [text]


@pytest.mark.parametrize("text", ["word " * 16_000, "x" * 80_000, "why " + "x" * 80_000, "あ\n\n" + "い" * 2_700])
async def test_what_is_long_is_cut_and_stands_by_itself(text: str) -> None:
    (query,) = await searched(text, EARLIER, "ja" if "あ" in text else "en")
    assert len(query) <= QUERY_CHARS_MAX
    asked = await searched("And why?", [turn(text, answered="So.", name="t0")])
    assert asked[1].endswith("\nAnd why?")
    assert len(asked[1]) <= SUBJECT_CHARS_MAX + 10


def said(text: str, number: int, *, subject: str = "", found: bool = True, answered: str = "So.") -> Turn:
    past = turn(text, answered=answered, name=f"t{number}")
    assert past.reply is not None
    trace = replace(past.reply.trace, subject=subject, sent=tuple(FITTING[:1]) if found else ())
    return replace(past, reply=replace(past.reply, trace=trace))


async def test_the_subject_lasts_through_follow_ups_and_words_that_ask_nothing() -> None:
    earlier = [
        said(SUBJECT, 0),
        said("Do I have to decide now?", 1, subject="t0", found=False),
        said("And for children?", 2, subject="t0", found=False),
        said("I see", 3, found=False),
        said("ok thanks", 4, found=False),
    ]
    assert (await searched("How long does it take?", earlier))[1] == f"{SUBJECT}\nHow long does it take?"
    other = said("Do you sell trailers?", 5)
    assert (await searched("How much is it?", [*earlier, other]))[1] == "Do you sell trailers?\nHow much is it?"


async def test_a_follow_up_in_another_language_is_no_subject() -> None:
    earlier = [said(SUBJECT, 0), said("Und wie lange dauert es?", 1, found=False)]
    assert (await searched("and for kids?", earlier))[1] == f"{SUBJECT}\nand for kids?"


async def test_a_few_words_that_find_nothing_go_on_with_what_was_said_and_bring_nothing() -> None:
    talk = Talk()
    await talk.ask(SUBJECT)
    asked = await talk.ask("Do I have to decide now?")
    assert talk.retriever.asked[1:] == ["Do I have to decide now?"]
    assert asked.passages == ()
    assert prompt.NOTHING_FOUND in asked.facts, "what was found for another question is no answer"
    assert talk.queries[-1] == f"{SUBJECT}\nDo I have to decide now?", "what it goes on with is known to the routing"


async def test_what_finds_something_stands_by_itself_and_is_searched_once() -> None:
    talk = Talk()
    await talk.ask(SUBJECT)
    await talk.ask("Can my son get a fitting?")
    assert talk.retriever.asked[1:] == ["Can my son get a fitting?"]
    assert [turn.reply.trace.subject for turn in talk.turns if turn.reply] == ["", ""]


async def test_a_question_that_leans_on_another_brings_a_few_passages_more() -> None:
    talk = Talk()
    first = await talk.ask(SUBJECT)
    talk.retriever.first = PASSAGES_MAX - 1
    second = await talk.ask("And how long does it take?")
    assert talk.turns[-1].reply is not None
    assert talk.turns[-1].reply.trace.subject == "t0"
    talk.retriever.first = 2 * PASSAGES_MAX
    third = await talk.ask("Where can I get a fitting at night?")
    assert [len(request.passages) for request in (first, second, third)] == [PASSAGES_MAX, 3, PASSAGES_MAX]


async def test_a_few_words_may_begin_something_new() -> None:
    talk = Talk()
    await talk.ask(SUBJECT)
    new = [passage(f"Charged twice, part {n}.", number=100 + n) for n in range(5)]

    async def search(query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        return new if query == "Why was I charged twice?" else FITTING[: limit + 5]

    talk.retriever.search = search  # type: ignore[method-assign] # finds both
    asked = await talk.ask("Why was I charged twice?")
    assert [found.chunk_id for found in asked.passages][:2] == ["chunk-100", "chunk-101"]


async def test_a_larger_context_goes_along_once_an_epoch() -> None:
    talk = Talk(Category.COMPLEX_SUPPORT, "extended")
    first = await talk.ask("My fitting was cancelled twice and I paid for both of them.")
    talk.retriever.first = 10
    second = await talk.ask("Where can I get a fitting at night?")
    assert [len(request.passages) for request in (first, second)] == [10, PASSAGES_MAX]


async def test_a_follow_up_does_not_use_up_the_larger_context() -> None:
    talk = Talk()
    await talk.ask(SUBJECT)
    talk.category, talk.context = Category.COMPLEX_SUPPORT, "extended"
    talk.retriever.first = PASSAGES_MAX
    assert len((await talk.ask("And how long does it take?")).passages) == 3
    talk.retriever.first = 2 * PASSAGES_MAX
    assert len((await talk.ask("My fitting was cancelled twice and I paid for both of them.")).passages) == 10


async def test_the_language_of_a_few_words_is_that_of_what_was_said() -> None:
    talk = Talk()
    await talk.ask("¿Cuánto cuesta el envío de una bicicleta con fitting?")
    await talk.ask("Madrid?")
    assert "language 'es'" in (await talk.ask("Sevilla?")).facts


async def test_near_a_limit_of_the_budget_an_epoch_goes_on() -> None:
    talk = Talk(highest="haiku")
    for text in (SUBJECT, "Can my son get a fitting?", "Where is the fitting?"):
        await talk.ask(text)
    assert [turn.reply.trace.epoch for turn in talk.turns if turn.reply] == [1, 1, 1]


@given(st.text(max_size=60), st.sampled_from(["en", "de", "es", "fr", "pt-BR", "it", "nl", "ja", "ar", "ru", ""]))
def test_any_text_leans_or_not(text: str, language: str) -> None:
    assert isinstance(leans(text, language), bool)
    assert may_lean(text) or not leans(text, language)
