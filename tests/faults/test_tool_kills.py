"""The whole server killed around a writing tool, and started again: at most one effect at the business, and the
customer hears of it, or of a person who looks into it."""

import asyncio
import json
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from bridge.failpoints import TOOL_POINTS
from tests.fakes.claude_obedient import obey
from tests.fakes.claude_server import KEY, Answer, ClaudeServer, say, serving
from tests.fakes.widget_client import Visitor
from tests.faults.server import Server, quick_start, with_knowledge

SECRET = "a secret between the host and the widget"
VOUCHER = {"order_number": "", "amount": 400, "reason": "It came late."}
SETTINGS = {
    "WIDGET_IDENTITY_SECRET": SECRET,
    "ANTHROPIC_API_KEY": KEY,
    "BRIDGE_BACKEND__KIND": "demo",
    "BRIDGE_TOOLS__DISCOUNT_MAX": "500",
    "BRIDGE_ROUTING__ENABLED": "false",
}
_CODE = re.compile(r"THANKS-[0-9A-F]{10}")
ANSWER_S = 30.0
OUTCOMES = {"tool.before": ("escalated", 0), "tool.called": ("escalated", 1), "tool.done": ("answered", 1)}


def clerk(body: dict[str, Any]) -> Answer:
    """Makes the call that the customer dictates, and tells the voucher's code."""
    found = _CODE.findall(json.dumps(body["messages"]))
    return say(f"Here is your voucher: {found[-1]}") if found else obey(body)


@pytest.mark.timeout(180)
async def test_killed_around_a_tool(tmp_path: Path) -> None:
    """At all three places, side by side: the next life waits for the lease of the one before."""
    async with quick_start() as settings, serving(ClaudeServer(composes=clerk)) as claude:
        settings |= SETTINGS | {"BRIDGE_CLAUDE__BASE_URL": claude.url}
        folders = [with_knowledge(tmp_path / point) for point in TOOL_POINTS]
        found = await asyncio.gather(
            *(killed_at(point, Server(folder, **settings)) for point, folder in zip(TOOL_POINTS, folders, strict=True))
        )
    assert dict(zip(TOOL_POINTS, found, strict=True)) == OUTCOMES


async def killed_at(point: str, server: Server) -> tuple[str, int]:
    """How the turn ends after a kill at this place, and how many vouchers there are then."""
    async with aiohttp.ClientSession() as http:
        try:
            await server.start(f"{point}:1")
            visitor = await Visitor(http, server.url).begin(identity=signed())
            turn_id = await visitor.say(f"A voucher, please. CALL apply_discount {json.dumps(VOUCHER)}")
            assert await server.death(within_s=ANSWER_S) == -signal.SIGKILL, server.said
            await server.start()
            visitor.url = server.url
            done = await ended(visitor, turn_id)
            assert bool(_CODE.search(done["text"])) == (done["outcome"] == "answered"), done["text"]
            return done["outcome"], vouchers(server.folder)
        finally:
            server.close()


async def ended(visitor: Visitor, turn_id: str) -> dict[str, Any]:
    async with asyncio.timeout(ANSWER_S):
        while True:
            try:
                return (await visitor.read_turn(turn_id))[-1].data
            except (TimeoutError, aiohttp.ClientError):
                continue


def vouchers(folder: Path) -> int:
    [path] = (folder / "var").glob("demo*.db")
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM vouchers").fetchone()[0])


def signed() -> str:
    now = int(time.time())
    claims = {"aud": "bridge-widget", "sub": "C-1001", "iat": now, "exp": now + 600}
    return jwt.encode(claims, SECRET, algorithm="HS256")
