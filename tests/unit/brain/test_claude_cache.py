"""The stand-in's prompt cache bills as the real one does, and our requests make good use of it."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anthropic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.brain import claude_request, prompt
from bridge.brain.claude import Claude
from bridge.brain.context import TIERS, history
from bridge.brain.model_rung import ModelRung
from bridge.brain.settings import ClaudeSettings, PromptSettings, TierName
from bridge.ports import ModelRequest
from bridge.types import Outcome, Passage, Reply, Turn, Usage
from tests.fakes.claude_cache import LOOKBACK_BLOCKS, PromptCache
from tests.fakes.claude_rules import Refusal, judge_body
from tests.fakes.claude_server import KEY, ClaudeServer
from tests.fakes.scripted_model import ScriptedModel
from tests.unit.brain.made import VOICE, drafted, passage, question, quick, request, turn

LONG = "You are kind and patient. " * 80
"""Over 512 tokens."""
SONNET = "claude-sonnet-5-5"


def text(words: str, ttl: str = "") -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": words}
    return block | {"cache_control": {"type": "ephemeral", "ttl": ttl}} if ttl else block


CITED = {"type": "search_result", "source": "a", "title": "a", "content": [text("a")], "citations": {"enabled": True}}


def body(*said: dict[str, Any], system: str = LONG, ttl: str = "5m", **more: Any) -> dict[str, Any]:
    """A request whose only message holds the blocks."""
    messages = [{"role": "user", "content": list(said) or [text("Hello")]}]
    return {"model": SONNET, "max_tokens": 9, "system": [text(system, ttl)], "messages": messages} | more


class Cache:
    """Sends requests one after the other, at a time that a test sets."""

    def __init__(self) -> None:
        self.cache = PromptCache()
        self.now = 1_000.0

    def ask(self, asked: dict[str, Any]) -> tuple[int, int]:
        """Tokens read and written."""
        found = self.cache.look(asked, self.now)
        self.cache.keep(asked, self.now)
        return found.read, sum(found.written.values())


def test_a_prefix_is_written_once_and_then_read() -> None:
    cache = Cache()
    assert cache.ask(body())[0] == 0
    read, written = cache.ask(body(text("Something else")))
    assert read > 512
    assert written == 0


@pytest.mark.parametrize(
    "other",
    [
        body(system=LONG + "!"),
        body(model="claude-opus-5-5"),
        body(tools=[{"name": "look", "input_schema": {}}]),
        body(output_config={"format": {"type": "json_schema", "schema": {"type": "string"}}}),
        body(
            {
                "type": "search_result",
                "source": "a",
                "title": "a",
                "content": [text("a")],
                "citations": {"enabled": True},
            }
        ),
    ],
    ids=["system", "model", "tools", "format", "citations"],
)
def test_what_changes_before_the_breakpoint_is_a_miss(other: dict[str, Any]) -> None:
    cache = Cache()
    cache.ask(body())
    assert cache.ask(other)[0] == 0


def test_thinking_drops_the_messages_and_not_the_system_prompt() -> None:
    cache = Cache()
    both = body(text("Hello " * 600, "5m"))
    read, whole = cache.ask(both)[0], sum(PromptCache().look(both, 0.0).written.values())
    assert read == 0
    read, _ = cache.ask(both | {"thinking": {"type": "adaptive"}})
    assert 512 < read < whole


def test_what_is_too_short_is_silently_not_cached() -> None:
    cache = Cache()
    assert cache.ask(body(system="Be kind.")) == (0, 0)
    assert cache.ask(body(system="Be kind.")) == (0, 0)


@pytest.mark.parametrize(("ttl", "alive_s"), [("5m", 299.0), ("1h", 3_599.0)])
def test_an_entry_lives_as_long_as_it_says_after_its_last_use(ttl: str, alive_s: float) -> None:
    cache = Cache()
    cache.ask(body(ttl=ttl))
    for _ in range(3):
        cache.now += alive_s
        assert cache.ask(body(ttl=ttl))[0] > 0
    cache.now += alive_s + 2
    assert cache.ask(body(ttl=ttl))[0] == 0


def test_writes_are_told_by_their_time_to_live() -> None:
    found = PromptCache().look(body(text("Hello " * 600, "5m"), ttl="1h"), 0.0)
    assert found.written.keys() == {"1h", "5m"}
    assert found.usage()["cache_creation"]["ephemeral_1h_input_tokens"] == found.written["1h"] > 512


@pytest.mark.parametrize(("added", "found"), [(LOOKBACK_BLOCKS - 1, True), (LOOKBACK_BLOCKS, False)])
def test_an_entry_is_looked_for_only_so_far_back(added: int, found: bool) -> None:
    cache = Cache()
    first = [text("Hello " * 600, "5m")]
    cache.ask(body(*first, system="x"))
    more = [text("Hello " * 600), *[text(f"More {n}") for n in range(added - 1)], text("The last", "5m")]
    assert (cache.ask(body(*more, system="x"))[0] > 0) == found


def test_cold_requests_side_by_side_all_pay() -> None:
    """An entry can be read only after the first answer has begun."""
    cache = PromptCache()
    found = [cache.look(body(), 0.0) for _ in range(3)]
    assert all(one.read == 0 and one.written["5m"] > 512 for one in found)
    cache.keep(body(), 0.0)
    assert cache.look(body(), 1.0).read == found[0].written["5m"]


async def test_a_refusal_writes_nothing_to_the_cache(api: ClaudeServer) -> None:
    api.play(Refusal(529, "overloaded_error", "x"))
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=api.url, max_retries=0) as client:
        with pytest.raises(anthropic.InternalServerError):
            await client.post("/v1/messages", body=body(), cast_to=anthropic.types.Message)
    assert api.cache.look(body(), api.clock()).read == 0


async def test_an_outage_refuses_everything_until_it_is_over(api: ClaudeServer) -> None:
    now = 50.0
    api.clock = lambda: now
    api.refuse(Refusal(529, "overloaded_error", "x"), Refusal(500, "api_error", "x"), seconds=60)
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=api.url, max_retries=0) as client:
        for _ in range(4):
            with pytest.raises(anthropic.InternalServerError):
                await client.post("/v1/messages", body=body(), cast_to=anthropic.types.Message)
        now += 60
        await client.post("/v1/messages", body=body(), cast_to=anthropic.types.Message)


# ---------------------------------------------------------------- our requests


@pytest.mark.parametrize(
    ("tier", "each"),
    [("haiku", 1), ("sonnet", 1), ("opus", 1), pytest.param("opus", 25, id="more than is looked back")],
)
async def test_a_conversation_is_read_from_the_cache_from_its_second_question_on(
    api: ClaudeServer, tier: TierName, each: int
) -> None:
    model = Claude(quick(api.url), SecretStr(KEY), tier=tier)
    told: list[Turn] = []
    usages: list[Usage] = []
    rung = ModelRung("claude", {tier: model}, PromptSettings(), VOICE)
    for number in range(4):
        found = [passage(f"Fact {number}. " * 40, number=each * number + n) for n in range(each)]
        asked = _next(rung, tier, told, number, found)
        usages.append((await model.complete(asked[1], drafted())).usage)
        told.append(asked[0])
    await model.aclose()
    assert usages[0].cache_write_1h_tokens > 512, "what all questions share"
    assert usages[1].cache_read_tokens == usages[0].cache_write_tokens + usages[0].cache_write_1h_tokens
    for before, after in itertools.pairwise(usages[1:]):
        assert after.cache_read_tokens == before.cache_read_tokens + before.cache_write_tokens
        assert after.input_tokens == 0


async def test_warming_writes_what_the_first_question_reads(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    warmed = await model.warm(LONG)
    reply = await model.complete(replace(request(passages=[passage("Yes.")]), system=LONG), drafted())
    await model.aclose()
    assert warmed.cache_write_1h_tokens > 512
    assert reply.usage.cache_read_tokens == warmed.cache_write_1h_tokens


@pytest.mark.parametrize(("ttl", "hours"), [("1h", True), ("5m", False)])
async def test_the_system_prompt_stays_for_as_long_as_the_operator_says(
    api: ClaudeServer, ttl: str, hours: bool
) -> None:
    settings_ = quick(api.url).model_copy(update={"system_ttl": ttl})
    model = Claude(settings_, SecretStr(KEY))
    asked = replace(request(passages=[passage("Yes. " * 600)]), system=LONG, follow_up_likely=True)
    usage = (await model.complete(asked, drafted())).usage
    await model.aclose()
    assert (usage.cache_write_1h_tokens > 512) == hours
    assert usage.cache_write_tokens > 512
    assert usage.input_tokens == 0


def _next(
    rung: ModelRung, tier: str, told: Sequence[Turn], number: int, passages: Sequence[Passage]
) -> tuple[Turn, ModelRequest]:
    """The next question of a conversation as it is asked, and its finished turn."""
    asking = turn(f"Question {number}?", name=f"t{number}")
    version = prompt.version(prompt.system_prompt(rung.prompt, VOICE.business))
    past = history(told, now=asking.inbounds[-1].received_at, tier=tier, version=version, settings=rung.prompt)
    asked = replace(question(asking, *passages, told=past), tier=tier)
    made = rung.request(asked)
    trace = replace(rung._trace(asked, made), tier=tier)
    reply = Reply(text=f"Answer {number}.", outcome=Outcome.ANSWERED, trace=trace)
    return replace(asking, reply=reply), made


PASSAGES = st.lists(st.integers(0, 6), max_size=3, unique=True)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TIERS[1:]), st.lists(PASSAGES, min_size=2, max_size=7))
def test_within_an_epoch_each_request_begins_with_the_one_before(tier: str, found: list[list[int]]) -> None:
    tiers = ClaudeSettings().tiers
    rung = ModelRung("claude", {tier: ScriptedModel([])}, PromptSettings(), VOICE)
    told: list[Turn] = []
    before: list[Any] = []
    for number, numbers in enumerate(found):
        passages = [passage(f"Fact {n}. And more of it.", number=n) for n in numbers]
        finished, asked = _next(rung, tier, told, number, passages)
        told.append(finished)
        sent = claude_request.body(asked, getattr(tiers, tier))
        assert judge_body(sent) is None
        messages = _without_breakpoints(sent["messages"])
        assert messages[: len(before)] == before
        assert asked.history or number == 0
        before = messages


def _without_breakpoints(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_breakpoints(inner) for key, inner in value.items() if key != "cache_control"}
        case list():
            return [_without_breakpoints(inner) for inner in value]
        case _:
            return value


# ---------------------------------------------------------------- the shape of single requests

TIER = ClaudeSettings().tiers


def test_thinking_has_room_besides_the_visible_answer() -> None:
    short = replace(request(), output_tokens_max=200)
    assert claude_request.body(short, TIER.sonnet)["max_tokens"] == 200
    assert claude_request.body(short, TIER.opus)["max_tokens"] == 3_200
    assert claude_request.body(request(), TIER.opus)["max_tokens"] == 4_000


@pytest.mark.parametrize("tier", [TIER.haiku, TIER.sonnet, TIER.opus], ids=lambda tier: tier.model)
def test_a_schema_is_sent_and_then_nothing_is_cited(tier: Any) -> None:
    schema = {"type": "object", "properties": {"category": {"enum": ["a", "b"]}}, "additionalProperties": False}
    sent = claude_request.body(replace(request(passages=[passage("Yes.")]), schema=schema), tier)
    assert judge_body(sent) is None
    assert sent["output_config"]["format"] == {"type": "json_schema", "schema": schema}
    assert sent["output_config"]["effort"] == "low"


async def test_an_answer_by_schema_is_json(api: ClaudeServer) -> None:
    schema = {"type": "object", "properties": {"category": {"enum": ["a", "b"]}}, "additionalProperties": False}
    model = Claude(quick(api.url), SecretStr(KEY), tier="haiku")
    shown: list[str] = []
    await model.complete(replace(request(), schema=schema), drafted(shown))
    await model.aclose()
    assert "".join(shown).startswith('{"category": "a"')


@pytest.mark.parametrize("tier", [TIER.haiku, TIER.sonnet, TIER.opus], ids=lambda tier: tier.model)
def test_the_rest_of_an_answer_is_asked_for_in_a_turn_of_the_users(tier: Any) -> None:
    first = replace(request(passages=[passage("Yes.")]), follow_up_likely=True)
    sent = claude_request.body(first, tier)
    again = claude_request.body(replace(first, written="It costs \n"), tier)
    assert judge_body(again) is None
    assert again["messages"][: len(sent["messages"])] == sent["messages"], "the question is read from the cache"
    assert [message["role"] for message in again["messages"][-2:]] == ["assistant", "user"]
    assert again["messages"][-2]["content"] == "It costs"
    assert "exactly where you stopped" in again["messages"][-1]["content"]


async def test_tokens_are_counted_as_the_api_counts_them(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    asked = request(passages=[passage("Yes.")])
    counted = await model.count(asked)
    usage = (await model.complete(asked, drafted())).usage
    await model.aclose()
    assert counted == usage.prompt_tokens
