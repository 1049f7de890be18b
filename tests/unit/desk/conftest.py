"""These tests run on a clock that jumps, with a customer on one side and people at the desk on the other."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.fakes.recording_channel import Platform
from tests.fakes.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Where the customer is."""
    strict = Platform()
    yield strict
    assert strict.violations == []
