"""These tests run on a clock that jumps: both ends of all connections live in its loop, so that no wait takes time and
no busy machine makes anything late."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.virtual_time import SocketTimeLoop

REAL = ("test_after_a_restart_only_what_can_be_so_fresh_is_waited_for",)
"""Counts by the clock on the wall."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"real": asyncio.new_event_loop} if item.name.partition("[")[0] in REAL else {"virtual": SocketTimeLoop}
