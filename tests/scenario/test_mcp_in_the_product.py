"""A question in the widget is answered from an MCP server, and what nobody can answer reaches a help desk: through the
whole product, as `bridge serve` runs it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.claude_obedient import obey
from tests.fakes.claude_server import KEY, ClaudeServer, serving
from tests.fakes.core import until
from tests.fakes.helpdesk_server import SECRET, helpdesk
from tests.fakes.whole_server import ROOT, whole_server
from tests.fakes.widget_client import visiting
from tests.faults.server import Server

pytestmark = pytest.mark.timeout(120)

SHOP = {
    "command": sys.executable,
    "args": [
        "-c",
        f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['shop', 'stdio']; "
        "runpy.run_module('tests.fakes.mcp_shop', run_name='__main__')",
    ],
    "env": ["MCP_SHOP_LOG"],
    "tools": {"stock": "read"},
    "start_s": 30,
}


@asynccontextmanager
async def product(folder: Path, **environ: str) -> AsyncIterator[tuple[ClaudeServer, Server]]:
    async with serving(ClaudeServer(composes=obey)) as claude:
        told = {"ANTHROPIC_API_KEY": KEY, "BRIDGE_CLAUDE__BASE_URL": claude.url}
        async with whole_server(folder, **told | environ) as whole:
            yield claude, whole


def pids(log: Path) -> set[int]:
    return {json.loads(line)["pid"] for line in log.read_text().splitlines()}


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_tool_of_a_server_answers_and_its_program_ends_with_ours(tmp_path: Path) -> None:
    log = tmp_path / "mcp.log"
    environ = {"BRIDGE_MCP__SERVERS": json.dumps({"shop": SHOP}), "MCP_SHOP_LOG": str(log)}
    async with product(tmp_path, **environ) as (claude, whole):
        async with visiting(whole.url) as visitor:
            done = await visitor.ask('How many are left? CALL shop_stock {"sku": "B1", "size": "L"}')
            assert "in_stock" in done["text"]
        offered: dict[str, Any] = {tool["name"]: tool for tool in claude.requests[-1]["tools"]}
        assert "strict" not in offered["shop_stock"]
        assert "shop_delete_account" not in offered
        async with aiohttp.ClientSession() as http, http.get(f"{whole.url}/readyz") as answer:
            assert "up" in json.dumps(await answer.json())
        [pid] = pids(log)
        assert runs(pid)
        whole.kill()
        await until(lambda: not runs(pid), within_s=30)

        log.unlink()
        await whole.start()
        async with visiting(whole.url) as visitor:
            await visitor.ask('How many are left? CALL shop_stock {"sku": "B2"}')
        [pid] = pids(log)
        await whole.stop()
        assert not runs(pid)
        assert "Traceback" not in whole.said


async def test_a_server_that_dies_is_there_again_for_the_next_question(tmp_path: Path) -> None:
    log = tmp_path / "mcp.log"
    environ = {"BRIDGE_MCP__SERVERS": json.dumps({"shop": SHOP}), "MCP_SHOP_LOG": str(log)}
    async with product(tmp_path, **environ) as (_, whole), visiting(whole.url) as visitor:
        await visitor.ask('How many are left? CALL shop_stock {"sku": "B1"}')
        [pid] = pids(log)
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(4)
        await visitor.ask('And of these? CALL shop_stock {"sku": "B2"}')
        assert len(pids(log)) == 2


async def test_what_a_person_is_asked_for_reaches_the_webhook_once(tmp_path: Path) -> None:
    async with helpdesk() as desk:
        desk.fail += ["reset"]
        environ = {"BRIDGE_TICKETS__WEBHOOK__URL": f"{desk.url}/hook", "TICKETS_WEBHOOK_SECRET": SECRET}
        async with product(tmp_path, **environ) as (_, whole), visiting(whole.url) as visitor:
            done = await visitor.ask("I want to talk to a human, please.")
            assert done["outcome"] == "escalated"
            await until(lambda: bool(desk.tickets["hook"]), within_s=30)
            [ticket] = desk.tickets["hook"]
            assert ticket["ticket"]["number"] in done["text"]
            assert "I want to talk to a human" in ticket["text"]
