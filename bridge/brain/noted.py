"""A model that remembers whether it wrote anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.ports import Model, ModelReply, ModelRequest, Writer
from bridge.types import Passage


@dataclass(slots=True)
class Noted:
    """Remembers whether the model wrote anything when it was asked last. What the checks hold back counts, too:
    the model had begun. Mutable."""

    model: Model
    wrote: bool = False

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.wrote = False
        return await self.model.complete(request, _Noting(writer, self))


@dataclass(frozen=True, slots=True)
class _Noting:
    writer: Writer
    noted: Noted

    def write(self, text: str) -> None:
        self.noted.wrote = True
        if text:
            self.writer.write(text)

    def cite(self, passages: Sequence[Passage]) -> None:
        self.writer.cite(passages)
