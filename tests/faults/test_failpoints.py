"""The server killed at every named place, twice, and started again: nobody is left without an answer or with two."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bridge import failpoints
from tests.faults.checker import complaints
from tests.faults.people import People, people
from tests.faults.server import QUESTION, Server, quick_start, with_knowledge

AT_ONCE = 3
"""Servers that run side by side."""
LATER = 3
"""The second kill comes when the place is reached for this time."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one server that was killed at one place."""

    deaths: tuple[int | None, int | None]
    rested: bool
    complaints: list[str]
    failed_outcomes: list[str]
    log: str


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """All places, several at a time."""

    async def everything() -> Mapping[str, Result]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(point: str, settings: dict[str, str]) -> Result:
            async with slots:
                folder = with_knowledge(tmp_path_factory.mktemp(point.replace(".", "-")))
                return await _die_at(point, Server(folder, **settings))

        async with quick_start() as settings:
            found = await asyncio.gather(*(one(point, settings) for point in failpoints.POINTS))
        return dict(zip(failpoints.POINTS, found, strict=True))

    return asyncio.run(everything())


async def _die_at(point: str, server: Server) -> Result:
    try:
        await server.start(f"{point}:1")
        async with people(server, 3) as crowd:
            first = await _talk_until_death(server, crowd)
            await server.start(f"{point}:{LATER}")
            second = await _talk_until_death(server, crowd)
            await server.start()
            rested = await crowd.rest()
            await crowd.resend()
            await crowd.rest()
            await crowd.read_all()
        dones = [seen.data for seen in crowd.history.seen() if seen.kind == "done"]
        failed = [done["turn_id"] for done in dones if done["outcome"] not in ("answered", "unknown")]
        return Result((first, second), rested, complaints(crowd.history), failed, server.said)
    finally:
        server.close()


async def _talk_until_death(server: Server, crowd: People) -> int | None:
    """People go on talking; how the server ended."""
    crowd.all_say(QUESTION, rounds=2, twice=True)
    code = await server.death(within_s=20.0)
    if code is None:
        server.kill()
    return code


@pytest.mark.timeout(150)
@pytest.mark.parametrize("point", failpoints.POINTS)
def test_killed_at(point: str, results: Mapping[str, Result]) -> None:
    result = results[point]
    assert result.deaths == (-signal.SIGKILL, -signal.SIGKILL), "the failpoint did not fire"
    assert result.complaints == [], result.log
    assert result.rested
    assert result.failed_outcomes == []
