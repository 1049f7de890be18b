"""How a tool asks the business's own system: always for the session's customer, and with results as their type says."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bridge.backends.operations import OPERATIONS, Money, Result
from bridge.errors import BackendUnavailable, ToolError
from bridge.tools.tool import ToolContext

_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Digits behind the point, where they are not two."""


async def ask(context: ToolContext, operation: str, args: Mapping[str, Any]) -> Any:
    """The typed result of an operation. May raise ToolError, BackendError."""
    known = OPERATIONS[operation]
    if context.backend is None:
        raise ToolError("there is no system to ask")
    subject = {"customer_id": context.customer_id} if known.of_customer else {}
    try:
        found = await context.backend.call(operation, {**args, **subject}, key=context.key if known.writes else "")
        return known.result.model_validate({name: found[name] for name in known.result.model_fields if name in found})
    except BackendUnavailable as error:
        if error.unknown and not known.writes:
            raise BackendUnavailable(str(error), unknown=False) from error
        raise
    except ValidationError as error:
        raise BackendUnavailable(f"the result of {operation} does not fit", unknown=known.writes) from error


def shown(result: Result) -> dict[str, Any]:
    """A result as a model is told it: amounts as people write them, nothing that is empty."""
    return {name: _shown(getattr(result, name)) for name in type(result).model_fields if _says(getattr(result, name))}


def money(amount: Money) -> str:
    """Such as "12.50 GBP"."""
    digits = _EXPONENTS.get(amount.currency, 2)
    return f"{amount.amount / 10**digits:.{digits}f} {amount.currency}"


def _says(value: Any) -> bool:
    return value is not None and value != "" and value != ()


def _shown(value: Any) -> Any:
    match value:
        case Money():
            return money(value)
        case Result():
            return shown(value)
        case list() | tuple():
            return [_shown(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
