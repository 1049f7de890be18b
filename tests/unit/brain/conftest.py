"""A stand-in for the Claude API on a loopback port, one for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.claude_server import ClaudeServer, serving


@pytest.fixture
async def api() -> AsyncIterator[ClaudeServer]:
    async with serving(ClaudeServer()) as server:
        yield server
        assert not server.refusals, f"a request broke the API's rules: {server.refusals}"
