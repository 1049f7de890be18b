"""A Model that says the next line of its script and keeps what it was asked."""

from dataclasses import dataclass, field

from bridge.ports import ModelReply, ModelRequest, Writer
from bridge.types import Usage


@dataclass(frozen=True, slots=True)
class Line:
    """An answer in pieces, one block; with an `error` it breaks off after them."""

    pieces: tuple[str, ...] = ()
    error: Exception | None = None
    cites: tuple[int, ...] = ()
    """The sources the block rests on, by their place in the request."""
    truncated: bool = False


def line(*pieces: str, error: Exception | None = None, cites: tuple[int, ...] = (), truncated: bool = False) -> Line:
    return Line(pieces, error, cites, truncated)


@dataclass(slots=True)
class ScriptedModel:
    lines: list[Line]
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked.append(request)
        assert self.lines, "the script is over"
        said = self.lines.pop(0)
        for piece in said.pieces:
            writer.write(piece)
        if said.error is not None:
            raise said.error
        writer.cite([request.sources[index] for index in said.cites])
        usage = Usage(input_tokens=10, output_tokens=len(said.pieces))
        return ModelReply(model="scripted", usage=usage, truncated=said.truncated)
