"""How Claude is told of tools: strict where the API takes that, in its limits, with the bounds in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.claude_tools import offered
from bridge.ports import ToolSpec
from bridge.tools.builtin import TOOLS
from bridge.tools.tool import Tier
from tests.fakes import claude_rules, claude_tools


def closed(**properties: Any) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | {"required": list(properties)}


def spec(name: str = "look", schema: Any = None, *, reads: bool = True, strict: bool = True) -> ToolSpec:
    return ToolSpec(name=name, description="Looks.", schema=schema or closed(), reads=reads, strict=strict)


def told(schema: Any) -> dict[str, Any]:
    [tool] = offered([spec(schema=schema)])
    assert not list(claude_tools.definitions([tool]))
    return tool


IN_WORDS = [
    ({"type": "integer", "minimum": 1, "maximum": 90}, {"type": "integer", "description": "(minimum: 1, maximum: 90)"}),
    (
        {"type": "string", "description": "A day.", "maxLength": 10, "pattern": "^[0-9-]+$"},
        {"type": "string", "description": 'A day. (maxLength: 10, pattern: "^[0-9-]+$")'},
    ),
    ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
    ({"type": "string", "format": "phone"}, {"type": "string", "description": '(format: "phone")'}),
    (
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        {"type": "array", "items": {"type": "string", "description": "(minLength: 1)"}, "minItems": 1},
    ),
    (
        {"type": "array", "items": {"type": "string"}, "minItems": 2},
        {"type": "array", "items": {"type": "string"}, "description": "(minItems: 2)"},
    ),
    (
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}], "default": None, "title": "N"},
        {
            "anyOf": [{"type": "integer", "description": "(minimum: 0)"}, {"type": "null"}],
            "default": None,
            "title": "N",
        },
    ),
    ({"enum": ["a", None], "examples": ["ä"]}, {"enum": ["a", None], "description": '(examples: ["ä"])'}),
    (closed(a={"type": "number", "multipleOf": 2}), closed(a={"type": "number", "description": "(multipleOf: 2)"})),
]


@pytest.mark.parametrize(("schema", "expected"), IN_WORDS, ids=[json.dumps(schema)[:40] for schema, _ in IN_WORDS])
def test_bounds_of_strict_tools_are_told_in_words(schema: Any, expected: Any) -> None:
    tool = told(closed(it=schema))
    assert tool["strict"] is True
    assert tool["input_schema"]["properties"] == {"it": expected}


def test_definitions_stay() -> None:
    schema = {"$defs": {"Day": closed(on={"type": "string", "maxLength": 10})}} | closed(it={"$ref": "#/$defs/Day"})
    kept = {"on": {"type": "string", "description": "(maxLength: 10)"}}
    assert told(schema)["input_schema"]["$defs"]["Day"]["properties"] == kept


PLAIN = {
    "open": {"type": "object", "properties": {}},
    "open inside": closed(a={"type": "object", "properties": {}}),
    "logic": closed(a={"oneOf": [{"type": "string"}]}),
    "patterned names": closed() | {"patternProperties": {"^a": {"type": "string"}}},
    "anything": closed(a={"description": "whatever"}),
    "true": closed(a=True),
    "values that are objects": closed(a={"enum": [{}]}),
    "somewhere else": closed(a={"$ref": "https://x.example/schema"}),
    "no such definition": {"$defs": {"A": closed(a={"$ref": "#/$defs/B"})}} | closed(a={"$ref": "#/$defs/A"}),
    "recursive": {"$defs": {"A": closed(a={"$ref": "#/$defs/A"})}} | closed(a={"$ref": "#/$defs/A"}),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_no_grammar_is_made_of_is_told_as_it_is(name: str) -> None:
    assert told(PLAIN[name]) == {"name": "look", "description": "Looks.", "input_schema": PLAIN[name]}


def test_a_tool_may_be_told_plainly_and_all_may() -> None:
    assert "strict" not in offered([spec(strict=False)])[0]
    assert "strict" not in offered([spec()], strict=False)[0]


def test_what_changes_something_is_strict_first_and_the_limits_are_kept() -> None:
    optional = closed(**{f"p{n}": {"type": "string"} for n in range(10)}) | {"required": []}
    unions = closed(**{f"p{n}": {"type": ["string", "null"]} for n in range(10)})
    tools = [spec(f"many_{n:02}") for n in range(20)]
    tools += [
        spec(f"{kind}_{n}", kinds, reads=n < 2) for kind, kinds in (("o", optional), ("u", unions)) for n in range(4)
    ]
    sent = offered(tools)
    assert [tool["name"] for tool in sent] == sorted(tool.name for tool in tools)
    strict = {tool["name"] for tool in sent if tool.get("strict")}
    assert len(strict) == 20
    assert {name for name in strict if not name.startswith("many")} == {"o_2", "o_3", "u_2"}
    assert not list(claude_tools.definitions(sent))


def test_our_own_tools_are_all_strict() -> None:
    specs = [
        ToolSpec(name=it.name, description=it.description, schema=it.arguments.schema, reads=it.tier is Tier.READ)
        for it in TOOLS
    ]
    sent = offered(specs)
    assert all(tool["strict"] for tool in sent)
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": sent,
    }
    assert claude_rules.judge_body(body) is None


VALUES = st.sampled_from([0, 1, 5, "a", None, True])
LEAVES = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "number", "boolean", "null"])},
    optional={
        "minimum": VALUES,
        "maxLength": VALUES,
        "format": st.sampled_from(["date", "phone"]),
        "title": st.just("T"),
    },
)
SCHEMAS = st.recursive(
    LEAVES | st.builds(lambda values: {"enum": values}, st.lists(VALUES | st.just({}), min_size=1, max_size=3)),
    lambda inner: st.one_of(
        st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(lambda some: {"anyOf": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda name, some: {name: some}, st.sampled_from(["oneOf", "allOf"]), st.lists(inner, min_size=1)),
        st.builds(
            lambda properties, required, is_closed: (
                {"type": "object", "properties": properties, "required": [k for k in properties if k in required]}
                | ({"additionalProperties": False} if is_closed else {})
            ),
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.sets(st.sampled_from("abc")),
            st.booleans(),
        ),
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), SCHEMAS, max_size=4), max_size=24))
def test_whatever_tools_there_are_the_api_takes_them(properties: list[dict[str, Any]]) -> None:
    tools = [spec(f"tool_{n}", closed(**some) | {"required": []}) for n, some in enumerate(properties)]
    assert not list(claude_tools.definitions(offered(tools)))
