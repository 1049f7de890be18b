"""What every tool must be, ours and whoever's: a closed strict schema, words for a model and for people, and arguments
that are read strictly."""

import importlib
import json
import pkgutil
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import tools
from bridge.backends.operations import OPERATIONS
from bridge.brain.phrases import Phrases
from bridge.tools.arguments import BadArguments, canonical
from bridge.tools.builtin import TOOLS
from bridge.tools.execution import Executor
from bridge.tools.policy import RESTRICTED, judge
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool, Tier
from bridge.types import Identity

NAME = re.compile(r"[a-z][a-z0-9_]{2,63}")
KEYWORDS = {"type", "properties", "required", "additionalProperties", "description", "enum", "items"}
"""What strict mode takes of JSON Schema, as far as we use it. It refuses bounds, lengths and patterns."""
TYPES = {"object", "string", "integer", "boolean", "array"}
DESCRIPTION_CHARS_MAX = 320
SUBJECTS = re.compile(r"customer|email|phone_number|account|user|identity|level|approv|tier|confirm", re.IGNORECASE)
PROMISES = {"refund", "return", "cancel", "discount", "booking", "callback", "ticket", "update", "subscription"}
STRICT_TOOLS_MAX = 20
"""Of one request to the API."""

each = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


def test_every_file_with_a_tool_is_on_the_list() -> None:
    modules = [
        importlib.import_module(f"bridge.tools.{module.name}") for module in pkgutil.iter_modules(tools.__path__)
    ]
    found = {module.TOOL.name: module.__name__ for module in modules if hasattr(module, "TOOL")}
    assert found == {name: f"bridge.tools.{name}" for name in found}, "a tool's file has its name"
    assert set(found) == {tool.name for tool in TOOLS}
    assert len(TOOLS) <= STRICT_TOOLS_MAX
    assert not RESTRICTED & set(found)


@each
def test_a_model_is_told_what_it_is_for(tool: AnyTool) -> None:
    assert NAME.fullmatch(tool.name)
    assert 40 <= len(tool.description) <= DESCRIPTION_CHARS_MAX
    assert tool.description.endswith(".")


@each
def test_its_schema_is_closed_and_one_that_strict_mode_takes(tool: AnyTool) -> None:
    def check(schema: Any, path: str) -> None:
        assert schema.keys() <= KEYWORDS, path
        assert schema["type"] in TYPES, path
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, path
            assert sorted(schema["required"]) == sorted(schema["properties"]), path
            for name, inner in schema["properties"].items():
                assert inner.get("description"), f"{path}.{name} is not described"
                check(inner, f"{path}.{name}")
        if schema["type"] == "array":
            check(schema["items"], f"{path}[]")

    assert tool.arguments.schema["type"] == "object"
    check(tool.arguments.schema, tool.name)
    assert json.dumps(tool.arguments.schema, sort_keys=True)


@each
def test_its_bounds_are_told_where_there_are_some(tool: AnyTool) -> None:
    """A model that is refused without having been told why tries again in vain."""
    for name, schema in tool.arguments.schema["properties"].items():
        if schema["type"] == "string" and "enum" not in schema:
            told = re.search(r"\d|that \w+ gave|as \w+ gave|the new plan's name", schema["description"])
            assert told, f"{name} says nothing of its form"
        if schema["type"] == "integer":
            assert re.search(r"\d", schema["description"]), name


@each
def test_no_argument_names_whom_it_is_for(tool: AnyTool) -> None:
    """That comes from the session."""
    for name in tool.arguments.schema["properties"]:
        assert not SUBJECTS.search(name), name


@each
def test_people_are_told_what_it_does(tool: AnyTool) -> None:
    assert tool.label in Phrases.model_fields


@each
def test_what_it_needs_is_there_to_be_had(tool: AnyTool) -> None:
    assert tool.needs <= {*OPERATIONS, "tickets", "search"}
    assert "find_customer" not in tool.needs, "nobody is looked up by what a model says"
    writes = {name for name in tool.needs if name in OPERATIONS and OPERATIONS[name].writes}
    assert not writes or tool.tier is not Tier.READ
    of_customer = {name for name in tool.needs if name in OPERATIONS and OPERATIONS[name].of_customer}
    assert not of_customer or tool.subject
    assert set(tool.does) <= PROMISES
    assert not tool.does or tool.tier is not Tier.READ


@each
def test_nothing_that_writes_is_for_strangers(tool: AnyTool) -> None:
    if tool.tier is not Tier.READ:
        assert judge_anything(tool) in ("identity", "restricted")


def judge_anything(tool: AnyTool) -> str:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return 1

    return judge(tool, Anything(), Identity(), ToolsSettings()).verdict


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=6,
)


@each
@settings(max_examples=40)
@given(data=st.data())
def test_arguments_are_taken_or_refused_and_nothing_else(tool: AnyTool, data: Any) -> None:
    """Whatever a model writes, a tool gets what it describes, or nothing."""
    names = st.sampled_from(sorted(tool.arguments.schema["properties"]) or ["x"]) | st.text(max_size=12)
    raw = data.draw(st.dictionaries(names, json_values, max_size=8))
    try:
        args = tool.arguments.parse(raw)
    except BadArguments:
        return
    plain = tool.arguments.plain(args)
    assert set(plain) == set(tool.arguments.schema["properties"])
    assert canonical(plain) == canonical(tool.arguments.plain(tool.arguments.parse(plain)))
    tool.about(args)
    tool.raises(args, ToolsSettings())


def test_without_anything_to_work_with_there_is_only_calling_a_person_and_what_needs_nothing() -> None:
    operations = Executor(settings=ToolsSettings()).operations
    left = [tool for tool in TOOLS if tool.needs <= operations]
    assert "escalate_to_human" in [tool.name for tool in left]
    assert [tool.name for tool in left if tool.subject or tool.tier is not Tier.READ] == [], "these need something"
