"""How many pages a PDF has, without a PDF library: its page objects are counted, also inside compressed streams."""

import re
import zlib

INFLATED_BYTES_MAX = 16_000_000
"""Of everything compressed in a document, so much is looked at: a bomb costs no more."""
BROKEN_STREAM_BYTES = 1_000_000
"""What a stream that cannot be inflated counts for: nobody knows how much work it was."""

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b.{0,400}?\bstream\r?\n", re.DOTALL)
"""A stream of objects, written since PDF 1.5, which often holds the pages. Its own dictionary is never compressed."""


def pages(data: bytes) -> int:
    """Pages as a well-meaning document tells; 0 when it is damaged, or protected by a password. An updated document
    may count some twice. One that hides pages is left to the model's own limit."""
    if b"/Encrypt" in data:
        return 0
    count = len(_PAGE.findall(data))
    left = INFLATED_BYTES_MAX
    for stream in _OBJECT_STREAM.finditer(data):
        end = data.find(b"endstream", stream.end())
        if left <= 0 or end < 0:
            break
        compressed = data[stream.end() : end]
        try:
            inflated = zlib.decompressobj().decompress(compressed, left)
        except zlib.error:
            left -= max(BROKEN_STREAM_BYTES, len(compressed))
        else:
            # Streams may claim the same bytes again and again: these count too.
            left -= max(len(inflated), len(compressed))
            count += len(_PAGE.findall(inflated))
    return count
