"""Claude calls tools, over HTTP against the real SDK and the API's rules: what is called, what goes back, the cost."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.brain import claude_request
from bridge.brain.claude import Claude
from bridge.brain.claude_answer import InvalidRequest, StreamedAnswer
from bridge.brain.continuing import Continuing
from bridge.brain.settings import ClaudeSettings, TierName
from bridge.errors import ModelError, ModelRefused, ModelUnavailable, ModelWordless
from bridge.ports import Exchange, ModelReply, ModelRequest, ToolResult, ToolRound, ToolSpec
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import (
    KEY,
    Answer,
    Block,
    ClaudeServer,
    Event,
    Pause,
    Reset,
    Stream,
    call,
    calls,
    say,
    serving,
)
from tests.fakes.claude_tools import assembled
from tests.unit.brain.made import drafted, passage, quick, request

TIERS = ClaudeSettings().tiers
KEEP = passage("You may keep it for 30 days.", number=1)
COST = passage("Sending it back costs £3.50.", number=2)


def schema(**properties: Any) -> dict[str, Any]:
    kinds = {name: {"type": kind} for name, kind in properties.items()}
    return {"type": "object", "properties": kinds, "required": list(kinds), "additionalProperties": False}


ORDER = ToolSpec(name="check_order", description="Looks up an order. " * 40, schema=schema(order="string"))
RETURN = ToolSpec(name="begin_return", description="Begins a return.", schema=schema(order="string"), reads=False)
TOOLS = (RETURN, ORDER)


def asking(**more: Any) -> ModelRequest:
    made = replace(request(passages=[KEEP]), system="You are kind. " * 120, tools=TOOLS, facts="It is Friday.")
    return replace(made, **more)


def after(asked: ModelRequest, reply: ModelReply, *results: Mapping[str, Any]) -> ModelRequest:
    """The next request of the loop."""
    told = [ToolResult(call_id=it.id, **result) for it, result in zip(reply.calls, results, strict=True)]
    return replace(asked, rounds=(*asked.rounds, ToolRound(said=reply.said, calls=reply.calls, results=tuple(told))))


@pytest.fixture
async def model(api: ClaudeServer) -> AsyncIterator[Claude]:
    claude = Claude(quick(api.url), SecretStr(KEY))
    yield claude
    await claude.aclose()


async def _ended(api: ClaudeServer, answer: Answer | Stream, **more: Any) -> ModelReply:
    claude = Claude(quick(api.url), SecretStr(KEY))
    api.play(answer)
    try:
        return await claude.complete(asking(**more), drafted())
    finally:
        await claude.aclose()


# ---------------------------------------------------------------- what is called


async def test_calls_are_told_and_what_was_said_before_goes_to_the_writer(api: ClaudeServer, model: Claude) -> None:
    api.play(calls(("check_order", {"order": "1042"}), ("check_order", {"order": "7"}), said=["One ", "moment."]))
    shown: list[str] = []
    draft = drafted(shown)
    reply = await model.complete(asking(), draft)
    assert "".join(shown) == "One moment."
    assert [(it.name, it.args) for it in reply.calls] == [
        ("check_order", {"order": "1042"}),
        ("check_order", {"order": "7"}),
    ]
    assert len({it.id for it in reply.calls}) == 2
    assert not reply.truncated
    assert [block["type"] for block in reply.said] == ["text", "tool_use", "tool_use"]


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
async def test_a_loop_is_told_as_the_api_takes_it(api: ClaudeServer, tier: TierName) -> None:
    """The fixture fails the test when the API's rules were broken: thinking comes back unchanged or not at all."""
    claude = Claude(quick(api.url), SecretStr(KEY), tier=tier)
    history = (Exchange(question="Hello", answer="Hi!", facts="It is Thursday.", done="check_order: on its way"),)
    asked = asking(history=history, follow_up_likely=True)
    api.play(
        calls(("check_order", {"order": "1"}), ("begin_return", {"order": "1"}), said=["Let me see."], thinking="")
    )
    first = await claude.complete(asked, drafted())
    asked = after(asked, first, {"text": '{"state": "sent"}'}, {"text": "Not now.", "failed": True})
    api.play(calls(("check_order", {"order": "2"}), thinking="Hm."))
    second = await claude.complete(asked, drafted())
    asked = after(asked, second, {"text": "", "passages": (COST,)})
    api.play(Answer((Block(("It costs £3.50.",), cites=(1,)), Block((" Keep it.",), cites=(0,)))))
    draft = drafted()
    last = await claude.complete(asked, draft)
    await claude.aclose()
    draft.finish()
    assert not last.calls
    assert not last.said
    assert draft.citations == (COST, KEEP), "what a tool found is counted behind what was sent along"

    sent = api.requests[-1]["messages"]
    told = [message for message in sent if message["role"] != "system"]
    assert [message["role"] for message in told] == ["user", "assistant"] * 3 + ["user"]
    thinks = tier != "haiku"
    said = [message["content"] for message in sent if message["role"] == "assistant"][1:]
    kinds = [[block["type"] for block in blocks] for blocks in said]
    assert kinds == [
        ["thinking"] * thinks + ["text", "tool_use", "tool_use"],
        ["thinking"] * thinks + ["tool_use"],
    ]
    answers = [b for m in sent if m["role"] == "user" for b in m["content"] if b["type"] == "tool_result"]
    plain = [{name: value for name, value in block.items() if name != "cache_control"} for block in answers]
    assert [block["tool_use_id"] for block in plain] == [it.id for it in (*first.calls, *second.calls)]
    assert [block.get("is_error") for block in plain] == [None, True, None]
    assert plain[0]["content"] == [{"type": "text", "text": '{"state": "sent"}'}]
    assert [one["source"] for one in plain[2]["content"]] == ["kb://chunk-2"]
    assert "tool_choice" not in api.requests[-1]


