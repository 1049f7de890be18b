"""Repetition, bursts, broken readers, a long day, another version: F14, F17, F24, F32 and F33."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.fakes.fault_proxy import FaultProxy
from tests.faults import platforms
from tests.faults.cluster import Cluster
from tests.faults.people import Person, people, until
from tests.faults.server import QUESTION, Server
from tests.faults.stage import Stage
from tests.faults.tally import turns
from tests.faults.visits import visits

REST_S = 120.0
AT_ONCE = 50
BURST = 20
LATE_S = 3.5
SLOWER_MAX = 1.2


async def repeated(stage: Stage) -> None:
    """F14: the same message 50 times at once, and again when it is long answered."""
    async with stage.cluster() as made, people(made, 3, stage.history) as crowd:
        for _ in range(stage.pick(short=1, long=10)):
            crowd.all_say(QUESTION)
            await until(lambda: all(talk.done() for talk in crowd.talks), 30.0)
            await asyncio.gather(*(person.resend() for person in crowd.everyone for _ in range(AT_ONCE)))
            stage.expect(await crowd.rest(REST_S), made.said)
        await crowd.resend()
        await asyncio.sleep(1.0)
        await crowd.rest(REST_S)
        await crowd.read_all()
        stage.counts["repeated"] += len(stage.history.stored())


async def late_receipts(stage: Stage) -> None:
    """F15: platforms hear our 2xx too late, and send again on their schedules."""
    async with platforms.platforms(stage.history) as everywhere, stage.cluster(settings=everywhere.settings) as made:
        async with platforms.followed(everywhere, made):
            await until(lambda: everywhere.proxy.port != 9, 10.0)
            for _ in range(stage.pick(short=2, long=10)):
                stage.strike("late receipt")
                everywhere.proxy.down.latency_s = LATE_S
                everywhere.all_ask()
                await asyncio.sleep(LATE_S + 1.0)
                everywhere.proxy.heal()
            stage.expect(await everywhere.rest(REST_S), made.said[-4_000:])
        again = sum(delivery.attempt > 0 for delivery in everywhere.slack.people.deliveries)
        stage.counts["sent_again_by_slack"] += again
        stage.expect(again, "Slack heard us in time")


async def burst(stage: Stage) -> None:
    """F17: 20 messages in one conversation while it is answered; the others do not wait longer."""
    settings = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.05"}
    async with (
        stage.cluster(settings=settings) as made,
        people(made, stage.pick(short=4, long=12), stage.history) as crowd,
    ):
        busy, *others = crowd.everyone
        rounds = stage.pick(short=1, long=10)

        async def ask_all() -> float:
            """The longest but one in twenty of the others' waits."""
            before = set(turns(stage.history))
            for _ in range(rounds):
                await asyncio.gather(*(person.say(QUESTION) for person in others))
                await until(lambda: all(person.answered() for person in others), REST_S)
            made_now = {i: t for i, t in turns(stage.history).items() if i not in before}
            ours = {receipt.turn_id for person in others for receipt in person.receipts}
            waits = sorted(t.done_at - t.accepted_at for i, t in made_now.items() if i in ours and t.done_at)
            return waits[int(len(waits) * 0.95)] if waits else float("inf")

        calm_s = await ask_all()
        talk = asyncio.create_task(_talk(busy, stage.pick(short=BURST, long=BURST * 5)))
        await until(crowd.history.writing, 30.0)
        stage.strike("burst")
        burst_s = await ask_all()
        await talk
        stage.expect(await until(busy.answered, REST_S), made.said)
        stage.notes.append(f"p95 of the others: {calm_s:.2f} s before, {burst_s:.2f} s during the burst")
        stage.expect(
            burst_s < max(calm_s * SLOWER_MAX, calm_s + stage.pick(short=10.0, long=0.5)),
            f"the others waited {burst_s:.2f} s instead of {calm_s:.2f} s",
        )
        await crowd.rest(REST_S)
        await crowd.read_all()


async def _talk(person: Person, count: int) -> None:
    for _ in range(count):
        await person.say(QUESTION)


