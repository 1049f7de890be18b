"""An answer is given again only where every gate agrees, and no more once anything speaks against it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.brain.cache.rung import Answers, Cached
from bridge.brain.cache.semantic import floor
from bridge.brain.cache.settings import CacheSettings
from bridge.brain.cascade import Question
from bridge.brain.context import History
from bridge.brain.route import Category, Route
from bridge.feedback import LOG, rate
from bridge.ports import Exchange, ToolRound
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Attachment, Outcome, Reply, Sender, Trace, Turn, Unread
from tests.fakes.fake_embedder import FakeEmbedder
from tests.fakes.fake_retriever import FakeRetriever
from tests.unit.brain.made import Events, conversation, passage, question, turn

HOURS = passage("We are open from 9 to 5.", number=1)
RETURNS = passage("You may return things within 30 days.", number=2)
SURE = Route(category=Category.FAQ, tier="haiku", by="local", confidence=0.97)
REPLY = Reply(
    text="You may return things within 30 days [1].",
    outcome=Outcome.ANSWERED,
    citations=(RETURNS,),
    rung="claude",
    model="claude-haiku",
    trace=Trace(prompt_version="v1"),
)
ASKED = "Can I return a helmet?"
NEVER = CacheSettings(live_share=0.0)


class World:
    """A store, what the knowledge base says, the time and the version of the prompt; processes share them."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.version = "v1"
        self.store = MemoryStore(Settings(), lambda: self.now)
        self.retriever = FakeRetriever([HOURS, RETURNS])
        self.embedder = FakeEmbedder()

    def process(self, settings: CacheSettings = NEVER) -> Answers:
        return Answers(
            self.store,
            settings,
            self.embedder,
            business="Acme",
            version=lambda: self.version,
            current=self.retriever.current,
            clock=lambda: self.now,
        )


def asked(text: str = ASKED, name: str = "t2", route: Route = SURE, language: str = "en") -> Question:
    return replace(question(turn(text, name=name), RETURNS, HOURS, language=language), route=route)


async def said(answers: Answers, wanted: Question, *, fallback: bool = False) -> Reply | None:
    events = Events()
    reply = await Cached(answers, fallback=fallback).answer(wanted, events.append)
    assert events.shown == (reply.text if reply else "")
    return reply


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def answers(world: World) -> Answers:
    """With one answer in it."""
    kept = world.process()
    await kept.keep(asked(name="t1"), REPLY)
    assert len(kept.entries) == 1
    return kept


async def test_the_same_question_gets_the_answer_with_its_sources(answers: Answers) -> None:
    reply = await said(answers, asked("can I return a helmet, please?"))
    assert reply is not None
    assert (reply.text, reply.citations, reply.rung) == (REPLY.text, (RETURNS,), "cache")


async def test_so_does_one_in_other_words(answers: Answers) -> None:
    # The fake embedder knows words only: this pair shares enough of them.
    assert await said(answers, asked("Is it possible to return a helmet?")) is None  # too far apart for it
    near = await said(answers, asked("Can I just return a helmet?"))
    assert near is not None


@pytest.mark.parametrize(
    "text",
    ["Can I not return a helmet?", "Can I return a bike?", "Can I return 2 helmet?", "How can I return a helmet?"],
)
async def test_another_question_gets_none(answers: Answers, text: str) -> None:
    assert await said(answers, asked(text)) is None


CHANGES: dict[str, Callable[[Question], Question]] = {
    "language": lambda q: replace(q, language="de"),
    "category": lambda q: replace(q, route=replace(SURE, category=Category.SIMPLE_SUPPORT)),
    "not cached": lambda q: replace(q, route=replace(SURE, category=Category.SALES_INQUIRY)),
    "unsure": lambda q: replace(q, route=replace(SURE, confidence=0.94)),
    "by default": lambda q: replace(q, route=replace(SURE, by="default")),
    "review": lambda q: replace(q, route=replace(SURE, review=True)),
    "unread": lambda q: replace(q, unread=(Unread("a", "kind"),)),
    "leaning": lambda q: replace(q, query=f"Before\n{q.query}"),
    "retry": lambda q: replace(q, turn=turn(ASKED, retry_of="t0")),
    "channel": lambda q: replace(q, turn=_elsewhere(q.turn)),
    "file": lambda q: replace(q, turn=_with_file(q.turn)),
}


