"""What the Claude API refuses in a JSON Schema by which it has a model write, in its own words where they are known.
Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties"]
_TEXTS = ["minLength", "maxLength", "pattern"]
_LISTS = ["maxItems", "uniqueItems", "prefixItems", "contains"]
_LOGIC = ["oneOf", "not", "if", "patternProperties", "dependentRequired", "dependentSchemas", "propertyNames"]
_UNSUPPORTED = frozenset([*_BOUNDS, *_TEXTS, *_LISTS, *_LOGIC])
_TYPES = frozenset(["object", "array", "string", "integer", "number", "boolean", "null"])
_FORMATS = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"],
)
TOOLS_MAX, OPTIONAL_MAX, UNIONS_MAX = 20, 24, 16
"""Of strict tools in one request, and of the parameters of all of them."""


def complaints(where: str, schema: Any) -> Iterator[str]:
    """What is wrong with one schema."""
    if not isinstance(schema, dict):
        yield f"{where}: a schema is required"
        return
    yield from _in_one(where, schema)
    for name, inner in _inside(schema):
        yield from complaints(f"{where}.{name}", inner)
    if "$defs" in schema and _recursive(schema):
        yield f"{where}: recursive schemas are not supported"


def _in_one(where: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if unknown := _UNSUPPORTED & schema.keys():
        yield f"{where}: {', '.join(sorted(unknown))} is not supported"
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if kind is not None and not set(kinds) <= _TYPES:
        yield f"{where}: type {kind!r} is not supported"
    if kind is None and not {"anyOf", "allOf", "enum", "const", "$ref"} & schema.keys():
        yield f"{where}: a schema needs a type"
    if "object" in kinds and schema.get("additionalProperties") is not False:
        yield f"{where}: for 'object' type, 'additionalProperties' must be explicitly set to false"
    if schema.get("minItems", 0) not in (0, 1):
        yield f"{where}: for 'array' type, 'minItems' values other than 0 or 1 are not supported"
    if (form := schema.get("format")) is not None and form not in _FORMATS:
        yield f"{where}: format {form!r} is not supported"
    if any(isinstance(value, (dict, list)) for value in schema.get("enum", ())):
        yield f"{where}: enum values must be strings, numbers, booleans or null"
    if not str(schema.get("$ref", "#")).startswith("#"):
        yield f"{where}: external $ref is not supported"


def too_complex(schemas: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with all schemas of a request together."""
    whole = [one for schema in schemas for one in _all(schema)]
    optional = sum(len(one.get("properties", {}).keys() - set(one.get("required", ()))) for one in whole)
    unions = sum("anyOf" in one or isinstance(one.get("type"), list) for one in whole)
    if optional > OPTIONAL_MAX:
        yield f"Schemas contains too many optional parameters ({optional}): at most {OPTIONAL_MAX} are supported"
    if unions > UNIONS_MAX:
        yield f"Schemas contains too many parameters with union types ({unions}): at most {UNIONS_MAX} are supported"


def _inside(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from (schema.get("properties") or {}).items()
    yield from (schema.get("$defs") or {}).items()
    if "items" in schema:
        yield "items", schema["items"]
    for name in ("anyOf", "allOf"):
        for place, inner in enumerate(schema.get(name, ())):
            yield f"{name}.{place}", inner


def _all(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for _, inner in _inside(schema):
        yield from _all(inner)


def _recursive(root: Mapping[str, Any]) -> bool:
    def returns(schema: Mapping[str, Any], seen: frozenset[str]) -> bool:
        if isinstance(ref := schema.get("$ref"), str):
            if ref in seen:
                return True
            named = root["$defs"].get(ref.removeprefix("#/$defs/"))
            return named is not None and returns(named, seen | {ref})
        return any(returns(inner, seen) for name, inner in _inside(schema) if inner is not schema)

    return any(returns(named, frozenset({f"#/$defs/{name}"})) for name, named in root["$defs"].items())
