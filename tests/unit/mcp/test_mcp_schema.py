"""A server's schema becomes arguments that hold nothing but what was understood, or no arguments at all."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.mcp.schema import _BOUNDS, _KINDS, _READ, _TOLD, Unusable, closed
from bridge.tools.arguments import BadArguments

TEXT = {"type": "string"}


def of(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties) if required is None else required}


READ: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (TEXT, {"type": "string"}),
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
    ({"anyOf": [TEXT, {"type": "null"}], "title": "A"}, {"type": ["string", "null"]}),
    ({"enum": ["S", "M"]}, {"type": "string", "enum": ["S", "M"]}),
    ({"type": "string", "const": "S"}, {"type": "string", "enum": ["S"]}),
    (
        {"type": "integer", "minimum": 1, "maximum": 9, "description": "How\nmany."},
        {"type": "integer", "description": "How many. (minimum 1, maximum 9)"},
    ),
    (
        {"type": "string", "format": "date", "default": "today"},
        {"type": "string", "description": "(format date, default today)"},
    ),
    ({"type": "string", "description": "a\u200bb\u202ec"}, {"type": "string", "description": "abc"}),
    ({"type": "array", "items": TEXT, "maxItems": 3}, {"type": "array", "items": TEXT, "description": "(maxItems 3)"}),
    ({"$ref": "#/$defs/Size"}, {"type": "string", "enum": ["S"]}),
    ({"allOf": [{"$ref": "#/$defs/Size"}], "description": "d"}, {"type": "string", "enum": ["S"], "description": "d"}),
    (
        of(["a"], a=TEXT, b={"type": "boolean"}),
        {
            "type": "object",
            "properties": {"a": TEXT, "b": {"type": "boolean"}},
            "required": ["a"],
            "additionalProperties": False,
        },
    ),
]


@pytest.mark.parametrize(("schema", "told"), READ)
def test_what_is_understood_is_told_closed(schema: dict[str, Any], told: dict[str, Any]) -> None:
    whole = of(value=schema) | {"$defs": {"Size": {"enum": ["S"]}}, "additionalProperties": True}
    assert closed(whole, ()).schema == {
        "type": "object",
        "properties": {"value": told},
        "required": ["value"],
        "additionalProperties": False,
    }


RECURSIVE = {"$ref": "#/$defs/Node"}
NOT_UNDERSTOOD: list[Any] = [
    {},
    True,
    {"type": "nothing"},
    {"type": ["string", "integer"]},
    {"anyOf": [TEXT, {"type": "integer"}]},
    {"oneOf": []},
    {"type": "object"},
    {"type": "object", "additionalProperties": TEXT},
    {"type": "array"},
    {"type": "array", "items": {}},
    {"type": "object", "patternProperties": {"^a": TEXT}},
    {"not": TEXT},
    {"type": "string", "if": TEXT},
    {"enum": [{"a": 1}]},
    {"enum": ["x"] * 101},
    {"$ref": "https://example.com/schema.json"},
    {"$ref": "#/$defs/Nobody"},
    {"$ref": "#/$defs/Loop"},
    RECURSIVE,
    of(a=of(b=of(c=of(d=of(e=TEXT))))),
    of(**{f"p{n}": TEXT for n in range(31)}),
    of(["b"], a=TEXT),
]


@pytest.mark.parametrize("schema", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_left_out_or_makes_the_tool_unusable(schema: Any) -> None:
    more = {"$defs": {"Loop": {"$ref": "#/$defs/Loop"}, "Node": of(next=RECURSIVE)}}
    with pytest.raises(Unusable):
        closed(of(value=schema) | more, ())
    left = closed(of(["sku"], sku=TEXT, value=schema) | more, ())
    assert list(left.schema["properties"]) == ["sku"]


@pytest.mark.parametrize("schema", [{"type": "string"}, {"$ref": "#"}, {"type": "object", "properties": []}, []])
def test_arguments_are_an_object(schema: Any) -> None:
    with pytest.raises(Unusable):
        closed(schema, ())


def test_a_tool_without_arguments_takes_none() -> None:
    arguments = closed({"type": "object"}, ())
    assert arguments.parse({}) == {}
    with pytest.raises(BadArguments):
        arguments.parse({"a": 1})


def test_bound_arguments_are_hidden_and_cannot_be_given() -> None:
    arguments = closed(of(customer_id=TEXT, order=TEXT), ["customer_id"])
    assert list(arguments.schema["properties"]) == arguments.schema["required"] == ["order"]
    assert arguments.parse({"order": "1042"}) == {"order": "1042"}
    with pytest.raises(BadArguments):
        arguments.parse({"order": "1042", "customer_id": "C-2"})
    with pytest.raises(Unusable, match="customer"):
        closed(of(order=TEXT), ["customer"])


SCHEMA = of(
    ["n"],
    n={"type": "integer", "minimum": 1, "maximum": 9},
    x={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    s={"type": "string", "minLength": 1, "maxLength": 3},
    c={"enum": ["S", "M"]},
    b={"type": "boolean"},
    l={"type": "array", "items": {"type": "integer"}, "maxItems": 2},
    o=of(["k"], k=TEXT),
    z={"type": ["string", "null"]},
)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "n"),
    ({"n": "1"}, "n"),
    ({"n": 1.5}, "n"),
    ({"n": True}, "n"),
    ({"n": None}, "n"),
    ({"n": 0}, "n"),
    ({"n": 10}, "n"),
    ({"n": 1, "x": 0}, "x"),
    ({"n": 1, "x": 1}, "x"),
    ({"n": 1, "s": ""}, "s"),
    ({"n": 1, "s": "abcd"}, "s"),
    ({"n": 1, "c": "L"}, "c"),
    ({"n": 1, "c": "s"}, "c"),
    ({"n": 1, "b": 1}, "b"),
    ({"n": 1, "l": [1, 2, 3]}, "l"),
    ({"n": 1, "l": [1, "2"]}, "l.1"),
    ({"n": 1, "l": "12"}, "l"),
    ({"n": 1, "o": {}}, "o.k"),
    ({"n": 1, "o": {"k": "v", "other": 1}}, "o"),
    ({"n": 1, "secret-extra": 1}, ""),
]


@pytest.mark.parametrize(("args", "where"), WRONG)
def test_what_does_not_fit_is_refused_by_its_place_and_not_quoted(args: dict[str, Any], where: str) -> None:
    with pytest.raises(BadArguments) as refused:
        closed(SCHEMA, ()).parse(args)
    assert list(refused.value.problems) == [where]
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "args",
    [
        {"n": 1},
        {"n": 9, "x": 0.5, "s": "abc", "c": "M", "b": False, "l": [1, 2], "o": {"k": "v"}, "z": None},
    ],
)
def test_what_fits_is_taken_as_it_is(args: dict[str, Any]) -> None:
    arguments = closed(SCHEMA, ())
    assert arguments.parse(args) == args
    assert arguments.plain(arguments.parse(args)) == args


def test_what_has_no_bounds_has_ours() -> None:
    arguments = closed(of(s=TEXT, l={"type": "array", "items": TEXT}), ())
    for args in ({"s": "x" * 5_000, "l": []}, {"s": "", "l": ["x"] * 51}):
        with pytest.raises(BadArguments):
            arguments.parse(args)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = sorted({*_READ, *_BOUNDS, *_TOLD, "anyOf", "oneOf", "allOf", "$ref", "$defs", "title", "not"})
VALUES = JSON | st.sampled_from([*_KINDS, "#/$defs/a", "null"])
SCHEMAS = st.recursive(
    st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=4),
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3)},
        optional={
            "required": st.lists(st.sampled_from("abc"), max_size=3) | JSON,
            "$defs": st.dictionaries(st.sampled_from("ab"), inner),
            "anyOf": st.lists(inner, max_size=2),
            "items": inner,
        },
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(schema=SCHEMAS | JSON, args=st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4))
def test_whatever_a_server_says_it_is_understood_or_refused(schema: Any, args: dict[str, Any]) -> None:
    try:
        arguments = closed(schema, ())
    except Unusable:
        return
    told = arguments.schema
    json.dumps(told)
    assert told["additionalProperties"] is False
    assert set(told["required"]) <= set(told["properties"])
    try:
        taken = arguments.parse(args)
    except BadArguments:
        return
    assert set(taken) <= set(told["properties"])
    assert set(taken) >= set(told["required"])
