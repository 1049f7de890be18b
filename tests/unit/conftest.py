"""A platform whose rules nobody may break."""

from collections.abc import Iterator

import pytest

from tests.fakes.recording_channel import Platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    strict = Platform()
    yield strict
    assert strict.violations == []
