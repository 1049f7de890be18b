"""The backup model calls tools that change nothing: as each server streams it, and without where none are taken."""

import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.brain.backup import Backup, BackupSettings
from bridge.brain.backup_answer import StreamedChat
from bridge.brain.calls import hearing
from bridge.brain.claude_answer import InvalidRequest
from bridge.errors import ModelError, ModelRejected, ModelUnavailable, ModelWordless
from bridge.ports import Exchange, ModelReply, ModelRequest, ToolCall, ToolResult, ToolRound, ToolSpec
from tests.fakes.openai_chat_server import (
    KEY,
    MODEL,
    Answer,
    ChatServer,
    Status,
    Steps,
    call,
    calls,
    chunk,
    say,
    serving,
)
from tests.unit.brain.made import drafted, passage, request

KEEP = passage("You may keep it for 30 days.", number=1)
COST = passage("Sending it back costs £3.50.", number=2, title="Costs")
BACK = passage("Bring it to the shop.", number=3, title="Where")
SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}}, "additionalProperties": False}
ORDER = ToolSpec(name="check_order", description="Looks up an order.", schema=SCHEMA)
SEARCH = ToolSpec(name="search", description="Looks things up.", schema=SCHEMA)
RETURN = ToolSpec(name="begin_return", description="Begins a return.", schema=SCHEMA, reads=False)


def asking(**more: Any) -> ModelRequest:
    return replace(request(passages=[KEEP]), tools=(RETURN, ORDER, SEARCH), **more)


def after(asked: ModelRequest, reply: ModelReply, *results: dict[str, Any]) -> ModelRequest:
    told = [ToolResult(call_id=it.id, **result) for it, result in zip(reply.calls, results, strict=True)]
    return replace(asked, rounds=(*asked.rounds, ToolRound(said=reply.said, calls=reply.calls, results=tuple(told))))


@pytest.fixture
async def api() -> AsyncIterator[ChatServer]:
    async with serving(ChatServer()) as server:
        yield server
        assert not server.refused, f"a request broke the rules: {server.refused}"


def backup(api: ChatServer) -> Backup:
    settings = {"base_url": api.url, "model": MODEL, "limit_name": "max_completion_tokens"}
    return Backup(BackupSettings.model_validate(settings), SecretStr(KEY))


@pytest.fixture
async def model(api: ChatServer) -> AsyncIterator[Backup]:
    made = backup(api)
    yield made
    await made.aclose()


async def test_only_what_changes_nothing_is_offered(api: ChatServer, model: Backup) -> None:
    await model.complete(asking(), drafted())
    assert [tool["function"]["name"] for tool in api.requests[0]["tools"]] == ["check_order", "search"]
    await model.complete(replace(asking(), tools=(RETURN,)), drafted())
    assert "tools" not in api.requests[1]


async def test_it_looks_up_and_answers_with_our_marks(api: ChatServer, model: Backup) -> None:
    asked = asking(history=(Exchange(question="Hi", answer="Hello.", done="check_order: sent"),))
    looks = [call("search", "{}", index=index) for index in (1, 2)]
    api.play(calls(call("check_order", '{"order"', ': "1"}'), *looks, said=["One ", "moment."]))
    shown: list[str] = []
    first = await model.complete(asked, drafted(shown))
    assert "".join(shown) == "One moment."
    assert [(it.id, it.name, it.args) for it in first.calls] == [
        ("call_0", "check_order", {"order": "1"}),
        ("call_1", "search", {}),
        ("call_2", "search", {}),
    ]
    api.play(say("It costs £3.50 [2]. Bring it back [3]. Keep it [1]."))
    draft = drafted()
    found = [{"text": "", "passages": (COST,)}, {"text": "", "passages": (BACK,)}]
    asked = after(asked, first, {"text": "No.", "failed": True}, *found)
    last = await model.complete(asked, draft)
    draft.finish()
    assert not last.calls
    assert draft.citations == (COST, BACK, KEEP)
    told = api.requests[-1]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user", "assistant"] + ["tool"] * 3
    assert "never instructions:\ncheck_order: sent" in told[3]["content"]
    assert told[4]["content"] == "One moment."
    assert told[5]["content"] == "Failed: No."
    assert told[6]["content"].startswith("<source number=2>\nCosts")


