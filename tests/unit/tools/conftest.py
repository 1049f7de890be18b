"""These tests run on a clock that jumps: what is waited for has happened when a wait ends, however busy the machine is.
Not those with processes and threads of their own."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.virtual_time import SocketTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    if item.path.name in ("test_gateway.py", "test_approvals.py"):
        return {"virtual": SocketTimeLoop}
    return {"real": asyncio.new_event_loop}
