"""Every planted bug played, and what the checker says of it: it must see each, and none where there is none."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.redis_server import RedisServer
from tests.fakes.slack_server import LOST as ANSWER_LOST
from tests.faults import platforms, running
from tests.faults.checker import complaints
from tests.faults.cluster import StoreName
from tests.faults.history import History
from tests.faults.people import People, people, until
from tests.faults.server import QUESTION, Server

AT_ONCE = 4
TRIES = 3
REST_S = 30.0
UNREST_S = 5.0
"""How long a bug that loses something is waited for."""


@dataclass(frozen=True, slots=True)
class Bug:
    """`says` is what the checker says of it; nothing where there is none."""

    says: tuple[str, ...]
    resent: bool = False
    killed: str = ""
    """The server is killed and started again when this is first seen: a receipt, or an event."""
    frozen: bool = False
    on_slack: bool = False
    """Somebody asks in Slack, which loses the answer to our first message."""
    inbounds_max: int = 1
    """One message a turn shows their order; several show whether all are answered."""


LOST = ("was accepted and has no final answer", "nobody was sent anything")
MIXED = ("had ended", "came after its end", "final answers", "and ended as")
SQLITE = {
    "none": Bug((), resent=True, killed="delta"),
    "short_leases": Bug((), frozen=True),
    "ack_before_commit": Bug(LOST, killed="stored"),
    "no_fence": Bug(MIXED),
    "no_dedupe": Bug(("was given 2 turns",), resent=True),
    "double_answer_after_restart": Bug(("has 2 final answers",), killed="done"),
    "lost_turn_on_restart": Bug(LOST, killed="delta"),
    "out_of_order": Bug(("were answered in the order",)),
    "edit_after_finish": Bug(("came after its end",)),
    "repeated_piece": Bug(("and ended as",)),
    "skipped_event": Bug(("came where",)),
    "foreign_answer": Bug(("is visible and was never accepted",)),
    "forgotten_message": Bug(("was left out of its turn",), inbounds_max=20),
    "none on Slack": Bug((), on_slack=True),
    "resend_on_timeout": Bug(("people see 2", "as if more were coming"), on_slack=True),
}
REDIS = {
    "none": Bug((), killed="delta"),
    "short_leases": Bug((), frozen=True),
    "ack_before_commit": Bug(LOST, killed="stored"),
    "no_fence": Bug(MIXED),
    "reclaim_only_on_traffic": Bug(LOST, killed="delta"),
    "stale_worker_edits": Bug(MIXED, frozen=True),
}
BUGS: dict[StoreName, Mapping[str, Bug]] = {"sqlite": SQLITE, "redis": REDIS}


async def all_seen(store: StoreName, folder: Path) -> dict[str, list[str]]:
    """The complaints about each bug; several at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(bug: str) -> list[str]:
        # Some bugs need luck, and a busy machine is against them.
        for attempt in range(TRIES if BUGS[store][bug].says else 1):
            async with slots:
                said = await complaints_about(store, bug, folder / f"{bug}-{attempt}")
            if is_seen(BUGS[store][bug], said):
                break
        return said

    found = await asyncio.gather(*map(one, BUGS[store]))
    return dict(zip(BUGS[store], found, strict=True))


def is_seen(bug: Bug, said: list[str]) -> bool:
    """The checker said what it should, or nothing where there was nothing to say."""
    return any(words in complaint for words in bug.says for complaint in said) if bug.says else not said


async def all_bugs(store: StoreName) -> dict[str, Any]:
    """For the report."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bridge-planted-", ignore_cleanup_errors=True) as folder:
        said = await all_seen(store, Path(folder))
    seen = {name: is_seen(bug, said[name]) for name, bug in BUGS[store].items()}
    return {
        "store": store,
        "seconds": round(time.monotonic() - started, 1),
        "commit": running.commit(),
        "bugs": {name: {"seen": seen[name], "says": said[name][:1]} for name in seen},
        "problems": [f"{name}: the checker said {said[name][:3]}" for name, good in seen.items() if not good],
        "verdict": "passed" if all(seen.values()) else "failed",
    }


async def complaints_about(store: StoreName, name: str, folder: Path) -> list[str]:
    """What the checker says of a server with that bug."""
    bug = BUGS[store][name]
    if bug.on_slack:
        return await _complaints_on_slack(name, folder)
    settings = {"BRIDGE_STORE__INBOUNDS_MAX": str(bug.inbounds_max)}
    redis = RedisServer(folder / "redis") if store == "redis" else None
    if redis:
        settings["BRIDGE_STORE__URL"] = redis.url
    servers = [Server(folder / each, ("-m", "tests.faults.planted", name), **settings) for each in _names(store)]
    try:
        if redis:
            redis.start()
        await asyncio.gather(*(server.start() for server in servers))
        async with people(servers[0], 2) as crowd:
            return await _played(bug, servers, crowd)
    finally:
        for server in servers:
            server.close()
        if redis:
            redis.close()


async def _complaints_on_slack(name: str, folder: Path) -> list[str]:
    history = History()
    async with platforms.platforms(history) as everywhere:
        server = Server(folder, ("-m", "tests.faults.planted", name.partition(" ")[0]), **everywhere.settings)
        try:
            await server.start()
            async with platforms.followed(everywhere, server):
                everywhere.slack.will("chat.postMessage", ANSWER_LOST)
                everywhere.all_ask()
                rested = await everywhere.rest(REST_S, still_s=2.0)
            found = [complaint.what for complaint in platforms.judge(history)]
            return found if rested or found else ["it never came to rest"]
        finally:
            server.close()


def _names(store: StoreName) -> tuple[str, ...]:
    return ("first", "second") if store == "redis" else ("first",)


async def _played(bug: Bug, servers: list[Server], crowd: People) -> list[str]:
    # Who is killed while nobody else writes shows what is taken up without traffic.
    crowd.all_say(QUESTION, rounds=1 if len(servers) > 1 and bug.killed == "delta" else 4, twice=not bug.killed)
    if bug.killed:
        await _seen_first(bug.killed, crowd)
        for server in servers:
            server.kill()
        await asyncio.gather(*(server.start() for server in servers))
    if bug.frozen:
        await _freeze(servers[-1], crowd)
    rested = await crowd.rest(within_s=UNREST_S if bug.says else REST_S)
    if bug.resent:
        for server in servers:
            server.kill()
        await asyncio.gather(*(server.start() for server in servers))
        await crowd.resend()
        await crowd.rest(within_s=UNREST_S)
    found = complaints(crowd.history)
    return found if rested or found else ["it never came to rest"]


async def _seen_first(what: str, crowd: People) -> None:
    if what == "stored":
        await until(crowd.history.stored, REST_S)
    else:
        await until(lambda: any(seen.kind == what for seen in crowd.history.seen()), REST_S)


async def _freeze(server: Server, crowd: People) -> None:
    """Stand still in the middle of answers until their leases have ended."""
    for _ in range(2):
        assert await until(crowd.writing, REST_S)
        server.freeze()
        await asyncio.sleep(1.2)
        server.thaw()
        await asyncio.sleep(0.1)