async def test_what_was_done_before_is_told_with_the_next_question() -> None:
    before = (
        Exchange(question="Where is 1?", answer="Sent.", done="check_order: sent"),
        Exchange(question="And 2?", answer="Lost."),
    )
    for tier in (TIERS.haiku, TIERS.sonnet):
        asked = replace(request("And 3?"), history=before, facts="")
        texts = [
            _texts(message) for message in claude_request.body(asked, tier)["messages"] if message["role"] == "user"
        ]
        done = texts[1][0]
        assert texts == [["Where is 1?"], [done, "And 2?"], ["And 3?"]]
        assert done.startswith("[From the operator of this service, not from the customer]\n")
        assert done.endswith("\ncheck_order: sent")
        newer = replace(asked, history=(*before, Exchange(question="And 3?", answer="Here.", done="x")), question="So?")
        again = claude_request.body(newer, tier)["messages"]
        assert again[: len(before) * 2] == claude_request.body(asked, tier)["messages"][: len(before) * 2]
        assert _texts(again[-1])[0].endswith("\nx")


def _texts(message: dict[str, Any]) -> list[str]:
    return [block["text"] for block in message["content"]]


HEARD: list[tuple[str, dict[str, Any], Any]] = [
    ("nothing", {"text": ""}, None),
    ("blanks", {"text": " \n"}, None),
    ("words", {"text": "Sent."}, [{"type": "text", "text": "Sent."}]),
    ("a failure", {"text": "No.", "passages": (KEEP,), "failed": True}, [{"type": "text", "text": "No."}]),
]


@pytest.mark.parametrize(("name", "result", "expected"), HEARD, ids=[row[0] for row in HEARD])
async def test_results_are_written_as_the_api_takes_them(
    api: ClaudeServer, model: Claude, name: str, result: dict[str, Any], expected: Any
) -> None:
    api.play(call("check_order", order="1"))
    reply = await model.complete(asking(), drafted())
    await model.complete(after(asking(), reply, result), drafted())
    assert api.requests[-1]["messages"][-1]["content"][0].get("content") == expected


# ---------------------------------------------------------------- what it costs


async def test_a_loop_reads_what_it_has_said_from_the_cache(api: ClaudeServer, model: Claude) -> None:
    """Also when a round has more blocks than the API looks back for."""
    many = [("check_order", {"order": str(n)}) for n in range(15)]
    asked, before = asking(), 0
    for _ in range(3):
        api.play(calls(*many))
        reply = await model.complete(asked, drafted())
        read, written = (
            reply.usage.cache_read_tokens,
            reply.usage.cache_write_tokens + reply.usage.cache_write_1h_tokens,
        )
        assert read >= before
        before = read + written
        asked = after(asked, reply, *[{"text": "It is on its way to you. " * 5}] * 15)
    assert before == reply.usage.prompt_tokens, "all of it can be read the next time"
    assert reply.usage.input_tokens == 0


