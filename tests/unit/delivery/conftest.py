"""These tests run on a clock that jumps, and on platforms whose rules nobody may break."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.fakes.platforms import chats, pairs, workspace
from tests.fakes.recording_channel import Platform
from tests.fakes.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


def _held_to_its_rules(platform: Platform) -> Iterator[Platform]:
    yield platform
    assert platform.violations == []


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Without limits in time."""
    yield from _held_to_its_rules(Platform())


@pytest.fixture
def slack() -> Iterator[Platform]:
    yield from _held_to_its_rules(workspace())


@pytest.fixture
def telegram() -> Iterator[Platform]:
    yield from _held_to_its_rules(chats())


@pytest.fixture
def whatsapp() -> Iterator[Platform]:
    yield from _held_to_its_rules(pairs())
