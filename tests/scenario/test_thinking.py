"""The whole brain as the server puts it together, with the knowledge base of the shop, against Claude's stand-in."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bridge import config, parts
from bridge.brain.knowledge.library import open_library
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.thinking import Thinking, thinking
from bridge.types import Outcome, Reply, Turn
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import KEY, OUTAGES, ClaudeServer, Pause, Stream, say, serving
from tests.fakes.embedding_server import KEY as EMBEDDER_KEY
from tests.fakes.embedding_server import embedding_server
from tests.fakes.openai_chat_server import MODEL, ChatServer
from tests.fakes.openai_chat_server import serving as chat_serving
from tests.unit.brain.made import Events, conversation, turn

ROOT = Path(__file__).parents[2]
HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeServer]:
    async with serving(ClaudeServer()) as server:
        yield server
        assert not server.refusals, f"a request broke the API's rules: {server.refusals}"


@asynccontextmanager
async def brain(tmp_path: Path, claude: ClaudeServer, **environ: str) -> AsyncIterator[Thinking]:
    """Nothing of the routing is learned here: what no rule decides, the small model is asked."""
    (tmp_path / "kb").mkdir()
    for name in ("faq.md", "products/owners-handbook.md", "returns/return-windows.md"):
        shutil.copy(ROOT / "kb" / name, tmp_path / "kb")
    (tmp_path / "config.toml").write_text(f"""
        knowledge.path = "{tmp_path}/kb"
        knowledge.index_path = "{tmp_path}/index"
        knowledge.embedder = "openai"
        extractive.piece_s = 0
        claude.base_url = "{claude.url}"
    """)
    async with AsyncExitStack() as stack:
        words = await stack.enter_async_context(embedding_server())
        told = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": EMBEDDER_KEY} | environ
        told["BRIDGE_EMBEDDERS__OPENAI__BASE_URL"] = f"{words.url}/openai"
        read = config.read(tmp_path / "config.toml", told)
        embedder = await stack.enter_async_context(parts.embedder(read))
        library = await open_library(read.knowledge, embedder, lambda done, total: None)
        stack.callback(library.close)
        yield await stack.enter_async_context(thinking(read, library, embedder, MemoryStore(MemorySettings())))


async def ask(thought: Thinking, text: str, *earlier: Turn, name: str = "t1") -> tuple[Turn, Reply]:
    events = Events()
    asking = turn(text, name=name)
    reply = await thought.brain.answer(asking, conversation(*earlier), events.append)
    assert events.shown == reply.text, "what is on the screen is the reply"
    return replace(asking, reply=reply), reply


@pytest.mark.parametrize(
    ("category", "model", "review"),
    [("FAQ", HAIKU, False), ("simple_support", SONNET, False), ("sensitive_matter", OPUS, True)],
)
async def test_a_question_goes_the_way_of_its_kind(
    tmp_path: Path, claude: ClaudeServer, category: str, model: str, review: bool
) -> None:
    async with brain(tmp_path, claude) as thought:
        claude.play(say(f'{{"category": "{category}"}}'))
        _, reply = await ask(thought, "How many days do I have to return my bike?")
    assert [request["model"] for request in claude.requests] == [HAIKU, model]
    trace = reply.trace
    assert (trace.category, trace.routed_by, trace.review) == (category, "model", review)
    # People read a sensitive matter, and are told of it.
    outcome = Outcome.ESCALATED if review else Outcome.ANSWERED
    assert (reply.outcome, reply.rung, reply.model, bool(reply.ticket)) == (outcome, "claude", model, review)
    assert reply.citations
    assert trace.cost_nano > 0
    assert trace.prompt_version == thought.brain.version()


async def test_a_technical_question_gets_whole_documents(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude) as thought:
        claude.play(say('{"category": "technical_issue"}'))
        _, reply = await ask(thought, "The display shows the error code E21, what now?")
    assert reply.model == OPUS
    assert len(reply.trace.sent) > 7


async def test_the_next_question_is_read_from_the_cache(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude) as thought:
        await thought.warm()
        claude.play(say('{"category": "simple_support"}'))
        first, reply = await ask(thought, "How many days do I have to return my bike?")
        assert reply.usage.cache_read_tokens > 1_000, "the system prompt was warmed"
        claude.play(say('{"category": "simple_support"}'))
        _, second = await ask(thought, "Which parcel label do I need for a helmet?", first, name="t2")
    assert second.trace.epoch == first.reply.trace.epoch == 1  # type: ignore[union-attr] # it was answered
    assert not {passage.chunk_id for passage in second.trace.sent} & {passage.chunk_id for passage in reply.trace.sent}
    told = [request["messages"] for request in claude.requests if request["model"] == SONNET and request["max_tokens"]]
    assert str(told[1][0]["content"]).startswith(str(told[0][0]["content"])[:-1])


async def test_whoever_asks_the_same_gets_the_same_answer_and_no_model_is_asked(
    tmp_path: Path, claude: ClaudeServer
) -> None:
    subjects = {
        "FAQ": "How many days do I have to return a bike number",
        "simple_support": "Please change my address to house",
        "complex_support": "Everything went wrong with my repair and nobody called",
        "sales_inquiry": "Which trailer would you recommend for children aged",
        "technical_issue": "The motor stops and the display shows error",
        "sensitive_matter": "My lawyer will write to you because of accident",
    }
    examples = [
        {"text": f"{text} {number}", "category": category}
        for category, text in subjects.items()
        for number in range(20)
    ]
    (tmp_path / "examples.jsonl").write_text("\n".join(map(json.dumps, examples)))
    async with brain(
        tmp_path, claude, BRIDGE_ROUTING__BASE_EXAMPLES=str(tmp_path / "examples.jsonl"), BRIDGE_CACHE__LIVE_SHARE="0"
    ) as thought:
        await thought.begin()
        claude.requests.clear()
        claude.play(say("You have 30 days to return a bike.", cites=(0,)))
        _, first = await ask(thought, "How many days do I have to return a bike?")
        assert [request["model"] for request in claude.requests] == [HAIKU]
        _, again = await ask(thought, "how many days do I have to return a bike??", name="t2")
        assert len(claude.requests) == 1
        _, other = await ask(thought, "How many hours do I have to return a bike?", name="t3")
    assert (first.rung, again.rung, other.rung) == ("claude", "cache", "claude")
    assert (again.text, again.citations, again.outcome) == (first.text, first.citations, Outcome.ANSWERED)
    assert again.trace.cost_nano == 0


@pytest.mark.parametrize("text", ["Hello!", "Danke schön", "¡Adiós!"])
async def test_small_talk_asks_no_model(tmp_path: Path, claude: ClaudeServer, text: str) -> None:
    async with brain(tmp_path, claude) as thought:
        _, reply = await ask(thought, text)
    assert (reply.outcome, reply.rung, claude.requests) == (Outcome.ANSWERED, "phrase", [])


async def test_who_asks_for_a_person_gets_one_and_a_number(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude) as thought:
        _, reply = await ask(thought, "I want to speak to a human")
    assert (reply.outcome, reply.escalation_reason, claude.requests) == (Outcome.ESCALATED, "asked_for_person", [])
    assert reply.ticket in reply.text


async def test_without_a_model_a_sensitive_matter_goes_to_a_person(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude) as thought:
        claude.refuse(OUTAGES[529])
        _, reply = await ask(thought, "Someone has hacked my account and I want to return a bike they ordered")
        _, other = await ask(thought, "How many days do I have to return my bike?", name="t2")
    assert (reply.trace.category, reply.outcome) == ("sensitive_matter", Outcome.ESCALATED)
    assert reply.ticket in reply.text
    assert reply.citations == (), "no page that happens to fit"
    assert (other.outcome, bool(other.citations)) == (Outcome.DEGRADED, True)


async def test_what_is_not_about_anything_we_know_is_not_answered_with_what_was_found_before(
    tmp_path: Path, claude: ClaudeServer
) -> None:
    async with brain(tmp_path, claude, BRIDGE_BUDGET__DAY="0") as thought:
        first, _ = await ask(thought, "How many days do I have to return my bike?")
        _, reply = await ask(thought, "xyzzy plugh?", first, name="t2")
    assert reply.citations == ()
    assert "30 days" not in reply.text


async def test_without_money_only_what_costs_nothing_answers(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude, BRIDGE_BUDGET__DAY="0") as thought:
        await thought.warm()
        _, reply = await ask(thought, "How many days do I have to return my bike?")
        assert set(thought.states()["breakers"].values()) == {"closed"}, "no money is no failure of a model"
    assert (claude.requests, reply.outcome) == ([], Outcome.DEGRADED)
    assert reply.trace.failed == ("claude:OverBudget",)
    assert "30 days" in reply.text
    assert reply.citations


async def test_when_claude_is_silent_the_backup_answers_in_time(tmp_path: Path, claude: ClaudeServer) -> None:
    claude.play(*[Stream((Pause(60.0),))] * 9)
    own = {"BRIDGE_ROUTING__ENABLED": "false", "BRIDGE_BACKUP__MODEL": MODEL, "BRIDGE_CLAUDE__TURN_FIRST_TEXT_S": "4.5"}
    own["BRIDGE_PRICES"] = json.dumps({MODEL: {"input": 0, "output": 0}})
    async with (
        chat_serving(ChatServer(key=EMBEDDER_KEY, dialect="ollama")) as backup,
        brain(tmp_path, claude, BRIDGE_BACKUP__BASE_URL=backup.url, **own) as thought,
    ):
        began = asyncio.get_running_loop().time()
        _, reply = await ask(thought, "Which chain lubricant does the handbook recommend after riding in rain?")
        assert asyncio.get_running_loop().time() - began < 4.5
    assert (reply.rung, reply.outcome, len(backup.requests)) == ("backup", Outcome.DEGRADED, 1)
    assert [body["model"] for body in claude.requests] == [SONNET]


async def test_two_tiers_with_one_model_know_the_same_of_it(tmp_path: Path, claude: ClaudeServer) -> None:
    tiers = {"BRIDGE_CLAUDE__TIERS__SONNET__MODEL": HAIKU, "BRIDGE_CLAUDE__TIERS__SONNET__THINKING": "disabled"}
    own = {"BRIDGE_ROUTING__ENABLED": "false", "BRIDGE_CLAUDE__TIERS__SONNET__SYSTEM_MESSAGES": "false"}
    busy = Refusal(429, "rate_limit_error", "Too many requests", {"retry-after": "600"})
    async with brain(tmp_path, claude, **tiers, **own) as thought:
        claude.play(busy)
        _, reply = await ask(thought, "How many days do I have to return my bike?")
        assert len(claude.requests) == 1, "it wants to be left alone, whichever tier asks"
        assert thought.states()["breakers"][f"anthropic:{HAIKU}"] == "paused"
    assert reply.outcome is Outcome.DEGRADED


async def test_a_channels_limit_holds_for_each_tier_by_itself(tmp_path: Path, claude: ClaudeServer) -> None:
    """No tier gives more than its own limit; the smallest tier does not limit the others."""
    own = {"BRIDGE_ROUTING__ENABLED": "false", "BRIDGE_BUDGET__OUTPUT_TOKENS_MAX": '{"widget": 1000}'}
    async with brain(tmp_path, claude, **own) as thought:
        claude.refuse(OUTAGES[529])
        await ask(thought, "How many days do I have to return my bike?")
    told = {body["model"]: body["max_tokens"] for body in claude.requests}
    assert told == {SONNET: 1_000, HAIKU: 800}


async def test_what_must_not_be_shown_is_written_anew_and_never_seen(tmp_path: Path, claude: ClaudeServer) -> None:
    async with brain(tmp_path, claude) as thought:
        claude.play(say('{"category": "FAQ"}'), say("You have 45 days for it. I have refunded £99.", cites=(0,)))
        _, reply = await ask(thought, "How many days do I have to return my bike?")
    assert "45" not in reply.text
    assert "refunded" not in reply.text
    assert reply.outcome is Outcome.ANSWERED
    assert any(failed.startswith("check:") for failed in reply.trace.failed)
    assert "held back" in str(claude.requests[-1]["messages"][-1])
