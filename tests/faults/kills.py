"""Processes that die, freeze or are asked to end: F1 to F6 and F26."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from bridge.failpoints import POINTS
from bridge.turn import ATTEMPTS_MAX, LEASE_S
from tests.faults import platforms
from tests.faults.cluster import Cluster, cluster
from tests.faults.history import History
from tests.faults.people import People, people, until
from tests.faults.server import QUESTION, Server
from tests.faults.stage import Stage
from tests.faults.tally import recoveries
from tests.faults.visits import visits

AT_ONCE = 4
LATER = 3
"""The second kill at a place comes when it is reached for this time."""
RECOVERY_MAX_S = 20.0
SHORT_POINTS = {
    "sqlite": ("accept.after_commit", "brain.mid_stream", "reply.recorded", "final.after"),
    "redis": ("finish.before",),
}
"""Of the places of F1, for the short form."""
SLOW = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.05", "BRIDGE_CHANNELS__WIDGET__EDIT_INTERVAL_S": "0.2"}
"""Answers that are still being written when something happens, in pieces that leave the machine room for the load."""
DEATH_S = 60.0
REST_S = 120.0


async def every_place(stage: Stage) -> None:
    """F1: killed at each named place, early and late."""
    points = stage.pick(short=SHORT_POINTS[stage.store], long=POINTS)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> None:
        async with slots:
            await killed_at(stage, point, stage.folder / point.replace(".", "-"))

    await asyncio.gather(*map(one, points))
    stage.counts["places"] += len(points)
    if stage.scale == "long" or stage.store == "sqlite":
        await every_place_on_platforms(stage)


async def killed_at(stage: Stage, point: str, folder: Path) -> None:
    """Two kills at one place: of the ingress when it is about accepting, else of a worker."""
    async with cluster(stage.store, folder, started=False) as made:
        victim = made.ingress if point.startswith("accept.") else made.workers[0]
        await asyncio.gather(*(each.start(f"{point}:1" if each is victim else "") for each in made.servers))
        async with people(made, 3, stage.history) as crowd:
            for next_point in (f"{point}:{LATER}", ""):
                await _talk_until_death(stage, point, victim, crowd)
                await victim.start(next_point)
            await _calm(stage, made, crowd, where=point)


async def _talk_until_death(stage: Stage, point: str, victim: Server, crowd: People) -> None:
    code = None
    for _ in range(4):
        crowd.all_say(QUESTION, rounds=2, twice=True)
        if (code := await victim.death(within_s=DEATH_S / 4)) is not None:
            break
    stage.strike("kill")
    stage.expect(code == -signal.SIGKILL, f"{point}: the place was not reached")
    if code is None:
        victim.kill()


async def _calm(stage: Stage, made: Cluster, crowd: People, *, where: str = "") -> None:
    """Everybody gets everything, sends all again as pages do that were reloaded, and reads all anew."""
    stage.expect(await crowd.rest(within_s=REST_S), f"{where}: it did not come to rest\n{made.said}")
    await crowd.resend()
    await crowd.rest(within_s=REST_S)
    await crowd.read_all()


async def every_place_on_platforms(stage: Stage) -> None:
    """F1 again, with people on Slack, Telegram and WhatsApp, whose platforms send again what was not taken."""
    points = stage.pick(short=("post.after",), long=POINTS)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> None:
        async with slots:
            await _killed_on_platforms(stage, point, stage.folder / f"platforms-{point.replace('.', '-')}")

    await asyncio.gather(*map(one, points))
    stage.counts["telegram_orphans"] += platforms.orphans(stage.history)


async def _killed_on_platforms(stage: Stage, point: str, folder: Path) -> None:
    history = History()
    async with (
        platforms.platforms(history) as everywhere,
        cluster(stage.store, folder, everywhere.settings, started=False) as made,
        platforms.followed(everywhere, made),
    ):
        victim = made.ingress if point.startswith("accept.") else made.workers[0]
        await asyncio.gather(*(each.start(f"{point}:1" if each is victim else "") for each in made.servers))
        for next_point in (f"{point}:{LATER}", ""):
            code = None
            for _ in range(4):
                everywhere.all_ask()
                if (code := await victim.death(within_s=DEATH_S / 4)) is not None:
                    break
            stage.counts["kills"] += 1
            history.strike("kill")
            stage.expect(code == -signal.SIGKILL, f"{point}: the place was not reached on platforms")
            if code is None:
                victim.kill()
            await victim.start(next_point)
        stage.expect(await everywhere.rest(REST_S), f"{point}: no rest\n{made.said[-3_000:]}")
        for violation in (*everywhere.slack.violations, *everywhere.telegram.violations, *everywhere.twilio.violations):
            stage.problems.append(f"{point}: {violation}")
    stage.history.add(*history.records)


async def random_kills(stage: Stage) -> None:
    """F2: workers killed at random moments under load."""
    kills, per_s = stage.pick(short=(3, 4.0), long=(200, 20.0))
    async with (
        stage.cluster(settings=SLOW) as made,
        visits(made, stage.history, stage.dice) as load,
    ):
        load.come(per_s)
        await asyncio.sleep(stage.pick(short=0.5, long=5.0))
        for _ in range(kills):
            await asyncio.sleep(stage.dice.uniform(0.2, stage.pick(short=1.5, long=5.0)))
            stage.strike("kill")
            await made.replace(stage.dice.choice(made.workers))
        stage.expect(await load.rest(REST_S), f"some visitors wait still\n{made.said[-4_000:]}")
        stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=2_000))
        stage.expect(not stage.pick(short=False, long=_too_slow(stage)), "a recovery took too long")


def _too_slow(stage: Stage) -> bool:
    return max(recoveries(stage.history), default=0.0) > RECOVERY_MAX_S


async def before_the_receipt(stage: Stage) -> None:
    """F3: the ingress is killed between the commit and the 2xx, again and again; the senders repeat."""
    async with stage.cluster(started=False) as made:
        point = "accept.after_commit:1"
        await asyncio.gather(*(each.start(point if each is made.ingress else "") for each in made.servers))
        async with people(made, 3, stage.history) as crowd:
            for _ in range(stage.pick(short=2, long=20)):
                crowd.all_say(QUESTION)
                code = await made.ingress.death(DEATH_S)
                stage.strike("kill")
                stage.expect(code == -signal.SIGKILL, "the ingress did not die")
                await made.ingress.start(point)
            await made.replace(made.ingress)
            await _calm(stage, made, crowd)


async def the_last_worker(stage: Stage) -> None:
    """F4: every worker is killed, nobody writes any more, and one comes back."""
    async with (
        stage.cluster(settings={"BRIDGE_EXTRACTIVE__PIECE_S": "0.2"}) as made,
        people(made, 4, stage.history) as crowd,
    ):
        for _ in range(stage.pick(short=1, long=5)):
            crowd.all_say(QUESTION)
            stage.expect(await until(crowd.writing, DEATH_S), "nobody was answered")
            for worker in made.workers:
                worker.kill()
            stage.counts["kills"] += len(made.workers)
            await asyncio.sleep(1.0)
            stage.strike("restart")
            await made.workers[0].start()
            stage.expect(await crowd.rest(REST_S), f"not answered\n{made.said}")
            await made.start()
        await crowd.read_all()
    slowest = max(recoveries(stage.history, "restart"))
    stage.expect(
        slowest < stage.pick(short=2 * RECOVERY_MAX_S, long=RECOVERY_MAX_S), f"{slowest:.1f} s after the restart"
    )


async def frozen(stage: Stage) -> None:
    """F5: a worker stands still in the middle of answers until their leases are long over, and wakes up."""
    leases = stage.pick(short=1.3, long=3.0)
    async with stage.cluster(settings={"BRIDGE_EXTRACTIVE__PIECE_S": "0.3"}, workers=2, started=False) as made:
        stale, *others = made.workers
        await asyncio.gather(*(each.start() for each in made.servers if each not in others))
        async with people(made, 4, stage.history) as crowd:
            crowd.all_say(QUESTION)
            stage.expect(await until(crowd.writing, DEATH_S), "nobody was answered")
            stage.strike("freeze")
            stale.freeze()
            await asyncio.gather(*(each.start() for each in others))
            await asyncio.sleep(LEASE_S * leases)
            if stage.store == "redis":
                stage.expect(await crowd.rest(REST_S), f"nobody took over\n{made.said}")
            before = len(stage.history.seen())
            stale.thaw()
            await asyncio.sleep(stage.pick(short=2.0, long=10.0))
            if stage.store == "redis":
                late = stage.history.seen()[before:]
                stage.expect(not late, f"the stale worker wrote {[seen.kind for seen in late][:5]}")
            stage.expect(stale.process.poll() is None, "the stale worker ended")
            crowd.all_say(QUESTION)
            await _calm(stage, made, crowd)


async def deploy(stage: Stage) -> None:
    """F6: every process is asked to end during 50 streams and comes back, one after the other."""
    settings = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.15"}
    count = stage.pick(short=10, long=50)
    async with stage.cluster(settings=settings) as made, people(made, count, stage.history) as crowd:
        for _ in range(stage.pick(short=1, long=3)):
            crowd.all_say(QUESTION)
            stage.expect(await until(crowd.writing, DEATH_S), "nobody was answered")
            for server in made.servers:
                stage.strike("SIGTERM")
                code = await server.stop(within_s=stage.pick(short=30.0, long=12.0))
                stage.expect(code == 0, f"{server.folder.name} ended with {code}\n{server.said}")
                if code is None:
                    server.kill()
                await server.start()
        await _calm(stage, made, crowd)


async def poison(stage: Stage) -> None:
    """F26: a message that kills whoever works on it: three tries, then an apology, and the next message is served."""
    async with stage.cluster(started=False, workers=1) as made:
        worker = made.workers[0]
        await asyncio.gather(*(each.start("brain.before:1" if each is worker else "") for each in made.servers))
        async with people(made, 1, stage.history) as crowd:
            person = crowd.everyone[0]
            crowd.all_say(QUESTION)
            deaths = 0
            while not person.answered() and deaths <= ATTEMPTS_MAX:
                if await _dies_or_answers(worker, person.answered):
                    deaths += 1
                    stage.strike("kill")
                    await worker.start("brain.before:1")
            stage.expect(deaths == ATTEMPTS_MAX, f"it was tried {deaths} times")
            stage.expect(await crowd.rest(REST_S), f"no apology\n{made.said}")
            outcomes = [seen.data["outcome"] for seen in stage.history.seen() if seen.kind == "done"]
            stage.expect(outcomes == ["failed"], f"it ended as {outcomes}")
            worker.kill()
            await worker.start()
            crowd.all_say(QUESTION)
            await _calm(stage, made, crowd)


async def _dies_or_answers(worker: Server, answered: Callable[[], bool]) -> bool:
    await until(lambda: worker.process.poll() is not None or answered(), DEATH_S)
    return await worker.death(within_s=0.0) is not None
