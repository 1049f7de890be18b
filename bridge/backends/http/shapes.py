"""What kind of thing each field of a result is: text, a day, money, rows ..."""

import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel

from bridge.backends.operations import Money

Kind = Literal["text", "day", "time", "number", "flag", "choice", "money", "part", "rows", "texts"]


@dataclass(frozen=True, slots=True)
class Shape:
    kind: Kind
    required: bool
    part: type[BaseModel] | None = None
    """Of a part, and of rows."""
    choices: tuple[str, ...] = ()


def shapes(model: type[BaseModel]) -> dict[str, Shape]:
    """Of every field of a result."""
    return {name: _shape(field.annotation, field.is_required()) for name, field in model.model_fields.items()}


def _shape(annotation: Any, required: bool) -> Shape:
    kind, part, choices = _kind(_without_none(annotation))
    return Shape(kind, required, part, choices)


def _kind(annotation: Any) -> tuple[Kind, type[BaseModel] | None, tuple[str, ...]]:
    origin = typing.get_origin(annotation)
    if origin is Literal:
        return "choice", None, typing.get_args(annotation)
    if origin is tuple:
        of = _bare(typing.get_args(annotation)[0])
        return ("rows", of, ()) if isinstance(of, type) and issubclass(of, BaseModel) else ("texts", None, ())
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return ("money", None, ()) if bare is Money else ("part", bare, ())
    by_type: dict[Any, Kind] = {
        str: "text",
        datetime: "time",
        AwareDatetime: "time",
        date: "day",
        int: "number",
        bool: "flag",
    }
    return by_type[bare], None, ()


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation


def _bare(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation
