"""Questions that lean on others: what is searched for them, and how much of the knowledge base goes along again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.brain import prompt
from bridge.brain.leaning import LEANING_WORDS_MAX, leans, may_lean
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
    """Finds its passages for questions with the word "fitting"; those after `seen` first."""

    seen = 0

    async def search(self, query: str, limit: int, under: Sequence[str] = ()) -> Sequence[Passage]:
        self.asked.append(query)
        return self.passages[self.seen :][:limit] if "fitting" in query else ()


@dataclass
class Talk:
    """Plays the routing, too: everything is of one category, with a larger context."""

    category: Category = Category.SIMPLE_SUPPORT
    context: ContextSize = "focused"
    retriever: ByWord = field(default_factory=lambda: ByWord(FITTING))
    claude: ScriptedModel = field(default_factory=lambda: ScriptedModel([line(f"Answer {n}.") for n in range(9)]))
    turns: list[Turn] = field(default_factory=list)

    async def route(self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender) -> Route:
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
        brain = replace(made.brain(self.retriever, [rung]), routing=self, version=lambda: version)
        reply = await brain.answer(asking, conversation(*self.turns), Events().append)
        self.turns.append(replace(asking, reply=reply))
        return self.claude.asked[-1]


async def test_a_few_words_that_find_nothing_are_searched_with_what_was_asked_before() -> None:
    talk = Talk()
    await talk.ask("What does a bike fitting cost?")
    asked = await talk.ask("Do I have to decide now?")
    assert talk.retriever.asked[1:] == [
        "Do I have to decide now?",
        "What does a bike fitting cost?\nDo I have to decide now?",
    ]
    assert asked.passages == (), "the model has them all"


async def test_what_finds_something_stands_by_itself_and_is_searched_once() -> None:
    talk = Talk()
    await talk.ask("What does a bike fitting cost?")
    await talk.ask("Can my son get a fitting?")
    await talk.ask("word " * (LEANING_WORDS_MAX + 1))
    assert talk.retriever.asked[1:] == ["Can my son get a fitting?", ("word " * (LEANING_WORDS_MAX + 1)).strip()]


async def test_a_question_that_leans_on_another_brings_a_few_passages_more() -> None:
    talk = Talk()
    first = await talk.ask("What does a bike fitting cost?")
    talk.retriever.seen = PASSAGES_MAX
    second = await talk.ask("And how long does it take?")
    talk.retriever.seen = 2 * PASSAGES_MAX
    third = await talk.ask("Where can I get a fitting at night?")
    assert [len(request.passages) for request in (first, second, third)] == [PASSAGES_MAX, 3, PASSAGES_MAX]


async def test_a_larger_context_goes_along_once_an_epoch() -> None:
    talk = Talk(Category.COMPLEX_SUPPORT, "extended")
    first = await talk.ask("My fitting was cancelled twice and I paid for both of them.")
    talk.retriever.seen = 10
    second = await talk.ask("Where can I get a fitting at night?")
    assert [len(request.passages) for request in (first, second)] == [10, PASSAGES_MAX]


async def test_another_category_brings_its_larger_context() -> None:
    talk = Talk()
    await talk.ask("What does a bike fitting cost?")
    talk.category, talk.context = Category.COMPLEX_SUPPORT, "extended"
    talk.retriever.seen = PASSAGES_MAX
    assert len((await talk.ask("My fitting was cancelled twice and I paid for both of them.")).passages) == 10


@given(st.text(max_size=60), st.sampled_from(["en", "de", "es", "fr", "pt-BR", "it", "nl", "ja", "ar", "ru", ""]))
def test_any_text_leans_or_not(text: str, language: str) -> None:
    if leans(text, language):
        assert may_lean(text)
