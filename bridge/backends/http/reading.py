"""Reads an answer as the settings say: JSON in, the fields of a result out. What does not fit is named by its field,
and never quoted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from bridge.backends.http.amounts import minor
from bridge.backends.http.expressions import Missing, parse
from bridge.backends.http.settings import FieldSettings
from bridge.backends.http.shapes import Shape, shapes
from bridge.backends.operations import Result

_ISO_DAY_CHARS = 10


class Unfit(Exception):
    """What stands at `field` is not what belongs there."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes besides the answer."""

    args: Mapping[str, Any]
    zone: ZoneInfo

    def result(self, model: type[Result], fields: Mapping[str, FieldSettings], thing: Any) -> Result:
        """May raise Unfit."""
        values = self._part(model, fields, thing, "")
        try:
            return model.model_validate(values)
        except ValidationError as error:
            mistake = error.errors(include_input=False, include_context=False)[0]
            raise Unfit(".".join(str(part) for part in mistake["loc"]), mistake["type"]) from None

    def _part(
        self, model: type[BaseModel], fields: Mapping[str, FieldSettings], data: Any, path: str
    ) -> dict[str, Any]:
        of = shapes(model)
        values = {name: self._value(of[name], field, data, f"{path}{name}") for name, field in fields.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, shape: Shape, field: FieldSettings, data: Any, path: str) -> Any:
        found = parse(field.at).read(data, self.args)
        if isinstance(found, Missing) or (found == "" and shape.kind not in ("text", "choice")):
            if shape.required and field.default is None:
                raise Unfit(path, "nothing stands there")
            return field.default
        if shape.kind in ("rows", "texts"):
            if not isinstance(found, list):
                raise Unfit(path, "no list")
            return self._rows(shape, field, found, path)
        if shape.part:
            return self._part(shape.part, field.fields, found, f"{path}.")
        if isinstance(found, (dict, list)):
            raise Unfit(path, "a table or list")
        if shape.kind == "money":
            return self._money(field, found, data, path)
        return self._scalar(shape, field, found)

    def _rows(self, shape: Shape, field: FieldSettings, rows: list[Any], path: str) -> list[Any]:
        if shape.part:
            return [self._part(shape.part, field.fields, row, f"{path}[{n}].") for n, row in enumerate(rows)]
        if any(isinstance(row, (dict, list)) for row in rows):
            raise Unfit(path, "tables or lists in it")
        return [str(row) for row in rows if row is not None]

    def _money(self, field: FieldSettings, found: Any, data: Any, path: str) -> dict[str, Any]:
        currency = parse(field.currency).read(data, self.args)
        if not isinstance(currency, str):
            raise Unfit(f"{path}.currency", "no text stands there")
        try:
            amount = minor(found, currency.upper()) if field.unit == "major" else int(str(found))
        except ValueError:
            raise Unfit(path, "no amount") from None
        return {"amount": amount, "currency": currency.upper()}

    def _scalar(self, shape: Shape, field: FieldSettings, found: Any) -> Any:
        if field.values:
            known = str(found).lower() if isinstance(found, bool) else str(found)
            if known in field.values:
                found = field.values[known]
            elif shape.kind == "choice" or field.default is not None:
                # What cannot be told apart must not be passed off as something else.
                found = field.default if field.default is not None else found
        if shape.kind in ("text", "choice") and not isinstance(found, str):
            return str(found).lower() if isinstance(found, bool) else str(found)
        if shape.kind == "day" and isinstance(found, str):
            return found[:_ISO_DAY_CHARS]
        if shape.kind == "time" and isinstance(found, str):
            return self._time(found)
        return found

    def _time(self, text: str) -> datetime | str:
        """A time without a zone is of the system's own."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return at if at.tzinfo else at.replace(tzinfo=self.zone)