async def test_breakpoints_stand_on_tools_and_system_and_at_the_two_newest_ends(
    api: ClaudeServer, model: Claude
) -> None:
    asked = asking(follow_up_likely=True, history=(Exchange(question="Hello", answer="Hi!"),))
    for round in range(3):
        api.play(call("check_order", order="1"))
        reply = await model.complete(asked, drafted())
        body = api.requests[-1]
        assert [tool["name"] for tool in body["tools"]] == ["begin_return", "check_order"]
        assert [tool.get("cache_control") for tool in body["tools"]] == [None, {"type": "ephemeral", "ttl": "1h"}]
        assert body["system"][0]["cache_control"]["ttl"] == "1h"
        kept = [index for index, message in enumerate(body["messages"]) if "cache_control" in json.dumps(message)]
        ends = [0, 3, 5, 7, 9]  # the first question; facts behind this one; results
        assert kept == ends[round : round + 2]
        asked = after(asked, reply, {"text": "Sent."})


async def test_warming_and_counting_know_the_tools(api: ClaudeServer, model: Claude) -> None:
    asked = asking(history=(), passages=(KEEP,))
    warmed = await model.warm(asked.system, asked.tools)
    first = await model.complete(asked, drafted())
    assert first.usage.cache_read_tokens == warmed.cache_write_1h_tokens > 900
    assert first.usage.cache_write_1h_tokens == 0
    assert await model.count(asked) == first.usage.prompt_tokens
    assert await model.count(replace(asked, tools=())) < first.usage.prompt_tokens


# ---------------------------------------------------------------- calls that are none


def _steps(answer: Answer, *, until: str = "message_delta", stop_reason: str | None = None) -> list[Any]:
    """A stream up to an event, and how it ends."""
    steps = ClaudeServer().events({"model": "claude-sonnet-5-5", "messages": []}, answer)
    names = [step.name if isinstance(step, Event) else "" for step in steps]
    kept = steps[: len(names) - 1 - names[::-1].index(until)]
    if stop_reason is None:
        return kept
    end = {"type": "message_delta", "delta": {"stop_reason": stop_reason}, "usage": {"output_tokens": 9}}
    return [*kept, Event("message_delta", end), Event("message_stop", {"type": "message_stop"})]


CUT = Answer((Block(('{"order": ', '"104'), kind="tool_use", name="check_order"),), "max_tokens")
NAMELESS = Answer((Block(("{}",), kind="tool_use", name=""),), "tool_use")
TWINS = Answer(tuple(Block(("{}",), kind="tool_use", name="check_order", id="t1") for _ in range(2)), "tool_use")
ONE = call("check_order", order="1042")
FAILED: list[tuple[str, Any, type[Exception], str]] = [
    ("nothing is called", say("Wait.", stop_reason="tool_use"), ModelUnavailable, "calls a tool"),
    ("no name", NAMELESS, ModelUnavailable, "calls a tool"),
    ("one id for two", TWINS, ModelUnavailable, "calls a tool"),
    ("not ended", Stream(_steps(ONE, until="content_block_stop", stop_reason="tool_use")), ModelUnavailable, "calls a"),
    ("breaks off inside", Stream([*_steps(ONE, until="content_block_stop"), Reset()]), ModelUnavailable, "connection"),
    ("just ends inside", Stream(_steps(ONE, until="content_block_stop")), ModelUnavailable, "in the middle"),
    ("just ends behind", Stream(_steps(ONE)), ModelUnavailable, "in the middle"),
    ("the limit comes inside", CUT, ModelWordless, "before the first word"),
    ("it declines", replace(ONE, stop_reason="refusal"), ModelRefused, "declined"),
    ("it ends without", replace(ONE, stop_reason="end_turn"), ModelUnavailable, "empty"),
]


@pytest.mark.parametrize(("name", "answer", "error", "why"), FAILED, ids=[row[0] for row in FAILED])
async def test_a_call_that_cannot_be_read_is_a_failure(
    api: ClaudeServer, name: str, answer: Any, error: type[ModelError], why: str
) -> None:
    with pytest.raises(error, match=why) as raised:
        await _ended(api, answer)
    assert raised.value.usage, "what it cost is told"


INSTEAD = [
    ("", {}),
    ("{}", {}),
    (" {} ", {}),
    ('{"order": {"n": [1, null, "ä"]}}', {"order": {"n": [1, None, "ä"]}}),
    ('{"order": "104', None),
    ("[1]", None),
    ('"1042"', None),
    ("null", None),
    ("1042", None),
    ('{"order": NaN}', None),
    ('{"order": "\\ud800"}', None),
    ('{"order": "\\ud83d\\ude00"}', {"order": "😀"}),
    ('{"order": 1} {"order": 2}', None),
    ("{" * 100_000, None),
    ('{"order": ' + "9" * 5_000 + "}", None),
]


