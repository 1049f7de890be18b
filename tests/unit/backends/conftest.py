"""What is asked over HTTP is asked by a clock that jumps: both ends of all connections live in the test's loop, so that
no wait takes time and no busy machine makes anything late. The demo shop has threads of its own."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.virtual_time import SocketTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    if item.path.name.startswith("test_http_"):
        return {"virtual": SocketTimeLoop}
    return {"real": asyncio.new_event_loop}
