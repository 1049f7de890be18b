"""The demonstration shop's index, made once with the real embedded model."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.ingest import ingest
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index
from tests.fakes.virtual_time import SocketTimeLoop
from tests.unit.knowledge.shared import use_embedder

hypothesis_settings.register_profile("knowledge", deadline=None)  # a busy machine is no failure
hypothesis_settings.load_profile("knowledge")

KB = Path(__file__).parents[3] / "kb"


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """How long an embedder is waited for, by a clock that jumps."""
    if item.path.name == "test_http_embedder.py":
        return {"virtual": SocketTimeLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The index of kb/, with the default settings."""
    settings = Settings(path=KB, index_path=tmp_path_factory.mktemp("shop"))
    report = asyncio.run(ingest(settings, use_embedder()))
    assert not report.problems, report.problems
    return open_index(settings.index_path)
