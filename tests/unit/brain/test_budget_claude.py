"""The budget around Claude itself: what the API counts is what is booked, and never more than was set aside."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from bridge.brain.budget import Budget, Budgeted, BudgetSettings
from bridge.brain.claude import Claude
from bridge.brain.estimates import IMAGE_TOKENS, PDF_PAGE_TOKENS, prompt_tokens
from bridge.brain.prices import NANO, TABLE, PriceList
from bridge.brain.settings import TierName
from bridge.errors import CheckFailed, ModelOverloaded, ModelUnavailable, OverBudget
from bridge.ports import Exchange, ModelRequest, Spender, ToolCall, ToolResult, ToolRound, ToolSpec
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.tools.builtin import TOOLS as BUILTIN
from bridge.types import File, Passage, Usage
from tests.fakes.claude_server import KEY, OUTAGES, ClaudeServer, Event, Pause, Reset, Stream, call, say
from tests.fakes.samples import pdf, png
from tests.unit.brain.made import drafted, passage, quick, request

PRICES = PriceList(TABLE)
BEGUN = "Within 30 "
"""Of an answer that breaks off."""
BEGUN_USAGE = Usage(300, 6, cache_read_tokens=19_000, cache_write_tokens=500, cache_write_1h_tokens=200)
"""What its beginning tells, and what came: eight letters and spaces and a little more, and two digits."""
SENTENCES = "You may return a bicycle within 30 days. It must be clean. Bring the bill with you, please. "


class Till:
    """One tier of Claude on a budget, and what was booked in all."""

    def __init__(self, url: str, tier: TierName = "sonnet", **limits: object) -> None:
        settings = quick(url)
        self.tier = getattr(settings.tiers, tier)
        self.claude = Claude(settings, SecretStr(KEY), tier=tier)
        self.store = MemoryStore(MemorySettings())
        self.budget = Budget(
            self.store,
            PRICES,
            BudgetSettings.model_validate(limits),
            ZoneInfo("UTC"),
            lease_s=2 * settings.total_s,
            pdf_pages_max=1,
        )
        self.model = Budgeted(
            model=self.claude,
            name=self.tier.model,
            budget=self.budget,
            output_tokens_max=lambda asked: self.tier.tokens_max(asked.output_tokens_max, roomier=asked.roomier),
            unseen_tokens_max=self.tier.thinking_tokens_max,
        )

    async def __aenter__(self) -> "Till":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.claude.aclose()

    async def booked(self) -> int:
        (amount,) = await self.store.booked(["turn:t1"])
        return amount


@pytest.fixture
async def till(api: ClaudeServer) -> AsyncIterator[Till]:
    async with Till(api.url) as made:
        yield made


def asked(**more: object) -> ModelRequest:
    return replace(request(), spender=Spender("t1", "c1", "u1"), **more)  # type: ignore[arg-type]


async def test_what_the_api_counts_is_booked(api: ClaudeServer, till: Till) -> None:
    api.script.append(say("Within 30 days."))
    reply = await till.model.complete(asked(), drafted())
    assert reply.usage.prompt_tokens > 0
    assert await till.booked() == PRICES.cost(reply.model, reply.usage)


SCHEMA = {
    "type": "object",
    "properties": {"category": {"type": "string", "enum": ["FAQ", "other"]}},
    "required": ["category"],
    "additionalProperties": False,
}
LONG = passage(SENTENCES * 20)
TOOLS = tuple(ToolSpec(name=it.name, description=it.description, schema=it.arguments.schema) for it in BUILTIN)
CALL = ToolCall(id="toolu_1", name=TOOLS[0].name, args={"reason": SENTENCES * 3})
ROUNDS = (
    ToolRound(
        said=(
            {"type": "text", "text": SENTENCES},
            {"type": "tool_use", "id": "toolu_1", "name": "x", "input": CALL.args},
        ),
        calls=(CALL,),
        results=(ToolResult(call_id="toolu_1", text="", passages=(LONG,)),),
    ),
    ToolRound(
        said=({"type": "tool_use", "id": "toolu_2", "name": "x", "input": {}},),
        calls=(replace(CALL, id="toolu_2"),),
        results=(ToolResult(call_id="toolu_2", text=f'{{"state": "{SENTENCES * 9}"}}'),),
    ),
)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"system": SENTENCES * 100, "facts": SENTENCES},
        {"passages": tuple(passage(SENTENCES * 12, number=n, section="Returns > Clean") for n in range(7))},
        {"history": tuple(Exchange(question="Why?", answer=SENTENCES, passages=(LONG,), facts="x") for _ in range(9))},
        {"summary": SENTENCES * 30, "question": "Why? " * 800, "written": SENTENCES},
        {"question": "¿Cuándo? Ärger über Öl. " * 300},
        {"files": (File("a.png", "image/png", png(2_000, 1_500)), File("a.pdf", "application/pdf", pdf()))},
        {"schema": SCHEMA},
        {"tools": TOOLS},
        {"tools": TOOLS, "rounds": ROUNDS, "history": (Exchange(question="Why?", answer="So.", done=SENTENCES * 5),)},
    ],
)
@pytest.mark.parametrize("tier", ["haiku", "opus"])
async def test_no_request_reads_more_than_was_set_aside_for_it(
    api: ClaudeServer, tier: TierName, more: dict[str, object]
) -> None:
    api.script.append(say('{"category": "FAQ"}'))
    async with Till(api.url, tier) as till:
        reply = await till.model.complete(asked(**more), drafted())
    estimated = prompt_tokens(asked(**more), pdf_pages_max=1)
    assert reply.usage.prompt_tokens <= estimated
    pictures = IMAGE_TOKENS + PDF_PAGE_TOKENS if "files" in more else 0
    assert estimated - pictures <= 1.4 * reply.usage.prompt_tokens + 1_200, "it would refuse what fits well"


async def test_a_stream_that_breaks_off_is_booked_by_what_was_told(api: ClaudeServer, till: Till) -> None:
    api.script.append(Stream(begun(api)))
    with pytest.raises(ModelUnavailable):
        await till.model.complete(asked(), drafted())
    assert await till.booked() == PRICES.cost("claude-sonnet-5-5", BEGUN_USAGE)


async def test_a_call_of_a_tool_that_breaks_off_is_booked_by_what_came(api: ClaudeServer, till: Till) -> None:
    steps = api.events({"model": "claude-sonnet-5-5", "messages": []}, call("look", text="x" * 2_500))
    api.script.append(Stream(steps[:-4]))
    with pytest.raises(ModelUnavailable):
        await till.model.complete(asked(), drafted())
    came = PRICES.cost("claude-sonnet-5-5", Usage(output_tokens=1_000)) or 0
    assert came < await till.booked() < 1.5 * came


def begun(api: ClaudeServer) -> list[Event | bytes | Pause | Reset]:
    """An answer up to its second piece; most of its prompt was in the cache."""
    first, *rest = api.events({"model": "claude-sonnet-5-5", "messages": []}, say("Within ", "30 ", "days."))
    assert isinstance(first, Event)
    first.data["message"]["usage"] = {
        "input_tokens": 300,
        "cache_read_input_tokens": 19_000,
        "cache_creation_input_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 1,
    }
    return [first, *rest[:4]]


class Strict:
    """A writer that has seen enough after the second piece."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text
        if self.text == BEGUN:
            raise CheckFailed("facts", "Name no number.")

    def cite(self, passages: Sequence[Passage]) -> None: ...


