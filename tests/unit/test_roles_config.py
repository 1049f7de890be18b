"""What may be configured of roles: a part of the work needs a store that several processes may use."""

from pathlib import Path

import pytest

from bridge import cli, config
from bridge.commands import UNUSABLE
from bridge.errors import ConfigError

REDIS = {"BRIDGE_STORE__URL": "redis://127.0.0.1:6379/0"}
MAIL = {
    "BRIDGE_IDENTITY__SMTP__HOST": "mail.example.com",
    "BRIDGE_IDENTITY__SMTP__FROM": "shop@example.com",
}


def _read(folder: Path, environ: dict[str, str]) -> config.Config:
    path = folder / "config.toml"
    path.touch()
    return config.read(path, environ)


@pytest.mark.parametrize("role", ["all", "ingress", "worker", "scheduler"])
def test_every_role_works_on_redis_and_only_all_on_sqlite(tmp_path: Path, role: str) -> None:
    asked = {"BRIDGE_SERVER__ROLE": role}
    assert _read(tmp_path, REDIS | asked).server.role == role
    assert _read(tmp_path, REDIS | asked).store_is_shared
    if role == "all":
        assert not _read(tmp_path, asked).store_is_shared
        return
    with pytest.raises(ConfigError) as raised:
        _read(tmp_path, asked)
    (problem,) = raised.value.problems
    assert role in problem
    assert "redis://" in problem
    assert "(set by --role or BRIDGE_SERVER__ROLE)" in problem


def test_codes_by_mail_need_a_key_that_all_processes_have(tmp_path: Path) -> None:
    _read(tmp_path, MAIL)
    _read(tmp_path, REDIS | MAIL | {"IDENTITY_KEY": "0123456789abcdef0123456789abcdef"})
    with pytest.raises(ConfigError, match="IDENTITY_KEY"):
        _read(tmp_path, REDIS | MAIL)


def test_the_flag_wins_over_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[server]\nrole = "all"\n')
    monkeypatch.setenv("BRIDGE_SERVER__ROLE", "ingress")
    assert cli.main(["serve", "--config", str(path), "--role", "worker"]) == UNUSABLE
    assert "'worker' is one of several processes" in capsys.readouterr().err


def test_a_role_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"server\.role"):
        _read(tmp_path, REDIS | {"BRIDGE_SERVER__ROLE": "boss"})
