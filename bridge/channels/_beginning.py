"""Reads files from platforms: no more than asked for, however long they are."""

from collections.abc import AsyncIterator


async def beginning(parts: AsyncIterator[bytes], bytes_max: int) -> bytes:
    """The first `bytes_max` bytes. They are put together once: a buffer that grows and is copied holds up the event
    loop for tens of milliseconds with the largest files."""
    taken: list[bytes] = []
    left = bytes_max
    async for part in parts:
        taken.append(part[:left])
        left -= len(part)
        if left <= 0:
            break
    return b"".join(taken)