@pytest.mark.parametrize("files", [(), (File("a.pdf", "application/pdf", pdf()),)], ids=["", "with a PDF"])
@pytest.mark.parametrize("stop", [CheckFailed, asyncio.CancelledError, TimeoutError])
async def test_a_call_that_we_stop_is_booked_by_what_was_told(
    api: ClaudeServer, till: Till, stop: type[BaseException], files: tuple[File, ...]
) -> None:
    """By a check, by the person, by somebody's patience: most of the prompt came from the cache."""
    api.script.append(Stream([*begun(api), Pause(5.0)]))
    strict, shown = Strict(), list[str]()
    writer = strict if stop is CheckFailed else drafted(shown)
    patience = 0.5 if stop is TimeoutError else 5.0
    running = asyncio.create_task(asyncio.wait_for(till.model.complete(asked(files=files), writer), patience))
    async with asyncio.timeout(3):
        while "".join(shown).strip() != BEGUN.strip() and not running.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    if stop is asyncio.CancelledError:
        running.cancel()
    with pytest.raises(stop):
        await running
    assert await till.booked() == PRICES.cost("claude-sonnet-5-5", BEGUN_USAGE)


async def test_what_the_api_turns_away_costs_nothing(api: ClaudeServer, till: Till) -> None:
    for refusal in OUTAGES.values():
        api.script.append(refusal)
        with pytest.raises((ModelOverloaded, ModelUnavailable)):
            await till.model.complete(asked(), drafted())
    assert await till.booked() == 0


async def test_an_api_that_cannot_be_reached_costs_nothing() -> None:
    async with Till("http://127.0.0.1:1") as till:
        with pytest.raises(ModelUnavailable):
            await till.model.complete(asked(), drafted())
        assert await till.booked() == 0


async def test_a_stopped_answer_is_booked_and_leaves_no_connection(api: ClaudeServer, till: Till) -> None:
    api.script.append(Stream([*begun(api), Pause(5.0)]))
    shown: list[str] = []
    running = asyncio.create_task(till.model.complete(asked(), drafted(shown)))
    async with asyncio.timeout(3):
        while "".join(shown).strip() != BEGUN.strip():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await till.booked() == PRICES.cost("claude-sonnet-5-5", BEGUN_USAGE)
    async with asyncio.timeout(3):
        while api.open_streams:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_answer_on_a_short_channel_needs_less_room(api: ClaudeServer) -> None:
    prompt = prompt_tokens(asked(), pdf_pages_max=1)
    room = PRICES.most("claude-sonnet-5-5", prompt, 500, cached_1h=False) or 0
    api.script.append(say("Yes."))
    async with Till(api.url, turn=(Decimal(room) / NANO).quantize(Decimal("0.0001"), "ROUND_CEILING")) as till:
        with pytest.raises(OverBudget):
            await till.model.complete(asked(), drafted())
        await till.model.complete(asked(output_tokens_max=500), drafted())
    assert api.requests[-1]["max_tokens"] == 500
