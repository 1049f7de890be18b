"""Several processes that share a folder learn the routing once."""

import asyncio
import fcntl
import os
from pathlib import Path

import pytest

from bridge.brain.routing import local as module
from bridge.brain.routing.local import FILE, LOCK, Local
from tests.fakes.fake_embedder import FakeEmbedder
from tests.unit.brain.routing.test_learning import EXAMPLES

PATIENCE_S = 90.0


async def test_one_learns_and_the_others_read(tmp_path: Path) -> None:
    embedders = [FakeEmbedder() for _ in range(3)]
    several = [Local(embedder, EXAMPLES, tmp_path) for embedder in embedders]
    await asyncio.wait_for(asyncio.gather(*(one.prepare() for one in several)), PATIENCE_S)
    assert all(one.ready for one in several)
    assert sum(len(embedder.asked) for embedder in embedders) == len(EXAMPLES)
    chances = [await one.probabilities("buy price") for one in several]
    assert chances[0] == chances[1] == chances[2] is not None


async def test_who_dies_in_learning_is_followed_by_another(tmp_path: Path) -> None:
    with (tmp_path / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = asyncio.create_task(Local(FakeEmbedder(), EXAMPLES, tmp_path).prepare())
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
    await asyncio.wait_for(waiting, PATIENCE_S)
    assert (tmp_path / FILE).exists()


async def test_who_waits_for_another_that_hangs_learns_in_the_end(tmp_path: Path) -> None:
    with (tmp_path / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        local = Local(FakeEmbedder(), EXAMPLES, tmp_path, wait_s=0.1)
        await asyncio.wait_for(local.prepare(), PATIENCE_S)
        assert local.ready


@pytest.mark.parametrize("age_s", [0.0, module.UNFINISHED_KEPT_S + 60])
async def test_what_a_dead_process_left_goes_after_a_while(tmp_path: Path, age_s: float) -> None:
    left = tmp_path / "routing.0f0f.new"
    left.write_bytes(b"half")
    then = left.stat().st_mtime - age_s
    os.utime(left, (then, then))
    await Local(FakeEmbedder(), EXAMPLES, tmp_path).prepare()
    assert left.exists() is (age_s == 0.0)
    assert (tmp_path / FILE).exists()
