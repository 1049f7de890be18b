"""What people send along, read within limits: every file ends as a File, as text of its message, or as an Unread."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import ChannelError, ChannelUnavailable, ModelRejected, ModelUnavailable, RateLimited, Undeliverable
from bridge.media import files
from bridge.media.files import FETCHES_MAX, TRANSCRIPT_CHARS_MAX, Fetch, FileReader
from bridge.media.settings import FilesSettings
from bridge.types import Address, Attachment, ConversationId, File, Inbound, Sender, Turn, TurnId, Unread
from tests.fakes import samples
from tests.fakes.virtual_time import VirtualTimeLoop

HERE = Address("telegram", "a")


@dataclass(slots=True)
class FakeFetch:
    """A platform that holds files by their url. What it has for one may be errors to raise first, one a call."""

    held: dict[str, bytes]
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    takes_s: float = 0.0
    asked: list[tuple[str, int]] = field(default_factory=list)
    at_once: int = 0
    at_once_most: int = 0

    async def __call__(self, attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
        assert to == HERE
        self.asked.append((attachment.url, bytes_max))
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        if errors := self.errors.get(attachment.url):
            raise errors.pop(0)
        if attachment.url not in self.held:
            raise Undeliverable("no such file")
        return self.held[attachment.url][: bytes_max + 1]


@dataclass(slots=True)
class FakeTranscriber:
    said: str = "How long may I keep it?"
    error: Exception | None = None
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    async def transcribe(self, data: bytes, media_type: str, name: str) -> str:
        self.heard.append((data, media_type))
        if self.error:
            raise self.error
        return self.said


def sent(name: str, media_type: str = "application/octet-stream", size_bytes: int | None = None) -> Attachment:
    return Attachment(name, media_type, name, size_bytes)


def turn(*messages: tuple[str, Sequence[Attachment]]) -> Turn:
    inbounds = tuple(
        Inbound(
            event_id=f"telegram:{number}",
            address=HERE,
            sender=Sender("p"),
            text=text,
            received_at=datetime(2026, 11, 22, tzinfo=UTC),
            attachments=tuple(attachments),
        )
        for number, (text, attachments) in enumerate(messages)
    )
    return Turn(id=TurnId("t"), conversation_id=ConversationId("telegram:a"), inbounds=inbounds)


def one(attachment: Attachment, text: str = "Look") -> Turn:
    return turn((text, [attachment]))


async def read_all(reader: FileReader, turn: Turn, fetch: Fetch) -> tuple[Turn, tuple[File | Unread, ...]]:
    """Without using any of it."""
    async with reader.reading(turn, fetch) as found:
        return found


async def read(
    data: bytes,
    media_type: str = "application/octet-stream",
    *,
    transcriber: FakeTranscriber | None = None,
    looks: bool = True,
    size_bytes: int | None = None,
    **limits: Any,
) -> File | Unread | str:
    """What becomes of one file: itself, unread, or text."""
    reader = FileReader(settings=FilesSettings(**limits), transcriber=transcriber, looks=looks)
    made, found = await read_all(reader, one(sent("x", media_type, size_bytes)), FakeFetch({"x": data}))
    return found[0] if found else made.question.removeprefix("Look\n\n")


def virtually(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("data", "kind", "pages"),
    [
        (samples.png(), "image/png", 0),
        (samples.jpeg(), "image/jpeg", 0),
        (samples.gif(), "image/gif", 0),
        (samples.webp(), "image/webp", 0),
        (samples.pdf(), "application/pdf", 1),
        (samples.pdf(7), "application/pdf", 7),
        (samples.pdf(30, packed=True), "application/pdf", 30),
    ],
)
@pytest.mark.parametrize("declared", ["application/octet-stream", "image/heic", "text/plain", "", "IMAGE/PNG"])
async def test_a_file_is_what_its_bytes_say_whatever_it_is_called(
    data: bytes, kind: Any, pages: int, declared: str
) -> None:
    assert await read(data, declared) == File("x", kind, data, pages)


@pytest.mark.parametrize(
    "data",
    [
        samples.HEIC,
        samples.DOCX,
        b"",
        b"hello",
        samples.png()[:20],
        samples.png(0, 5),
        samples.pdf(encrypted=True),
        b"%PDF-1.7 and nothing",
    ],
)
async def test_what_nobody_can_open_is_said(data: bytes) -> None:
    assert await read(data) == Unread("x", "kind")


async def test_a_file_shows_nothing_of_itself_in_a_repr() -> None:
    assert b"IHDR".decode() not in repr(await read(samples.png()))


# ---------------------------------------------------------------- limits


async def test_a_picture_may_be_so_large_and_no_larger() -> None:
    most = FilesSettings().image_bytes_max
    assert isinstance(await read(samples.png(bytes_min=most)), File)
    assert await read(samples.png(bytes_min=most + 1)) == Unread("x", "size")
    assert isinstance(await read(samples.jpeg(8_000, 8_000)), File)
    assert await read(samples.jpeg(8_001, 10)) == Unread("x", "size")
    assert await read(samples.webp(10, 8_001)) == Unread("x", "size")


async def test_a_pdf_may_be_so_large_and_no_larger() -> None:
    assert isinstance(await read(samples.pdf(bytes_min=10_000), pdf_bytes_max=10_000), File)
    assert await read(samples.pdf(bytes_min=10_001), pdf_bytes_max=10_000) == Unread("x", "size")
    assert isinstance(await read(samples.pdf(30, packed=True)), File)
    assert await read(samples.pdf(31, packed=True)) == Unread("x", "size")


async def test_nobody_is_made_to_fetch_what_is_too_large_already_by_its_own_account() -> None:
    fetch = FakeFetch({"x": samples.png()})
    _, found = await read_all(FileReader(settings=FilesSettings()), one(sent("x", "image/png", 4_000_000)), fetch)
    assert (found, fetch.asked) == ((Unread("x", "size"),), [])


async def test_a_file_that_is_larger_than_it_said_is_cut_off() -> None:
    fetch = FakeFetch({"x": samples.png(bytes_min=5_000_000)})
    reader = FileReader(settings=FilesSettings(image_bytes_max=1_000))
    _, found = await read_all(reader, one(sent("x", "image/png", 10)), fetch)
    assert (found, fetch.asked) == ((Unread("x", "size"),), [("x", 1_000)])


async def test_what_was_cut_off_on_the_way_is_never_taken_for_whole() -> None:
    """Called a picture, so only a picture's worth was fetched of it; as a PDF that would not be too much."""
    document = samples.pdf(bytes_min=2_000)
    assert await read(document, "image/png", image_bytes_max=1_500) == Unread("x", "size")
    assert isinstance(await read(document, image_bytes_max=1_500), File)


