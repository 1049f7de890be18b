"""Claude's answers over HTTP against the real SDK: text, citations, usage, and what was asked."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pydantic import SecretStr

from bridge.brain.claude import Claude
from bridge.brain.claude import check as claude_check
from bridge.brain.claude_answer import StreamedAnswer
from bridge.brain.settings import ClaudeSettings, TierName
from bridge.errors import ConfigError, ModelRejected, ModelUnavailable
from bridge.ports import Exchange
from bridge.types import CITATION_MARK
from tests.fakes.claude_rules import MODELS, Refusal
from tests.fakes.claude_server import KEY, PING, Answer, Block, ClaudeServer, Event, Pause, Stream, say, serving
from tests.unit.brain.made import drafted, passage, quick, request, told

KEEP = passage("You may keep it for 30 days.\n\nIt must be clean.", number=1)
COST = passage("Sending it back costs £3.50.", number=2, section="Costs")


async def ask(api: ClaudeServer, *passages: Any, tier: TierName = "sonnet") -> tuple[Any, list[str]]:
    model = Claude(quick(api.url), SecretStr(KEY), tier=tier)
    shown: list[str] = []
    try:
        return await told(model, request(passages=passages), shown), shown
    finally:
        await model.aclose()


async def test_marks_follow_the_cited_text_and_count_passages_by_first_appearance(api: ClaudeServer) -> None:
    cited = Answer(
        (
            Block(("It costs ", "£3.50. "), cites=(1,)),
            Block(("Keep it 30 days.\n\n",), cites=(0, 1)),
            Block(("Anything else?",)),
        )
    )
    api.play(cited)
    reply, shown = await ask(api, KEEP, COST)
    assert reply.text == "It costs £3.50. [1] Keep it 30 days. [1] [2]\n\nAnything else?"
    assert reply.citations == (COST, KEEP)
    assert "".join(shown) == reply.text
    assert len(shown) > 3, "it must stream"


async def test_a_citation_of_something_we_did_not_send_is_left_out(api: ClaudeServer) -> None:
    api.play(say("So it is.", cites=(7, -1)))
    reply, _ = await ask(api, KEEP)
    assert (reply.text, reply.citations) == ("So it is.", ())


async def test_what_the_model_writes_itself_is_never_a_mark(api: ClaudeServer) -> None:
    api.play(Answer((Block(("See [", "3", "] and [1", "2] here", "."), cites=(0,)), Block(("(really)",)))))
    reply, shown = await ask(api, KEEP)
    assert reply.text == "See (3) and (12) here. [1] (really)"
    assert "".join(shown) == reply.text


async def test_usage_counts_what_the_cache_gave(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    long = replace(request(), system="You are kind. " * 200)
    first = await model.complete(long, drafted())
    second = await model.complete(long, drafted())
    await model.aclose()
    assert first.usage.cache_write_1h_tokens > 512
    assert first.usage.cache_read_tokens == 0
    assert second.usage.cache_read_tokens == first.usage.cache_write_1h_tokens
    assert second.usage.cache_write_tokens == second.usage.cache_write_1h_tokens == 0
    assert 0 < second.usage.input_tokens < 100
    assert second.usage.output_tokens > 1


async def test_an_answer_at_the_limit_keeps_its_text(api: ClaudeServer) -> None:
    api.play(say("It is", " a long", " story", stop_reason="max_tokens"))
    reply, _ = await ask(api)
    assert reply.truncated
    assert reply.text == "It is a long story"


async def test_unknown_blocks_and_events_are_ignored(api: ClaudeServer) -> None:
    answer = Answer((Block(("hm",), kind="thinking"), Block(("?",), kind="hologram"), Block(("Yes.",))))
    steps = api.events({"model": "m", "messages": []}, answer)
    news = Event("weather", {"type": "weather", "sunny": True})
    api.play(Stream([news, steps[0], PING, news, *steps[1:-1], news, b": a comment\n\n", steps[-1]]))
    reply, _ = await ask(api)
    assert reply.text == "Yes."


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
async def test_each_tier_asks_in_a_way_its_model_takes(api: ClaudeServer, tier: TierName) -> None:
    """The fixture fails the test when the API's rules were broken."""
    model = Claude(quick(api.url), SecretStr(KEY), tier=tier)
    history = (Exchange(question="Hello", answer="Hi!"), Exchange(question="And?", answer="Well."))
    await model.complete(replace(request(passages=[KEEP, COST]), history=history), drafted())
    await model.aclose()
    body = api.requests[-1]
    said = [m["content"] if isinstance(m["content"], str) else m["content"][0]["text"] for m in body["messages"][:4]]
    assert said == ["Hello", "Hi!", "And?", "Well."]
    results = body["messages"][4]["content"][:2]
    assert [text["text"] for text in results[0]["content"]] == ["You may keep it for 30 days.", "It must be clean."]
    assert results[1]["title"] == "Returns > Costs (updated 2026-11-01)"
    assert results[1]["source"] == "kb://chunk-2"
    assert body["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    facts_of = {"system": body["messages"][-1]["content"], "user": body["messages"][-1]["content"][-1]}
    assert "It is Friday." in str(facts_of[body["messages"][-1]["role"]])
    assert not {"temperature", "top_p", "top_k"} & body.keys()


async def test_one_connection_serves_many_answers() -> None:
    peers = set()

    class Counting(ClaudeServer):
        async def _messages(self, request: Any) -> Any:
            peers.add(request.transport.get_extra_info("peername"))
            return await ClaudeServer._messages(self, request)

    async with serving(Counting()) as api:
        model = Claude(quick(api.url), SecretStr(KEY))
        for _ in range(4):
            # The end of the body comes in a packet of its own, after the last event.
            api.play(Stream([*api.events({"model": "m", "messages": []}, say("Yes.")), Pause(0.03)]))
            await model.complete(request(), drafted())
        await model.aclose()
    assert len(peers) == 1, "an answer read to its end leaves the connection to the next"


async def test_answers_side_by_side_do_not_mix(api: ClaudeServer) -> None:
    model = Claude(quick(api.url), SecretStr(KEY))
    passages = [passage(f"Number {n} is the one.", number=n) for n in range(20)]
    replies = await asyncio.gather(*(told(model, request(f"Number {p.chunk_id}?", [p])) for p in passages))
    await model.aclose()
    for p, reply in zip(passages, replies, strict=True):
        assert p.text in reply.text
        assert reply.citations == (p,)


async def test_calls_are_counted_by_their_result(api: ClaudeServer) -> None:
    def calls(result: str) -> float:
        labels = {"model": "claude-sonnet-5-5", "result": result}
        return REGISTRY.get_sample_value("bridge_model_calls_total", labels) or 0.0

    before = calls("answered"), calls("ModelRejected")
    await ask(api)
    api.play(Refusal(401, "authentication_error", "no"))
    with pytest.raises(ModelRejected):
        await ask(api)
    assert (calls("answered"), calls("ModelRejected")) == (before[0] + 1, before[1] + 1)


# ---------------------------------------------------------------- bridge check


async def check(url: str, key: str = KEY, **tier: Any) -> str:
    settings = ClaudeSettings.model_validate({"base_url": url, "tiers": {"sonnet": tier}, "connect_s": 1.0})
    model = Claude(settings, SecretStr(key))
    try:
        return await model.check()
    finally:
        await model.aclose()


async def test_check_names_the_model_that_answers(api: ClaudeServer) -> None:
    assert "claude-sonnet-5-5" in await check(api.url)


@pytest.mark.parametrize(
    ("key", "tier", "fix"),
    [
        ("wrong", {}, "ANTHROPIC_API_KEY"),
        (KEY, {"model": "claude-sonet"}, "claude.tiers.sonnet.model"),
        (KEY, {"thinking": "disabled"}, "takes 'default', 'adaptive', 'between_tools'"),
        (KEY, {"model": "small", "output_tokens_max": 900}, "claude.tiers.sonnet.output_tokens_max"),
        (KEY, {"model": "small", "output_tokens_max": 300, "thinking_tokens_max": 300}, "thinking_tokens_max"),
        (KEY, {"model": "small", "output_tokens_max": 300, "effort": "max"}, "it takes 'low', 'medium', 'high'"),
        (KEY, {"model": "claude-haiku-5-5", "thinking": "disabled"}, "perhaps its system_messages"),
    ],
)
async def test_check_names_the_fix(
    api: ClaudeServer, monkeypatch: pytest.MonkeyPatch, key: str, tier: dict[str, Any], fix: str
) -> None:
    facts = MODELS["claude-sonnet-5-5"]
    monkeypatch.setitem(
        MODELS, "small", replace(facts, output_tokens_max=500, efforts=frozenset(["high", "low", "medium"]))
    )
    with pytest.raises(ModelRejected, match=fix):
        await check(api.url, key, **tier)
    api.refusals.clear()  # it is what they are for


async def test_check_of_every_tier_tells_all_that_is_wrong_at_once(api: ClaudeServer) -> None:
    good = await claude_check(quick(api.url), SecretStr(KEY))
    assert all(model in good for model in MODELS)
    tiers = {"haiku": {"thinking": "between_tools"}, "opus": {"model": "claude-opus-9"}}
    wrong = ClaudeSettings.model_validate({"base_url": api.url, "tiers": tiers})
    with pytest.raises(ConfigError) as raised:
        await claude_check(wrong, SecretStr(KEY))
    assert len(raised.value.problems) == 2


async def test_check_of_a_server_that_is_not_there_or_something_else(api: ClaudeServer) -> None:
    with pytest.raises(ModelUnavailable, match="base_url"):
        await check("http://127.0.0.1:9")
    with pytest.raises(ModelRejected, match="no model"):
        await check(f"{api.url}/elsewhere")


async def test_check_of_a_page_that_is_not_the_api() -> None:
    page = b"<html>Welcome to the hotel's Wi-Fi</html>"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(page), page))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        host, port = listening.sockets[0].getsockname()
        with pytest.raises(ModelUnavailable, match="does not answer like the Claude API"):
            await check(f"http://{host}:{port}")


