"""The real server: killed at random moments while Claude writes, asked to end while it writes itself.

`TEST_KILLS` sets how often it is killed, at other moments each time. More of that kind is in `test_faults.py`.
"""

import asyncio
import os
import random
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.claude_server import KEY, ClaudeServer, serving
from tests.faults.checker import complaints
from tests.faults.people import people, until
from tests.faults.server import QUESTION, Server, quick_start, with_knowledge

KILLS = int(os.environ.get("TEST_KILLS", "0"))


async def _killed_again_and_again(server: Server, kills: int, dice: random.Random, longest_s: float) -> list[str]:
    try:
        await server.start()
        async with people(server, 4) as crowd:
            for _ in range(kills):
                crowd.all_say(QUESTION, rounds=3, twice=True)
                await asyncio.sleep(dice.uniform(0.02, longest_s))
                server.kill()
                await server.start()
            assert await crowd.rest(within_s=60.0), server.said
            await crowd.resend()
            assert await crowd.rest()
            await crowd.read_all()
        assert len(crowd.history.stored()) >= 2 * 3 * 4 * kills
        return complaints(crowd.history)
    finally:
        server.close()


@pytest.mark.timeout(60 + 20 * KILLS)
async def test_killed_while_claude_writes(tmp_path: Path) -> None:
    dice = random.Random(None if KILLS else 6)
    async with quick_start() as settings, serving(ClaudeServer(piece_s=0.02)) as claude:
        settings |= {"BRIDGE_CLAUDE__BASE_URL": claude.url, "ANTHROPIC_API_KEY": KEY}
        server = Server(with_knowledge(tmp_path), **settings)
        assert await _killed_again_and_again(server, KILLS or 2, dice, longest_s=1.5) == []
        assert claude.requests
        assert claude.refusals == []


async def test_asked_to_end_it_lets_answers_end(tmp_path: Path) -> None:
    """With nothing of the server replaced, its embedder included, and begun from nothing."""
    server = Server(with_knowledge(tmp_path), BRIDGE_EXTRACTIVE__PIECE_S="0.05")
    server.forked = False
    try:
        await server.start()
        async with people(server, 4) as crowd:
            crowd.all_say(QUESTION)
            assert await until(crowd.writing, 10.0)
            assert await server.stop() == 0
            # The server's last words may still be on their way.
            assert await until(lambda: all(person.answered() for person in crowd.everyone), 2.0), server.said
            assert complaints(crowd.history) == []
            await server.start()
            await crowd.resend()
            assert await crowd.rest()
            await crowd.read_all()
        assert complaints(crowd.history) == []
    finally:
        server.close()


async def test_asked_to_end_it_hands_long_answers_over(tmp_path: Path) -> None:
    """Three times, as often as an answer that fails is tried: being handed over is no failure."""
    slow = {"BRIDGE_EXTRACTIVE__PIECE_S": "0.8", "BRIDGE_SERVER__DRAIN_S": "0.2"}
    async with quick_start() as settings:
        server = Server(with_knowledge(tmp_path), **settings, **slow)
        try:
            assert await _handed_over(server, times=3) == []
        finally:
            server.close()


async def _handed_over(server: Server, times: int) -> list[str]:
    await server.start()
    async with people(server, 3) as crowd:
        crowd.all_say(QUESTION)
        for _ in range(times):
            assert await until(partial(crowd.writing, since=len(crowd.history.seen())), 10.0)
            assert await server.stop() == 0, server.said
            assert not any(person.answered() for person in crowd.everyone)
            await server.start()
        assert await crowd.rest(), server.said
        await crowd.read_all()
    outcomes = {seen.data["outcome"] for seen in crowd.history.seen() if seen.kind == "done"}
    assert outcomes <= {"answered", "unknown"}
    return complaints(crowd.history)
