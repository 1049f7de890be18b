"""Small files of every kind that people send, made by hand: whole enough for whoever reads their headers."""

import struct
import zlib


def png(width: int = 3, height: int = 2, *, bytes_min: int = 0) -> bytes:
    """A white picture; grown to `bytes_min` by a chunk that readers skip."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\x00" + b"\xff" * width for _ in range(height))) if width * height < 10_000 else b""
    whole = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    if missing := max(0, bytes_min - len(whole)):
        filler = chunk(b"prVt", b"\x00" * max(0, missing - 12))
        whole = whole[:33] + filler + whole[33:]
    return whole


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """Headers without a picture, the frame behind a thumbnail's worth of other segments."""
    exif = b"\xff\xe1" + struct.pack(">H", 2 + 100) + b"Exif\x00\x00" + b"\x00" * 94
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8" + exif + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 8 + b"\xff\xd9"


def gif(width: int = 3, height: int = 2) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def webp(width: int = 3, height: int = 2) -> bytes:
    """Of the extended kind."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_lossless(width: int = 3, height: int = 2) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f" + bits.to_bytes(4, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_lossy(width: int = 3, height: int = 2) -> bytes:
    body = b"WEBPVP8 " + struct.pack("<I", 10) + b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(pages: int = 1, *, packed: bool = False, encrypted: bool = False, bytes_min: int = 0) -> bytes:
    """As old writers make them, or with its pages in a compressed stream of objects."""
    objects = b"\n".join(b"<< /Type /Page /Parent 2 0 R >>" for _ in range(pages))
    if packed:
        stream = zlib.compress(objects)
        head = b"4 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /N %d /Length %d >>\nstream\n" % (pages, len(stream))
        objects = head + stream + b"\nendstream\nendobj"
    trailer = b"trailer << /Root 1 0 R %s>>\n%%%%EOF\n" % (b"/Encrypt 9 0 R " if encrypted else b"")
    body = b"%%PDF-1.7\n1 0 obj << /Type /Catalog >>\n2 0 obj << /Type /Pages /Count %d >>\n" % pages + objects + b"\n"
    return body + b"%" + b"x" * max(0, bytes_min - len(body) - len(trailer) - 2) + b"\n" + trailer


OGG = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead" + b"\x00" * 40
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\x00" * 40
MP3_BARE = b"\xff\xfb\x90\x64" + b"\x00" * 40
M4A = b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00M4A mp42isom" + b"\x00" * 40
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 40
WEBM = b"\x1aE\xdf\xa3" + b"\x00" * 40
FLAC = b"fLaC" + b"\x00" * 40
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 40
AMR = b"#!AMR\n" + b"\x00" * 40
DOCX = b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml"
