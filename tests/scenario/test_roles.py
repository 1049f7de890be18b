"""Roles as processes of their own on one Redis: what each does, and what happens when one goes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from bridge.leader import LEASE_S
from tests.fakes.redis_server import RedisServer
from tests.fakes.widget_client import Visitor, check_grammar, visiting
from tests.faults.server import QUESTION, SERVE, Server, quick_start, with_knowledge

PATIENCE_S = 60.0
STOP_S = 30.0
SLOW = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.35", "BRIDGE_SERVER__DRAIN_S": "0.5"}
"""Answers that take some seconds to be written, longer than a worker that ends gives them."""
HELD = "lease=channel:widget held=True"


@dataclass(frozen=True, slots=True)
class Stage:
    ingresses: tuple[Server, ...]
    workers: tuple[Server, ...]
    schedulers: tuple[Server, ...]
    redis: RedisServer

    @property
    def servers(self) -> tuple[Server, ...]:
        return (*self.ingresses, *self.workers, *self.schedulers)


@asynccontextmanager
async def stage(
    folder: Path, *, ingresses: int = 1, workers: int = 1, schedulers: int = 1, **settings: str
) -> AsyncIterator[Stage]:
    """Running, and ready."""
    with_knowledge(folder)
    async with AsyncExitStack() as stack:
        environ: dict[str, Any] = await stack.enter_async_context(quick_start()) | settings
        server = RedisServer(folder / "redis")
        stack.callback(server.close)
        server.start()
        environ |= {
            "BRIDGE_STORE__URL": server.url,
            "BRIDGE_KNOWLEDGE__PATH": str(folder / "kb"),
            "BRIDGE_KNOWLEDGE__INDEX_PATH": str(folder / "index"),
        }

        def several(role: str, count: int) -> tuple[Server, ...]:
            made = [Server(folder / f"{role}{n}", (*SERVE, "--role", role), **environ) for n in range(count)]
            for each in made:
                stack.callback(each.close)
            return tuple(made)

        made = Stage(
            several("ingress", ingresses), several("worker", workers), several("scheduler", schedulers), server
        )
        await asyncio.gather(*(each.start() for each in made.servers))
        for each in made.servers:
            await until(partial(_status, each, "/readyz", 200), "everything is ready")
        yield made


async def until(holds: Callable[[], Awaitable[bool]], what: str, within_s: float = PATIENCE_S) -> None:
    ends_at = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < ends_at, f"it never comes to be that {what}"
        await asyncio.sleep(0.1)


async def _status(server: Server, path: str, wanted: int) -> bool:
    async with aiohttp.ClientSession() as http, http.get(server.url + path) as answer:
        return answer.status == wanted


async def _json(server: Server, path: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(server.url + path) as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def test_roles_together(tmp_path: Path) -> None:
    """One stage for all of it: a start costs more than what happens on it."""
    async with stage(tmp_path, ingresses=2, workers=2, schedulers=2, **SLOW) as made:
        await _what_each_role_does(made)
        await asyncio.gather(
            _a_question_goes_in_at_one_process_and_its_answer_comes_out_at_another(made),
            _a_stop_reaches_the_worker_from_whichever_ingress(made),
        )
        await _an_ingress_that_ends_lets_its_readers_go_to_another(made)
        await _a_worker_that_is_asked_to_end_hands_over_in_the_same_message(made)
        await asyncio.gather(
            _a_killed_workers_answer_is_ended_by_another_in_the_same_message(made),
            _timers_go_on_elsewhere_when_a_scheduler_dies(made, tmp_path / "kb/missed-delivery.md"),
        )
        for server in made.servers:
            if server.url:
                assert await server.stop(STOP_S) == 0, server.said


async def _what_each_role_does(made: Stage) -> None:
    for role, server in (
        ("ingress", made.ingresses[0]),
        ("worker", made.workers[0]),
        ("scheduler", made.schedulers[0]),
    ):
        told = await _json(server, "/readyz")
        assert (told["ready"], told["role"]) == (True, role)
        assert ("turns" in told) == (role == "worker")
        assert ("index" in told) == (role != "ingress")
        assert await _status(server, "/healthz", 200)
        async with aiohttp.ClientSession() as http, http.get(server.url + "/metrics") as metrics:
            assert f'role="{role}"' in await metrics.text()
        assert await _status(server, "/widget.js", 200 if role == "ingress" else 404)
        assert f"({role}" in server.said


async def _a_question_goes_in_at_one_process_and_its_answer_comes_out_at_another(made: Stage) -> None:
    async with visiting(made.ingresses[0].url) as visitor:
        # The same visitor at the other ingress: the key of the tokens and the events are in the store.
        elsewhere = Visitor(visitor.http, made.ingresses[1].url, token=visitor.token)
        turn_id = await elsewhere.say(QUESTION)
        here, there = await asyncio.gather(_patiently(visitor, turn_id), _patiently(elsewhere, turn_id))
        check_grammar(here)
        assert here[-1].data["outcome"] == "answered"
        assert [event.raw for event in here] == [event.raw for event in there]
        status, _, _ = await visitor.post(f"/widget/turns/{turn_id}/feedback", {"rating": "up"})
        assert status == 204


async def _a_stop_reaches_the_worker_from_whichever_ingress(made: Stage) -> None:
    async with visiting(made.ingresses[0].url) as visitor:
        turn_id = await _begun(visitor)
        elsewhere = Visitor(visitor.http, made.ingresses[1].url, token=visitor.token)
        status, _, _ = await elsewhere.post(f"/widget/turns/{turn_id}/stop")
        assert status == 202
        assert (await _patiently(visitor, turn_id))[-1].data["outcome"] == "stopped"


async def _an_ingress_that_ends_lets_its_readers_go_to_another(made: Stage) -> None:
    ending, other = made.ingresses
    async with visiting(ending.url) as visitor:
        turn_id = await visitor.say(QUESTION)
        async with visitor.stream() as stream:
            await stream.content.readline()
            assert await ending.stop(STOP_S) == 0, ending.said
        visitor.url = other.url
        assert (await _patiently(visitor, turn_id))[-1].data["outcome"] == "answered"
    await ending.start()


async def _a_worker_that_is_asked_to_end_hands_over_in_the_same_message(made: Stage) -> None:
    async with visiting(made.ingresses[0].url) as visitor:
        turn_id = await _begun(visitor)
        busy = await _busy(made)
        assert await busy.stop(STOP_S) == 0, busy.said
        events = await _patiently(visitor, turn_id)
        check_grammar(events)
        assert events[-1].data["outcome"] == "answered"
    await busy.start()
    await until(lambda: _status(busy, "/readyz", 200), "it is back")


async def _a_killed_workers_answer_is_ended_by_another_in_the_same_message(made: Stage) -> None:
    async with visiting(made.ingresses[0].url) as visitor:
        turn_id = await _begun(visitor)
        (await _busy(made)).kill()
        events = await _patiently(visitor, turn_id)
        check_grammar(events)
        assert [event.type for event in events].count("done") == 1
        assert events[-1].data["outcome"] == "answered"


async def _timers_go_on_elsewhere_when_a_scheduler_dies(made: Stage, article: Path) -> None:
    """What runs once in the cluster is done by the one that is left, within an interval or the length of a lease."""

    async def leads() -> bool:
        return any(HELD in server.said for server in made.schedulers)

    await until(leads, "one of them has the lease of the widget's run")
    first, second = sorted(made.schedulers, key=lambda server: HELD not in server.said)
    assert HELD not in second.said
    before = (await _json(second, "/readyz"))["index"]["version"]
    first.kill()
    _add_to(article)

    async def taken_over() -> bool:
        built = (await _json(second, "/readyz"))["index"]["version"] != before
        return HELD in second.said and bool(built)

    await until(taken_over, "the other has the lease, and builds the index anew", LEASE_S + PATIENCE_S)


def _add_to(article: Path) -> None:
    article.write_text(article.read_text() + "\n\n## Parrots\n\nWe also deliver parrots, on Sundays.\n")


async def _begun(visitor: Visitor) -> str:
    """A question whose answer is being written."""
    turn_id = await visitor.say(QUESTION)
    await visitor.read_until(lambda event: event.type == "delta")
    return turn_id


async def _busy(made: Stage) -> Server:
    """The worker that writes it."""
    running = [server for server in made.workers if (await _json(server, "/readyz"))["turns"]["running"]]
    assert len(running) == 1
    return running[0]


async def _patiently(visitor: Visitor, turn_id: str) -> list[Any]:
    """The whole conversation up to the end of a turn, which may take as long as a lease."""
    async with asyncio.timeout(PATIENCE_S):
        seen: list[Any] = []
        async for event in visitor.events():
            seen.append(event)
            if event.type == "done" and event.turn_id == turn_id:
                return seen
    raise AssertionError(f"the stream ended: {seen}")
