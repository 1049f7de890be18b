"""These tests run on a clock that jumps: both ends of all connections live in its loop, so that no wait takes time and
no busy machine makes anything late."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.virtual_time import SocketTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": SocketTimeLoop}