def _elsewhere(turn: Turn) -> Turn:
    inbound = turn.inbounds[0]
    return replace(turn, inbounds=(replace(inbound, address=replace(inbound.address, channel="slack")),))


def _with_file(turn: Turn) -> Turn:
    return replace(turn, inbounds=(replace(turn.inbounds[0], attachments=(Attachment("u", "image/png"),)),))


@pytest.mark.parametrize("change", CHANGES)
async def test_anything_else_that_differs_is_a_miss(answers: Answers, change: str) -> None:
    assert await said(answers, CHANGES[change](asked())) is None


async def test_what_it_rests_on_must_be_found_for_other_words_too(answers: Answers) -> None:
    other = asked("Can I just return a helmet?")
    assert await said(answers, other) is not None
    assert await said(answers, replace(other, passages=(HOURS,))) is None


async def test_meaning_must_be_near_too(answers: Answers, world: World) -> None:
    world.embedder.id = "another/1"
    assert await said(answers, asked("Can I just return a helmet?")) is None
    assert await said(answers, asked()) is not None  # the same words need no vector


async def test_a_new_prompt_begins_anew(answers: Answers, world: World) -> None:
    world.version = "v2"
    assert await said(answers, asked()) is None


async def test_an_answer_of_an_older_prompt_is_not_kept(world: World) -> None:
    world.version = "v2"
    answers = world.process()
    await answers.keep(asked(), REPLY)
    assert len(answers.entries) == 0


async def test_it_is_forgotten_after_a_day(answers: Answers, world: World) -> None:
    world.now += 86_399
    assert await said(answers, asked()) is not None
    world.now += 2
    assert await said(answers, asked()) is None


async def test_a_change_of_a_source_drops_it(answers: Answers, world: World) -> None:
    world.retriever.passages = [HOURS, replace(RETURNS, text="You may return things within 14 days.")]
    assert await said(answers, asked()) is None
    await answers.refresh()
    assert len(answers.entries) == 0


async def test_other_processes_have_it_and_drop_it(answers: Answers, world: World) -> None:
    other = world.process()
    await other.refresh()
    assert await said(other, asked("Can I just return a helmet?", name="t9")) is not None
    await answers.evict("t9")  # the thumb went down below an answer that was given again
    await other.refresh()
    assert await said(other, asked()) is None
    late = world.process()
    await late.refresh()
    assert len(late.entries) == 0


async def test_a_thumb_down_below_the_first_answer_drops_it(answers: Answers) -> None:
    await answers.evict("t1")
    assert await said(answers, asked()) is None


async def test_thumbs_are_read_from_where_every_channel_keeps_them(answers: Answers, world: World) -> None:
    assert await said(answers, asked(name="t9")) is not None
    await rate(world.store, turn(ASKED, name="t9"), "up", "")
    await world.store.append(LOG, "not json", "[]")
    other = world.process()
    await other.refresh()
    assert await said(other, asked()) is not None
    await rate(world.store, turn(ASKED, name="t9"), "down", "wrong")
    await other.refresh()
    await answers.refresh()
    assert await said(other, asked()) is None
    assert await said(answers, asked()) is None


async def test_there_is_one_entry_for_the_same_words(answers: Answers, world: World) -> None:
    await answers.keep(asked(name="t5"), REPLY)
    assert len(answers.entries) == 1
    assert len(await world.store.read("answers", after=0, limit=10)) == 1


async def test_an_answer_that_was_shown_a_new_passage_takes_the_place_of_the_older(answers: Answers) -> None:
    new = passage("From December nothing can be returned.", number=3)
    wanted = replace(asked(name="t5"), passages=(new, RETURNS, HOURS))
    await answers.keep(wanted, REPLY)
    assert len(answers.entries) == 1
    assert await said(answers, wanted) is not None


async def test_the_oldest_goes_first(world: World) -> None:
    answers = world.process(CacheSettings(entries_max=2, live_share=0.0))
    for number, thing in enumerate(["helmet", "bike", "light"]):
        await answers.keep(asked(f"Can I return a {thing}?", name=f"t{number}"), REPLY)
    assert len(answers.entries) == 2
    assert await said(answers, asked("Can I return a helmet?")) is None
    assert await said(answers, asked("Can I return a light?")) is not None


