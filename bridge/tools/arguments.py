"""Arguments as models may write them: the schema they are told, and the strict reading of what they wrote.

The schema holds types, choices and descriptions alone, every argument required and nothing else allowed: what the API's
strict mode takes. Lengths, bounds and patterns stand in the descriptions and are enforced here.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bridge.brain.invisible import without_invisible

A_co = TypeVar("A_co", covariant=True)
A = TypeVar("A")
Model = TypeVar("Model", bound="Args")

DEPTH_MAX = 5
NODES_MAX = 200
TEXT_CHARS_MAX = 4_000
NAME_CHARS_MAX = 64
NUMBER_MAX = 2**53
"""What every JSON reader keeps exactly."""
_KEPT = ("type", "description", "enum", "items", "properties", "required", "additionalProperties")
_SHOWN_CHARS_MAX = 40
_MISTAKES_MAX = 5


class BadArguments(ValueError):
    """Arguments that are not taken; the message is safe to be told on. `problems` has them by argument."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {why}" if name else why for name, why in self.problems.items()))


class Arguments(Protocol[A]):
    """How the arguments of a tool are read."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """As models are told."""

    def parse(self, raw: Mapping[str, Any]) -> A:
        """What was written, checked in every respect. May raise BadArguments."""

    def plain(self, args: A) -> Mapping[str, Any]:
        """The arguments as JSON has them; parsing that gives the same arguments."""


class Args(BaseModel):
    """The base of a tool's arguments."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )


class Typed(Generic[Model]):
    """Arguments that are described by a class."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self.schema: Mapping[str, Any] = _reduced(model.model_json_schema())

    def parse(self, raw: Mapping[str, Any]) -> Model:
        try:
            return self._model.model_validate(clean(raw))
        except ValidationError as error:
            raise BadArguments(_said(error)) from None

    def plain(self, args: Model) -> Mapping[str, Any]:
        return args.model_dump(mode="json")


def clean(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments without what nobody sees, if they are JSON of a sensible size. May raise BadArguments."""
    left = [NODES_MAX]
    return {_name(key): _clean(value, 1, left) for key, value in raw.items()}


def _name(key: Any) -> str:
    if not isinstance(key, str) or len(key) > NAME_CHARS_MAX:
        raise BadArguments({"": "an argument has no name that can be read"})
    return key


def _clean(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > DEPTH_MAX:
        raise BadArguments({"": "there is too much in the arguments"})
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= NUMBER_MAX:
            return value
        case float() if math.isfinite(value):
            return value
        case str() if len(value) <= TEXT_CHARS_MAX:
            return without_invisible(value)
        case Mapping():
            return {_name(key): _clean(inner, depth + 1, left) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner, depth + 1, left) for inner in value]
    raise BadArguments({"": "a value is too long, too large or of no kind that JSON has"})


def canonical(value: Any) -> str:
    """JSON that is the same for the same value. May raise ValueError for what no JSON can hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(tool: str, args: Mapping[str, Any], customer_id: str) -> str:
    """Names one exact action for one customer."""
    whole = canonical({"tool": tool, "args": args, "customer": customer_id})
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _said(error: ValidationError) -> dict[str, str]:
    """What is wrong, without what was written."""
    problems: dict[str, str] = {}
    for mistake in error.errors(include_url=False, include_context=False, include_input=False)[:_MISTAKES_MAX]:
        name = ".".join(str(part) for part in mistake["loc"])
        if mistake["type"] == "extra_forbidden":
            problems["" if not name.isidentifier() else name[:_SHOWN_CHARS_MAX]] = "there is no such argument"
        else:
            problems[name[:_SHOWN_CHARS_MAX]] = mistake["msg"]
    return problems


def _reduced(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the API's strict mode takes of a schema, with every object closed."""
    definitions = schema.get("$defs", {})

    def reduce(part: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            part = {**definitions[name], **{key: value for key, value in part.items() if key != "$ref"}}
        if "const" in part:
            part = {**part, "enum": [part["const"]]}
        kept = {key: part[key] for key in _KEPT if key in part}
        if "items" in kept:
            kept["items"] = reduce(kept["items"])
        if kept.get("type") == "object":
            kept["properties"] = {name: reduce(inner) for name, inner in part.get("properties", {}).items()}
            kept["required"] = sorted(kept["properties"])
            kept["additionalProperties"] = False
        return kept

    return {key: value for key, value in reduce(schema).items() if key != "description"}
