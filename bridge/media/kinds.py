"""What a file is, by its first bytes: names and declared types prove nothing. Pure; takes any bytes."""

from typing import Literal

Kind = Literal[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/wav",
    "audio/webm",
    "audio/flac",
]

_PREFIXES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
)
_RIFF: dict[bytes, Kind] = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
"""Pictures that come in the same container as MP4 sound; Claude takes none of them."""
_PDF_WITHIN_BYTES = 1024
"""So far into a PDF may its mark stand, as readers of PDF have it."""
_JPEG_STEPS_MAX = 4_000
"""Segments, and bytes of padding, before a JPEG's frame. Cameras write a dozen, long profiles some hundreds; a file of
nothing else would hold up the event loop for a second."""


def kind_of(data: bytes) -> Kind | None:
    """What it is; None for everything that neither a model nor a transcriber takes. The containers of sound (Ogg, MP4,
    WebM) are called sound, though they may hold a film."""
    for prefix, kind in _PREFIXES:
        if data.startswith(prefix):
            return kind
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return None if data[8:12] in _PICTURE_BRANDS else "audio/mp4"
    if b"%PDF-" in data[:_PDF_WITHIN_BYTES]:
        return "application/pdf"
    return "audio/mpeg" if _is_mpeg_frame(data) else None


def _is_mpeg_frame(data: bytes) -> bool:
    """An MP3 without a tag begins with a frame: eleven set bits, then a version, a layer, a rate that exist."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate = data[1] >> 3 & 3, data[1] >> 1 & 3, data[2] >> 4
    return version != 1 and layer == 1 and rate not in (0, 15)


def sides_px(data: bytes, kind: Kind) -> tuple[int, int] | None:
    """Width and height of a picture as its header says; None when that cannot be read, so the picture is broken."""
    match kind:
        case "image/png":
            return _at(data, 16, 4, "big") if data[12:16] == b"IHDR" else None
        case "image/gif":
            return _at(data, 6, 2, "little")
        case "image/webp":
            return _webp_sides(data)
        case "image/jpeg":
            return _jpeg_sides(data)
        case _:
            return None


def _at(data: bytes, offset: int, size: int, order: Literal["big", "little"]) -> tuple[int, int] | None:
    """Two numbers, one after the other."""
    first, second = data[offset : offset + size], data[offset + size : offset + 2 * size]
    return (int.from_bytes(first, order), int.from_bytes(second, order)) if len(second) == size else None


def _webp_sides(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":  # extended: 24 bits each, less one
            sides = _at(data, 24, 3, "little")
            return (sides[0] + 1, sides[1] + 1) if sides else None
        case b"VP8L" if data[20:21] == b"\x2f" and len(data) >= 25:  # lossless: 14 bits each, less one
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":  # lossy: 14 bits each, above them a scale
            sides = _at(data, 26, 2, "little")
            return (sides[0] & 0x3FFF, sides[1] & 0x3FFF) if sides else None
        case _:
            return None


def _jpeg_sides(data: bytes) -> tuple[int, int] | None:
    """From the frame header, which stands behind any number of other segments."""
    at = 2
    for _ in range(_JPEG_STEPS_MAX):
        if at + 4 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # no length follows
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            sides = _at(data, at + 5, 2, "big")
            return (sides[1], sides[0]) if sides else None
        elif marker in (0xD9, 0xDA):  # the end, or the picture itself: too late
            return None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
