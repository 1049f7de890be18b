"""A request's body while it is sent: JSON whose files become base64 piece by piece.

Written in one go, the largest request would hold the event loop up for tenths of a second, and take four times the
memory of its files.
"""

import asyncio
import json
import secrets
from binascii import b2a_base64
from collections.abc import AsyncIterator, Mapping
from typing import Any


def in_base64(value: Any) -> Any:
    """The same with every `bytes` in base64, for who needs all of it at once."""
    match value:
        case bytes():
            return b2a_base64(value, newline=False).decode()
        case Mapping():
            return {key: in_base64(inner) for key, inner in value.items()}
        case list():
            return [in_base64(inner) for inner in value]
        case _:
            return value


PIECE_BYTES = 192 * 1024
"""Of a file, written at once; well under a millisecond's work. A multiple of three: base64 goes by threes."""


class Body:
    """JSON in which every `bytes` stands as base64. It can be sent again, as after a redirect."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._files: list[bytes] = []
        # Nobody who writes a text of this request can know it.
        place = secrets.token_hex(16)

        def left_out(file: object) -> object:
            if isinstance(file, Mapping):
                return dict(file)
            if not isinstance(file, bytes):
                raise TypeError(f"JSON has no way to write {type(file).__name__}")
            self._files.append(file)
            return place

        whole = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=left_out)
        self._texts = whole.encode().split(place.encode())

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self._texts)) + sum(-(-len(file) // 3) * 4 for file in self._files)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for text, file in zip(self._texts, [*self._files, b""], strict=True):
            yield text
            for begin in range(0, len(file), PIECE_BYTES):
                yield b2a_base64(file[begin : begin + PIECE_BYTES], newline=False)
                # A connection that takes everything at once would never let the loop do anything else.
                await asyncio.sleep(0)
