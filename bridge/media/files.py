"""Reads the files of a turn: fetches, looks what they are, keeps what a model takes. Nothing is written anywhere."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from bridge import metrics
from bridge.errors import ChannelError, ChannelUnavailable, ModelError, RateLimited
from bridge.logs import event
from bridge.media import pdf
from bridge.media.kinds import Kind, kind_of, sides_px
from bridge.media.memory import Memory, Share
from bridge.media.settings import COPIES, FilesSettings
from bridge.media.twice import twice
from bridge.ports import Transcriber
from bridge.types import Address, Attachment, File, Inbound, Turn, Unread

log = logging.getLogger(__name__)

FETCHES_MAX = 8
"""Files on their way at the same time in this process."""
SIDE_PX_MAX = 8_000
"""Claude takes no picture that is wider or higher."""
TRANSCRIPT_CHARS_MAX = 8_000

_CUT = " …"


class Fetch(Protocol):
    """`Channel.fetch`."""

    async def __call__(self, attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is said in a recording."""

    text: str


class _CannotRead(Exception):
    def __init__(self, why: Literal["kind", "size", "number", "gone", "voice"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Reads what people send along, within limits. One for a process."""

    settings: FilesSettings
    transcriber: Transcriber | None = None
    """Nobody listens without one."""
    looks: bool = True
    """Somebody can look at pictures and PDFs; else they are not even fetched."""
    _fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FETCHES_MAX), init=False)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_memory", Memory(self.settings.process_bytes_max))

    @asynccontextmanager
    async def reading(self, turn: Turn, fetch: Fetch) -> AsyncIterator[tuple[Turn, tuple[File | Unread, ...]]]:
        """The turn, with what was spoken as text of its messages, and its files in their order. Leave it when the files
        are used: until then their memory is. A recording that was understood is text, and neither a file nor an
        attachment any more: a retry must not hear it twice. Raises nothing: what cannot be read is an Unread."""
        share = Share(self._memory)
        try:
            yield await self._reading(turn, fetch, share)
        finally:
            share.keep(0)

    async def _reading(self, turn: Turn, fetch: Fetch, share: Share) -> tuple[Turn, tuple[File | Unread, ...]]:
        sent = [
            (place, attachment) for place, inbound in enumerate(turn.inbounds) for attachment in inbound.attachments
        ]
        if not sent:
            return turn, ()
        deadline = asyncio.get_running_loop().time() + self.settings.fetch_s
        taken, left_out = sent[: self.settings.files_max], sent[self.settings.files_max :]
        async with asyncio.TaskGroup() as group:
            reading = [
                group.create_task(self._read(attachment, turn.inbounds[place].address, fetch, deadline, share))
                for place, attachment in taken
            ]
        inbounds = list(turn.inbounds)
        files: list[File | Unread] = []
        for (place, attachment), task in zip(taken, reading, strict=True):
            result = task.result()
            if isinstance(result, _Heard):
                inbounds[place] = _spoken(inbounds[place], attachment, result.text)
            else:
                files.append(result)
        files += [Unread(attachment.name, "number") for _, attachment in left_out]
        # In a thread, as large PDFs take their time; in one, because the event loop waits for every thread's turn.
        async with self._looking:
            kept = await asyncio.to_thread(_together, files, self.settings)
        share.keep(COPIES * sum(len(file.data) for file in kept if isinstance(file, File)))
        event(log, "files", sent=len(sent), **_count(kept))
        return replace(turn, inbounds=tuple(inbounds)), kept

    async def _read(
        self, attachment: Attachment, address: Address, fetch: Fetch, deadline: float, share: Share
    ) -> File | Unread | _Heard:
        try:
            bytes_max = self._bytes_max(attachment)
            taken = COPIES * bytes_max
            await self._room(taken, deadline, share)
            try:
                data = await self._fetched(attachment, address, fetch, bytes_max, deadline)
                share.give(taken - COPIES * len(data))
                taken = COPIES * len(data)
                result = await self._understood(attachment, data)
                if isinstance(result, File):
                    taken = 0  # for as long as the turn is read
                return result
            finally:
                share.give(taken)
        except _CannotRead as error:
            return Unread(attachment.name, error.why)
        except Exception as error:
            # One file must not cost the person the answer, whatever is wrong with it or with us. The message stays
            # out of the log: it may quote the file.
            metrics.BUGS.labels("media").inc()
            place = traceback.extract_tb(error.__traceback__)[-1]
            event(
                log,
                "file_bug",
                level=logging.ERROR,
                error=type(error).__name__,
                place=f"{place.filename}:{place.lineno}",
            )
            return Unread(attachment.name, "gone")

    def _bytes_max(self, attachment: Attachment) -> int:
        """How much of it is worth fetching, going by what it is called. May raise _CannotRead."""
        limits = self.settings
        if _is_called(attachment, "audio/"):
            if self.transcriber is None:
                raise _CannotRead("voice")
            bytes_max = limits.audio_bytes_max
        elif not self.looks or _is_called(attachment, "video/"):
            raise _CannotRead("kind")
        elif _is_called(attachment, "image/"):
            bytes_max = limits.image_bytes_max
        else:
            bytes_max = max(limits.image_bytes_max, limits.pdf_bytes_max)
        if attachment.size_bytes is not None and attachment.size_bytes > bytes_max:
            raise _CannotRead("size")
        return bytes_max

    async def _room(self, bytes_: int, deadline: float, share: Share) -> None:
        """May raise _CannotRead."""
        try:
            async with asyncio.timeout_at(deadline):
                await share.take(bytes_)
        except TimeoutError as error:
            event(log, "no room for a file", level=logging.WARNING)
            raise _CannotRead("gone") from error

    async def _fetched(
        self, attachment: Attachment, address: Address, fetch: Fetch, bytes_max: int, deadline: float
    ) -> bytes:
        """May raise _CannotRead."""

        async def once() -> bytes:
            async with self._fetching:
                return await fetch(attachment, address, bytes_max=bytes_max)

        try:
            async with asyncio.timeout_at(deadline):
                data = await twice(once, RateLimited, ChannelUnavailable)
        except (ChannelError, TimeoutError) as error:
            event(log, "file_gone", level=logging.WARNING, error=type(error).__name__)
            raise _CannotRead("gone") from error
        if len(data) > bytes_max:
            raise _CannotRead("size")
        return data

    async def _understood(self, attachment: Attachment, data: bytes) -> File | _Heard:
        """May raise _CannotRead."""
        match kind_of(data):
            case "image/png" | "image/jpeg" | "image/gif" | "image/webp" as kind:
                sides = sides_px(data, kind)
                if sides is None or 0 in sides:
                    raise _CannotRead("kind")
                if len(data) > self.settings.image_bytes_max or max(sides) > SIDE_PX_MAX:
                    raise _CannotRead("size")
                return File(attachment.name, kind, data)
            case "application/pdf" as kind:
                if len(data) > self.settings.pdf_bytes_max:
                    raise _CannotRead("size")
                return File(attachment.name, kind, data)
            case None:
                raise _CannotRead("voice" if _is_called(attachment, "audio/") else "kind")
            case sound:
                return await self._heard(attachment, sound, data)

    async def _heard(self, attachment: Attachment, kind: Kind, data: bytes) -> _Heard:
        """May raise _CannotRead."""
        if self.transcriber is None:
            raise _CannotRead("voice")
        if len(data) > self.settings.audio_bytes_max:
            raise _CannotRead("size")
        try:
            text = (await self.transcriber.transcribe(data, kind, attachment.name)).strip()
        except ModelError as error:
            event(log, "voice_unread", level=logging.WARNING, error=type(error).__name__, message=str(error))
            raise _CannotRead("voice") from error
        if not text:
            raise _CannotRead("voice")
        return _Heard(text if len(text) <= TRANSCRIPT_CHARS_MAX else text[: TRANSCRIPT_CHARS_MAX - len(_CUT)] + _CUT)


def _spoken(inbound: Inbound, attachment: Attachment, text: str) -> Inbound:
    """The message with a recording as text."""
    left = tuple(other for other in inbound.attachments if other is not attachment)
    return replace(inbound, text=f"{inbound.text}\n\n{text}".strip(), attachments=left)


def _is_called(attachment: Attachment, family: str) -> bool:
    return attachment.media_type.strip().lower().startswith(family)


def _together(files: Sequence[File | Unread], limits: FilesSettings) -> tuple[File | Unread, ...]:
    """Those that fit into one request, in their order; what would burst it is an Unread."""
    kept: list[File | Unread] = []
    bytes_left, pages_left = limits.turn_bytes_max, limits.pdf_pages_max
    for file in files:
        if isinstance(file, Unread):
            kept.append(file)
            continue
        if len(file.data) > bytes_left:
            kept.append(Unread(file.name, "size"))
            continue
        is_pdf = file.media_type == "application/pdf"
        pages = pdf.pages(file.data) if is_pdf else 0
        if is_pdf and not pages:
            kept.append(Unread(file.name, "kind"))
        elif pages > pages_left:
            kept.append(Unread(file.name, "size"))
        else:
            bytes_left -= len(file.data)
            pages_left -= pages
            kept.append(replace(file, pages=pages))
    return tuple(kept)


def _count(files: Sequence[File | Unread]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for file in files:
        key = "read" if isinstance(file, File) else f"unread_{file.why}"
        counts[key] = counts.get(key, 0) + 1
    return counts
