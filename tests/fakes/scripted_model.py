"""A Model that says the next line of its script and keeps what it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.ports import ModelReply, ModelRequest, ToolCall, Writer
from bridge.types import Usage


@dataclass(frozen=True, slots=True)
class Line:
    """An answer in pieces, one block; with an `error` it breaks off after them, with `calls` it ends in them."""

    pieces: tuple[str, ...] = ()
    error: Exception | None = None
    cites: tuple[int, ...] = ()
    """The sources the block rests on, by their place in the request."""
    truncated: bool = False
    calls: tuple[ToolCall, ...] = ()


def line(
    *pieces: str,
    error: Exception | None = None,
    cites: tuple[int, ...] = (),
    truncated: bool = False,
    calls: tuple[ToolCall, ...] = (),
) -> Line:
    return Line(pieces, error, cites, truncated, calls)


@dataclass(slots=True)
class ScriptedModel:
    """As strict as the API: a round has a result for each call, in order, and what was thought goes back to whoever
    thought it, below what stood before it then, or not at all."""

    lines: list[Line]
    asked: list[ModelRequest] = field(default_factory=list)
    thought: dict[str, ModelRequest] = field(default_factory=dict)

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self._judge(request)
        self.asked.append(request)
        assert self.lines, "the script is over"
        said = self.lines.pop(0)
        for piece in said.pieces:
            writer.write(piece)
        if said.error is not None:
            raise said.error
        writer.cite([request.sources[index] for index in said.cites])
        usage = Usage(input_tokens=10, output_tokens=len(said.pieces))
        told = self._blocks(said, request) if said.calls else ()
        return ModelReply(model="scripted", usage=usage, truncated=said.truncated, calls=said.calls, said=tuple(told))

    def _blocks(self, said: Line, request: ModelRequest) -> list[Mapping[str, Any]]:
        signature = f"{id(self)}:{len(self.asked)}"
        self.thought[signature] = request
        words = [{"type": "text", "text": "".join(said.pieces)}] if said.pieces else []
        called = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.args} for call in said.calls]
        return [{"type": "thinking", "thinking": "", "signature": signature}, *words, *called]

    def _judge(self, request: ModelRequest) -> None:
        offered = [spec.name for spec in request.tools]
        assert offered == sorted(set(offered)), "tools are sorted by name"
        for number, each in enumerate(request.rounds):
            ids = [call.id for call in each.calls]
            assert ids == [result.call_id for result in each.results], "a result for each call, in order"
            assert ids == [block["id"] for block in each.said if block["type"] == "tool_use"]
            for block in each.said:
                if block["type"] == "thinking":
                    before = self.thought.get(block["signature"])
                    assert before is not None, "thought by another model"
                    assert before.rounds == request.rounds[:number]
                    assert _beginning(before) == _beginning(request), "thought below something else"


def _beginning(request: ModelRequest) -> ModelRequest:
    return replace(request, rounds=(), first_text_by=None, spender=None, written="")
