"""What one fault is played on: a store, a folder, dice of its own, a history, and what was counted beside it."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from tests.faults.cluster import WORKERS, Cluster, StoreName, cluster
from tests.faults.history import History

T = TypeVar("T")
Scale = Literal["short", "long"]


@dataclass(slots=True)
class Stage:
    """Mutable. `scale` is short in the test suite, long in the report."""

    store: StoreName
    scale: Scale
    seed: int
    folder: Path
    history: History = field(default_factory=History)
    counts: Counter[str] = field(default_factory=Counter)
    """What is told of the run beside what the history tells."""
    problems: list[str] = field(default_factory=list)
    """Broken promises that the checker does not look for."""
    notes: list[str] = field(default_factory=list)
    dice: random.Random = field(init=False)
    made: Cluster | None = None

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def pick(self, *, short: T, long: T) -> T:
        return short if self.scale == "short" else long

    def expect(self, truth: object, what: str) -> None:
        """It is a problem when this is not so."""
        if not truth:
            self.problems.append(what)

    def strike(self, what: str) -> None:
        """A fault begins now."""
        self.history.strike(what)
        self.counts[f"{what}s"] += 1

    @asynccontextmanager
    async def cluster(self, **options: Any) -> AsyncIterator[Cluster]:
        """bridge on this store, running; see `tests.faults.cluster`."""
        options.setdefault("workers", self.pick(short=2, long=WORKERS))
        async with cluster(self.store, self.folder, **options) as made:
            self.made = made
            yield made
