"""A stand-in for the Claude API on a loopback port, one for each test, and a clock that jumps: both ends of all
connections live in the test's loop, so that no wait takes time and no busy machine makes anything late."""

from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from tests.fakes.claude_server import ClaudeServer, serving
from tests.fakes.virtual_time import SocketTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": SocketTimeLoop}


@pytest.fixture
async def api() -> AsyncIterator[ClaudeServer]:
    async with serving(ClaudeServer()) as server:
        yield server
        assert not server.refusals, f"a request broke the API's rules: {server.refusals}"
