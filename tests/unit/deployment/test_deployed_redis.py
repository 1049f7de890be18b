"""The Redis of compose.yaml and of the manifests, started as they start it, is one that bridge takes."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.errors import ConfigError
from bridge.stores import redis as store
from bridge.stores.redis.part import Settings
from tests.fakes.redis_server import RedisServer, program
from tests.unit.deployment.deployed import ROOT, compose, pods

START_S = 20.0
OPEN_ATTEMPTS = 10


def _commands() -> dict[str, str]:
    """The shell's part of each, as the shell gets it."""
    service = compose()["services"]["redis"]
    (container,) = pods()["bridge-redis"]["containers"]
    assert service["entrypoint"] == container["command"] == ["sh", "-c"]
    return {"compose": service["command"][0].replace("$$", "$"), "kubernetes": container["args"][0]}


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


@asynccontextmanager
async def _opened(url: str, password: str = "") -> AsyncIterator[store.RedisStore]:
    """The store, however long a busy machine takes to answer it."""
    secrets = {store.PASSWORD: SecretStr(password)} if password else {}
    async with AsyncExitStack() as stack:
        for attempt in range(1, OPEN_ATTEMPTS + 1):
            try:
                opened = await stack.enter_async_context(store.build(Settings(url=url), secrets=secrets))
                break
            except ConfigError as error:
                if "TimeoutError" not in str(error) or attempt == OPEN_ATTEMPTS:
                    raise
        yield opened


@contextmanager
def _started(command: str, folder: Path, password: str) -> Iterator[str]:
    """Its address. The folder, the port and the program are ours, everything else is as deployed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    conf = folder / "redis.conf"
    text = (ROOT / "deploy/redis/redis.conf").read_text().replace("dir /data", f"dir {folder}")
    conf.write_text(f"{text}\nport {port}\nbind 127.0.0.1\n")
    for deployed in ("/etc/redis.conf", "/etc/redis/redis.conf"):
        command = command.replace(deployed, str(conf))
    command = command.replace("redis-server", program())
    environ = {"PATH": os.environ["PATH"], "REDIS_PASSWORD": password}
    process = subprocess.Popen(["sh", "-c", command], env=environ, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until and process.poll() is None and not _answers(port):
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", _commands().values(), ids=_commands().keys())
@pytest.mark.parametrize("password", ["", "s3cr et#x'$y"])
async def test_it_is_one_that_bridge_starts_on(
    command: str, password: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with _started(command, tmp_path, password) as url:
        async with _opened(url, password) as opened:
            await opened.put("deployed", "yes")
            assert await opened.get("deployed") == "yes"
        if password:
            with pytest.raises(ConfigError, match="REDIS_PASSWORD"):
                async with _opened(url):
                    pass
    assert not caplog.records  # it is warned of nothing


RESTORE = ROOT / "deploy/redis/restore.sh"
needs_cli = pytest.mark.skipif(not shutil.which("redis-cli"), reason="a back-up is made by redis-cli")


def _restored(backup: Path, folder: Path) -> int:
    # Not below the folder of the test: the name of a socket may have 107 bytes.
    with tempfile.TemporaryDirectory() as beside:
        # The password of the shell it is called in is not that of the server it starts.
        environ = os.environ | {"REDISCLI_AUTH": "another", "TMPDIR": beside}
        command = ["sh", str(RESTORE), str(backup), str(folder)]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert "AUTH" not in done.stderr
        assert not list(Path(beside).iterdir())  # it leaves nothing behind
    return done.returncode


@needs_cli
async def test_what_was_backed_up_beside_running_processes_comes_back(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "old")
    backup, folder = tmp_path / "backup.rdb", tmp_path / "new"
    server.start()
    try:
        async with _opened(server.url) as opened:
            await opened.put("before", "yes")
            command = ["redis-cli", "-p", str(server.port), "--rdb", str(backup)]
            await asyncio.to_thread(subprocess.run, command, check=True)
            await opened.put("after", "no")
    finally:
        server.close()

    assert _restored(backup, folder) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["appendonlydir"]
    assert _restored(backup, folder) != 0  # what is there is not overwritten

    again = RedisServer(folder)
    again.start()
    try:
        async with _opened(again.url) as opened:
            assert (await opened.get("before"), await opened.get("after")) == ("yes", None)
    finally:
        again.close()


@needs_cli
def test_a_backup_that_cannot_be_read_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.rdb").write_bytes(b"REDIS0010 and no more")
    folder = tmp_path / "new"
    folder.mkdir()

    assert _restored(tmp_path / "broken.rdb", folder) != 0
    assert not list(folder.iterdir())


@needs_cli
@pytest.mark.parametrize("name", ["appendonly.aof", "dump.rdb"])
def test_what_another_redis_keeps_there_is_not_overwritten(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(b"theirs")
    (tmp_path / "backup.rdb").write_bytes(b"ours")

    assert _restored(tmp_path / "backup.rdb", folder) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {name: b"theirs"}