@pytest.mark.parametrize(("written", "args"), INSTEAD, ids=[written[:20] for written, _ in INSTEAD])
async def test_arguments_are_an_object_or_nothing(api: ClaudeServer, written: str, args: Any) -> None:
    api.play(calls(("check_order", written)))
    claude = Claude(quick(api.url), SecretStr(KEY))
    reply = await claude.complete(asking(), drafted())
    assert [it.args for it in reply.calls] == [args]
    await claude.complete(after(asking(), reply, {"text": "What?", "failed": True}), drafted())
    await claude.aclose()
    [back] = [b for m in api.requests[-1]["messages"] if m["role"] == "assistant" for b in m["content"]]
    assert back["input"] == ({"INVALID_JSON": written} if args is None else args)


async def test_half_a_character_is_sent_back_as_a_question_mark(api: ClaudeServer, model: Claude) -> None:
    api.play(calls(("check_order", '{"order": "\\ud83d'), said=["See \ud83d"]))
    reply = await model.complete(asking(), drafted())
    await model.complete(after(asking(), reply, {"text": "What?"}), drafted())
    [said] = [message["content"] for message in api.requests[-1]["messages"] if message["role"] == "assistant"]
    assert said[0]["text"] == "See ?"
    assert said[1]["input"] == {"INVALID_JSON": '{"order": "\\ud83d'}


async def test_only_who_stops_for_a_call_has_one(api: ClaudeServer) -> None:
    spoken = calls(("check_order", {"order": "1"}), said=["Here it is."])
    reply = await _ended(api, replace(spoken, stop_reason="end_turn"))
    assert (reply.calls, reply.said, reply.truncated) == ((), (), False)
    reply = await _ended(api, replace(spoken, stop_reason="max_tokens"))
    assert (reply.calls, reply.said, reply.truncated) == ((), (), True)


async def test_what_the_api_would_not_take_back_stays_out(api: ClaudeServer, model: Claude) -> None:
    steps = _steps(calls(("check_order", {}), said=[" "], thinking="Hm."), stop_reason="tool_use")
    hologram = Event(
        "content_block_start", {"type": "content_block_start", "index": 9, "content_block": {"type": "hum"}}
    )
    page = {"type": "page_location", "cited_text": "x", "document_index": 0, "document_title": None, "file_id": None}
    page |= {"start_page_number": 1, "end_page_number": 2}
    cited: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 8, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 8, "delta": {"type": "text_delta", "text": "See."}},
        {"type": "content_block_delta", "index": 8, "delta": {"type": "citations_delta", "citation": page}},
        {"type": "content_block_stop", "index": 8},
    ]
    api.play(Stream([*steps[:-2], hologram, *[Event(event["type"], event) for event in cited], *steps[-2:]]))
    reply = await model.complete(asking(), drafted())
    assert [block["type"] for block in reply.said] == ["thinking", "tool_use", "text"]
    assert "file_id" not in json.dumps(reply.said)


# ---------------------------------------------------------------- property