async def test_only_the_first_files_are_read_and_the_rest_not_fetched() -> None:
    names = ["a", "b", "c", "d"]
    fetch = FakeFetch({name: samples.png() for name in names})
    reader = FileReader(settings=FilesSettings(files_max=2))
    _, found = await read_all(reader, turn(("Look", [sent("a"), sent("b"), sent("c")]), ("And", [sent("d")])), fetch)
    assert found == (
        File("a", "image/png", samples.png()),
        File("b", "image/png", samples.png()),
        Unread("c", "number"),
        Unread("d", "number"),
    )
    assert {url for url, _ in fetch.asked} == {"a", "b"}


async def test_bytes_and_pages_of_a_turn_are_counted_together() -> None:
    held = {
        "a": samples.png(bytes_min=600),
        "b": samples.png(bytes_min=600),
        "c": samples.png(bytes_min=300),
        "d": samples.pdf(20),
        "e": samples.pdf(11),
        "f": samples.pdf(10),
    }
    small = FileReader(settings=FilesSettings(turn_bytes_max=1_000))
    everything = [sent(name) for name in held]
    _, pictures = await read_all(small, turn(("Look", everything[:3])), FakeFetch(held))
    assert [type(file) for file in pictures] == [File, Unread, File], "a smaller one still fits"
    assert Unread("b", "size") in pictures
    pages = FileReader(settings=FilesSettings())
    _, documents = await read_all(pages, turn(("Look", everything[3:])), FakeFetch(held))
    assert [file if isinstance(file, Unread) else file.name for file in documents] == ["d", Unread("e", "size"), "f"]


