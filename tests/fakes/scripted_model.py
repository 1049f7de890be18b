"""A Model that says the next line of its script and keeps what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.ports import ModelReply, ModelRequest
from bridge.types import Usage


@dataclass(frozen=True, slots=True)
class Line:
    """An answer in pieces; with an `error` it breaks off after them."""

    pieces: tuple[str, ...] = ()
    error: Exception | None = None
    cites: tuple[int, ...] = ()
    """The passages it cites, by their place in the request; the pieces must hold the marks."""
    truncated: bool = False


def line(*pieces: str, error: Exception | None = None, cites: tuple[int, ...] = (), truncated: bool = False) -> Line:
    return Line(pieces, error, cites, truncated)


@dataclass(slots=True)
class ScriptedModel:
    lines: list[Line]
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, request: ModelRequest, on_text: Callable[[str], None]) -> ModelReply:
        self.asked.append(request)
        assert self.lines, "the script is over"
        said = self.lines.pop(0)
        for piece in said.pieces:
            on_text(piece)
        if said.error is not None:
            raise said.error
        return ModelReply(
            text="".join(said.pieces),
            citations=tuple(request.passages[index] for index in said.cites),
            model="scripted",
            usage=Usage(input_tokens=10, output_tokens=len(said.pieces)),
            truncated=said.truncated,
        )
