"""A start while the store is away: it is waited for, some seconds, and is no wrong setting."""

import asyncio
from pathlib import Path

import pytest

from bridge import cli, config, parts
from bridge.commands import FAILED
from tests.fakes.redis_server import RedisServer


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """A server that is not started yet, which the environment names."""
    server = RedisServer(tmp_path / "redis")
    (tmp_path / "config.toml").touch()
    monkeypatch.chdir(tmp_path)
    for name, value in (("STORE__URL", server.url), ("SERVER__ROLE", "ingress"), ("SERVER__PORT", "0")):
        monkeypatch.setenv(f"BRIDGE_{name}", value)
    return server


async def test_a_store_that_is_there_a_little_later_is_opened(environ: RedisServer, tmp_path: Path) -> None:
    settings = {"BRIDGE_STORE__URL": environ.url, "BRIDGE_SERVER__ROLE": "ingress"}
    read = config.read(tmp_path / "config.toml", settings)
    opening = parts.gathered(read, lambda done, total: None)
    entering = asyncio.ensure_future(opening.__aenter__())
    try:
        await asyncio.wait([entering], timeout=1.5 * parts.STORE_LOOK_S)
        assert not entering.done()
        await asyncio.to_thread(environ.start)
        opened = await entering
        await opened.store.check()
        await opening.__aexit__(None, None, None)
    finally:
        environ.close()


def test_one_that_stays_away_ends_the_start_with_a_code_that_says_try_again(
    environ: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve"]) == FAILED
    assert "start the server" in capsys.readouterr().err
