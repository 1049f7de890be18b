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


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """Telegram's pace of a call a second is kept on a clock that jumps, and an outage takes a minute. How a server
    begins and ends is looked at on `bridge serve`'s own loop too."""
    if item.path.name.startswith(("test_telegram_", "test_outage")):
        return {"virtual": SocketTimeLoop}
    if item.path.name == "test_operations.py":
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
