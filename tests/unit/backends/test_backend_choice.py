"""Which backend the settings choose, what is said of mistakes in them, and the commands that look at it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge import cli, config
from bridge.backends import opening
from bridge.backends.demo.shop import DemoShop
from bridge.backends.http.client import HttpBackend
from bridge.commands import FAILED, GOOD, UNUSABLE
from bridge.commands import check as check_command
from bridge.errors import BackendUnavailable, ConfigError
from tests.fakes.shop_server import TOKEN

HTTP = """
[backend]
kind = "http"
[backend.http]
base_url = "https://shop.example.com/api"
[backend.http.operations.order_status]
path = "/customers/{customer_id}/orders/{order_number}"
[backend.http.operations.order_status.fields]
order_number = "number"
status = { at = "state", default = "received" }
placed_on = "created_at"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{folder}/bridge.db"\n{text}', encoding="utf-8")
    return path


def problems(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.read(path, environ)
    return caught.value.problems


def test_nothing_is_connected_unless_it_is_chosen(tmp_path: Path) -> None:
    settings = config.read(write(tmp_path, ""), {})
    assert opening.build(settings.backend, settings.secrets) is None


def test_the_shipped_settings_choose_the_demo_shop() -> None:
    shipped = config.read(Path(__file__).parents[3] / "config.toml", {})
    assert isinstance(opening.build(shipped.backend, shipped.secrets), DemoShop)


@pytest.mark.parametrize(
    ("text", "store_url", "file"),
    [
        ("", "sqlite:///some/where/bridge.db", "some/where/demo.db"),
        ("", "sqlite:////abs/bridge.db", "/abs/demo.db"),
        ("", "memory://", "var/demo.db"),
        ('[backend.demo]\npath = "own.db"', "sqlite:///some/bridge.db", "own.db"),
    ],
)
def test_the_demo_shop_is_kept_beside_the_store(tmp_path: Path, text: str, store_url: str, file: str) -> None:
    settings = config.read(write(tmp_path, f'[backend]\nkind = "demo"\n{text}'), {})
    assert opening.demo(settings.backend, store_url)._path == Path(file)


def test_a_system_over_http_takes_its_token_from_the_environment(tmp_path: Path) -> None:
    settings = config.read(write(tmp_path, HTTP), {"BACKEND_TOKEN": TOKEN})
    assert settings.secrets["BACKEND_TOKEN"] == SecretStr(TOKEN)
    assert TOKEN in settings.secret_values  # which no log shows
    backend = opening.build(settings.backend, settings.secrets)
    assert isinstance(backend, HttpBackend)
    assert backend.operations == {"order_status"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "http"', 'kind = "shopify"', "backend.kind: input should be 'demo', 'http' or 'none'"),
        ('base_url = "https://shop.example.com/api"', "", "backend.http.base_url: must be like"),
        ("{order_number}", "{number}", "backend.http.operations.order_status.path: {number} is not an argument"),
        ("{customer_id}", "me", "backend.http.operations.order_status: does not say whose it is"),
        ("default =", "standard =", "status.standard: is not a key we know"),
        ('"number"', '"a..b"', "backend.http.operations.order_status.fields.order_number.at: cannot be read"),
        ("[backend.http]\n", '[backend.http]\ntoken = "abc"\n', "backend.http.token: is a secret; secrets never stand"),
    ],
)
def test_a_mistake_is_reported_with_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in HTTP
    found = problems(write(tmp_path, HTTP.replace(old, new)), BACKEND_TOKEN=TOKEN)
    assert any(said in problem for problem in found), found


def test_a_missing_token_is_reported(tmp_path: Path) -> None:
    (problem,) = problems(write(tmp_path, HTTP))
    assert problem == "backend.http: with auth = 'bearer', set BACKEND_TOKEN in the environment or in .env"


async def test_the_check_says_whether_it_answers(tmp_path: Path) -> None:
    path = write(tmp_path, '[backend]\nkind = "demo"')
    assert "300 customers" in await check_command._backend(config.read(path, {}))
    path = write(tmp_path, "")
    assert (await check_command._backend(config.read(path, {}))).startswith("none: ")
    path = write(tmp_path, HTTP.replace("https://shop.example.com", "http://127.0.0.1:9"))
    with pytest.raises(BackendUnavailable, match=r"backend\.http\.base_url"):
        await check_command._backend(config.read(path, {"BACKEND_TOKEN": TOKEN}))


def test_the_demo_is_shown_and_made_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(tmp_path, ""))
    assert cli.main(["demo", "show", "--config", path]) == GOOD
    shown = capsys.readouterr().out
    for told in (
        "maya.okafor@example.com",
        "+441632960001",
        "LW-001042 dispatched",
        "S-501 Care Plus, active",
        "Full fit",
    ):
        assert told in shown
    assert (tmp_path / "demo.db").exists()
    assert cli.main(["demo", "reset", "--config", path]) == GOOD
    assert "300 customers" in capsys.readouterr().out
    (tmp_path / "demo.db").write_bytes(b"something else" * 100)
    assert cli.main(["demo", "show", "--config", path]) == FAILED
    assert "cannot be used" in capsys.readouterr().err
    assert cli.main(["demo", "show", "--config", str(tmp_path / "none.toml")]) == UNUSABLE
