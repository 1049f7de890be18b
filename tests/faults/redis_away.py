"""Redis dies, hangs, is slow, is full, or is not what it must be: F7 to F10."""

import asyncio

import aiohttp

from tests.faults.history import History, now
from tests.faults.people import AWAY, Where
from tests.faults.server import Server
from tests.faults.stage import Stage
from tests.faults.visits import visits

AWAY_S = 5.0
REFUSED_WITHIN_S = 2.0
BUSY_S = 4.0
"""What a machine that runs a whole test suite beside may add."""
REST_S = 120.0
PULSE_S = 0.05


async def killed(stage: Stage) -> None:
    """F7: Redis is killed under load and comes back after a while."""
    async with stage.cluster() as made, visits(made, stage.history, stage.dice) as load:
        assert made.redis is not None
        load.come(stage.pick(short=4.0, long=20.0))
        for _ in range(stage.pick(short=1, long=5)):
            await asyncio.sleep(stage.pick(short=1.5, long=10.0))
            stage.strike("kill of Redis")
            gone = now()
            made.redis.kill()
            lag_s = await _rest_and_feel(stage.pick(short=2.0, long=AWAY_S))
            _refused_meanwhile(stage, gone, now(), lag_s)
            await asyncio.to_thread(made.redis.start)
        await asyncio.sleep(stage.pick(short=1.0, long=5.0))
        stage.expect(await load.rest(REST_S), f"some visitors wait still\n{made.said[-4_000:]}")
        stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=2_000))


async def unreachable(stage: Stage) -> None:
    """F8: connections to Redis hang, and then break."""
    async with stage.cluster(proxied=True) as made, visits(made, stage.history, stage.dice) as load:
        assert made.proxy is not None
        load.come(stage.pick(short=2.0, long=10.0))
        await asyncio.sleep(stage.pick(short=1.5, long=5.0))
        stage.strike("silence of Redis")
        gone = now()
        made.proxy.silence()
        lag_s = await _rest_and_feel(stage.pick(short=4.0, long=60.0))
        _refused_meanwhile(stage, gone + REFUSED_WITHIN_S, now(), lag_s)
        made.proxy.refuses = True
        made.proxy.reset()
        await asyncio.sleep(stage.pick(short=0.5, long=5.0))
        made.proxy.heal()
        await asyncio.sleep(stage.pick(short=1.0, long=5.0))
        stage.expect(await load.rest(REST_S), f"some visitors wait still\n{made.said[-4_000:]}")
        stage.expect(all(server.lives == 1 for server in made.servers), "a process was started again")
        stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=500))


async def slow(stage: Stage) -> None:
    """F9: every answer of Redis takes half a second, and one call in twenty breaks its connection."""
    async with stage.cluster(proxied=True) as made, visits(made, stage.history, stage.dice) as load:
        assert made.proxy is not None
        stage.strike("slowness of Redis")
        made.proxy.up.latency_s = made.proxy.down.latency_s = 0.25
        made.proxy.dropped_share = 0.05
        load.come(stage.pick(short=0.7, long=2.0))
        await asyncio.sleep(stage.pick(short=5.0, long=60.0))
        stage.expect(await load.rest(2 * REST_S), f"some visitors wait still\n{made.said[-4_000:]}")
        stage.counts["connections_broken"] += made.proxy.resets
        made.proxy.heal()
        stage.counts["read_again"] += await load.look_again(stage.pick(short=50, long=500))
        slowest = max((receipt.seconds for receipt in stage.history.stored()), default=0.0)
        limit = stage.pick(short=3.0 + BUSY_S, long=3.0)
        stage.expect(slowest < limit, f"a 2xx took {slowest:.1f} s")


