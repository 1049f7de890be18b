"""How much memory files may take in this process. Who comes when it is used up waits in line."""

import asyncio
from collections import deque


class Memory:
    """So many bytes, lent out. One for a process."""

    def __init__(self, bytes_max: int) -> None:
        self._free = bytes_max
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, bytes_: int) -> None:
        """Returns when there is room, in the order of asking. More than there is at all would wait for ever."""
        if not self._line and bytes_ <= self._free:
            self._free -= bytes_
            return
        place = (bytes_, asyncio.get_running_loop().create_future())
        self._line.append(place)
        try:
            await place[1]
        except asyncio.CancelledError:
            if place in self._line:
                self._line.remove(place)
            # Given and cancelled at the same moment; or never given, but who stands behind may fit in.
            self.give(0 if place[1].cancelled() else bytes_)
            raise

    def give(self, bytes_: int) -> None:
        """Give back what was taken."""
        self._free += bytes_
        while self._line and self._line[0][0] <= self._free:
            taken, turn = self._line.popleft()
            if turn.cancelled():
                continue
            self._free -= taken
            turn.set_result(None)


class Share:
    """What one turn has of it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._bytes = 0

    async def take(self, bytes_: int) -> None:
        await self._memory.take(bytes_)
        self._bytes += bytes_

    def keep(self, bytes_: int) -> None:
        """Give back all but so many."""
        self._memory.give(self._bytes - bytes_)
        self._bytes = bytes_

    def give(self, bytes_: int) -> None:
        self.keep(self._bytes - bytes_)
