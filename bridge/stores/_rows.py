"""Values as the text that a store keeps: what is written can be read back, and what cannot be read is passed over.

Such a text is logged by the id of its turn and counted. No error shows it.
"""

import logging
from typing import Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge import metrics
from bridge.logs import event
from bridge.ports import Step
from bridge.types import Inbound, Turn, TurnId

log = logging.getLogger(__name__)
T = TypeVar("T")

_SAFE = ConfigDict(hide_input_in_errors=True, ser_json_inf_nan="constants")
"""Without it an error quotes the text, and a NaN becomes a null that is no number when it is read."""


class Rows(Generic[T]):
    """One kind of value, to JSON and back."""

    def __init__(self, kind: str, adapter: TypeAdapter[T | None]) -> None:
        self._kind = kind
        self._adapter = adapter

    def write(self, value: T) -> str:
        return self._adapter.dump_json(value).decode()

    def read(self, text: str, turn_id: TurnId) -> T | None:
        """None when it cannot be read."""
        try:
            value = self._adapter.validate_json(text)
        except ValidationError:
            value = None
        if value is None:
            metrics.BUGS.labels("store").inc()
            event(log, "a stored row cannot be read", level=logging.ERROR, kind=self._kind, turn=turn_id)
        return value


# A dataclass alone takes no configuration from its adapter, a choice of it and nothing does.
INBOUND = Rows("message", TypeAdapter[Inbound | None](Inbound | None, config=_SAFE))
TURN = Rows("turn", TypeAdapter[Turn | None](Turn | None, config=_SAFE))
STEP = Rows("step", TypeAdapter[Step | None](Step | None, config=_SAFE))


def inbounds(texts: list[str], turn_id: TurnId) -> tuple[tuple[Inbound, ...], bool]:
    """The messages of an unfinished turn that can be read, and whether those are all."""
    read = tuple(inbound for text in texts if (inbound := INBOUND.read(text, turn_id)))
    return read, len(read) == len(texts) > 0


def steps(texts: list[str], turn_id: TurnId) -> dict[str, Step]:
    """By key. One that cannot be read is as good as not written."""
    return {step.key: step for text in texts if (step := STEP.read(text, turn_id))}
