"""One builds, all follow: what a process does when the index is another's, is not there, or is not for it."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from bridge.brain.knowledge import meant
from bridge.brain.knowledge.library import Library, announce, open_library
from bridge.brain.knowledge.meant import Meant
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import REPLACED_KEPT_S, current_name
from bridge.errors import StoreUnavailable
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from tests.fakes.fake_embedder import FakeEmbedder
from tests.unit.knowledge.made import write

OPEN = {"a.md": "You have 30 days."}
CHANGED = {"a.md": "You have 60 days."}
PATIENCE_S = 20.0


class AwayStore(MemoryStore):
    """Does not answer."""

    def __init__(self) -> None:
        super().__init__(MemorySettings())

    async def get(self, key: str) -> str | None:
        raise StoreUnavailable("away")

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        raise StoreUnavailable("away")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write(tmp_path / "kb", OPEN)
    return Settings(path=tmp_path / "kb", index_path=tmp_path / "index", floor=0.0)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(MemorySettings())


async def library(
    settings: Settings, store: MemoryStore | None, *, builds: bool = True, embedder: FakeEmbedder | None = None
) -> Library:
    return await open_library(
        settings, embedder or FakeEmbedder(), lambda done, total: None, store=store, builds=builds
    )


async def found(one: Library) -> list[str]:
    return [passage.text for passage in await one.retriever.search("how many days", 5)]


async def test_who_never_builds_waits_for_an_index(settings: Settings, store: MemoryStore) -> None:
    worker = await library(settings, store, builds=False)
    status = worker.status()
    assert (worker.ready, status["ready"], status["chunks"], status["behind"]) == (False, False, 0, False)
    assert "no index" in status["trouble"]
    assert "bridge ingest" in status["waits_for"]
    assert await found(worker) == []
    assert not settings.index_path.exists(), "a folder that is only read may be mounted so"
    opened = asyncio.create_task(worker.opened())
    builder = await library(settings, store)
    await worker.follow()
    await asyncio.wait_for(opened, PATIENCE_S)
    assert worker.version == builder.version
    assert worker.status().keys() >= {"ready", "version", "chunks"}
    assert "trouble" not in worker.status()
    assert await found(worker) == list(OPEN.values())


async def test_what_one_builds_all_serve(settings: Settings, store: MemoryStore) -> None:
    builder = await library(settings, store)
    workers = [await library(settings, store, builds=False) for _ in range(2)]
    await builder.refresh()
    write(settings.path, CHANGED)
    await builder.refresh()
    told = await meant.read(store)
    assert told == Meant(builder.version, await builder.folder(), told.built_at if told else "")
    for worker in workers:
        assert await found(worker) == list(OPEN.values())
        await worker.follow()
        assert (worker.version, worker.behind) == (builder.version, False)
        assert worker.status()["meant"] == builder.version
        assert await found(worker) == list(CHANGED.values())


async def test_an_ingest_by_hand_is_followed(settings: Settings, store: MemoryStore) -> None:
    server = await library(settings, store)
    await server.refresh()
    write(settings.path, CHANGED)
    by_hand = await library(settings, None)
    await by_hand.refresh()
    await announce(settings, store)
    await server.follow()
    assert (server.version, server.behind) == (by_hand.version, False)


async def test_a_folder_that_lags_is_told(settings: Settings, store: MemoryStore, tmp_path: Path) -> None:
    """Two machines, each with a folder and documents of its own."""
    here = await library(settings, store)
    await here.refresh()
    shutil.copytree(settings.path, tmp_path / "there/kb")
    there = await library(
        settings.model_copy(update={"path": tmp_path / "there/kb", "index_path": tmp_path / "there/index"}), store
    )
    await there.refresh()
    assert (there.version, there.behind) == (here.version, False), "the same documents, the same version"
    assert await there.folder() != await here.folder()
    write(settings.path, CHANGED)
    await here.refresh()
    for _ in range(2):
        await there.refresh()
        assert (there.ready, there.status()["behind"], there.status()["meant"]) == (True, True, here.version)
        await here.refresh()
        assert not here.behind, "who has the older one does not have the last word"
    write(tmp_path / "there/kb", CHANGED)
    await there.refresh()
    assert (there.version, there.behind) == (here.version, False)


@pytest.mark.parametrize("before", ["nothing", "the one before"])
async def test_a_builder_that_died_before_it_told_is_made_good(
    settings: Settings, store: MemoryStore, before: str
) -> None:
    first = await library(settings, store)
    await first.refresh()
    write(settings.path, CHANGED)
    dead = await library(settings, None)
    await dead.refresh()  # put in service, told nobody
    if before == "nothing":
        await store.delete(meant.KEY)
    await first.refresh()
    told = await meant.read(store)
    assert told
    assert (told.version, first.behind) == (dead.version, False)


async def test_without_the_store_the_folder_is_followed_all_the_same(settings: Settings) -> None:
    builder = await library(settings, AwayStore())
    worker = await library(settings, AwayStore(), builds=False)
    write(settings.path, CHANGED)
    await builder.refresh()
    await worker.follow()
    assert (worker.version, worker.behind) == (builder.version, False)
    assert "trouble" not in builder.status()


@pytest.mark.parametrize("told", ["", "nonsense", "[]", '{"version": "x"}', '{"other": 1}'])
async def test_what_another_bridge_told_in_its_own_way_is_nothing(
    settings: Settings, store: MemoryStore, told: str
) -> None:
    await store.put(meant.KEY, told)
    server = await library(settings, store)
    await server.refresh()
    heard = await meant.read(store)
    assert heard
    assert heard.version == server.version


async def test_an_index_of_another_embedder_is_refused_and_the_old_one_serves_on(
    settings: Settings, store: MemoryStore
) -> None:
    builder = await library(settings, store)
    old = await library(settings, store, builds=False)
    other = FakeEmbedder(id="fake/2", dimensions=32)
    upgraded = await library(settings, store, embedder=other)
    await upgraded.refresh()
    await old.follow()
    assert old.version == builder.version != upgraded.version
    assert (old.ready, old.behind) == (True, True)
    assert "'fake/2', and this process has 'fake/1'" in old.status()["trouble"]
    assert await found(old) == list(OPEN.values())
    new = await library(settings, store, builds=False)
    assert not new.ready
    assert "knowledge.embedder" in new.status()["trouble"]
    new = await library(settings, store, builds=False, embedder=other)
    assert (new.ready, new.version) == (True, upgraded.version)


async def test_one_without_vectors_is_for_every_embedder(settings: Settings, store: MemoryStore) -> None:
    builder = await library(settings, store, embedder=FakeEmbedder(id="away/1", away=True))
    worker = await library(settings, store, builds=False)
    assert (worker.ready, worker.version) == (True, builder.version)


async def test_a_damaged_build_is_not_opened_and_made_anew(settings: Settings, store: MemoryStore) -> None:
    builder, worker = await library(settings, store), await library(settings, store, builds=False)
    write(settings.path, CHANGED)
    hand = await library(settings, None)
    await hand.refresh()
    (settings.index_path / current_name(settings.index_path) / "exact.npy").write_bytes(b"not numpy")
    await worker.follow()
    assert await found(worker) == list(OPEN.values())
    assert (worker.behind, "cannot be used" in worker.status()["trouble"]) == (True, True)
    await builder.refresh()
    await worker.follow()
    assert await found(worker) == list(CHANGED.values())
    assert (worker.behind, "trouble" in worker.status()) == (False, False)


async def test_an_index_that_was_deleted_under_a_server_is_built_again(settings: Settings, store: MemoryStore) -> None:
    builder = await library(settings, store)
    shutil.rmtree(settings.index_path)
    await builder.follow()
    assert await found(builder) == list(OPEN.values()), "what is open serves on"
    await builder.refresh()
    late = await library(settings, store, builds=False)
    assert (late.version, late.ready) == (builder.version, True)


async def test_what_was_replaced_long_ago_goes_without_another_build(settings: Settings, store: MemoryStore) -> None:
    builder = await library(settings, store)
    first = settings.index_path / current_name(settings.index_path)
    write(settings.path, CHANGED)
    await builder.refresh()
    assert first.is_dir(), "others may still open it"
    long_ago = time.time() - REPLACED_KEPT_S - 1
    os.utime(first, (long_ago, long_ago))
    await builder.refresh()
    assert not first.exists()


class SlowEmbedder(FakeEmbedder):
    """Embeds documents once it is let go; `begun` once it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def embed(self, texts, kind):  # type: ignore[no-untyped-def]
        if kind == "document":
            self.begun.set()
            await self.go.wait()
        return await super().embed(texts, kind)