STREAMED: list[tuple[str, Any, list[tuple[str, Any]]]] = [
    ("all numbered alike", calls(call("a", "{}"), call("b", '{"x":1}', id="z")), [("a", {}), ("b", {"x": 1})]),
    ("it says that it stops", calls(call("a", "{}"), finish="stop"), [("a", {})]),
    ("in the old way", calls(call("a", "{}"), finish="function_call"), [("a", {})]),
    ("between each other", Answer((), "tool_calls", calls=tuple(
        itertools.chain(*zip(call("a", '{"x":', "1}"), call("b", '{"y":', "2}", index=1), strict=True))
    )), [("a", {"x": 1}), ("b", {"y": 2})]),
    ("without numbers and ids", Answer((), "tool_calls", calls=(
        {"function": {"name": "a", "arguments": "{}"}}, {"function": {"name": "a", "arguments": '{"x":'}},
        {"function": {"arguments": "1}"}},
    )), [("a", {}), ("a", {"x": 1})]),
    ("without numbers", Answer((), "tool_calls", calls=(
        {"id": "1", "function": {"name": "a", "arguments": '{"x":'}}, {"id": "1", "function": {"arguments": "1}"}},
        {"id": "2", "function": {"name": "a", "arguments": "{}"}},
    )), [("a", {"x": 1}), ("a", {})]),
    ("one id for all", calls(call("a", "{}", id="x"), call("b", "{}", id="x", index=1)), [("a", {}), ("b", {})]),
    ("an object", Answer((), "tool_calls", calls=({"index": 0, "function": {"name": "a", "arguments": {"x": 1}}},)),
     [("a", {"x": 1})]),
    ("nothing written", calls(call("a")), [("a", {})]),
    ("no JSON", calls(call("a", '{"x":')), [("a", None)]),
    ("no object", calls(call("a", "[1]")), [("a", None)]),
    ("half a character", calls(call("a", '{"x": "\\ud800"}')), [("a", None)]),
    ("no number", calls(call("a", '{"x": NaN}')), [("a", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "expected"), STREAMED, ids=[row[0] for row in STREAMED])
async def test_calls_are_read_as_each_server_streams_them(
    api: ChatServer, model: Backup, name: str, answer: Any, expected: Any
) -> None:
    tools = tuple(replace(ORDER, name=name) for name in "ab")
    asked = replace(asking(), tools=tools)
    api.play(answer)
    reply = await model.complete(asked, drafted())
    assert [(it.name, it.args) for it in reply.calls] == expected
    assert len({it.id for it in reply.calls}) == len(expected)
    await model.complete(after(asked, reply, *[{"text": "Sent."}] * len(expected)), drafted())


FAILED: list[tuple[str, Any, type[ModelError]]] = [
    ("nothing is called", Answer((), "tool_calls"), ModelUnavailable),
    ("no name", Answer((), "tool_calls", calls=({"index": 0, "function": {"arguments": "{}"}},)), ModelUnavailable),
    ("no text", Answer((), "tool_calls", calls=({"index": 0, "function": {"name": 1}},)), ModelUnavailable),
    ("no object", Answer((), "tool_calls", calls=("x",)), ModelUnavailable),  # type: ignore[arg-type]
    ("breaks off", Steps([chunk({"tool_calls": [call("a", "{")[0]]})]), ModelUnavailable),
    ("the limit comes inside", calls(call("a", '{"x'), finish="length"), ModelWordless),
]


@pytest.mark.parametrize(("name", "answer", "error"), FAILED, ids=[row[0] for row in FAILED])
async def test_a_call_that_cannot_be_read_is_a_failure(
    api: ChatServer, model: Backup, name: str, answer: Any, error: type[ModelError]
) -> None:
    api.play(answer)
    with pytest.raises(error):
        await model.complete(asking(), drafted())


async def test_a_signature_comes_back_as_it_went_out() -> None:
    async with serving(ChatServer(signs=True)) as api:
        model = backup(api)
        signature = {"google": {"thought_signature": "abc"}}
        api.play(calls(call("check_order", '{"order": "1"}', extra_content=signature)))
        reply = await model.complete(asking(), drafted())
        await model.complete(after(asking(), reply, {"text": "Sent."}), drafted())
        await model.aclose()
        assert not api.refused


FOREIGN = ToolRound(
    said=(
        {"type": "thinking", "thinking": "", "signature": "x"},
        {"type": "tool_use", "id": "t1"},
        {"type": "tool_use"},
    ),
    calls=(ToolCall(id="t1", name="begin_return", args={"order": "ö"}), ToolCall(id="t2", name="search", args=None)),
    results=(ToolResult(call_id="t1", text="Return 7."), ToolResult(call_id="t2", text="", passages=(COST,))),
)


async def test_what_another_model_did_is_told_in_words(api: ChatServer, model: Backup) -> None:
    asked = asking(rounds=(FOREIGN,))
    api.play(calls(call("search", "{}")))
    reply = await model.complete(asked, drafted())
    api.play(say("It costs £3.50 [2], and more [3]."))
    draft = drafted()
    await model.complete(after(asked, reply, {"text": "", "passages": (passage("More.", number=3),)}), draft)
    draft.finish()
    assert [one.chunk_id for one in draft.citations] == ["chunk-2", "chunk-3"]
    told = api.requests[-1]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "tool"]
    assert told[1]["content"].endswith('begin_return({"order": "ö"}): Return 7.\nsearch(null): see the sources above')
    assert told[1]["content"].index("<source number=2>") < told[1]["content"].index("How long")


NONE = [
    Status(400, None, "registry.ollama.ai/library/x does not support tools"),
    Status(400, "BadRequestError", '"auto" tool choice requires --enable-auto-tool-choice to be set'),
    Status(404, "404", "No endpoints found that support tool use."),
    Status(422, None, "Extra inputs are not permitted", param="tools"),
]


@pytest.mark.parametrize("refusal", NONE, ids=lambda refusal: str(refusal.status))
async def test_a_server_that_takes_no_tools_is_asked_without_from_then_on(
    api: ChatServer, model: Backup, refusal: Status
) -> None:
    api.play(calls(call("check_order", '{"order": "1"}')))
    reply = await model.complete(asking(), drafted())
    api.play(refusal)
    await model.complete(after(asking(), reply, {"text": "Sent."}), drafted())
    await model.complete(asking(), drafted())
    assert ["tools" in body for body in api.requests] == [True, True, False, False]
    assert api.requests[2]["messages"][-1]["content"].endswith('check_order({"order": "1"}): Sent.')


OTHERS = [(Status(400, None, "Invalid output limit"), InvalidRequest), (Status(404, None, "no model"), ModelRejected)]


@pytest.mark.parametrize(("refusal", "error"), OTHERS)
async def test_another_mistake_is_no_reason_to_ask_again(
    api: ChatServer, model: Backup, refusal: Status, error: type[Exception]
) -> None:
    api.play(refusal)
    with pytest.raises(error):
        await model.complete(asking(), drafted())
    assert len(api.requests) == 1
    api.play(Status(400, None, "messages: a tool message has no call"))
    with pytest.raises(InvalidRequest):  # none were offered
        await model.complete(request(), drafted())


async def test_an_answer_that_goes_on_with_a_call_keeps_what_it_had_said(api: ChatServer, model: Backup) -> None:
    api.play(calls(call("search", "{}"), said=["up."]))
    reply = await model.complete(asking(written="Let me look it "), drafted())
    assert reply.said[0]["content"] == "Let me look it up."


@given(
    texts=st.lists(st.text(st.sampled_from('ab []12"{}\\'), max_size=20), max_size=2),
    args=st.lists(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5)), max_size=3),
    data=st.data(),
)
def test_however_a_stream_is_cut_up_the_reply_is_the_same(texts: Any, args: Any, data: st.DataObject) -> None:
    def cut(text: str) -> list[str]:
        edges = [0, *sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4))), len(text)]
        return [text[a:b] for a, b in itertools.pairwise(edges)]

    def read(*, whole: bool) -> Any:
        pieces: list[dict[str, Any]] = [
            {"content": piece} for text in texts for piece in ([text] if whole else cut(text))
        ]
        for index, one in enumerate(args):
            written = json.dumps(one)
            made = call("a", *([written] if whole else cut(written)), index=index)
            pieces += [{"tool_calls": [piece]} for piece in made]
        draft = drafted()
        streamed = StreamedChat([KEEP, COST], draft)
        with hearing() as heard:
            for piece in pieces:
                streamed.feed(chunk(piece).decode().removeprefix("data: "))
            streamed.feed(chunk({}, "tool_calls" if args else "stop").decode().removeprefix("data: "))
        assert "".join(heard.besides) == "".join("a" + json.dumps(one) for one in args)
        try:
            reply = streamed.reply("m")
        except ModelError as error:
            return type(error)
        draft.finish()
        assert [it.args for it in reply.calls] == args
        return reply, draft.text, draft.citations

    assert read(whole=False) == read(whole=True)
