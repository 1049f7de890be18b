"""What the Messages API refuses in pictures and PDFs, in its own words where they are known. Pure."""

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

IMAGE_BASE64_MAX = 5 * 1024 * 1024
SIDE_PX_MAX = 8_000
MANY_IMAGES = 20
MANY_SIDE_PX_MAX = 2_000
IMAGES_MAX = 100
"""Models with a context window of a million tokens take 600: the stricter figure."""
PAGES_MAX = 100
"""The same: some take 600."""
TITLE_CHARS_MAX = 500

_SOURCE = {"type", "media_type", "data"}
_DOCUMENT = {"type", "source", "citations", "title", "context", "cache_control"}


def complaints(where: str, block: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one image or document block."""
    kind = block["type"]
    for name in block.keys() - (_DOCUMENT if kind == "document" else {"type", "source", "cache_control"}):
        yield f"{where}.{kind}.{name}: Extra inputs are not permitted"
    source = block.get("source")
    if not isinstance(source, dict) or source.get("type") != "base64" or source.keys() != _SOURCE:
        yield f"{where}.{kind}.source: Input should be a base64 source with media_type and data"
        return
    data = _decoded(source["data"])
    if data is None:
        yield f"{where}.{kind}.source.base64.data: invalid base64 data"
    elif kind == "image":
        yield from _image(f"{where}.image.source.base64", source, data)
    else:
        yield from _pdf(f"{where}.pdf.source.base64", source, data)
        title = block.get("title")
        if title is not None and not (isinstance(title, str) and 0 < len(title) <= TITLE_CHARS_MAX):
            yield f"{where}.document.title: String should have 1 to {TITLE_CHARS_MAX} characters"


def together(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with all blocks of a request together."""
    images = [base64.b64decode(block["source"]["data"]) for block in blocks if block["type"] == "image"]
    documents = [base64.b64decode(block["source"]["data"]) for block in blocks if block["type"] == "document"]
    if len(images) > IMAGES_MAX:
        yield f"too many images: {len(images)} > {IMAGES_MAX}"
    if len(images) > MANY_IMAGES and any(max(_sides(image) or (0,)) > MANY_SIDE_PX_MAX for image in images):
        yield (
            "At least one of the image dimensions exceed max allowed size for many-image requests: "
            f"{MANY_SIDE_PX_MAX} pixels"
        )
    if sum(map(pages, documents)) > PAGES_MAX:
        yield f"A maximum of {PAGES_MAX} PDF pages may be provided."


def tokens(block: dict[str, Any]) -> int:
    """About what a block costs."""
    data = base64.b64decode(block["source"]["data"])
    if block["type"] == "document":
        return 2_000 * pages(data)
    width, height = _sides(data) or (0, 0)
    return min(1_600, width * height // 750)


def _decoded(data: Any) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) and data else None
    except (binascii.Error, ValueError):
        return None


def _image(where: str, source: dict[str, Any], data: bytes) -> Iterator[str]:
    if source["media_type"] not in ("image/jpeg", "image/png", "image/gif", "image/webp"):
        yield f"{where}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
        return
    if len(source["data"]) > IMAGE_BASE64_MAX:
        yield f"{where}: image exceeds 5 MB maximum: {len(source['data'])} bytes > {IMAGE_BASE64_MAX} bytes"
    if _media_type(data) != source["media_type"]:
        yield f"{where}.data: Image does not match the provided media type {source['media_type']}"
        return
    sides = _sides(data)
    if sides is None or min(sides) < 1:
        yield "Could not process image"
    elif max(sides) > SIDE_PX_MAX:
        yield f"{where}.data: At least one of the image dimensions exceed max allowed size: {SIDE_PX_MAX} pixels"


def _pdf(where: str, source: dict[str, Any], data: bytes) -> Iterator[str]:
    if source["media_type"] != "application/pdf":
        yield f"{where}.media_type: Input should be 'application/pdf'"
    elif b"/Encrypt" in data:
        yield f"{where}.data: The PDF specified is password protected."
    elif b"%PDF-" not in data[:1024] or b"%%EOF" not in data[-1024:] or not pages(data):
        yield f"{where}.data: The PDF specified was not valid."


def _media_type(data: bytes) -> str:
    signs = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}
    return next((name for name, sign in signs.items() if data.startswith(sign)), "")


def _sides(data: bytes) -> tuple[int, int] | None:
    """Of a whole picture; None of one that is cut off."""
    try:
        match _media_type(data):
            case "image/png" if data.endswith(b"IEND\xaeB`\x82"):
                return struct.unpack(">II", data[16:24])
            case "image/gif" if data.endswith(b";"):
                return struct.unpack("<HH", data[6:10])
            case "image/jpeg" if data.endswith(b"\xff\xd9"):
                frame = re.search(rb"\xff[\xc0-\xc2]\x00.\x08(..)(..)", data, re.DOTALL)
                return (int.from_bytes(frame[2], "big"), int.from_bytes(frame[1], "big")) if frame else None
            case "image/webp" if len(data) >= int.from_bytes(data[4:8], "little") + 8 and data[12:16] == b"VP8X":
                return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    except struct.error:
        pass
    return None


def pages(data: bytes) -> int:
    """Page objects, also those in compressed streams."""
    parts = [data]
    for stream in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream[1]))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in parts)
