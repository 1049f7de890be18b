"""Where people have lately talked with us: what they wrote there while we could not hear it is looked for.

Kept as a log in the store, which every process may add to.
"""

import re
import time
from collections import OrderedDict
from dataclasses import dataclass

from bridge.ports import Log

LOG = "slack:active"
NOTE_EVERY_S = 3_600.0
"""How often one place is noted again."""
NOTED_MAX = 2_000
READ = 1_000
_NOTE = re.compile(r"(?P<at>\d{1,12}) (?P<team>\w+) (?P<channel>\w+) ?(?P<thread>[\d.]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel or direct message, or with `thread` a thread in it."""

    team: str
    channel: str
    thread: str = ""


class Active:
    """Mutable: remembers what it has noted."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._noted: OrderedDict[Spot, float] = OrderedDict()

    async def note(self, spot: Spot) -> None:
        """Somebody talks with us there. May raise StoreUnavailable."""
        now = time.time()
        if now - self._noted.get(spot, 0.0) < NOTE_EVERY_S:
            return
        await self._log.append(LOG, f"{int(now)} {spot.team} {spot.channel} {spot.thread}")
        self._noted[spot] = now
        self._noted.move_to_end(spot)
        if len(self._noted) > NOTED_MAX:
            self._noted.popitem(last=False)

    async def lately(self, since: float) -> list[Spot]:
        """The places noted since then (Unix seconds), the latest first: channels before their threads. May raise
        StoreUnavailable."""
        noted: dict[Spot, tuple[int, int]] = {}
        """When, and as which entry."""
        after = 0
        while entries := await self._log.read(LOG, after=after, limit=READ):
            after = entries[-1].id
            for entry in entries:
                if not (note := _NOTE.fullmatch(entry.body)):
                    continue
                for spot in (Spot(note["team"], note["channel"]), Spot(*note.group("team", "channel", "thread"))):
                    noted[spot] = int(note["at"]), entry.id
        latest = sorted((spot for spot, (at, _) in noted.items() if at >= since), key=noted.__getitem__, reverse=True)
        return sorted(latest, key=lambda spot: bool(spot.thread))
