"""Writes tools as the Messages API is told of them. Pure.

A strict tool is called with arguments of its schema and with nothing else: the API makes a grammar of the schema. It
takes no bounds then, so these are told in words, and whoever runs the call holds to them. It also has limits on all
strict schemas of a request together; tools that change something come first, and what does not fit is told plainly.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.ports import ToolSpec

STRICT_MAX, OPTIONAL_MAX, UNIONS_MAX = 20, 24, 16
"""Of strict tools in one request; of their parameters that may be left out, and of those with several types."""
INVALID = "INVALID_JSON"
"""What a model wrote in the place of a JSON object goes back to it under this name, as the API asks."""

_TYPES = frozenset(("object", "array", "string", "integer", "number", "boolean", "null"))
_FORMATS = frozenset(("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"))
_SAYS_WHAT = frozenset(("type", "anyOf", "enum", "const", "$ref"))
_WRITTEN = _SAYS_WHAT | {"title", "description", "default", "required", "additionalProperties"}
_DROPPED = frozenset(("$schema", "$id", "$comment"))
_LOGIC = ("oneOf", "allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas")
_SHAPES = ("patternProperties", "propertyNames", "prefixItems", "contains", "unevaluatedProperties", "unevaluatedItems")
_TOO_MUCH = frozenset((*_LOGIC, *_SHAPES, "definitions", "$anchor"))
"""No grammar is made of these, and no words tell them."""
_DEFS = "#/$defs/"


def offered(tools: Sequence[ToolSpec], *, strict: bool = True) -> list[dict[str, Any]]:
    """The tools by name. Those that can be are strict, unless none shall be."""
    schemas = _strictly(tools) if strict else {}
    return [_tool(tool, schemas.get(tool.name)) for tool in sorted(tools, key=lambda tool: tool.name)]


def json_object(written: str) -> Mapping[str, Any] | None:
    """What a model wrote as the arguments of a call; None when that is no JSON object, or one that nobody can write
    down again: not everything is JSON that is read as such."""
    try:
        args = json.loads(written, parse_constant=_refuse)
        json.dumps(args, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return args if isinstance(args, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _tool(tool: ToolSpec, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    told = {"name": tool.name, "description": tool.description}
    return told | ({"input_schema": tool.schema} if schema is None else {"strict": True, "input_schema": schema})


def _strictly(tools: Sequence[ToolSpec]) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of those that may be strict, by name."""
    chosen: dict[str, Mapping[str, Any]] = {}
    optional = unions = 0
    for tool in sorted(tools, key=lambda tool: (tool.reads, tool.name)):
        if not tool.strict or len(chosen) == STRICT_MAX or not _fits(tool.schema):
            continue
        schema = _written(tool.schema)
        more_optional, more_unions = _complexity(schema)
        if optional + more_optional <= OPTIONAL_MAX and unions + more_unions <= UNIONS_MAX:
            chosen[tool.name] = schema
            optional, unions = optional + more_optional, unions + more_unions
    return chosen


def _fits(schema: Mapping[str, Any]) -> bool:
    """A grammar can be made of it."""
    defs = schema.get("$defs") or {}
    return all(map(_fits_alone, _all(schema))) and not any(_returns(name, defs, ()) for name in defs)


def _fits_alone(schema: Mapping[str, Any]) -> bool:
    if not isinstance(schema, Mapping) or _TOO_MUCH & schema.keys() or not _SAYS_WHAT & schema.keys():
        return False
    kinds = _kinds(schema)
    closed = "object" not in kinds or schema.get("additionalProperties") is False
    plain = not any(isinstance(value, (Mapping, list)) for value in schema.get("enum", ()))
    return closed and plain and _TYPES.issuperset(kinds) and str(schema.get("$ref", _DEFS)).startswith(_DEFS)


def _returns(name: str, defs: Mapping[str, Any], above: tuple[str, ...]) -> bool:
    """A definition stands in itself, or what it needs is not there."""
    if name in above or name not in defs:
        return True
    refs = (one["$ref"].removeprefix(_DEFS) for one in _all(defs[name]) if "$ref" in one)
    return any(_returns(ref, defs, (*above, name)) for ref in refs)


def _written(schema: Mapping[str, Any]) -> dict[str, Any]:
    """With what no grammar knows in the description."""
    written: dict[str, Any] = {}
    told: list[str] = []
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            written[key] = {name: _written(inner) for name, inner in value.items()}
        elif key == "items":
            written[key] = _written(value)
        elif key == "anyOf":
            written[key] = [_written(inner) for inner in value]
        elif key in _WRITTEN or (key == "format" and value in _FORMATS) or (key == "minItems" and value in (0, 1)):
            written[key] = value
        elif key not in _DROPPED:
            told.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    if told:
        written["description"] = f"{schema.get('description', '')} ({', '.join(told)})".lstrip()
    return written


def _complexity(schema: Mapping[str, Any]) -> tuple[int, int]:
    """How many parameters may be left out, and how many have several types."""
    parts = list(_all(schema))
    optional = sum(len((part.get("properties") or {}).keys() - set(part.get("required") or ())) for part in parts)
    return optional, sum("anyOf" in part or isinstance(part.get("type"), list) for part in parts)


def _kinds(schema: Mapping[str, Any]) -> Sequence[Any]:
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [] if kind is None else [kind]


def _all(schema: Any) -> Iterator[Any]:
    """A schema and every one inside it."""
    yield schema
    if not isinstance(schema, Mapping):
        return
    inside = [*(schema.get("properties") or {}).values(), *(schema.get("$defs") or {}).values()]
    inside += [*(schema.get("anyOf") or ()), *([schema["items"]] if "items" in schema else ())]
    for inner in inside:
        yield from _all(inner)