class CountedThreads(ThreadPoolExecutor):
    """An executor that knows how many were at work at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = self.at_once_most = 0

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        future = super().submit(*args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self.at_once -= 1


async def test_only_one_thread_looks_through_documents() -> None:
    """Each of them would make the event loop wait for its turn of the interpreter."""
    threads = CountedThreads()
    asyncio.get_running_loop().set_default_executor(threads)
    reader, fetch = FileReader(settings=FilesSettings()), FakeFetch({"x": samples.pdf(20, bytes_min=1_000_000)})
    found = await asyncio.gather(*(read_all(reader, one(sent("x")), fetch) for _ in range(6)))
    assert all(isinstance(file, File) for _, files in found for file in files)
    assert sum(len(files) for _, files in found) == 6
    assert threads.at_once_most == 1


def test_the_largest_turn_fits_into_a_request() -> None:
    most = FilesSettings.model_fields["turn_bytes_max"].metadata
    assert max(limit.le for limit in most if hasattr(limit, "le")) * 4 / 3 < 32_000_000 * 0.9


# ---------------------------------------------------------------- fetching


def test_files_are_fetched_together_and_not_one_after_the_other() -> None:
    async def main() -> None:
        fetch = FakeFetch({str(number): samples.png() for number in range(5)}, takes_s=3.0)
        begun = asyncio.get_running_loop().time()
        _, found = await read_all(
            FileReader(settings=FilesSettings()), turn(("Look", [sent(str(number)) for number in range(5)])), fetch
        )
        assert asyncio.get_running_loop().time() - begun == pytest.approx(3.0, abs=0.1)
        assert [file.name for file in found] == ["0", "1", "2", "3", "4"], "in their order"

    virtually(main())


def test_a_process_fetches_only_so_many_at_once() -> None:
    async def main() -> None:
        fetch = FakeFetch({str(number): samples.png() for number in range(10)}, takes_s=1.0)
        reader = FileReader(settings=FilesSettings())
        asking = turn(("Look", [sent(str(number), "image/png") for number in range(10)]))
        await asyncio.gather(*(read_all(reader, asking, fetch) for _ in range(3)))
        assert fetch.at_once_most == FETCHES_MAX

    virtually(main())


def test_a_platform_that_hangs_is_given_up_and_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        quick = FakeFetch({"a": samples.png()})
        slow = FakeFetch({"b": samples.png()}, takes_s=3600.0)

        async def fetch(attachment: Attachment, to: Address, /, *, bytes_max: int) -> bytes:
            return await (quick if attachment.url == "a" else slow)(attachment, to, bytes_max=bytes_max)

        begun = asyncio.get_running_loop().time()
        _, found = await read_all(FileReader(settings=FilesSettings()), turn(("Look", [sent("a"), sent("b")])), fetch)
        assert found == (File("a", "image/png", samples.png()), Unread("b", "gone"))
        assert asyncio.get_running_loop().time() - begun == pytest.approx(FilesSettings().fetch_s, abs=0.1)
        assert slow.at_once == 0, "nothing goes on behind"

    virtually(main())
    assert "file_bug" not in caplog.text, "it is no bug of ours"


PASSING: list[Callable[[], ChannelError]] = [
    lambda: ChannelUnavailable("down"),
    lambda: RateLimited("slow", retry_after_s=1.0),
]


@pytest.mark.parametrize("error", PASSING)
def test_a_fetch_that_fails_in_passing_is_tried_once_more(error: Callable[[], ChannelError]) -> None:
    async def main() -> None:
        reader = FileReader(settings=FilesSettings())
        fetch = FakeFetch({"x": samples.png()}, {"x": [error()]})
        _, found = await read_all(reader, one(sent("x")), fetch)
        assert isinstance(found[0], File)
        fetch = FakeFetch({"x": samples.png()}, {"x": [error(), error(), error()]})
        _, found = await read_all(reader, one(sent("x")), fetch)
        assert (found, len(fetch.asked)) == ((Unread("x", "gone"),), 2)

    virtually(main())


@pytest.mark.parametrize(
    "error", [Undeliverable("deleted"), RateLimited("slow", retry_after_s=3600.0), TimeoutError(), KeyError("a bug")]
)
def test_any_other_failure_is_told_at_once(error: Exception) -> None:
    async def main() -> None:
        fetch = FakeFetch({"x": samples.png()}, {"x": [error]})
        begun = asyncio.get_running_loop().time()
        _, found = await read_all(FileReader(settings=FilesSettings()), one(sent("x")), fetch)
        assert (found, len(fetch.asked)) == ((Unread("x", "gone"),), 1)
        assert asyncio.get_running_loop().time() - begun < 0.1

    virtually(main())


async def test_who_cancels_leaves_nothing_behind() -> None:
    fetch = FakeFetch({"x": samples.png()}, takes_s=3600.0)
    reading = asyncio.create_task(read_all(FileReader(settings=FilesSettings()), one(sent("x")), fetch))
    await asyncio.sleep(0.01)
    assert fetch.at_once == 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert fetch.at_once == 0


async def test_no_log_holds_a_name_or_a_byte_of_a_file(caplog: pytest.LogCaptureFixture) -> None:
    secret = b"SECRETBYTES"
    fetch = FakeFetch({"secret-name": b"x" + secret}, {"secret-name": [TypeError(f"cannot do {secret!r}")]})
    with caplog.at_level(logging.DEBUG):
        await read_all(FileReader(settings=FilesSettings()), one(sent("secret-name")), fetch)
        await read_all(FileReader(settings=FilesSettings()), one(sent("secret-name")), fetch)
    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "file_bug" in logged
    assert "SECRET" not in logged
    assert "secret-name" not in logged


# ---------------------------------------------------------------- voices


@pytest.mark.parametrize(
    ("data", "kind"),
    [(samples.OGG, "audio/ogg"), (samples.MP3, "audio/mpeg"), (samples.M4A, "audio/mp4"), (samples.WEBM, "audio/webm")],
)
@pytest.mark.parametrize("declared", ["audio/ogg; codecs=opus", "application/octet-stream"])
async def test_what_is_said_becomes_text_of_the_message(data: bytes, kind: str, declared: str) -> None:
    transcriber = FakeTranscriber()
    assert await read(data, declared, transcriber=transcriber) == "How long may I keep it?"
    assert transcriber.heard == [(data, kind)]


async def test_each_message_keeps_its_own_words() -> None:
    reader = FileReader(settings=FilesSettings(), transcriber=FakeTranscriber())
    fetch = FakeFetch({"v": samples.OGG, "p": samples.png()})
    asking = turn(("", [sent("v", "audio/ogg")]), ("See?", [sent("p"), sent("v", "audio/ogg")]))
    made, found = await read_all(reader, asking, fetch)
    assert [inbound.text for inbound in made.inbounds] == [
        "How long may I keep it?",
        "See?\n\nHow long may I keep it?",
    ]
    assert found == (File("p", "image/png", samples.png()),)
    assert [inbound.attachments for inbound in made.inbounds] == [(), (sent("p"),)], "what was heard is text alone"
    assert await read_all(reader, made, fetch) == (made, found), "a retry hears nothing twice"


async def test_without_a_transcriber_a_voice_message_is_not_even_fetched() -> None:
    fetch = FakeFetch({"v": samples.OGG})
    made, found = await read_all(FileReader(settings=FilesSettings()), one(sent("v", "audio/ogg"), ""), fetch)
    assert (made.question, found, fetch.asked) == ("", (Unread("v", "voice"),), [])
    assert await read(samples.OGG) == Unread("x", "voice"), "also when it is called something else"


@pytest.mark.parametrize("error", [ModelUnavailable("down"), ModelRejected("no key")])
async def test_a_transcriber_that_fails_leaves_the_voice_unread(error: Exception) -> None:
    assert await read(samples.OGG, "audio/ogg", transcriber=FakeTranscriber(error=error)) == Unread("x", "voice")


async def test_silence_and_unknown_sounds_are_unread() -> None:
    assert await read(samples.OGG, "audio/ogg", transcriber=FakeTranscriber(said=" \n")) == Unread("x", "voice")
    assert await read(samples.AMR, "audio/amr", transcriber=FakeTranscriber()) == Unread("x", "voice")


async def test_a_recording_may_be_so_large_and_a_transcript_so_long() -> None:
    data = samples.OGG.ljust(1_000, b"\x00")
    assert await read(data, "audio/ogg", transcriber=FakeTranscriber(), audio_bytes_max=1_000) == FakeTranscriber().said
    for declared in ("audio/ogg", ""):
        larger = await read(data + b"\x00", declared, transcriber=FakeTranscriber(), audio_bytes_max=1_000)
        assert larger == Unread("x", "size")
    long = await read(data, "audio/ogg", transcriber=FakeTranscriber(said="x" * 100_000))
    assert isinstance(long, str)
    assert len(long) == TRANSCRIPT_CHARS_MAX


async def test_a_film_is_not_listened_to() -> None:
    transcriber = FakeTranscriber()
    assert await read(samples.M4A, "video/mp4", transcriber=transcriber) == Unread("x", "kind")
    assert transcriber.heard == []


# ---------------------------------------------------------------- who looks, and everything at once


async def test_where_nobody_can_look_only_voices_are_fetched() -> None:
    reader = FileReader(settings=FilesSettings(), transcriber=FakeTranscriber(), looks=False)
    fetch = FakeFetch({"p": samples.png(), "v": samples.OGG})
    made, found = await read_all(reader, turn(("", [sent("p", "image/png"), sent("v", "audio/ogg")])), fetch)
    assert (made.question, found) == ("How long may I keep it?", (Unread("p", "kind"),))
    assert [url for url, _ in fetch.asked] == ["v"]


async def test_a_turn_without_files_stays_as_it_is() -> None:
    asking = turn(("Hello", []))
    assert await read_all(FileReader(settings=FilesSettings()), asking, FakeFetch({})) == (asking, ())


_ANYTHING = st.one_of(
    st.binary(max_size=50),
    st.sampled_from([samples.png(), samples.jpeg(), samples.pdf(2), samples.OGG, samples.M4A, samples.DOCX]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            _ANYTHING,
            st.sampled_from(["image/png", "audio/ogg", "application/pdf", "video/mp4", "junk", ""]),
            st.one_of(st.none(), st.integers(0, 10**12)),
            st.lists(st.sampled_from([ChannelUnavailable("x"), Undeliverable("x"), ValueError("x")]), max_size=3),
        ),
        max_size=14,
    ),
    st.booleans(),
)
def test_every_file_is_read_or_accounted_for(sendings: list[Any], listens: bool) -> None:
    held = {str(number): data for number, (data, *_) in enumerate(sendings)}
    errors = {str(number): list(raised) for number, (*_, raised) in enumerate(sendings)}
    attachments = [sent(str(number), kind, size) for number, (_, kind, size, _) in enumerate(sendings)]
    limits = FilesSettings(turn_bytes_max=1_000, files_max=5)
    reader = FileReader(settings=limits, transcriber=FakeTranscriber("words") if listens else None)
    made, found = virtually(read_all(reader, turn(("Look", attachments)), FakeFetch(held, errors)))
    assert made.question.count("words") + len(found) == len(sendings)
    assert sum(len(file.data) for file in found if isinstance(file, File)) <= limits.turn_bytes_max
    assert sum(isinstance(file, File) for file in found) <= limits.files_max
    assert len(made.inbounds[0].attachments) == len(found)


def test_limits_are_the_models() -> None:
    assert (files.SIDE_PX_MAX, FilesSettings().image_bytes_max * 4 // 3) == (8_000, 5 * 1024 * 1024)
