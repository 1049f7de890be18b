"""A disk that is full or slow, a database that others hold, and clocks that jump: F11, F12 and F25."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import aiohttp

from tests.faults.history import Stored, now
from tests.faults.people import People, people, until
from tests.faults.server import QUESTION
from tests.faults.shim import Shim, is_possible
from tests.faults.stage import Stage
from tests.faults.visits import visits

REST_S = 120.0
HELD_S = 2.0
JUMP_S = 600.0


async def full(stage: Stage) -> None:
    """F11: no room on the disk, then room again."""
    async with stage.cluster() as made, people(made, 3, stage.history) as crowd, aiohttp.ClientSession() as http:
        only = made.ingress
        crowd.all_say(QUESTION)
        stage.expect(await crowd.rest(REST_S), made.said)
        for _ in range(stage.pick(short=1, long=10)):
            wanted = {person.name: person.refused + 3 for person in crowd.everyone}
            crowd.all_say(QUESTION, rounds=3)
            stage.strike("full disk")
            only.fill_disk()
            told = await until(partial(_refused, crowd, wanted), 30.0)
            stage.expect(told, "people were not refused")
            statuses = [(await http.get(f"{only.url}/{name}")).status for name in ("healthz", "readyz", "metrics")]
            stage.expect(statuses == [200, 503, 200], f"healthz, readyz, metrics answered {statuses}")
            only.free_disk()
            stage.expect(await crowd.rest(REST_S), made.said)
        await crowd.read_all()
        stage.expect(await only.stop() == 0, "it did not end well")
        stage.expect(_is_whole(stage), "the database is damaged")


def _refused(crowd: People, wanted: Mapping[str, int]) -> bool:
    return all(person.refused >= wanted[person.name] for person in crowd.everyone)


def _is_whole(stage: Stage) -> bool:
    with closing(sqlite3.connect(stage.folder / "var/bridge.db")) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone() == ("ok",))


async def held_or_slow(stage: Stage) -> None:
    """F12: another program holds the database, and the disk takes two seconds for each commit."""
    shim = Shim(_beside(stage))
    async with stage.cluster(started=False, settings=shim.environ if is_possible() else {}) as made:
        made.ingress.forked = not is_possible()
        await made.start()
        async with visits(made, stage.history, stage.dice) as load:
            load.come(4.0)
            await asyncio.sleep(1.0)
            for _ in range(stage.pick(short=1, long=10)):
                stage.strike("hold of the database")
                with closing(sqlite3.connect(stage.folder / "var/bridge.db", isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    held = now()
                    await asyncio.sleep(HELD_S)
                    _nothing_taken(stage, held + 0.1, now())
                    other.execute("ROLLBACK")
                await asyncio.sleep(1.0)
            if is_possible():
                stage.strike("slow disk")
                shim.set(fsync_s=HELD_S)
                slow = now()
                await asyncio.sleep(stage.pick(short=5.0, long=30.0))
                quick = [it for it in _first_receipts(stage) if it.at - it.seconds > slow + 0.1 and it.seconds < 0.5]
                stage.expect(not quick, f"{len(quick)} messages got a 2xx before their commit")
                shim.set()
            else:
                stage.notes.append("no C compiler: the slow disk was left out")
            stage.expect(await load.rest(REST_S), made.said[-4_000:])
            await load.look_again(50)
        stage.expect(await made.ingress.stop(30.0) == 0, "it did not end well")
        stage.expect(_is_whole(stage), "the database is damaged")


def _beside(stage: Stage) -> Path:
    stage.folder.parent.mkdir(parents=True, exist_ok=True)
    return stage.folder.parent / f"{stage.folder.name}.shim"


def _first_receipts(stage: Stage) -> list[Stored]:
    """A message that was kept before needs no commit when it comes again."""
    first = {(it.conversation, it.client_msg_id): it for it in reversed(stage.history.stored())}
    return list(first.values())


def _nothing_taken(stage: Stage, since: float, until_: float) -> None:
    taken = [it for it in _first_receipts(stage) if since < it.at - it.seconds and it.at < until_]
    stage.expect(not taken, f"{len(taken)} messages got a 2xx while nothing could be written")


async def jumps(stage: Stage) -> None:
    """F25: the clock of one worker goes ten minutes ahead and ten minutes back under load."""
    if not is_possible():
        stage.notes.append("no C compiler: clocks were left alone")
        return
    shim = Shim(_beside(stage))
    async with stage.cluster(started=False, settings={"BRIDGE_EXTRACTIVE__PIECE_S": "0.05"}) as made:
        jumping = made.workers[0]
        jumping.settings |= shim.environ
        jumping.forked = False
        await made.start()
        async with visits(made, stage.history, stage.dice) as load:
            load.come(stage.pick(short=4.0, long=10.0))
            await asyncio.sleep(1.0)
            for ahead_s in stage.pick(short=(JUMP_S, -JUMP_S), long=(JUMP_S, -JUMP_S) * 10):
                stage.strike("jump of the clock")
                shim.set(ahead_s=ahead_s)
                await asyncio.sleep(stage.pick(short=1.5, long=3.0))
            shim.set()
            stage.expect(await load.rest(REST_S), made.said[-4_000:])
            stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=1_000))
        stage.expect(all(server.lives == 1 for server in made.servers), "a process was started again")