class _Behind:
    """People reach the server through the proxy."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.url = f"http://127.0.0.1:{proxy.listens_at}"


async def cut_readers(stage: Stage) -> None:
    """F24: connections are cut all the time while people read; also a drop at a time, and from two pages."""
    settings = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.05"}
    async with stage.cluster(settings=settings) as made:
        port = int(made.url.rpartition(":")[2])
        async with (
            FaultProxy.start("127.0.0.1", port, seed=stage.seed) as proxy,
            people(_Behind(proxy), stage.pick(short=4, long=20), stage.history) as crowd,
        ):
            for _ in range(stage.pick(short=5, long=40)):
                crowd.all_say(QUESTION)
                await asyncio.sleep(stage.dice.uniform(0.1, stage.pick(short=0.8, long=2.0)))
                stage.strike("cut of all readers")
                proxy.reset()
            stage.expect(await crowd.rest(REST_S), made.said)
            proxy.down.bytes_per_s = 20_000
            await crowd.read_all()


async def soak(stage: Stage) -> None:
    """F32: load for a long time while workers die, Redis is slow, and all goes on; nothing grows.

    Of one process on SQLite every kill takes the memory along: it dies in the first half only.
    """
    seconds = stage.pick(short=8.0, long=20 * 60.0)
    warm_at, struck_until = (0.75, 0.0) if stage.store == "redis" else (0.25, 0.5)
    async with stage.cluster(proxied=stage.store == "redis") as made, visits(made, stage.history, stage.dice) as load:
        load.come(stage.pick(short=3.0, long=10.0))
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        warm: dict[str, float] = {}
        while (left := end - loop.time()) > 0:
            if not warm and left < seconds * warm_at:
                warm = _memory(made.servers)
            await asyncio.sleep(min(left, stage.pick(short=1.5, long=15.0)))
            if left > seconds * struck_until:
                await _strike_somewhere(stage, made)
        now = _memory(made.servers)
        grown = {name: now[name] / kb - 1 for name, kb in warm.items() if name in now}
        if grown:
            stage.notes.append("memory of each process grew by " + ", ".join(f"{n} {g:.1%}" for n, g in grown.items()))
        if stage.scale == "long":
            stage.expect(bool(grown), "no process lived long enough to grow")
            stage.expect(all(growth < 0.05 for growth in grown.values()), f"memory grew: {grown}")
        stage.expect(await load.rest(REST_S), made.said[-4_000:])
        stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=2_000))


def _memory(servers: list[Server]) -> dict[str, float]:
    """Kilobytes of each process; one that was started again is another."""
    found = {}
    for server in servers:
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        name = server.folder.name if server.lives == 1 else f"{server.folder.name}, life {server.lives}"
        found[name] = float(status.partition("RssAnon:")[2].split()[0])
    return found


async def _strike_somewhere(stage: Stage, made: Cluster) -> None:
    if made.proxy is None:
        stage.strike("kill")
        await made.replace(made.ingress)
        return
    match stage.dice.choice(("kill", "slow", "reset")):
        case "kill":
            stage.strike("kill")
            await made.replace(made.workers[-1])
        case "slow":
            stage.strike("slowness of Redis")
            made.proxy.up.latency_s = 0.1
            await asyncio.sleep(2.0)
            made.proxy.up.latency_s = 0.0
        case "reset":
            stage.strike("cut of all connections to Redis")
            made.proxy.reset()


async def another_version(stage: Stage) -> None:
    """F33: processes are replaced one by one under load; what a newer bridge has written is refused in clear words."""
    settings = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.05"}
    async with stage.cluster(settings=settings) as made, visits(made, stage.history, stage.dice) as load:
        load.come(stage.pick(short=4.0, long=10.0))
        await asyncio.sleep(1.0)
        for _ in range(stage.pick(short=1, long=5)):
            for server in made.servers:
                stage.strike("replacement")
                stage.expect(await server.stop(30.0) == 0, f"{server.folder.name} did not end well\n{server.said}")
                await server.start()
        stage.expect(await load.rest(REST_S), made.said[-4_000:])
        stage.counts["read_again"] += await load.look_again(50)
        made.ingress.kill()
        await _write_as_a_newer_one(stage, made)
        try:
            await made.ingress.start()
            stage.problems.append("it works on what a newer version has written")
        except AssertionError:
            stage.counts["starts_refused"] += 1
            stage.expect("newer bridge" in made.ingress.said, made.ingress.said)


async def _write_as_a_newer_one(stage: Stage, made: Cluster) -> None:
    if made.redis is None:
        with closing(sqlite3.connect(stage.folder / "var/bridge.db")) as database:
            database.execute("PRAGMA user_version = 999")
        return
    reader, writer = await asyncio.open_connection("127.0.0.1", made.redis.port)
    writer.write(b"SET {bridge}:schema 999\r\n")
    assert (await reader.readline()).startswith(b"+OK")
    writer.close()
