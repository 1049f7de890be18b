"""Which files the SQLite store opens, and what it says about those it refuses."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.ports import Cap
from bridge.stores.sqlite import Settings, build
from bridge.stores.sqlite.files import SCHEMA_VERSION, connect, only_server
from tests.contract.stores import message


def _settings(path: Path) -> Settings:
    return Settings(url=f"sqlite:///{path}")


async def _refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        async with build(_settings(path)):
            pass
    (problem,) = caught.value.problems
    assert problem.startswith("store.url: ")
    return problem


async def test_a_second_server_on_the_same_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with build(_settings(path)) as store:
        await store.accept(message("e1"))
        assert f"process {os.getpid()}" in await _refusal(path)
        await store.check()
    async with build(_settings(path)) as store:
        assert not (await store.accept(message("e1"))).fresh


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `bridge.db`."""
    hold = (
        "import sys, time; from pathlib import Path; from bridge.stores.sqlite.files import only_server\n"
        "with only_server(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", hold, str(tmp_path / "bridge.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


async def test_the_lock_goes_with_its_process(tmp_path: Path, other_server: subprocess.Popen[str]) -> None:
    path = tmp_path / "bridge.db"
    assert f"process {other_server.pid}" in await _refusal(path)
    other_server.kill()
    other_server.wait()
    async with build(_settings(path)) as store:
        await store.check()


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with build(_settings(path)):
        pass
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    problem = await _refusal(path)
    assert "newer bridge" in problem
    assert str(SCHEMA_VERSION + 1) in problem
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
    db.close()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 500)
    assert "not a database" in await _refusal(path)
    assert path.read_text() == "Dear diary, " * 500


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE turns (player TEXT)")
    db.close()
    assert "another program" in await _refusal(path)
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("turns",)]
    db.close()


async def test_a_folder_or_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    assert "cannot open" in await _refusal(tmp_path)
    (tmp_path / "file").write_text("")
    assert "cannot write beside" in await _refusal(tmp_path / "file" / "bridge.db")


async def test_an_empty_file_and_a_missing_folder_are_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    for path in (tmp_path / "empty.db", tmp_path / "a" / "b" / "bridge.db"):
        async with build(_settings(path)) as store:
            assert (await store.accept(message("e1"))).fresh


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: _mode(file) for file in folder.iterdir()}


PRIVATE = {f"bridge.db{suffix}": 0o600 for suffix in ("", "-wal", "-shm", ".lock")}


@pytest.mark.usefixtures("usual_umask")
async def test_nobody_else_reads_a_new_store(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    async with build(_settings(folder / "bridge.db")) as store:
        await store.accept(message("e1"))
        assert await store.get("k") is None
        assert _modes(folder) == PRIVATE
    assert _mode(folder) == 0o700
    assert set(_modes(folder).values()) == {0o600}


@pytest.mark.usefixtures("usual_umask")
def test_a_new_database_is_private_from_its_first_moment(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "bridge.db", query_only=False)):
        assert set(_modes(tmp_path).values()) == {0o600}


@pytest.mark.usefixtures("usual_umask")
async def test_a_store_that_others_could_read_is_tightened_and_its_folder_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    os.chmod(tmp_path, 0o755)
    async with build(_settings(path)) as store:
        await store.accept(message("e1"))
        for name in PRIVATE:
            (tmp_path / name).chmod(0o644)
        for name in ("bridge.db", "bridge.db-wal", "bridge.db-shm"):  # as a server that was killed leaves them
            shutil.copy(tmp_path / name, tmp_path / f"killed{name}")
    for name in ("bridge.db", "bridge.db-wal", "bridge.db-shm"):
        shutil.move(tmp_path / f"killed{name}", tmp_path / name)
        assert _modes(tmp_path)[name] == 0o644
    assert _modes(tmp_path)["bridge.db.lock"] == 0o644
    async with build(_settings(path)) as store:
        assert _modes(tmp_path) == PRIVATE
        assert not (await store.accept(message("e1"))).fresh
    assert _mode(tmp_path) == 0o755


@pytest.mark.usefixtures("usual_umask")
async def test_a_refused_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 500)
    await _refusal(path)
    assert _mode(path) == 0o644


async def test_connections_keep_what_they_promise(tmp_path: Path) -> None:
    """A commit that survives a power cut, nothing left of what is deleted, and readers that cannot write."""
    async with build(_settings(tmp_path / "bridge.db")) as store:
        await asyncio.gather(*(store.get("k") for _ in range(20)))
        assert store._opened
        for db in (store._writer._connection, *store._opened):
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert db.execute("PRAGMA synchronous").fetchone() == (2,)
            assert db.execute("PRAGMA secure_delete").fetchone() == (1,)
            assert db.execute("PRAGMA query_only").fetchone() == (int(db is not store._writer._connection),)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store._opened[0].execute("DELETE FROM kv")


def test_a_refused_store_frees_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with pytest.raises(RuntimeError), only_server(path):
        raise RuntimeError
    with only_server(path):
        pass


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///var/bridge.db", "var/bridge.db"), ("sqlite:////srv/bridge.db", "/srv/bridge.db")]
)
def test_urls_name_relative_and_absolute_paths(url: str, path: str) -> None:
    assert Settings(url=url).path == Path(path)


async def test_a_database_from_before_there_was_money_is_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with build(_settings(path)) as store:
        await store.accept(message("e1"))
    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE accounts; DROP TABLE reservations;")
    async with build(_settings(path)) as store:
        assert not (await store.accept(message("e1"))).fresh
        assert await store.set_aside("r1", 5, [Cap("day", 5, 60.0)], lease_s=60.0) is None
        assert list(await store.booked(["day"])) == [5]
