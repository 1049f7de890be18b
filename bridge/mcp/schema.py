"""A server's JSON Schema as arguments of ours: closed, of few kinds, and checked here before anything is sent.

Of a schema that says more than we understand nothing is guessed: an optional argument of that kind is left out, and a
tool that needs one is not offered. What a server does not bound has our own bounds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.brain.invisible import without_invisible
from bridge.tools.arguments import TEXT_CHARS_MAX, BadArguments, clean

DEPTH_MAX = 4
PROPERTIES_MAX = 30
CHOICES_MAX = 100
ITEMS_MAX = 50
DESCRIPTION_CHARS_MAX = 300
PROBLEMS_MAX = 5
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (Mapping,),
    "array": (list, tuple),
}
_BOUNDS = (
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "maxItems",
    "minItems",
)
_TOLD = ("format", "pattern", "multipleOf", "default")
"""What models are told and only the server checks: a pattern of somebody else's could keep us busy for ever."""
_HARMLESS = frozenset(
    {"title", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema", "$id", "$defs"}
)
_READ = frozenset({"type", "description", "enum", "const", "items", "properties", "required", "additionalProperties"})


class Unusable(ValueError):
    """A schema that cannot be offered; says why, for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one value may be."""

    type: str
    description: str = ""
    nullable: bool = False
    choices: tuple[Any, ...] = ()
    bounds: Mapping[str, float] = field(default_factory=dict)
    items: "Kind | None" = None
    properties: Mapping[str, "Kind"] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def told(self) -> dict[str, Any]:
        """As models are told."""
        told: dict[str, Any] = {"type": [self.type, "null"] if self.nullable else self.type}
        if self.description:
            told["description"] = self.description
        if self.choices:
            told["enum"] = list(self.choices)
        if self.items:
            told["items"] = self.items.told()
        if self.type == "object":
            told["properties"] = {name: kind.told() for name, kind in self.properties.items()}
            told["required"] = sorted(self.required)
            told["additionalProperties"] = False
        return told

    def mistakes(self, value: Any, at: str = "") -> Iterator[tuple[str, str]]:
        """What is wrong with a value, by where; never what it is."""
        if value is None and self.nullable:
            return
        fits = isinstance(value, _KINDS[self.type]) and isinstance(value, bool) == (self.type == "boolean")
        if not fits:
            yield at, f"must be of type {self.type}"
        elif self.choices and not any(value == one and type(value) is type(one) for one in self.choices):
            yield at, "is none of the choices"
        elif isinstance(value, Mapping):
            yield from self._of_object(value, at)
        else:
            yield from ((at, why) for why in _out_of_bounds(value, self.bounds))
            if isinstance(value, (list, tuple)) and self.items:
                for place, one in enumerate(value[:ITEMS_MAX]):
                    yield from self.items.mistakes(one, f"{at}.{place}".lstrip("."))

    def _of_object(self, value: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
        for name in sorted(self.required - value.keys()):
            yield f"{at}.{name}".lstrip("."), "is missing"
        for name, inner in value.items():
            if name not in self.properties:
                yield at, "there is an argument too many"
            else:
                yield from self.properties[name].mistakes(inner, f"{at}.{name}".lstrip("."))


def _out_of_bounds(value: Any, bounds: Mapping[str, float]) -> Iterator[str]:
    if isinstance(value, (str, list, tuple)):
        many, what = len(value), "characters" if isinstance(value, str) else "entries"
        kind = "Length" if isinstance(value, str) else "Items"
        if many > bounds.get(f"max{kind}", TEXT_CHARS_MAX if kind == "Length" else ITEMS_MAX):
            yield f"has too many {what}"
        if many < bounds.get(f"min{kind}", 0):
            yield f"has too few {what}"
    elif not isinstance(value, bool):
        if value < bounds.get("minimum", value) or value <= bounds.get("exclusiveMinimum", value - 1):
            yield "is too small"
        if value > bounds.get("maximum", value) or value >= bounds.get("exclusiveMaximum", value + 1):
            yield "is too large"


@dataclass(frozen=True, slots=True)
class Closed:
    """Arguments of a tool of a server; see bridge.tools.arguments.Arguments."""

    kind: Kind

    @property
    def schema(self) -> Mapping[str, Any]:
        return self.kind.told()

    def parse(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        args = clean(raw)
        problems = dict(list(self.kind.mistakes(args))[:PROBLEMS_MAX])
        if problems:
            raise BadArguments(problems)
        return args

    def plain(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return dict(args)


def closed(schema: Mapping[str, Any], bound: Sequence[str]) -> Closed:
    """The arguments that models give; those of `bound` are given by us. May raise Unusable."""
    if not isinstance(schema, Mapping):
        raise Unusable("it is no schema")
    kind = _Reading(schema).kind(schema, 0)
    if kind.type != "object":
        raise Unusable("its arguments are no object")
    if missing := [name for name in bound if name not in kind.properties]:
        raise Unusable(f"it has no argument {missing[0]!r} to bind")
    properties = {name: inner for name, inner in kind.properties.items() if name not in bound}
    return Closed(Kind(type="object", properties=properties, required=kind.required - frozenset(bound)))


class _Reading:
    """Reads one schema, with its own definitions."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._definitions = {
            f"#/{table}/{name}": inner
            for table in ("$defs", "definitions")
            if isinstance(whole.get(table), Mapping)
            for name, inner in whole[table].items()
        }

    def kind(self, schema: Any, depth: int) -> Kind:
        """May raise Unusable."""
        if depth > DEPTH_MAX:
            raise Unusable("it is nested too deep, or in itself")
        if not isinstance(schema, Mapping):
            raise Unusable("a part of it is no schema")
        part, nullable = self._single(schema, depth)
        unknown = part.keys() - _READ - _HARMLESS - set(_BOUNDS) - set(_TOLD) - {"definitions"}
        if unknown:
            raise Unusable(f"it uses {sorted(unknown)[0][:40]!r}")
        name, also_null = _type(part)
        kind = Kind(
            type=name,
            description=_description(part),
            nullable=nullable or also_null,
            choices=_choices(part),
            bounds={key: part[key] for key in _BOUNDS if _is_number(part.get(key))},
            items=self.kind(part["items"], depth + 1) if name == "array" and "items" in part else None,
        )
        if name == "array" and not kind.items:
            raise Unusable("it has a list of anything")
        return kind if name != "object" else self._object(part, kind, depth)

    def _single(self, schema: Mapping[str, Any], depth: int) -> tuple[Mapping[str, Any], bool]:
        """Without references, and without a choice between something and nothing."""
        nullable = False
        for _ in range(DEPTH_MAX):
            others = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "oneOf", "allOf")}
            inner: Any
            if "$ref" in schema:
                inner = self._definitions.get(schema["$ref"]) if isinstance(schema["$ref"], str) else None
            elif (key := next((key for key in ("anyOf", "oneOf", "allOf") if key in schema), None)) is not None:
                options = schema[key] if isinstance(schema[key], list) else []
                some = [one for one in options if one != {"type": "null"}]
                nullable = nullable or len(some) < len(options)
                inner = some[0] if len(some) == 1 else None
            else:
                return schema, nullable
            if not isinstance(inner, Mapping):
                raise Unusable("it leaves a choice between kinds, or refers to something outside")
            schema = {**inner, **others}
        raise Unusable("it refers in circles")

    def _object(self, part: Mapping[str, Any], kind: Kind, depth: int) -> Kind:
        found = part.get("properties", {})
        wanted = part.get("required", [])
        readable = isinstance(wanted, list | tuple) and all(isinstance(name, str) for name in wanted)
        required = frozenset(wanted) if readable else None
        if not isinstance(found, Mapping) or required is None or len(found) > PROPERTIES_MAX:
            raise Unusable("an object of it cannot be read, or has too many properties")
        if not found and part.get("additionalProperties", depth > 0) is not False and depth:
            raise Unusable("it has an object of anything")
        properties: dict[str, Kind] = {}
        for name, inner in found.items():
            try:
                properties[name] = self.kind(inner, depth + 1)
            except Unusable:
                if name in required:
                    raise
        if required - found.keys():
            raise Unusable("it requires what it does not describe")
        return Kind(
            type="object",
            description=kind.description,
            nullable=kind.nullable,
            properties=properties,
            required=required,
        )


def _type(part: Mapping[str, Any]) -> tuple[str, bool]:
    name = part.get("type")
    if isinstance(name, list):
        some = [one for one in name if one != "null"]
        if len(some) != 1:
            raise Unusable("it has a value of no single kind")
        return _type({**part, "type": some[0]})[0], len(some) < len(name)
    if name is None and _choices(part) and all(isinstance(one, str) for one in _choices(part)):
        name = "string"
    if name is None and "properties" in part:
        name = "object"
    if not isinstance(name, str) or name not in _KINDS:
        raise Unusable("it has a value of no single kind")
    return name, False


def _choices(part: Mapping[str, Any]) -> tuple[Any, ...]:
    choices = [part["const"]] if "const" in part else part.get("enum", [])
    if not isinstance(choices, list) or len(choices) > CHOICES_MAX:
        raise Unusable("its choices cannot be read, or are too many")
    if not all(isinstance(one, str | int | float | bool) for one in choices if one is not None):
        raise Unusable("its choices are no plain values")
    return tuple(one for one in choices if one is not None)


def _description(part: Mapping[str, Any]) -> str:
    """Its own words, and what else it says; nothing that nobody sees."""
    own = part.get("description")
    also = [f"{key} {part[key]}" for key in (*_BOUNDS, *_TOLD) if isinstance(part.get(key), str | int | float | bool)]
    words = [" ".join(own.split()) if isinstance(own, str) else "", f"({', '.join(also)})" if also else ""]
    return without_invisible(" ".join(word for word in words if word))[:DESCRIPTION_CHARS_MAX]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
