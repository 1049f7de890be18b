"""The life of a server is tested on a clock that jumps; sessions on the loop that `bridge serve` runs on, programs on
the usual one, too."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest
import uvloop

from tests.fakes.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    if item.path.name == "test_mcp_server.py":
        return {"virtual": VirtualTimeLoop}
    usual = {"real": asyncio.new_event_loop} if item.path.name != "test_mcp_client.py" else {}
    return usual | {"uvloop": uvloop.new_event_loop}
