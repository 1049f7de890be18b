"""The calls of tools in an answer that streams as OpenAI's do, put together from their pieces. Pure.

Servers differ: some leave the index of a call out or number all of them alike, some send no id, some send the arguments
as an object and not as its text.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.brain.claude_tools import INVALID, json_object
from bridge.ports import ToolCall
from bridge.types import new_id

_READ = frozenset(("index", "id", "type", "function"))


@dataclass(slots=True)
class _Call:
    """Mutable."""

    id: str = ""
    name: str = ""
    written: list[str] = field(default_factory=list)
    besides: dict[str, Any] = field(default_factory=dict)
    """What the server wants to see again, such as the signature of what was thought."""

    @property
    def args(self) -> Mapping[str, Any] | None:
        written = "".join(self.written)
        return json_object(written) if written.strip() else {}

    def again(self) -> Mapping[str, Any]:
        args = self.args
        told = json.dumps({INVALID: "".join(self.written)} if args is None else args)
        return {**self.besides, "id": self.id, "type": "function", "function": {"name": self.name, "arguments": told}}


class StreamedCalls:
    """Mutable: an answer grows."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._places: dict[Any, _Call] = {}

    def add(self, piece: Mapping[str, Any]) -> str:
        """Take one piece of one call; returns what of it costs tokens. May raise TypeError, AttributeError."""
        function = piece.get("function") or {}
        id_, name = piece.get("id") or "", function.get("name") or ""
        arguments = function.get("arguments") or ""
        if isinstance(arguments, Mapping):
            arguments = json.dumps(arguments)
        if not all(isinstance(text, str) for text in (id_, name, arguments)):
            raise TypeError("a call is no text")
        call = self._find(piece.get("index"), id_, name)
        call.id, call.name = call.id or id_, call.name or name
        call.written.append(arguments)
        call.besides |= {key: value for key, value in piece.items() if key not in _READ}
        return name + arguments

    def _find(self, index: Any, id_: str, name: str) -> _Call:
        """The call that a piece belongs to; a new one when it begins one."""
        call = self._places.get(index)
        another = call is not None and bool(call.id) and id_ not in ("", call.id)
        unnumbered = index is None and bool(name) and not id_
        if call is None or another or unnumbered:
            call = self._places[index] = _Call()
            self._calls.append(call)
        return call

    def finish(self) -> Sequence[ToolCall]:
        """Nothing more comes: what is called. Whoever has no id of its own gets one."""
        self._calls = [call for call in self._calls if call.name]
        seen: set[str] = set()
        for call in self._calls:
            if not call.id or call.id in seen:
                call.id = f"call_{new_id()}"
            seen.add(call.id)
        return [ToolCall(id=call.id, name=call.name, args=call.args) for call in self._calls]

    def said(self, text: str) -> Mapping[str, Any]:
        """The message of the model, as it is sent back."""
        return {"role": "assistant", "content": text or None, "tool_calls": [call.again() for call in self._calls]}