async def full_or_forgetful(stage: Stage) -> None:
    """F10: Redis has no memory left; and one that would lose messages is refused at the start."""
    async with stage.cluster() as made, visits(made, stage.history, stage.dice) as load:
        assert made.redis is not None
        load.come(4.0)
        await asyncio.sleep(1.5)
        stage.strike("lack of memory")
        gone = now()
        await _configure(made.redis.port, "maxmemory", "1mb")
        lag_s = await _rest_and_feel(stage.pick(short=2.0, long=20.0))
        _refused_meanwhile(stage, gone, now(), lag_s)
        stage.expect(await _status(made, "/healthz") == 200, "it is not alive without memory for Redis")
        stage.expect(await _status(made, "/readyz") == 503, "/readyz does not tell that Redis is full")
        await _configure(made.redis.port, "maxmemory", "0")
        await asyncio.sleep(1.0)
        stage.expect(await load.rest(REST_S), f"some visitors wait still\n{made.said[-4_000:]}")
        stage.counts["read_again"] += await load.look_again(50)
        for words, (option, value) in {
            "appendonly": ("appendonly", "no"),
            "noeviction": ("maxmemory-policy", "allkeys-lru"),
        }.items():
            await _configure(made.redis.port, option, value)
            await _refuses_to_start(stage, made.ingress, words)
            await _configure(made.redis.port, option, {"no": "yes"}.get(value, "noeviction"))
            await made.ingress.start()


async def _refuses_to_start(stage: Stage, server: Server, words: str) -> None:
    server.kill()
    try:
        await server.start()
        stage.problems.append(f"it starts on a Redis that loses messages ({words})")
        server.kill()
    except AssertionError:
        stage.counts["starts_refused"] += 1
        stage.expect(server.process.wait() == 2, "its exit code is not that of an unusable configuration")
        stage.expect(words in server.said, f"it does not say what to change: {server.said}")


def _refused_meanwhile(stage: Stage, since: float, until: float, lag_s: float = 0.0) -> None:
    """While Redis was away nothing was taken, and whoever asked heard so in time: besides the `lag_s` for which this
    machine let processes wait."""
    history: History = stage.history
    first = {(it.conversation, it.client_msg_id): it for it in reversed(history.stored())}
    taken = [it for it in first.values() if since + 0.5 < it.at - it.seconds and it.at < until]
    told = [f"asked {it.at - it.seconds - since:.1f} s, taken {it.at - since:.1f} s after" for it in taken]
    stage.expect(not taken, f"{len(taken)} messages were taken without a store: {told[:3]}")
    refused = [each for each in history.refused() if since < each.at < until and each.status]
    stage.expect(refused, "nobody was told that the store is away")
    statuses = {each.status for each in refused}
    stage.expect(statuses <= {503}, f"people were told {sorted(statuses)}")
    times = sorted(each.seconds for each in refused) or [0.0]
    p95_s, slowest_s = times[int(0.95 * (len(times) - 1))], times[-1]
    busy = f"; this machine let a timer wait {lag_s:.2f} s" if lag_s > 0.2 else ""
    stage.notes.append(f"503 after {p95_s:.2f} s (p95), {slowest_s:.2f} s (slowest of {len(refused)}){busy}")
    limit = stage.pick(short=REFUSED_WITHIN_S + BUSY_S, long=REFUSED_WITHIN_S) + 3 * lag_s
    stage.expect(slowest_s < limit, f"a 503 took {slowest_s:.2f} s")


async def _rest_and_feel(seconds: float) -> float:
    """Wait so long; the longest that a short timer was late meanwhile: what a busy machine adds to every step."""
    loop = asyncio.get_running_loop()
    end, worst = loop.time() + seconds, 0.0
    while (began := loop.time()) < end:
        await asyncio.sleep(PULSE_S)
        worst = max(worst, loop.time() - began - PULSE_S)
    return worst


async def _configure(port: int, name: str, value: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"CONFIG SET {name} {value}\r\n".encode())
    assert (await reader.readline()).startswith(b"+OK")
    writer.close()


async def _status(where: Where, path: str) -> int:
    try:
        async with aiohttp.ClientSession() as http, http.get(where.url + path) as answer:
            return answer.status
    except AWAY:
        return 0
