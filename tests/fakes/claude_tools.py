"""What the Messages API refuses in tools, in calls and in their results, in its own words where they are known; and
what it remembers of thinking, which has to come back as it went out."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import claude_schemas

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_TOOL = {"type", "name", "description", "input_schema", "strict", "cache_control", "input_examples", "defer_loading"}
_RESULT = {"type", "tool_use_id", "content", "is_error", "cache_control"}
_CALL = {"type", "id", "name", "input", "caller", "cache_control"}


def definitions(tools: Any) -> Iterator[str]:
    """What is wrong with the tools that a request offers."""
    if not isinstance(tools, list):
        yield "tools: Input should be a valid list"
        return
    for index, tool in enumerate(tools):
        yield from _definition(f"tools.{index}", tool)
    names = [tool.get("name") for tool in tools if isinstance(tool, dict)]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    strict = [tool for tool in tools if isinstance(tool, dict) and tool.get("strict")]
    if len(strict) > claude_schemas.TOOLS_MAX:
        yield f"tools: at most {claude_schemas.TOOLS_MAX} strict tools are supported, found {len(strict)}"
    yield from claude_schemas.too_complex([tool["input_schema"] for tool in strict])


def _definition(where: str, tool: Any) -> Iterator[str]:
    if not isinstance(tool, dict):
        yield f"{where}: Input should be a valid dictionary"
        return
    for name in tool.keys() - _TOOL:
        yield f"{where}.custom.{name}: Extra inputs are not permitted"
    if not isinstance(tool.get("name"), str) or not _NAME.fullmatch(tool["name"]):
        yield f"{where}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"
    if not isinstance(tool.get("description", ""), str):
        yield f"{where}.custom.description: Input should be a valid string"
    schema = tool.get("input_schema")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield f"{where}.custom.input_schema.type: Field required"
        return
    if {"oneOf", "allOf", "anyOf"} & schema.keys():
        yield f"{where}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
    if tool.get("strict"):
        yield from claude_schemas.complaints(f"{where}.custom.input_schema", schema)


def loop(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with the calls and results of a conversation: each call is answered in the next message."""
    asked: list[str] = []
    seen: set[str] = set()
    for index, message in enumerate(messages):
        blocks = _blocks(message)
        results = [block.get("tool_use_id") for block in blocks if block.get("type") == "tool_result"]
        if missing := [name for name in asked if name not in results]:
            yield (
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
                "next message."
            )
        if strange := [name for name in results if name not in asked]:
            yield f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {strange}"
        if len(set(results)) < len(results):
            yield f"messages.{index}: each tool_use must have a single result"
        kinds = [block.get("type") for block in blocks]
        if "tool_result" in kinds[len(results) :]:
            yield f"messages.{index}: `tool_result` blocks must come first in the content array"
        asked = [block.get("id", "") for block in blocks if block.get("type") == "tool_use"]
        if seen & set(asked) or len(set(asked)) < len(asked):
            yield f"messages.{index}: `tool_use` ids must be unique"
        seen.update(asked)
        if (asked or results) and not tools:
            yield "Requests which include `tool_use` or `tool_result` blocks must define tools"
    if asked:
        yield f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks: {asked}"


def call(where: str, block: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one call."""
    for name in block.keys() - _CALL:
        yield f"{where}.tool_use.{name}: Extra inputs are not permitted"
    if not isinstance(block.get("id"), str) or not _ID.fullmatch(block["id"]):
        yield f"{where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
    if not isinstance(block.get("name"), str) or not block["name"]:
        yield f"{where}.tool_use.name: Field required"
    if not isinstance(block.get("input"), dict):
        yield f"{where}.tool_use.input: Input should be a valid dictionary"


def result(where: str, block: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the frame of one result; what it holds is judged like what a user says."""
    for name in block.keys() - _RESULT:
        yield f"{where}.tool_result.{name}: Extra inputs are not permitted"
    content = block.get("content", "")
    kinds = ["text"] if isinstance(content, str) else [inner.get("type") for inner in content]
    if unknown := set(kinds) - {"text", "search_result", "image", "document"}:
        yield f"{where}.tool_result.content: {unknown} blocks are not permitted"
    if "search_result" in kinds and set(kinds) != {"search_result"}:
        yield f"{where}.tool_result.content: search_result blocks cannot be mixed with other blocks"
    if block.get("is_error") and set(kinds) - {"text"}:
        yield f'{where}.tool_result: all content must be type "text" if "is_error" is true'


def _blocks(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = message.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


# ---------------------------------------------------------------- thinking

_THOUGHTS = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class Thoughts:
    """The thinking of every answer so far. Mutable."""

    _given: dict[str, tuple[Mapping[str, Any], str]] = field(default_factory=dict)
    """By what identifies a block: the block, and what it was thought about."""
    _before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each call, the thinking in its message."""

    def give(self, body: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> None:
        """An answer of these blocks goes out."""
        about = _bound(body, len(body["messages"]))
        thoughts = [block for block in blocks if block["type"] in _THOUGHTS]
        self._given |= {_mark(block): (block, about) for block in thoughts}
        marks = tuple(map(_mark, thoughts))
        self._before |= {block["id"]: marks for block in blocks if block["type"] == "tool_use"}

    def complaints(self, body: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the thinking that comes back: all of a message's in order, or none of it."""
        for index, message in enumerate(body["messages"]):
            blocks = _blocks(message)
            thoughts = [block for block in blocks if block.get("type") in _THOUGHTS]
            where = f"messages.{index}.content"
            for block in thoughts:
                given, about = self._given.get(_mark(block), ({}, ""))
                if not given:
                    yield f"{where}: Invalid `signature` in `thinking` block"
                elif given != {name: value for name, value in block.items() if name != "cache_control"}:
                    yield f"{where}: {_MODIFIED}"
                elif about != _bound(body, index):
                    yield f"{where}: block is bound to a different conversation"
            for block in blocks if thoughts else ():
                owed = self._before.get(block.get("id", ""), ())
                if block.get("type") == "tool_use" and tuple(map(_mark, thoughts)) != owed:
                    yield f"{where}: {_MODIFIED}"


_MODIFIED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must "
    "remain as they were in the original response."
)


def _mark(block: Mapping[str, Any]) -> str:
    return str(block.get("signature") or block.get("data"))


def _bound(body: Mapping[str, Any], messages: int) -> str:
    """What a model has read before it thinks."""
    read = [body.get("tools"), body.get("system"), body["messages"][:messages]]
    return hashlib.sha256(json.dumps(_plain(read)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items() if key != "cache_control"}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def assembled(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The blocks that the data of a stream's events add up to."""
    blocks: dict[int, dict[str, Any]] = {}
    written: dict[int, str] = {}
    for event in events:
        match event:
            case {"type": "content_block_start", "index": index, "content_block": block}:
                blocks[index], written[index] = dict(block), ""
            case {"type": "content_block_delta", "index": index, "delta": dict(delta)}:
                kind = delta["type"]
                if kind == "input_json_delta":
                    written[index] += delta["partial_json"]
                elif kind == "citations_delta":
                    blocks[index]["citations"] = [*(blocks[index].get("citations") or ()), delta["citation"]]
                elif kind in ("text_delta", "thinking_delta", "signature_delta"):
                    name = kind.removesuffix("_delta")
                    blocks[index][name] = blocks[index].get(name, "") + delta[name]
            case {"type": "content_block_stop", "index": index} if written.get(index):
                blocks[index]["input"] = _json(written[index])
    return [blocks[index] for index in sorted(blocks)]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
