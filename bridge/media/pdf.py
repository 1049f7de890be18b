"""How many pages a PDF has, without a PDF library: its page objects are counted, also inside compressed streams.

The file is a stranger's, so the work is counted and bounded. It goes in short steps: each holds the interpreter, in a
thread too, and between them the event loop gets its turn.
"""

import zlib
from collections.abc import Iterator

WORK_MAX = 2_000_000
"""Bytes inflated, put in and got out, and what else costs about as much. A document that needs more is not counted."""
MARK_WORK = 400
"""What looking at a `/Page` or `/ObjStm` counts for."""
STREAM_WORK = 2_000
"""What beginning to inflate a stream counts for."""
SEARCH_BYTES = 256 * 1024
"""One step of a search."""
INFLATE_BYTES = 16 * 1024
"""One step of inflating, in and out. A stream that cannot be inflated counts for a whole one."""
SPACE_BYTES_MAX = 16
"""White space between a `/Type` and its name."""
DICTIONARY_BYTES_MAX = 400
"""From `/ObjStm` to where the stream begins."""


class _TooMuch(Exception):
    """WORK_MAX is used up."""


class _Work:
    """What may still be done for one document."""

    def __init__(self) -> None:
        self._left = WORK_MAX

    def spend(self, work: int) -> None:
        """May raise _TooMuch."""
        self._left -= work
        if self._left < 0:
            raise _TooMuch


def pages(data: bytes) -> int:
    """Pages as a well-meaning document tells; 0 when it is damaged, protected by a password, or takes too much work to
    look through. An updated document may count some twice. One that hides pages is left to the model's own limit."""
    if _find(data, b"/Encrypt", 0) >= 0:
        return 0
    work = _Work()
    try:
        # Streams of objects, written since PDF 1.5, often hold the pages. Their own dictionaries are never compressed.
        streams = sum(_pages(_inflated(data, at, work), work) for at in _typed(data, b"/ObjStm", work))
        return _pages(data, work) + streams
    except _TooMuch:
        return 0


def _pages(data: bytes, work: _Work) -> int:
    return sum(1 for end in _typed(data, b"/Page", work) if not data[end : end + 1].isalpha())


def _typed(data: bytes, name: bytes, work: _Work) -> Iterator[int]:
    """Where each `/Type name` ends. May raise _TooMuch."""
    end = 0
    while (at := _find(data, name, end)) >= 0:
        work.spend(MARK_WORK)
        end = at + len(name)
        if data[max(0, at - SPACE_BYTES_MAX - len(b"/Type")) : at].rstrip().endswith(b"/Type"):
            yield end


def _find(data: bytes, sought: bytes, start: int) -> int:
    """`data.find(sought, start)` in steps."""
    for begin in range(start, len(data), SEARCH_BYTES):
        if (at := data.find(sought, begin, begin + SEARCH_BYTES + len(sought) - 1)) >= 0:
            return at
    return -1


def _inflated(data: bytes, at: int, work: _Work) -> bytes:
    """The stream whose dictionary ends behind `at`; what of it can be inflated. May raise _TooMuch."""
    begin = data.find(b"stream", at, at + DICTIONARY_BYTES_MAX)
    if begin < 0:
        return b""
    work.spend(STREAM_WORK)
    begin += len(b"stream")
    begin += 2 if data[begin : begin + 2] == b"\r\n" else 1
    inflater = zlib.decompressobj()
    parts: list[bytes] = []
    try:
        while not inflater.eof:
            if inflater.unconsumed_tail:
                piece = inflater.unconsumed_tail
            else:
                piece = data[begin : begin + INFLATE_BYTES]
                begin += len(piece)
            if not piece:
                break
            parts.append(inflater.decompress(piece, INFLATE_BYTES))
            work.spend(len(piece) - len(inflater.unconsumed_tail) - len(inflater.unused_data) + len(parts[-1]))
    except zlib.error:
        work.spend(INFLATE_BYTES)
    return b"".join(parts)
