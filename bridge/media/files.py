"""Reads the files of a turn: fetches, looks what they are, keeps what a model takes. Nothing is written anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.media.settings import FilesSettings
from bridge.ports import Transcriber
from bridge.types import Address, Attachment, File, Turn, Unread


class Fetch(Protocol):
    """`Channel.fetch`."""

    async def __call__(self, attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Reads what people send along, within limits."""

    settings: FilesSettings
    transcriber: Transcriber | None = None
    """Nobody listens without one."""
    looks: bool = True
    """Somebody can look at pictures and PDFs; else they are not even fetched."""

    async def read(self, turn: Turn, fetch: Fetch) -> tuple[Turn, tuple[File | Unread, ...]]:
        """The turn, with what was spoken as text of its messages, and its files in their order. A recording that was
        understood is text and no file. Raises nothing: what cannot be read is an Unread."""
        files: Sequence[File | Unread] = [
            Unread(attachment.name, "kind") for inbound in turn.inbounds for attachment in inbound.attachments
        ]
        return turn, tuple(files)
