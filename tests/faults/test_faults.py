"""The faults of the catalogue in their short form, side by side: most of their time is waiting for leases."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.faults.catalogue import BY_NAME, Fault
from tests.faults.cluster import StoreName
from tests.faults.running import Run, play

AT_ONCE = 6
SEED = 6
SHORT: list[tuple[Fault, StoreName]] = [
    *((BY_NAME[name], "redis") for name in ("F1", "F2", "F4", "F5", "F7", "F8", "F10")),
    *((BY_NAME[name], "sqlite") for name in ("F1", "F2", "F3", "F6", "F11", "F12", "F26", "F33")),
]
"""Those that say much when they are short. `make faults` plays all, on both stores, and long."""


@pytest.fixture(scope="module")
def runs() -> Mapping[tuple[str, str], Run]:
    """All of them, several at a time; those that wait longest stand first."""

    async def everything() -> list[Run]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(fault: Fault, store: StoreName) -> Run:
            async with slots:
                return await play(fault, store, "short", SEED)

        return list(await asyncio.gather(*(one(fault, store) for fault, store in SHORT)))

    made = asyncio.run(everything())
    return {(run["fault"], run["store"]): run for run in made}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "store"), [(fault.name, store) for fault, store in SHORT])
def test_it_is_survived(name: str, store: str, runs: Mapping[tuple[str, str], Run]) -> None:
    run = runs[name, store]
    assert run["verdict"] == "passed", "\n".join(run["problems"])
