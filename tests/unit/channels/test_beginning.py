"""What is read of a file that is fetched."""

from collections.abc import AsyncIterator

import pytest

from bridge.channels._beginning import beginning


@pytest.mark.parametrize(
    ("bytes_max", "read", "asked"),
    [
        (0, b"", 1),
        (1, b"a", 1),
        (3, b"abc", 1),
        (4, b"abcd", 2),
        (6, b"abcdef", 2),
        (7, b"abcdefg", 3),
        (99, b"abcdefg", 3),
    ],
)
async def test_so_much_is_read_and_no_part_more_is_asked_for(bytes_max: int, read: bytes, asked: int) -> None:
    given: list[bytes] = []

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"abc", b"def", b"g"):
            given.append(part)
            yield part

    assert await beginning(parts(), bytes_max) == read
    assert len(given) == asked
