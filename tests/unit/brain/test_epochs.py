"""A whole conversation through the brain: what the API gets grows at its end, and long ones are summarised."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.brain import claude_request, prompt
from bridge.brain.brain import Brain
from bridge.brain.context import History
from bridge.brain.model_rung import ModelRung
from bridge.brain.route import Route
from bridge.brain.settings import ClaudeSettings, PromptSettings, TierName
from bridge.brain.summary import Summariser
from bridge.errors import ModelUnavailable
from bridge.ports import ModelRequest, Spender
from bridge.types import Passage, Turn, Usage
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.scripted_model import ScriptedModel, line
from tests.unit.brain import made
from tests.unit.brain.made import NOON, VOICE, Events, conversation, passage, turn

SETTINGS = PromptSettings()
LINES = 60


@dataclass
class Talk:
    """Questions and answers, a few seconds between them."""

    tier: str = "sonnet"
    summaries_work: bool = True
    pinned: str = ""
    turns: list[Turn] = field(default_factory=list)
    retriever: FakeRetriever = field(default_factory=FakeRetriever)
    claude: ScriptedModel = field(default_factory=lambda: ScriptedModel([line(f"Answer {n}.") for n in range(LINES)]))
    writer: ScriptedModel = field(init=False)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        error = None if self.summaries_work else ModelUnavailable("away")
        self.writer = ScriptedModel([line(f"Goal: number {n}", error=error) for n in range(LINES)])

    async def route(
        self, turn: Turn, earlier: Sequence[Turn], query: str, spender: Spender, *, subject: str | None = None
    ) -> Route:
        return Route(tier=self.tier)

    def settled(self, route: Route, *, found: bool) -> Route:
        return route

    def _brain(self) -> Brain:
        rung = ModelRung("claude", dict.fromkeys(("haiku", "sonnet", "opus"), self.claude), SETTINGS, VOICE)
        rung = replace(rung, pinned=lambda: self.pinned)
        system = prompt.system_prompt(SETTINGS, VOICE.business, self.pinned)
        return replace(
            made.brain(self.retriever, [rung]),
            routing=self,
            summarising=Summariser(self.writer),
            version=lambda: prompt.version(system),
        )

    async def ask(self, text: str, *found: Passage, retry_of: str | None = None) -> ModelRequest:
        """What the model got."""
        self.now_s += 5
        self.retriever.passages = tuple(dict.fromkeys((*found, *self.retriever.passages)))
        asking = turn(text, name=f"t{len(self.turns)}", retry_of=retry_of)
        received = NOON + timedelta(seconds=self.now_s)
        asking = replace(asking, inbounds=(replace(asking.inbounds[0], received_at=received),))
        earlier = conversation(*self.turns[-SETTINGS.turns_loaded :])
        reply = await self._brain().answer(asking, earlier, Events().append)
        self.turns.append(replace(asking, reply=reply))
        return self.claude.asked[-1]

    @property
    def epochs(self) -> list[int]:
        return [turn.reply.trace.epoch for turn in self.turns if turn.reply]


def messages(request: ModelRequest, tier: TierName) -> list[Any]:
    """Without where the cache is told to look."""
    told = claude_request.body(request, getattr(ClaudeSettings().tiers, tier))["messages"]

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key != "cache_control"}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    return [bare(message) for message in told]


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
async def test_within_an_epoch_a_request_begins_with_the_one_before_it(tier: TierName) -> None:
    talk = Talk(tier=tier)
    before: list[Any] = []
    for number in range(8):
        asked = await talk.ask(f"Question {number}?", passage(f"Chunk {number}.", number=number))
        now = messages(asked, tier)
        assert now[: len(before)] == before
        before = now
    assert set(talk.epochs) == {1}


async def test_over_ten_turns_a_conversation_is_told_by_a_summary() -> None:
    talk = Talk()
    asked = [await talk.ask(f"Question {number}?", passage(f"Chunk {number}.", number=number)) for number in range(30)]
    assert talk.epochs == sorted(talk.epochs)
    assert set(talk.epochs) == {1, 2, 3, 4}
    for number, request in enumerate(asked):
        told = [exchange.question for exchange in request.history]
        assert len(told) <= 12
        if number > 10:
            assert "Question 0?" not in told
            assert "> Goal: number" in request.summary
        assert told == [f"Question {n}?" for n in range(number - len(told), number)], "the newest, none left out"
    assert len(talk.writer.asked) == 3, "one for every eight turns"
    assert "Goal: number 0" in talk.writer.asked[1].question, "each builds on the one before"


class LateSummary:
    """Is written after the answer, for seven nano-dollars."""

    async def summarise(self, told: History, spender: Spender) -> str:
        await asyncio.sleep(0.05)
        spender.bill.add(7, Usage(input_tokens=3))
        return "Goal: a bike"


class TalkWithLateSummary(Talk):
    def _brain(self) -> Brain:
        return replace(super()._brain(), summarising=LateSummary())


async def test_what_a_summary_costs_counts_also_when_it_ends_after_the_answer() -> None:
    talk = TalkWithLateSummary()
    for number in range(SETTINGS.summary_turns + 1):
        await talk.ask(f"Question {number}?")
    replies = [turn.reply for turn in talk.turns if turn.reply]
    assert [reply.trace.cost_nano for reply in replies if reply.trace.summary] == [7]
    assert [reply.usage.input_tokens for reply in replies if reply.trace.summary] == [3]


async def test_while_nobody_writes_summaries_nothing_is_lost() -> None:
    talk = Talk(summaries_work=False)
    for number in range(40):
        asked = await talk.ask(f"Question {number}?", passage(f"Chunk {number}.", number=number))
        told = " ".join([asked.summary, *(exchange.question for exchange in asked.history)])
        assert all(f"Question {n}?" in told for n in range(number))


async def test_a_change_of_what_was_sent_or_of_the_prompt_begins_a_new_epoch() -> None:
    talk = Talk()
    await talk.ask("How long?", passage("Thirty days."))
    talk.retriever.passages = ()
    asked = await talk.ask("And now?", passage("Sixty days."))
    assert [passage.text for exchange in asked.history for passage in exchange.passages] == []
    talk.pinned = "### Returns\nSixty days."
    asked = await talk.ask("Sure?")
    assert "Sixty days." in asked.system
    assert talk.epochs == [1, 2, 3]
    talk.tier = "opus"
    await talk.ask("Really?")
    talk.tier = "haiku"
    await talk.ask("Thanks?")
    assert talk.epochs == [1, 2, 3, 4, 4]
    assert talk.turns[-1].reply
    assert talk.turns[-1].reply.trace.tier == "opus", "within an epoch it only goes up"


async def test_a_retried_answer_is_forgotten_and_its_passages_come_again() -> None:
    talk = Talk()
    await talk.ask("Hello?")
    first = await talk.ask("How long?", passage("Thirty days."))
    again = await talk.ask("How long?", retry_of="t1")
    assert [exchange.question for exchange in again.history] == ["Hello?"]
    assert again.passages == first.passages
