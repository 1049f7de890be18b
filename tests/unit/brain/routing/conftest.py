"""Learning is many small matrix products: in one thread, as in the server, or a busy machine makes them endless."""

import pytest

from bridge.brain.knowledge.blas import use_one_thread


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> None:
    use_one_thread()