async def test_what_was_looked_up_for_somebody_is_neither_kept_nor_answered_from_here(world: World) -> None:
    looked_up = asked(name="t1")
    looked_up.work.rounds.append(ToolRound(said=(), calls=(), results=()))
    answers = world.process()
    await answers.keep(looked_up, REPLY)
    assert len(answers.entries) == 0
    await answers.keep(asked(name="t3"), REPLY)
    assert await said(answers, asked(name="t4"), fallback=True) is not None
    assert await said(answers, looked_up, fallback=True) is None


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Outcome.DEGRADED},
        {"outcome": Outcome.UNKNOWN},
        {"rung": "backup"},
        {"rung": "cache"},
        {"citations": ()},
        {"trace": Trace(prompt_version="v1", failed=("check:facts",))},
        {"text": "You may return things within 30 days."},
        {"text": "You may return things [1]. A helmet costs £30 to send."},
        {"text": "You may return things within 30 days [2]."},
        {"ticket": "T-1"},
    ],
)
async def test_only_a_sound_answer_is_kept(world: World, change: dict[str, Any]) -> None:
    answers = world.process()
    await answers.keep(asked(), replace(REPLY, **change))
    assert len(answers.entries) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "When will my parcel arrive?",
        "Can I return LW-204817?",
        "Can I return it to a@b.example?",
        "Can you call +44 20 7946 0958?",
        "Are you open today?",
        "Can I still order for next week?",
        "Has my refund been sent?",
    ],
)
async def test_what_is_of_one_person_or_one_day_is_never_kept(world: World, text: str) -> None:
    answers = world.process()
    await answers.keep(asked(text), REPLY)
    assert len(answers.entries) == 0


BEFORE: dict[str, Callable[[Question], Question]] = {
    "turn": lambda q: replace(q, conversation=conversation(turn("I am Maria, of Aran.", answered="Welcome."))),
    "turn without an answer": lambda q: replace(q, conversation=conversation(turn("I am Maria, of Aran."))),
    "exchange": lambda q: replace(q, history=History(exchanges=(Exchange(question="I am Maria.", answer="Welcome."),))),
    "summary": lambda q: replace(q, history=History(summary="Maria lives on Aran.")),
}


@pytest.mark.parametrize("before", BEFORE)
async def test_what_was_said_later_in_a_conversation_is_not_kept(world: World, before: str) -> None:
    answers = world.process()
    await answers.keep(BEFORE[before](asked()), REPLY)
    assert len(answers.entries) == 0


async def test_but_it_is_served_there_unless_the_question_leans(answers: Answers) -> None:
    later = conversation(turn("Do you sell helmets?", answered="Yes."))
    assert await said(answers, replace(asked(), conversation=later)) is not None
    leaning = replace(asked("Can I return them?"), conversation=later)
    assert await said(answers, leaning) is None


@pytest.mark.parametrize(
    ("text", "name", "kept"),
    [
        ("Maria, you may return things within 30 days [1].", "Maria Schmidt", False),
        ("Frau Schmidt, you may return things within 30 days [1].", "Maria Schmidt", False),
        ("You may return things within 30 days, write to m@s.example [1].", "", False),
        ("You may return things within 30 days, we call +44 20 7946 0958 [1].", "", False),
        ("You may return things within 30 days [1].", "Maria Schmidt", True),
        ("You may return things within 30 days [1].", "May Things", True),  # in the source as well
        ("You may return things within 30 days [1].", "Al", True),
    ],
)
async def test_what_holds_something_of_the_sender_is_not_kept(world: World, text: str, name: str, kept: bool) -> None:
    answers, wanted = world.process(), asked()
    inbound = replace(wanted.turn.inbounds[0], sender=Sender("p1", name))
    wanted = replace(wanted, turn=replace(wanted.turn, inbounds=(inbound,)))
    await answers.keep(wanted, replace(REPLY, text=text))
    assert len(answers.entries) == kept


async def test_contact_data_of_the_source_may_be_kept(world: World) -> None:
    source = replace(RETURNS, text="Return things within 30 days: help@acme.example, +44 (20) 7946 0958.")
    world.retriever.passages = [HOURS, source]
    answers = world.process()
    reply = replace(REPLY, text="Write to help@acme.example or call +44 20 7946 0958 [1].", citations=(source,))
    await answers.keep(asked(), reply)
    assert len(answers.entries) == 1


