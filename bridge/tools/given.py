"""What a customer was given without a person's approval. Small amounts count together: asked for often enough, they are
a large one."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.errors import StoreUnavailable
from bridge.ports import CHANGES_MAX, Claim, Record, Store

KIND = "given"
COUNTS_S = 30 * 24 * 3600.0
"""For so long an amount counts."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one tool gave one customer (`whom`, as in `doubts`)."""

    store: Store
    tool: str
    whom: str
    now: Callable[[], float] = time.time

    async def add(self, claim: Claim, key: str, amount: int, most: int) -> bool:
        """Count an amount, once for each key, if all that counts is no more than `most` with it; else False.
        May raise LeaseLost, StoreUnavailable."""
        for _ in range(CHANGES_MAX):
            record, counted = await self._read()
            if key in counted:
                return True
            if sum(each for _, each in counted.values()) + amount > most:
                return False
            if await self._write(claim, record, {**counted, key: (self.now(), amount)}):
                return True
        raise StoreUnavailable("an amount could not be counted: others kept changing the same record")

    async def take_back(self, claim: Claim, key: str) -> None:
        """It was not given after all. May raise LeaseLost, StoreUnavailable."""
        for _ in range(CHANGES_MAX):
            record, counted = await self._read()
            left = {name: each for name, each in counted.items() if name != key}
            if left == counted or await self._write(claim, record, left):
                return
        raise StoreUnavailable("an amount could not be taken back: others kept changing the same record")

    async def _read(self) -> tuple[Record | None, Mapping[str, tuple[float, int]]]:
        """When and how much, by key."""
        record = await self.store.load_record(KIND, f"{self.tool}:{self.whom}")
        found = json.loads(record.body) if record else {}
        return record, {key: (at, amount) for key, (at, amount) in found.items() if self.now() - at < COUNTS_S}

    async def _write(self, claim: Claim, before: Record | None, counted: Mapping[str, tuple[float, int]]) -> bool:
        kept = Record(
            kind=KIND,
            id=f"{self.tool}:{self.whom}",
            body=json.dumps(counted),
            version=before.version if before else 0,
            open=False,
            forget_at=self.now() + COUNTS_S,
        )
        return await self.store.save_records(kept, claim=claim)
