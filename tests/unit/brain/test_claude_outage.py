"""Claude with everything around it, over HTTP: an outage, and the way back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bridge.brain.breaker import CALLS_MIN, REFUSED_OPEN_S_MAX, Breaking
from bridge.brain.claude import Claude
from bridge.brain.continuing import Continuing
from bridge.brain.model_rung import ModelRung
from bridge.brain.retrying import Retrying
from bridge.brain.settings import PromptSettings
from bridge.errors import ModelError, ModelRejected
from bridge.types import Reply
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import KEY, OUTAGES, ClaudeServer
from tests.unit.brain.made import VOICE, Events, passage, question, quick, turn

KEEP = passage("You may keep it for 30 days.")


class Around:
    """A rung over the stand-in. The breakers' clock runs ahead by what a test adds; waits are short."""

    def __init__(self, api: ClaudeServer) -> None:
        self.ahead_s = 0.0
        self.claudes = [Claude(quick(api.url), SecretStr(KEY), tier=tier) for tier in ("haiku", "sonnet")]
        self.breaking = [Breaking(claude, f"test/{n}", clock=self.now) for n, claude in enumerate(self.claudes)]
        tiers = [Continuing(Retrying(breaking, lambda _: 0.01)) for breaking in self.breaking]
        self.rung = ModelRung("claude", dict(zip(("haiku", "sonnet"), tiers, strict=True)), PromptSettings(), VOICE)

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead_s

    async def ask(self) -> Reply:
        by = asyncio.get_running_loop().time() + 15
        asked = replace(question(turn("How long may I keep it?"), KEEP), first_text_by=by)
        return await self.rung.answer(asked, Events().append)


@pytest.fixture
async def around(api: ClaudeServer) -> AsyncIterator[Around]:
    made = Around(api)
    yield made
    for claude in made.claudes:
        await claude.aclose()


async def test_in_an_outage_claude_is_left_alone_and_afterwards_the_first_question_is_answered(
    api: ClaudeServer, around: Around
) -> None:
    busy = Refusal(429, "rate_limit_error", "x", {"retry-after": "0"})
    api.refuse(OUTAGES[529], OUTAGES[500], OUTAGES[429], busy)
    for _ in range(30):
        with pytest.raises(ModelError):
            await around.ask()
    assert [breaking.state for breaking in around.breaking] == ["open", "open"]
    assert len(api.requests) <= 2 * (CALLS_MIN + 2)
    for _ in range(8):  # a minute of trying
        around.ahead_s += REFUSED_OPEN_S_MAX
        with pytest.raises(ModelError):
            await around.ask()
    assert len(api.requests) <= 2 * (CALLS_MIN + 2) + 2 * 8
    api.refuse()
    around.ahead_s += REFUSED_OPEN_S_MAX
    reply = await around.ask()
    assert "30 days" in reply.text
    assert around.breaking[1].state == "closed"


async def test_a_spend_limit_costs_nobody_time(api: ClaudeServer, around: Around) -> None:
    api.refuse(Refusal(429, "rate_limit_error", "x", {"retry-after": "3600"}, "enforced_spend_limit_reached"))
    for _ in range(5):
        with pytest.raises(ModelRejected, match="raise the spend limit"):
            await around.ask()
    assert len(api.requests) == 2, "each model once"


async def test_a_model_that_asks_for_an_hour_is_stepped_over(api: ClaudeServer, around: Around) -> None:
    api.play(Refusal(429, "rate_limit_error", "x", {"retry-after": "3600"}))
    for _ in range(3):
        assert "30 days" in (await around.ask()).text
    assert [body["model"] for body in api.requests] == ["claude-sonnet-5-5", *["claude-haiku-5-5"] * 3]
    assert around.breaking[1].state == "paused"


async def test_a_short_retry_after_is_waited_for(api: ClaudeServer, around: Around) -> None:
    api.play(Refusal(429, "rate_limit_error", "x", {"retry-after": "1"}))
    began = asyncio.get_running_loop().time()
    assert "30 days" in (await around.ask()).text
    assert 1.0 <= asyncio.get_running_loop().time() - began < 3.0
    assert [body["model"] for body in api.requests] == ["claude-sonnet-5-5"] * 2
