"""A disk without room: refusals instead of promises, reads go on, and so do writes once there is room again."""

import asyncio
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import StoreUnavailable
from bridge.stores.sqlite import Settings, SqliteStore, build
from tests.contract.stores import answered, conversation_id, message, must_claim
from tests.unit.stores.opened import look


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder whose room can be taken away and given back."""

    folder: Path
    fill: Callable[[], None]
    free: Callable[[], None]


@pytest.fixture
def limited_files(tmp_path: Path) -> Iterator[Disk]:
    """No file may grow beyond the largest there is: works without being root, and gives another error code."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        largest = max(path.stat().st_size for path in tmp_path.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 4096, before[1]))

    def free() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    yield Disk(tmp_path, fill, free)
    free()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 2 MB."""
    if os.geteuid():
        pytest.skip("mounting a small disk needs root; the file size limit stands in for it")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here; the file size limit stands in for it")
    filler = folder / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 1024):
                    pass
            except OSError:
                return

    yield Disk(folder, fill, lambda: filler.unlink(missing_ok=True))
    subprocess.run(["umount", folder], check=True)


async def _send_until_refused(store: SqliteStore, life: str) -> tuple[list[str], str]:
    accepted: list[str] = []
    for n in range(500):
        event_id = f"{life}-{n}"
        try:
            await store.accept(message(event_id, "many", text="x" * 2000))
        except StoreUnavailable:
            return accepted, event_id
        accepted.append(event_id)
    raise AssertionError("it never ran out of room")


@pytest.mark.parametrize("kind", ["limited_files", "small_disk"])
async def test_a_full_disk(kind: str, request: pytest.FixtureRequest) -> None:
    disk: Disk = request.getfixturevalue(kind)
    path = disk.folder / "bridge.db"
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        await store.accept(message("first", text="hello"))
        claim = await must_claim(store)
        await store.append("log", "one")
        disk.fill()
        accepted, refused = await _send_until_refused(store, "a")
        for write in (store.check(), store.finish(claim, answered(claim, "x" * 9000)), store.append("log", "y" * 9000)):
            with pytest.raises(StoreUnavailable):
                await write
        turn = await store.turn(claim.turn.id)
        assert turn is not None
        assert turn.question == "hello"
        assert turn.reply is None
        assert [entry.body for entry in await store.read("log", after=0, limit=9)] == ["one"]
        assert (await store.conversation(conversation_id(), turns_max=9)).turns == ()
        disk.free()
        assert (await store.accept(message(refused, "many"))).fresh
        await store.check()
        await store.finish(claim, answered(claim))
        assert await store.append("log", "two") == 2
        for event_id in ["first", *accepted, refused]:
            assert not (await store.accept(message(event_id))).fresh
    assert look(path, "PRAGMA integrity_check") == [("ok",)]
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        told = []
        while claim_or_none := await store.claim(lease_s=9.0, wait_s=0.0):
            told += [inbound.event_id for inbound in claim_or_none.turn.inbounds]
            await store.finish(claim_or_none, answered(claim_or_none))
        assert told == [*accepted, refused]


async def test_many_callers_on_a_full_disk_are_all_told(limited_files: Disk) -> None:
    async with build(Settings(url=f"sqlite:///{limited_files.folder}/bridge.db")) as store:
        limited_files.fill()
        sends = [store.accept(message(f"e{n}", f"key{n}", text="x" * 4000)) for n in range(100)]
        results = await asyncio.gather(*sends, return_exceptions=True)
        refused = [n for n, result in enumerate(results) if isinstance(result, StoreUnavailable)]
        assert refused
        limited_files.free()
        receipts = [await store.accept(message(f"e{n}", f"key{n}", text="x" * 4000)) for n in range(100)]
        assert [n for n, receipt in enumerate(receipts) if receipt.fresh] == refused
