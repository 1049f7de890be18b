"""The life of a server is tested on a clock that jumps; programs and sockets need a real one."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop} if item.path.name == "test_mcp_server.py" else {"real": asyncio.new_event_loop}