async def test_a_new_passage_among_the_best_is_a_miss_for_the_same_words_too(answers: Answers) -> None:
    new = passage("From December nothing can be returned.", number=3)
    assert await said(answers, replace(asked(), passages=(new, RETURNS, HOURS))) is None
    assert await said(answers, replace(asked(), passages=(new, HOURS))) is None
    assert await said(answers, replace(asked(), passages=(HOURS, RETURNS))) is not None
    assert await said(answers, replace(asked(), passages=(RETURNS, HOURS, HOURS, new))) is not None


async def test_an_answer_of_the_future_is_not_given(answers: Answers, world: World) -> None:
    world.now -= 50
    assert await said(answers, asked()) is not None
    world.now -= 20
    assert await said(answers, asked()) is None


async def test_nothing_is_kept_or_served_when_switched_off(answers: Answers, world: World) -> None:
    off = world.process(CacheSettings(enabled=False))
    await off.refresh()
    assert await said(off, asked()) is None


class TestComparison:
    """Some would-be hits are answered live."""

    SETTINGS = CacheSettings(live_share=1.0, comparisons_min=10)

    async def live(self, answers: Answers, number: int, reply: Reply) -> None:
        wanted = asked(name=f"live{number}")
        assert await said(answers, wanted) is None
        await answers.keep(wanted, reply)

    async def test_answers_that_agree_change_nothing(self, answers: Answers, world: World) -> None:
        sampling = world.process(self.SETTINGS)
        await sampling.refresh()
        for number in range(12):
            await self.live(sampling, number, REPLY)
        assert await said(answers, asked()) is not None

    @pytest.mark.parametrize(
        "other",
        [
            replace(REPLY, text="You may return things within 14 days [1]."),
            replace(REPLY, citations=(HOURS,)),
            replace(REPLY, outcome=Outcome.UNKNOWN),
            replace(REPLY, text="You may not return things within 30 days [1]."),
            replace(REPLY, text="You may return things [1]."),
        ],
    )
    async def test_a_category_that_differs_is_off_everywhere(
        self, world: World, answers: Answers, other: Reply
    ) -> None:
        sampling = world.process(self.SETTINGS)
        await sampling.refresh()
        for number in range(10):
            await self.live(sampling, number, other)
        await answers.refresh()
        assert await said(answers, asked()) is None
        fresh = world.process()
        await fresh.refresh()
        assert fresh.entries.off("FAQ")

    async def test_who_deletes_the_key_begins_anew(
        self, world: World, answers: Answers, caplog: pytest.LogCaptureFixture
    ) -> None:
        sampling = world.process(self.SETTINGS)
        await sampling.refresh()
        for number in range(12):
            await self.live(sampling, number, replace(REPLY, citations=(HOURS,)))
        assert sampling.entries.off("FAQ")
        assert "delete the key cache:off:FAQ" in str([vars(record) for record in caplog.records])
        await world.store.delete("cache:off:FAQ")
        world.now += 61
        await sampling.refresh()
        fresh = world.process(self.SETTINGS)
        await fresh.refresh()
        assert not sampling.entries.off("FAQ")
        assert not fresh.entries.off("FAQ")

    async def test_without_a_model_nothing_is_compared(self, world: World, answers: Answers) -> None:
        sampling = world.process(self.SETTINGS)
        await sampling.refresh()
        assert await said(sampling, asked(), fallback=True) is not None

    async def test_the_same_turns_are_chosen_every_time(self, world: World, answers: Answers) -> None:
        some = world.process(CacheSettings(live_share=0.05))
        await some.refresh()
        names = [f"turn{number}" for number in range(2_000)]
        live = [name for name in names if await some.find(asked(name=name)) is None]
        assert 60 <= len(live) <= 140
        assert [name for name in live if await some.find(asked(name=name)) is None] == live


async def test_a_foreign_line_in_the_log_is_passed_over(answers: Answers, world: World) -> None:
    await world.store.append("answers", "not json", "[]", '{"keep": {"id": 1}}', "{}")
    await answers.refresh()
    assert await said(answers, asked()) is not None


def test_a_floor_can_only_be_raised() -> None:
    assert floor("use-multilingual-3/x", 0.1) == floor("use-multilingual-3/x")
    assert floor("use-multilingual-3/x", 0.9) == 0.9
