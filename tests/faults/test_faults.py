"""The faults of the catalogue in their short form, side by side: most of their time is waiting for leases."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.running import Run, play

AT_ONCE = 5
SEED = 6
LONG_ONLY = {
    ("F9", "redis"),
    ("F32", "sqlite"),
    ("F32", "redis"),
    ("F33", "redis"),
    ("F25", "sqlite"),
    ("F17", "redis"),
}
"""Those that say little when they are short."""
SHORT = [(fault, store) for fault in FAULTS for store in fault.stores if (fault.name, store) not in LONG_ONLY]


@pytest.fixture(scope="module")
def runs() -> Mapping[tuple[str, str], Run]:
    """All of them, several at a time; those that wait longest begin first."""

    async def everything() -> list[Run]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(place: int) -> Run:
            async with slots:
                return await play(*SHORT[place], "short", SEED)

        order = sorted(range(len(SHORT)), key=lambda place: SHORT[place][1] != "redis")
        found = await asyncio.gather(*map(one, order))
        return [run for _, run in sorted(zip(order, found, strict=True), key=lambda pair: pair[0])]

    made = asyncio.run(everything())
    return {(run["fault"], run["store"]): run for run in made}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "store"), [(fault.name, store) for fault, store in SHORT])
def test_it_is_survived(name: str, store: str, runs: Mapping[tuple[str, str], Run]) -> None:
    run = runs[name, store]
    assert run["verdict"] == "passed", "\n".join(run["problems"])
