"""Claude refuses everything for a minute, on a clock that jumps: everybody gets something of use soon, and Claude
answers again as soon as it can."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr

from bridge import tickets
from bridge.brain.breaker import Breaking
from bridge.brain.cascade import Rung
from bridge.brain.claude import Claude
from bridge.brain.extractive import Extractive
from bridge.brain.faq import Faq
from bridge.brain.knowledge.words import terms
from bridge.brain.model_rung import ModelRung
from bridge.brain.person import Person
from bridge.brain.retrying import Retrying
from bridge.brain.settings import ExtractiveSettings, PromptSettings
from bridge.types import Passage
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import KEY, ClaudeServer, serving
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.server import Server, start_server
from tests.fakes.server_thread import GENEROUS
from tests.fakes.widget_client import Visitor, another, visiting
from tests.unit.brain import made
from tests.unit.brain.made import VOICE, passage

OUTAGE_S = 60.0
MESSAGES = 120
RECOVERY_S = 10.0
QUESTIONS = (
    "How long may I keep a bike?",
    "Must it be clean when I send it back?",
    "What does a parcel cost?",
    "Do you rent helicopters?",
)
INTERNAL = ("claude", "529", "overload", "haiku", "sonnet", "opus", "tier", "error", "unavailable")
_REFUSALS = (
    Refusal(529, "overloaded_error", "Overloaded"),
    Refusal(529, "overloaded_error", "Overloaded"),
    Refusal(500, "api_error", "Internal server error"),
    Refusal(429, "rate_limit_error", "Too many requests"),
)


@dataclass(slots=True)
class Shop(FakeRetriever):
    """Finds a passage only for a word that it holds."""

    passages: tuple[Passage, ...] = (
        passage("You have 30 days.", number=1, section="How long may I keep a bike?", kind="faq"),
        passage("Whatever you send back must be clean.", number=2),
        passage("A parcel costs £3.95. A bike costs £25.", number=3, title="Delivery"),
    )

    async def search(self, query: str, limit: int, under: object = ()) -> list[Passage]:
        asked = set(terms(query, "en"))
        return [found for found in self.passages if asked & set(terms(f"{found.section} {found.text}", "en"))]


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeServer]:
    async with serving(ClaudeServer()) as server:
        yield server


@pytest.fixture
async def server(claude: ClaudeServer) -> AsyncIterator[Server]:
    settings = made.quick(claude.url)
    models = [Claude(settings, SecretStr(KEY), tier=tier) for tier in ("haiku", "sonnet")]
    clock = asyncio.get_running_loop().time
    tiers = {
        tier: Retrying(Breaking(model, tier, clock=clock))
        for tier, model in zip(("haiku", "sonnet"), models, strict=True)
    }
    extractive = Extractive(ExtractiveSettings(piece_s=0), VOICE, last=False)
    rungs: list[Rung] = [ModelRung("claude", tiers, PromptSettings(), VOICE), Faq(extractive), extractive]
    brain = replace(made.brain(Shop(), rungs), person=Person(VOICE))
    async with start_server(brain.answer, settings=GENEROUS) as started:
        yield started
    for model in models:
        await model.aclose()


@dataclass(frozen=True, slots=True)
class Told:
    first_s: float
    outcome: str
    text: str
    at: float


async def ask(beside: Visitor, question: str, wait_s: float = 0.0) -> Told:
    """A visitor of one's own asks once."""
    await asyncio.sleep(wait_s)
    clock = asyncio.get_running_loop().time
    visitor = await another(beside)
    began = clock()
    turn_id = await visitor.say(question)
    first_s: float | None = None
    async with asyncio.timeout(60), aclosing(visitor.events()) as events:  # type: ignore[type-var]
        async for event in events:
            if event.type == "delta" and first_s is None:
                first_s = clock() - began
            elif event.type == "reset":
                first_s = None
            elif event.type == "done" and event.turn_id == turn_id:
                assert first_s is not None
                return Told(first_s, event.data["outcome"], event.data["text"], clock())
    raise AssertionError("the stream ended before the answer")


async def test_an_outage_of_a_minute(server: Server, claude: ClaudeServer) -> None:
    clock = asyncio.get_running_loop().time
    chance = random.Random(7)
    questions = itertools.cycle(QUESTIONS)
    async with visiting(server.url) as beside:
        assert (await ask(beside, QUESTIONS[0])).outcome == "answered"

        claude.play(*itertools.islice(itertools.cycle(_REFUSALS), 10_000))
        began = clock()
        async with asyncio.TaskGroup() as group:
            during = [
                group.create_task(ask(beside, next(questions), chance.uniform(0.0, OUTAGE_S))) for _ in range(MESSAGES)
            ]
            await asyncio.sleep(OUTAGE_S)
            asked = len(claude.requests)
            claude.script.clear()
            recovered = clock()
        told = [task.result() for task in during]

        assert {one.outcome for one in told} == {"degraded", "escalated"}
        assert sorted(one.first_s for one in told)[int(0.95 * MESSAGES)] <= 2.0
        for one in told:
            assert not [word for word in INTERNAL if word in one.text.lower()]
        strange = [one for one in told if one.outcome == "escalated"]
        assert len(strange) == MESSAGES / len(QUESTIONS)
        assert asked < MESSAGES / 2, "a model that keeps failing is left alone"

        back = await ask(beside, QUESTIONS[0])
        while back.outcome != "answered":
            await asyncio.sleep(0.5)
            back = await ask(beside, QUESTIONS[0])
        assert back.at - recovered <= RECOVERY_S
        assert clock() - began >= OUTAGE_S

    kept = await tickets.open_ones(server.store, limit=MESSAGES)
    assert len(kept) == len(strange)
    assert all(any(ticket.number in one.text for one in strange) for ticket in kept)
