"""Makes the backend that the settings describe."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr

from bridge.backends.demo.shop import DemoShop
from bridge.backends.http import reviewing
from bridge.backends.http.client import HttpBackend
from bridge.backends.settings import BackendSettings
from bridge.ports import Backend

SECRETS = tuple(sorted({name for names in reviewing.SECRETS.values() for name in names}))
"""What it may take of the environment."""
SQLITE = "sqlite:///"


def problems(settings: BackendSettings, secrets: Iterable[str]) -> list[str]:
    """What is wrong with the settings beyond a single key. `secrets` are the names of those that are set."""
    return reviewing.review(settings.http, secrets) if settings.kind == "http" else []


def build(settings: BackendSettings, secrets: Mapping[str, SecretStr], store_url: str = "") -> Backend | None:
    """The backend, ready to be asked; None when there is none. Nothing is opened before the first call."""
    if settings.kind == "demo":
        return demo(settings, store_url)
    return HttpBackend(settings.http, secrets) if settings.kind == "http" else None


def demo(settings: BackendSettings, store_url: str = "") -> DemoShop:
    """The demo shop, in the file that the settings name or beside the store's."""
    beside = Path(store_url.removeprefix(SQLITE)).parent if store_url.startswith(SQLITE) else Path("var")
    return DemoShop(settings.demo.path or beside / "demo.db")
