"""The blocks of an answer of the Messages API, put together from the pieces in which they stream. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.brain.claude_tools import INVALID, json_object
from bridge.ports import ToolCall

_ONLY_IN_ANSWERS = "file_id"
"""Of a citation: the API refuses it in what is sent back."""
_THINKING = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class _Block:
    """Mutable."""

    begun: Mapping[str, Any]
    """As it was announced."""
    pieces: dict[str, list[str]] = field(default_factory=dict)
    """By the field that they belong to."""
    citations: list[Mapping[str, Any]] = field(default_factory=list)
    ended: bool = False

    @property
    def kind(self) -> str:
        return str(self.begun["type"])

    def joined(self, name: str) -> str:
        """Half of a character, which JSON can say, cannot be sent back."""
        text = str(self.begun.get(name) or "") + "".join(self.pieces.get(name, ()))
        return text.encode(errors="replace").decode()

    @property
    def args(self) -> Mapping[str, Any] | None:
        """Of a call; None when what the model wrote is no JSON object."""
        written = "".join(self.pieces.get("partial_json", ()))
        return json_object(written if written.strip() else json.dumps(self.begun.get("input")))

    @property
    def call(self) -> ToolCall | None:
        """None when nobody can tell what is to be called."""
        name, id_ = self.begun.get("name"), self.begun.get("id")
        if self.kind != "tool_use" or not self.ended or not (isinstance(name, str) and isinstance(id_, str)):
            return None
        return ToolCall(id=id_, name=name, args=self.args) if name and id_ else None

    def again(self) -> Mapping[str, Any] | None:
        """As it is sent back; None for what the API would not take."""
        match self.kind:
            case "text":
                text: dict[str, Any] = {"type": "text", "text": self.joined("text")}
                known = [{k: v for k, v in one.items() if k != _ONLY_IN_ANSWERS} for one in self.citations]
                return (text | {"citations": known} if known else text) if text["text"].strip() else None
            case "thinking":
                return {**self.begun, "thinking": self.joined("thinking"), "signature": self.joined("signature")}
            case "redacted_thinking":
                return self.begun
            case "tool_use" if self.call:
                args = self.args
                return {**self.begun, "input": {INVALID: self.joined("partial_json")} if args is None else args}
            case _:
                return None


class Blocks:
    """Mutable: an answer grows."""

    def __init__(self) -> None:
        self._all: list[_Block] = []
        self._open: dict[Any, _Block] = {}

    def begin(self, event: Mapping[str, Any]) -> None:
        """A `content_block_start`. May raise KeyError."""
        block = _Block(event["content_block"])
        self._all.append(block)
        self._open[event.get("index")] = block

    def add(self, event: Mapping[str, Any]) -> None:
        """A `content_block_delta`. May raise KeyError, TypeError."""
        block, delta = self._open.get(event.get("index")), event["delta"]
        if block is None:
            return
        if delta["type"] == "citations_delta":
            block.citations.append(delta["citation"])
            return
        for name in ("text", "thinking", "signature", "partial_json"):
            if name in delta:
                if not isinstance(delta[name], str):
                    raise TypeError(f"{name} is {type(delta[name]).__name__}")
                block.pieces.setdefault(name, []).append(delta[name])

    def end(self, event: Mapping[str, Any]) -> str:
        """A `content_block_stop`; the kind of the block that ended, "" when it never began."""
        block = self._open.pop(event.get("index"), None)
        if block is None:
            return ""
        block.ended = True
        return block.kind

    @property
    def calls(self) -> Sequence[ToolCall]:
        """Those that are complete. None at all when two have one id: no result could be told from the other's."""
        calls = [call for block in self._all if (call := block.call)]
        return calls if len({call.id for call in calls}) == len(calls) else ()

    def said(self, written: str) -> tuple[Mapping[str, Any], ...]:
        """All of the message, to be sent back. After `written`, the beginning of the answer that it goes on with, there
        is no thinking: it was about a conversation that ended in a request to go on, and belongs to no other."""
        blocks = [block for block in self._all if block.ended]
        if written.strip():
            begun = _Block({"type": "text", "text": written.rstrip()})
            blocks = [begun, *(block for block in blocks if block.kind not in _THINKING)]
        return tuple(again for block in blocks if (again := block.again()) is not None)