@pytest.mark.parametrize("end", ["built", "failed"])
async def test_a_first_start_waits_for_one_that_builds_already(
    settings: Settings, store: MemoryStore, end: str
) -> None:
    slow = SlowEmbedder()
    first = asyncio.create_task(library(settings, store, embedder=slow))
    await slow.begun.wait()
    second = asyncio.create_task(library(settings, store))
    done, _ = await asyncio.wait([second], timeout=0.5)
    assert not done, "neither refused nor built twice"
    if end == "failed":
        first.cancel()
        await asyncio.wait([first])
        assert (await asyncio.wait_for(second, PATIENCE_S)).ready
        return
    slow.go.set()
    one, other = await asyncio.wait_for(asyncio.gather(first, second), PATIENCE_S)
    assert (one.version, one.ready, other.ready) == (other.version, True, True)
    assert len([path for path in settings.index_path.iterdir() if path.is_dir()]) == 1


async def test_a_refresh_beside_one_that_builds_is_no_trouble(settings: Settings, store: MemoryStore) -> None:
    server = await library(settings, store)
    write(settings.path, CHANGED)
    slow = SlowEmbedder()
    other = await library(settings, store, embedder=slow)
    building = asyncio.create_task(other.refresh())
    await slow.begun.wait()
    await server.refresh()
    assert "trouble" not in server.status()
    slow.go.set()
    await building
    await server.follow()
    assert (server.version, await found(server)) == (other.version, list(CHANGED.values()))
