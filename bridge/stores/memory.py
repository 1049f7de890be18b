"""A store that forgets everything when the process ends: for tests, `bridge ask`, and as the shortest reading of the
contract."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from pydantic import Field

from bridge.ports import Accepted, Claim, Entry, Gauges, Parcel, Record, Step
from bridge.stores._ledger import LedgerInMemory
from bridge.stores._mailboxes import Mailboxes
from bridge.stores._quotas import QuotasInMemory
from bridge.stores._settings import StoreSettings
from bridge.stores._tails import Tails
from bridge.types import Conversation, ConversationId, Inbound, Turn, TurnId, new_id


class Settings(StoreSettings, frozen=True, extra="forbid"):
    """`[store]` for `url = "memory://"`."""

    url: str = Field(default="memory://", description="Where conversations are kept.")


class MemoryStore(QuotasInMemory, LedgerInMemory):
    """Implements ports.Store in dictionaries. `clock` gives wall-clock seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        QuotasInMemory.__init__(self)
        LedgerInMemory.__init__(self, clock)
        self._settings = settings
        self._clock = clock
        self._boxes = Mailboxes()
        self._turn_of: dict[str, TurnId] = {}
        self._turns: dict[TurnId, Turn] = {}
        self._open: dict[ConversationId, TurnId] = {}
        self._attempts: dict[TurnId, int] = defaultdict(int)
        self._steps: dict[TurnId, dict[str, Step]] = defaultdict(dict)
        self._finished: dict[ConversationId, list[TurnId]] = defaultdict(list)
        self._parcels: list[Parcel] = []
        self._parcel_due: dict[str, float] = {}
        self._parcel_lease: dict[str, float] = {}
        self._values: dict[str, tuple[str, float | None]] = {}
        self._records: dict[tuple[str, str], Record] = {}
        self._logs: dict[str, list[Entry]] = defaultdict(list)
        self._log_keys: dict[tuple[str, str], int] = {}
        self._tails = Tails()

    # ------------------------------------------------------------ inbox

    async def accept(self, inbound: Inbound) -> Accepted:
        if known := self._turn_of.get(inbound.event_id):
            return Accepted(known, fresh=False)
        conversation = inbound.address.conversation_id
        turn_id = self._open.get(conversation)
        if turn_id and len(self._turns[turn_id].inbounds) < self._settings.inbounds_max:
            turn = self._turns[turn_id]
            self._turns[turn_id] = replace(turn, inbounds=(*turn.inbounds, inbound))
        else:
            turn_id = TurnId(new_id())
            self._turns[turn_id] = Turn(id=turn_id, conversation_id=conversation, inbounds=(inbound,))
            self._open[conversation] = turn_id
            self._boxes.add(conversation, turn_id, self._clock())
        self._turn_of[inbound.event_id] = turn_id
        if inbound.more_within_s:
            self._boxes.rest(conversation, asyncio.get_running_loop().time() + inbound.more_within_s)
        return Accepted(turn_id, fresh=True)

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while (taken := self._boxes.next(loop.time(), lease_s)) is None:
            if (left := until - loop.time()) <= 0:
                return None
            await self._boxes.news(left, loop.time())
        conversation, turn_id, fence = taken
        if self._open.get(conversation) == turn_id:
            del self._open[conversation]
        self._attempts[turn_id] += 1
        steps = dict(self._steps[turn_id])
        return Claim(turn=self._turns[turn_id], fence=fence, attempts=self._attempts[turn_id], steps=steps)

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        self._boxes.renew(claim, asyncio.get_running_loop().time() + lease_s)

    async def record(self, claim: Claim, step: Step) -> None:
        self._boxes.check(claim)
        self._steps[claim.turn.id][step.key] = step

    async def finish(self, claim: Claim, turn: Turn) -> None:
        self._boxes.check(claim)
        self._attempts.pop(claim.turn.id)
        self._turns[turn.id] = turn
        self._finished[turn.conversation_id].append(turn.id)
        self._steps.pop(turn.id, None)
        self._boxes.give_back(claim, free_at=0.0, finished=True)

    async def park(self, claim: Claim, *, delay_s: float, blame: bool = True) -> None:
        self._boxes.check(claim)
        if not blame:
            self._attempts[claim.turn.id] -= 1
        self._boxes.give_back(claim, free_at=asyncio.get_running_loop().time() + delay_s, finished=False)

    # ------------------------------------------------------------ conversations

    async def conversation(self, conversation_id: ConversationId, *, turns_max: int) -> Conversation:
        newest = self._finished.get(conversation_id, [])[-turns_max:] if turns_max else []
        return Conversation(id=conversation_id, turns=tuple(self._turns[turn_id] for turn_id in newest))

    async def turn(self, turn_id: TurnId) -> Turn | None:
        return self._turns.get(turn_id)

    async def unfinished(self, conversation_id: ConversationId) -> Sequence[TurnId]:
        return self._boxes.unfinished(conversation_id)

    # ------------------------------------------------------------ outbox

    async def enqueue(self, *parcels: Parcel, delay_s: float = 0.0) -> None:
        for parcel in parcels:
            if parcel.id not in self._parcel_due:
                self._parcels.append(parcel)
                self._parcel_due[parcel.id] = self._clock() + delay_s

    async def take(self, *, lease_s: float, limit: int) -> Sequence[Parcel]:
        now, wall = asyncio.get_running_loop().time(), self._clock()
        taken: list[Parcel] = []
        blocked: set[ConversationId] = set()
        for place, parcel in enumerate(self._parcels):
            due = self._parcel_due[parcel.id] <= wall and self._parcel_lease.get(parcel.id, 0.0) <= now
            if due and parcel.conversation_id not in blocked and len(taken) < limit:
                counted = replace(parcel, attempts=parcel.attempts + 1)
                self._parcels[place] = counted
                self._parcel_lease[parcel.id] = now + lease_s
                taken.append(counted)
            blocked.add(parcel.conversation_id)
        return taken

    async def settle(self, parcel: Parcel, *, retry_in_s: float | None) -> None:
        if retry_in_s is None:
            self._parcels = [kept for kept in self._parcels if kept.id != parcel.id]
            self._parcel_due.pop(parcel.id, None)
            self._parcel_lease.pop(parcel.id, None)
        # A settler that comes too late does not take the parcel from the one who got it since.
        elif any(kept.id == parcel.id and kept.attempts == parcel.attempts for kept in self._parcels):
            self._parcel_due[parcel.id] = self._clock() + retry_in_s
            self._parcel_lease.pop(parcel.id, None)

    # ------------------------------------------------------------ values

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        if if_absent and await self.get(key) is not None:
            return False
        self._values[key] = (value, None if ttl_s is None else self._clock() + ttl_s)
        return True

    async def get(self, key: str) -> str | None:
        value, expires_at = self._values.get(key, (None, None))
        if expires_at is not None and expires_at <= self._clock():
            del self._values[key]
            return None
        return value

    async def delete(self, key: str) -> bool:
        return await self.get(key) is not None and self._values.pop(key, None) is not None

    # ------------------------------------------------------------ records

    async def load_record(self, kind: str, id: str) -> Record | None:
        record = self._records.get((kind, id))
        if record and record.forget_at is not None and record.forget_at <= self._clock():
            del self._records[kind, id]
            return None
        return record

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        if claim:
            self._boxes.check(claim)
        for record in records:
            stored = await self.load_record(record.kind, record.id)
            if record.version != (stored.version if stored else 0):
                return False
        for record in records:
            self._records[record.kind, record.id] = replace(record, version=record.version + 1)
        await self.enqueue(*parcels)
        return True

    async def open_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        return [record for record in await self._live(kind) if record.open][:limit]

    async def due_records(self, kind: str, *, limit: int) -> Sequence[Record]:
        due = [(record.due_at, record) for record in await self._live(kind) if record.due_at is not None]
        return [record for due_at, record in sorted(due, key=lambda each: each[0]) if due_at <= self._clock()][:limit]

    async def _live(self, kind: str) -> list[Record]:
        """Oldest first: a dictionary keeps the order of what was put in it."""
        loaded = [await self.load_record(*key) for key in list(self._records) if key[0] == kind]
        return [record for record in loaded if record]

    # ------------------------------------------------------------ logs

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        if claim:
            self._boxes.check(claim)
        if key is not None and (known := self._log_keys.get((log, key))):
            return known
        entries = self._logs[log]
        last = entries[-1].id if entries else 0
        entries.extend(Entry(last + place, body) for place, body in enumerate(bodies, start=1))
        last += len(bodies)
        del entries[: -self._settings.kept(log)]
        if key is not None:
            self._log_keys[log, key] = last
        self._tails.wake(log)
        return last

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> Sequence[Entry]:
        def newer() -> Sequence[Entry]:
            entries = self._logs.get(log, [])
            # The ids have no gaps.
            start = max(0, after + 1 - entries[0].id) if entries else 0
            return entries[start : start + limit]

        with self._tails.watch(log) as news:
            if not newer() and wait_s > 0:
                await asyncio.wait([news], timeout=wait_s)
        return newer()

    async def gauges(self) -> Gauges:
        waiting = self._boxes.waiting()
        age_s = 0.0 if waiting.oldest_at is None else max(0.0, self._clock() - waiting.oldest_at)
        return Gauges(
            turns_waiting=waiting.turns,
            turns_running=waiting.running,
            oldest_waiting_s=age_s,
            parcels=len(self._parcels),
        )

    async def check(self) -> None:
        return None


@asynccontextmanager
async def build(settings: Settings, clock: Callable[[], float] = time.time) -> AsyncIterator[MemoryStore]:
    """An empty store."""
    yield MemoryStore(settings, clock)