# ---------------------------------------------------------------- any split of any answer

TEXT = st.text(alphabet="ab [](){}12345678٣.\n", max_size=30)
BLOCKS = st.lists(st.tuples(st.lists(TEXT, max_size=6), st.lists(st.integers(-1, 4), max_size=3)), max_size=6)


@given(BLOCKS)
def test_what_was_shown_is_the_answer_and_every_mark_in_it_is_ours(blocks: list[tuple[list[str], list[int]]]) -> None:
    server = ClaudeServer()
    shown: list[str] = []
    draft = drafted(shown)
    answer = StreamedAnswer([passage("x", number=n) for n in range(4)], draft)
    made = Answer(tuple(Block(tuple(pieces), tuple(cites)) for pieces, cites in blocks))
    for step in server.events({"model": "m", "messages": []}, made):
        assert isinstance(step, Event)
        answer.feed(json.dumps(step.data))
    draft.finish()
    text = "".join(shown)
    if not text:
        with pytest.raises(ModelUnavailable):
            answer.reply("m")
        return
    answer.reply("m")
    assert draft.text == text
    assert text == text.strip()
    marks = [int(mark[1]) for mark in CITATION_MARK.finditer(text)]
    assert set(marks) == set(range(1, len(draft.citations) + 1))
    assert list(dict.fromkeys(marks)) == sorted(set(marks)), "numbers rise by first appearance"
    # Nothing but the marks was added, and nothing lost but space at the rim.
    said = "".join(piece for pieces, _ in blocks for piece in pieces)
    letters = [c for c in CITATION_MARK.sub("", text) if c.isalnum()]
    assert letters == [c for c in said if c.isalnum()]
