"""A server and a visitor for the scenarios that need nothing special."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.fakes.brains import Gate
from tests.fakes.server import Server, start_server
from tests.fakes.virtual_time import SocketTimeLoop
from tests.fakes.widget_client import Visitor, visiting

JUMPS = (
    *("test_telegram_", "test_whatsapp_", "test_slack_", "test_outage", "test_desk_on_every_channel"),
    *("test_disclosure", "test_identity_by_", "test_pictures_and_voices", "test_thinking"),
)
REAL = ("test_slack_desk.py", "test_slack_desk_killed.py", "test_slack_missed.py", "test_whatsapp_window.py")
"""A process of its own, a store with threads, or one that counts by the clock on the wall."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """Where both ends of all connections live in this loop, a clock that jumps: what waits costs nothing, and no busy
    machine makes anything late. How a server begins and ends is looked at on `bridge serve`'s own loop too."""
    name = item.path.name
    if name.startswith(JUMPS) and name not in REAL:
        return {"virtual": SocketTimeLoop}
    if name == "test_operations.py":
        return {"real": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Answers with an echo."""
    async with start_server() as started:
        yield started


@pytest.fixture
async def visitor(server: Server) -> AsyncIterator[Visitor]:
    async with visiting(server.url) as one:
        yield one


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[Visitor]:
    """A visitor of a server whose brain waits at the gate."""
    async with start_server(gate) as started, visiting(started.url) as one:
        yield one
