"""One index for an ingress, two workers and a scheduler on Redis, each a process of its own: who comes before it is
built waits, all switch soon after it changes, whoever builds may die, and what is not for a process is refused."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.redis_server import RedisServer
from tests.fakes.widget_client import Visitor
from tests.faults.server import ROOT, SERVE, Server, quick_start
from tests.unit.knowledge.made import write

PATIENCE_S = 60.0
BEFORE = {"returns.md": "# Returns\n\nYou may return a helmet within 30 days of its delivery."}
AFTER = {"returns.md": "# Returns\n\nYou may return a helmet within 45 days of its delivery."}
BY_HAND = {"returns.md": "# Returns\n\nYou may return a helmet within 61 days of its delivery."}
LAST = {"returns.md": "# Returns\n\nYou may return a helmet within 77 days of its delivery."}
QUESTION = "Within how many days may I return a helmet?"


class Stage:
    """Mutable: processes that share a Redis server, the documents and the folder of the index."""

    def __init__(self, folder: Path, environ: dict[str, Any], http: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.environ = environ
        self.http = http
        self.servers: list[Server] = []

    def server(self, role: str, name: str = "") -> Server:
        """Not yet started."""
        self.servers.append(Server(self.folder / (name or role), (*SERVE, "--role", role), **self.environ))
        return self.servers[-1]

    def close(self) -> None:
        for server in self.servers:
            server.close()

    def documents(self, files: dict[str, str]) -> None:
        write(self.folder / "kb", files)

    async def ready(self, server: Server) -> tuple[int, dict[str, Any]]:
        """The status of /readyz, and what it says of the index."""
        async with self.http.get(f"{server.url}/readyz") as answer:
            return answer.status, (await answer.json())["index"]

    async def told(self, *servers: Server, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """What each says of the index, once all say what is waited for."""
        says: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(says) < len(servers) or not all(until(each) for each in says):
                says = [(await self.ready(server))[1] for server in servers]
                await asyncio.sleep(0.05)
        return says

    async def switched(self, *servers: Server, before: str) -> str:
        """The version that all have, which is not the one before."""
        says = await self.told(*servers, until=lambda one: one["version"] not in ("", before) and not one["behind"])
        assert len({one["version"] for one in says}) == 1
        return str(says[0]["version"])

    async def command(self, name: str, **environ: str) -> str:
        """What `bridge NAME`, called by hand, prints."""
        folder = self.folder / "hand"
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").touch()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bridge", name),
            cwd=folder,
            env=kept | self.environ | {"PYTHONPATH": str(ROOT)} | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        return said.decode()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        environ = await stack.enter_async_context(quick_start())
        redis = RedisServer(tmp_path / "redis")
        stack.callback(redis.close)
        redis.start()
        environ |= {
            "BRIDGE_STORE__URL": redis.url,
            "BRIDGE_KNOWLEDGE__PATH": str(tmp_path / "kb"),
            "BRIDGE_KNOWLEDGE__INDEX_PATH": str(tmp_path / "index"),
            "BRIDGE_KNOWLEDGE__POLL_INTERVAL_S": "1",
            "BRIDGE_KNOWLEDGE__FLOOR": "0",
        }
        made = Stage(tmp_path, environ, await stack.enter_async_context(aiohttp.ClientSession()))
        stack.callback(made.close)
        yield made


async def asked(stage: Stage, url: str) -> str:
    return str((await (await Visitor(stage.http, url).begin()).ask(QUESTION))["text"])


async def test_all_processes_have_one_index(stage: Stage) -> None:
    stage.documents(BEFORE)
    early, late = stage.server("worker", "worker1"), stage.server("worker", "worker2")
    scheduler, ingress = stage.server("scheduler"), stage.server("ingress")
    await asyncio.gather(early.start(), ingress.start())
    status, says = await stage.ready(early)
    assert (status, says["ready"], "scheduler" in says["waits_for"]) == (503, False, True)
    visitor = await Visitor(stage.http, ingress.url).begin()
    turn = await visitor.say(QUESTION)
    await asyncio.gather(scheduler.start(), late.start())
    first = await stage.switched(early, late, scheduler, before="")
    assert "30 days" in (await visitor.read_turn(turn))[-1].data["text"], "what came before the index waited for it"
    assert [(await stage.ready(worker))[0] for worker in (early, late)] == [200, 200]

    stage.documents(AFTER)
    second = await stage.switched(early, late, scheduler, before=first)
    assert "45 days" in await asked(stage, ingress.url)

    scheduler.kill()
    stage.documents(BY_HAND)
    assert "rebuilt" in await stage.command("ingest")
    third = await stage.switched(early, late, before=second)
    assert "61 days" in await asked(stage, ingress.url)

    stage.documents(LAST)
    assert "rebuilt" in await stage.command("ingest", BRIDGE_EMBEDDERS__OPENAI__DIMENSIONS="512")
    for says in await stage.told(early, late, until=lambda one: "trouble" in one and one["meant"] != third):
        assert (says["version"], "knowledge.embedder" in says["trouble"]) == (third, True)
        assert says["behind"]
    assert "61 days" in await asked(stage, ingress.url), "the old one serves on"

    await scheduler.start()
    await stage.switched(early, late, scheduler, before=third)
    assert "77 days" in await asked(stage, ingress.url)


async def test_two_that_do_everything_start_at_once_without_an_index(stage: Stage) -> None:
    stage.documents(BEFORE)
    one, other = stage.server("all", "one"), stage.server("all", "other")
    await asyncio.gather(one.start(), other.start())
    first = await stage.switched(one, other, before="")
    builds = [path.name for path in (stage.folder / "index").iterdir() if path.is_dir()]
    assert len(builds) == 1, "built once"
    one.kill()
    stage.documents(AFTER)
    second = await stage.switched(other, before=first)
    assert "45 days" in await asked(stage, other.url)
    await one.start()
    assert (await stage.ready(one))[1]["version"] == second


async def test_check_tells_a_folder_that_lags(stage: Stage) -> None:
    stage.documents(BEFORE)
    here, there = str(stage.folder / "index"), str(stage.folder / "elsewhere")
    for folder in (there, here):
        assert "rebuilt" in await stage.command("ingest", BRIDGE_KNOWLEDGE__INDEX_PATH=folder)
        told = await _knowledge(stage, here)
        assert told.startswith("✓") is (folder == here), told
    assert "up to date, and the one that every process is to have" in told
    stage.documents(AFTER)
    assert "rebuilt" in await stage.command("ingest", BRIDGE_KNOWLEDGE__INDEX_PATH=here)
    assert re.search(r"✗ .*holds the index [0-9a-f]+, and [0-9a-f]+ is meant: share", await _knowledge(stage, there))


async def _knowledge(stage: Stage, index: str) -> str:
    """What `bridge check` says of the knowledge base."""
    said = await stage.command("check", BRIDGE_KNOWLEDGE__INDEX_PATH=index, BRIDGE_SERVER__PORT="0")
    return next(line for line in said.splitlines() if "knowledge:" in line)