WORDS = st.text(st.sampled_from('ab ü"\\{}[]😀\n'), max_size=12)
ARGS = st.dictionaries(WORDS, st.integers() | WORDS | st.lists(WORDS, max_size=2), max_size=3)
BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda text, cites: Block((text,), cites), WORDS, st.sampled_from([(), (0,), (1, 0)])),
        st.builds(lambda text: Block((text,), kind="thinking"), WORDS),
        st.builds(lambda text: Block((text,), kind="redacted_thinking"), WORDS),
        st.builds(
            lambda name, args: Block((json.dumps(args, ensure_ascii=False),), kind="tool_use", name=name),
            st.sampled_from(["check_order", "begin_return"]),
            ARGS,
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(blocks=BLOCKS, stop=st.sampled_from(["tool_use", "end_turn", "max_tokens"]), data=st.data())
def test_however_a_stream_is_cut_up_the_reply_is_the_same(blocks: list[Block], stop: str, data: st.DataObject) -> None:
    body = {"model": "claude-sonnet-5-5", "messages": []}

    def split(block: Block) -> Block:
        [text] = block.pieces
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
        edges = [0, *cuts, len(text)]
        return replace(block, pieces=tuple(text[a:b] for a, b in itertools.pairwise(edges)))

    def read(answer: Answer) -> tuple[Any, str, tuple[Any, ...]]:
        steps = [step for step in ClaudeServer().events(body, answer) if isinstance(step, Event)]
        draft = drafted()
        streamed = StreamedAnswer([KEEP, COST], draft)
        for step in steps:
            streamed.feed(json.dumps(step.data))
        try:
            reply = streamed.reply("m")
        except ModelError as error:
            return type(error), "", ()
        draft.finish()
        if reply.calls:
            whole = assembled([step.data for step in steps])
            asked = [block for block in whole if block["type"] == "tool_use"]
            assert [(it.id, it.name, it.args) for it in reply.calls] == [
                (b["id"], b["name"], b["input"]) for b in asked
            ]
            thoughts = [block for block in whole if "thinking" in block["type"]]
            assert [block for block in reply.said if "thinking" in block["type"]] == thoughts
        return replace(reply, usage=reply.usage.__class__()), draft.text, draft.citations

    assert read(Answer(tuple(map(split, blocks)), stop)) == read(Answer(tuple(blocks), stop))


# ---------------------------------------------------------------- patience, grammars, limits


async def test_a_call_that_is_being_written_is_no_silence(api: ClaudeServer) -> None:
    steps = _steps(ONE, stop_reason="tool_use")
    slow = [piece for step in steps for piece in (step, Pause(0.06))]
    claude = Claude(quick(api.url, first_text_s=0.3, idle_text_s=0.3), SecretStr(KEY))
    api.play(Stream(slow))
    reply = await claude.complete(asking(), drafted())
    await claude.aclose()
    assert [it.args for it in reply.calls] == [{"order": "1042"}]


TOO_COMPLEX = [
    "The compiled grammar is too large",
    "Schema is too complex for compilation.",
    "tools.0.custom.strict: Extra inputs are not permitted",
]


@pytest.mark.parametrize("why", TOO_COMPLEX)
async def test_tools_that_make_no_grammar_are_told_plainly_from_then_on(why: str) -> None:
    async with serving(ClaudeServer()) as api:
        claude = Claude(quick(api.url), SecretStr(KEY))
        api.play(Refusal(400, "invalid_request_error", why))
        await claude.complete(asking(), drafted())
        await claude.complete(asking(), drafted())
        strict = [[tool.get("strict", False) for tool in body["tools"]] for body in api.requests]
        assert strict == [[True, True], [False, False], [False, False]]
        api.play(Refusal(400, "invalid_request_error", why))
        with pytest.raises(InvalidRequest):
            await claude.complete(asking(), drafted())
        await claude.aclose()


async def test_another_mistake_is_no_reason_to_ask_again(api: ClaudeServer, model: Claude) -> None:
    api.play(Refusal(400, "invalid_request_error", "messages: roles must alternate"))
    with pytest.raises(InvalidRequest):
        await model.complete(asking(), drafted())
    assert len(api.requests) == 1


async def test_an_answer_that_goes_on_with_a_call_keeps_what_it_had_said(api: ClaudeServer) -> None:
    """What it thought for the rest is about a request that nobody makes again, and stays out."""
    claude = Claude(quick(api.url), SecretStr(KEY), tier="opus")
    api.play(say("Let me look it", " up", stop_reason="max_tokens"))
    api.play(calls(("check_order", {"order": "1"}), said=["up for you."], thinking="Hm."))
    shown: list[str] = []
    reply = await Continuing(claude).complete(asking(), drafted(shown))
    assert "".join(shown) == "Let me look it up for you."
    assert not reply.truncated
    assert [block.get("text", block["type"]) for block in reply.said] == ["Let me look it", "up for you.", "tool_use"]
    await claude.complete(after(asking(), reply, {"text": "Sent."}), drafted())
    await claude.aclose()


async def test_an_answer_that_calls_is_left_alone(api: ClaudeServer, model: Claude) -> None:
    api.play(calls(("check_order", {"order": "1"}), said=["One", " moment"]))
    shown: list[str] = []
    reply = await Continuing(model).complete(asking(), drafted(shown))
    assert "".join(shown) == "One moment"
    assert len(reply.calls) == 1
    assert len(api.requests) == 1


async def test_a_call_that_found_no_room_is_made_with_twice_as_much(api: ClaudeServer, model: Claude) -> None:
    api.play(CUT, ONE)
    reply = await Continuing(model).complete(asking(), drafted())
    assert [it.args for it in reply.calls] == [{"order": "1042"}]
    first, second = (body["max_tokens"] for body in api.requests)
    assert second == 2 * first
    assert reply.usage.output_tokens > 10, "both are paid for"
