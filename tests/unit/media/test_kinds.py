"""What a file is shows in its bytes, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media import pdf
from bridge.media.kinds import Kind, kind_of, sides_px
from tests.fakes import samples

KINDS = [
    (samples.png(), "image/png"),
    (samples.jpeg(), "image/jpeg"),
    (samples.gif(), "image/gif"),
    (samples.webp(), "image/webp"),
    (samples.webp_lossless(), "image/webp"),
    (samples.webp_lossy(), "image/webp"),
    (samples.pdf(), "application/pdf"),
    (b"\xef\xbb\xbf\r\n" + samples.pdf(), "application/pdf"),
    (samples.OGG, "audio/ogg"),
    (samples.MP3, "audio/mpeg"),
    (samples.MP3_BARE, "audio/mpeg"),
    (samples.M4A, "audio/mp4"),
    (samples.WAV, "audio/wav"),
    (samples.WEBM, "audio/webm"),
    (samples.FLAC, "audio/flac"),
    (samples.HEIC, None),
    (samples.AMR, None),
    (samples.DOCX, None),
    (b"", None),
    (b"Hello", None),
    (b"RIFF\x00\x00\x00\x00AVI ", None),
    (b"\xff\xf1\x50\x80" + b"\x00" * 20, None),  # AAC, which no transcriber takes
    (b"\xff\xfe\x00\x00H\x00i\x00", None),  # a text in UTF-16
    (b"x" * 2_000 + b"%PDF-1.7", None),
]


@pytest.mark.parametrize(("data", "kind"), KINDS, ids=[str(number) for number in range(len(KINDS))])
def test_the_bytes_tell_the_kind(data: bytes, kind: str | None) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (samples.png, "image/png"),
        (samples.jpeg, "image/jpeg"),
        (samples.gif, "image/gif"),
        (samples.webp, "image/webp"),
        (samples.webp_lossless, "image/webp"),
        (samples.webp_lossy, "image/webp"),
    ],
)
@pytest.mark.parametrize("sides", [(1, 1), (640, 480), (8_001, 7)])
def test_a_header_tells_the_sides(make: object, kind: Kind, sides: tuple[int, int]) -> None:
    data = make(*sides)  # type: ignore[operator]
    assert sides_px(data, kind) == sides
    assert sides_px(data[:9], kind) != sides, "cut off, it cannot be known"


def test_a_jpeg_whose_frame_never_comes_has_no_sides() -> None:
    whole = samples.jpeg()
    assert sides_px(whole[: whole.index(b"\xff\xc0")], "image/jpeg") is None
    assert sides_px(b"\xff\xd8\xff\xd9", "image/jpeg") is None
    assert sides_px(b"\xff\xd8" + b"\xff" * 50, "image/jpeg") is None


@pytest.mark.parametrize("piece", [b"\xff", b"\xff\x01", b"\xff\xe2\x00\x02"], ids=["padding", "marks", "segments"])
def test_the_frame_of_a_jpeg_is_looked_for_so_far_and_no_farther(piece: bytes) -> None:
    whole = samples.jpeg(640, 480)
    assert sides_px(whole[:2] + piece * 1_000 + whole[2:], "image/jpeg") == (640, 480)
    assert sides_px(whole[:2] + piece * 5_000 + whole[2:], "image/jpeg") is None


_MAGIC = [data[:30] for data, _ in KINDS]
ANY_BYTES = st.one_of(
    st.binary(max_size=200), st.builds(lambda start, rest: start + rest, st.sampled_from(_MAGIC), st.binary())
)


@given(ANY_BYTES)
def test_no_bytes_whatever_raise(data: bytes) -> None:
    kind = kind_of(data)
    for asked in ("image/png", "image/jpeg", "image/gif", "image/webp", kind or "application/pdf"):
        sides = sides_px(data, asked)
        assert sides is None or all(side >= 0 for side in sides)
    assert pdf.pages(data) >= 0


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("count", [1, 7, 300])
def test_pages_are_counted(count: int, packed: bool) -> None:
    assert pdf.pages(samples.pdf(count, packed=packed)) == count


@pytest.mark.parametrize(
    "data",
    [samples.pdf(3, encrypted=True), b"%PDF-1.7", b"%PDF-1.7 << /Type /ObjStm >> stream\nnot zlib endstream"],
    ids=["encrypted", "cut off", "broken stream"],
)
def test_a_pdf_that_cannot_be_opened_has_no_pages(data: bytes) -> None:
    assert pdf.pages(data) == 0
